#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/provider/provider.h"
#include "libcommon/settings/settings.h"
#include "libcommon/vault/vault.h"

static const char read_sql[] =
	"select version, config from voip.providers where org_id = $1 and id = $2";

struct vp_settings_op {
	struct vp_settings_of of;
	vp_settings_h *h;
	void *arg;
	int64_t version;
	struct vp_db_op *reading;
	struct vp_vault_op *opening;
};

static enum vp_settings_state state_of(int err)
{
	switch (err) {
	case 0: return VP_SETTINGS_OPEN;
	case EBADMSG:
	case ENOKEY:
	case EACCES:
	case EINVAL: return VP_SETTINGS_SHUT;
	default: return VP_SETTINGS_AWAY;
	}
}

/* Whoever is told cannot cancel any more. */
static void finish(struct vp_settings_op *op, const struct vp_settings *settings)
{
	const struct vp_settings_op mine = *op;

	free(op);
	mine.h(settings, mine.arg);
}

static void fail(struct vp_settings_op *op, int err)
{
	finish(op,
		&(struct vp_settings){.state = state_of(err), .err = err, .version = op->version});
}

static void on_opened(int err, const char *plain, size_t len, void *arg)
{
	struct vp_settings_op *op = arg;
	struct vp_settings settings = {.version = op->version};

	op->opening = NULL;
	settings.err = err ? err : vp_provider_config_parse(&settings.config, plain, len);
	settings.state = state_of(settings.err);
	finish(op, &settings);
}

static void open_text(struct vp_settings_op *op, const char *sealed)
{
	char id[VP_UUID_TEXT_SIZE];
	VP_CLEANUP(vp_freep) char *context = NULL;
	int err;

	if (!op->of.vault) {
		finish(op, &(struct vp_settings){
				   .state = VP_SETTINGS_NO_KEY_FILE, .version = op->version});
		return;
	}
	vp_uuid_text(op->of.provider, id);
	context = vp_strf("providers/config/%s", id);
	err = context ? vp_vault_open(op->of.vault, op->of.org, context, sealed, on_opened, op,
				&op->opening)
		      : ENOMEM;
	if (err) {
		fail(op, err);
	}
}

static void on_row(int err, const struct vp_db_result *res, void *arg)
{
	struct vp_settings_op *op = arg;

	op->reading = NULL;
	if (err) {
		finish(op, &(struct vp_settings){.state = VP_SETTINGS_AWAY, .err = err});
		return;
	}
	if (vp_db_rows(res) == 0) {
		finish(op, &(struct vp_settings){.state = VP_SETTINGS_GONE});
		return;
	}
	op->version = vp_db_int(res, 0, 0);
	if (op->of.known && op->version == op->of.known) {
		finish(op,
			&(struct vp_settings){.state = VP_SETTINGS_SAME, .version = op->version});
	} else {
		open_text(op, vp_db_text(res, 0, 1));
	}
}

/* NULL: the handler has been told. */
static struct vp_settings_op *begin(const struct vp_settings_of *of, vp_settings_h *h, void *arg,
	struct vp_settings_op **ret_op)
{
	struct vp_settings_op *op = calloc(1, sizeof(*op));

	if (ret_op) {
		*ret_op = op;
	}
	if (!op) {
		h(&(struct vp_settings){.state = VP_SETTINGS_AWAY, .err = ENOMEM}, arg);
		return NULL;
	}
	*op = (struct vp_settings_op){.of = *of, .h = h, .arg = arg};
	return op;
}

void vp_settings_read(const struct vp_settings_of *of, vp_settings_h *h, void *arg,
	struct vp_settings_op **ret_op)
{
	struct vp_settings_op *op = begin(of, h, arg, ret_op);
	int err = op ? vp_db_query(of->db, read_sql,
			       VP_PARAMS(VP_P_UUID(of->org), VP_P_UUID(of->provider)), on_row, op,
			       &op->reading)
		     : 0;

	if (err) {
		fail(op, err);
	}
}

void vp_settings_open(const struct vp_settings_of *of, const char *sealed, vp_settings_h *h,
	void *arg, struct vp_settings_op **ret_op)
{
	struct vp_settings_op *op = begin(of, h, arg, ret_op);

	if (op) {
		open_text(op, sealed);
	}
}

void vp_settings_cancel(struct vp_settings_op *op)
{
	if (op) {
		vp_db_cancel(op->reading);
		vp_vault_cancel(op->opening);
		free(op);
	}
}

const char *vp_settings_sentence(enum vp_settings_state state)
{
	switch (state) {
	case VP_SETTINGS_GONE: return "The provider was removed.";
	case VP_SETTINGS_NO_KEY_FILE:
		return "The provider's settings stay shut: VOIP_KEK_FILE is not set on the server.";
	case VP_SETTINGS_SHUT:
		return "The provider's settings cannot be opened. Save them again: Settings > VoIP "
		       "> Providers.";
	case VP_SETTINGS_AWAY:
		return "The provider's settings cannot be read now: the database does not answer. "
		       "Try again in a moment.";
	default: return NULL;
	}
}
