#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/vault/vault.h"
#include "services/call-controller/adapters/trunks_load.h"

/* A row: the trunk that runs, or a new one whose password is being opened. */
struct entry {
	struct trunks_load *load;
	struct trunk *old, *fresh; /* one of the two, or none */
	struct vp_vault_op *opening;
};

struct trunks_load {
	struct trunks_load_cfg cfg;
	struct vp_db_op *query;
	struct entry *entries;
	size_t n;
	size_t n_opening; /* and one while rows are still being looked at */
	struct trunks_shut shut;
};

struct trunks_load *trunks_load_cancel(struct trunks_load *load)
{
	if (!load) {
		return NULL;
	}
	vp_db_cancel(load->query);
	for (size_t i = 0; load->entries && i < load->n; i++) {
		vp_vault_cancel(load->entries[i].opening);
		trunk_destroy(load->entries[i].fresh);
	}
	free(load->entries);
	free(load);
	return NULL;
}

/* --- the end --- */

static void fail(struct trunks_load *load, int err)
{
	const struct trunks_load_cfg cfg = load->cfg;

	trunks_load_cancel(load);
	cfg.on_done(err, NULL, 0, NULL, cfg.arg);
}

static void finish(struct trunks_load *load)
{
	struct trunk **list = calloc(load->n + 1, sizeof(struct trunk *));
	size_t n = 0;

	if (!list) {
		fail(load, ENOMEM);
		return;
	}
	for (size_t i = 0; i < load->n; i++) {
		struct entry *entry = &load->entries[i];

		if (entry->fresh) {
			entry->fresh->channels = entry->old ? entry->old->channels : 0;
			list[n++] = VP_TAKE(entry->fresh);
		} else if (entry->old) {
			list[n++] = entry->old;
		}
	}
	for (size_t i = 0; i < n; i++) {
		list[i]->kept = true;
	}
	load->cfg.on_done(0, list, n, &load->shut, load->cfg.arg);
	trunks_load_cancel(load);
}

static void one_less(struct trunks_load *load)
{
	if (--load->n_opening == 0) {
		finish(load);
	}
}

/* --- passwords --- */

static bool was_shut(const struct trunks_shut *shut, const struct trunk *trunk, int err)
{
	for (size_t i = 0; i < shut->n; i++) {
		if (vp_uuid_equal(shut->list[i].id, trunk->id) &&
			shut->list[i].version == trunk->version && shut->list[i].err == err) {
			return true;
		}
	}
	return false;
}

/* What passes by itself: the trunk that runs is better than none. */
static bool passes(int err)
{
	return err == ENOTCONN || err == ETIMEDOUT || err == EAGAIN || err == ENOMEM;
}

static const char *advice(const struct trunks_load *load, int err)
{
	return !load->cfg.vault ? "set VOIP_KEK_FILE"
	       : passes(err)    ? "is tried again"
	       : err == ENOKEY  ? "bring the key file up to date (voip keys list), or type the "
				  "password again"
	       : err == EACCES  ? "voip migrate grants what is missing"
				: "type the password again";
}

static void stay_shut(struct entry *entry, int err)
{
	struct trunks_load *load = entry->load;
	const struct trunk *trunk = entry->fresh;

	if (!was_shut(load->cfg.shut_before, trunk, err)) {
		vp_log(ERROR, "trunk.password_shut", VP_KV_STR("trunk", trunk->name),
			VP_KV_ERR(err), VP_KV_STR("advice", advice(load, err)));
	}
	load->shut.list[load->shut.n].id = trunk->id;
	load->shut.list[load->shut.n].version = trunk->version;
	load->shut.list[load->shut.n++].err = err;
	entry->fresh = trunk_destroy(entry->fresh);
	entry->old = passes(err) ? entry->old : NULL;
}

static void on_opened(int err, const char *plain, size_t len, void *arg)
{
	struct entry *entry = arg;

	entry->opening = NULL;
	if (!err) {
		err = trunk_set_password(entry->fresh, plain, len);
	}
	if (err) {
		stay_shut(entry, err);
	}
	one_less(entry->load);
}

static void open_password(struct entry *entry)
{
	struct trunks_load *load = entry->load;
	const struct trunk *trunk = entry->fresh;
	char id[VP_UUID_TEXT_SIZE], context[64];
	int err = ENOKEY;

	vp_uuid_text(trunk->id, id);
	(void)snprintf(context, sizeof(context), "trunks/secret/%s", id);
	load->n_opening++;
	if (load->cfg.vault) {
		err = vp_vault_open(load->cfg.vault, trunk->org, context, trunk->sealed, on_opened,
			entry, &entry->opening);
	}
	if (!load->cfg.vault || err) {
		on_opened(err, NULL, 0, entry);
	}
}

/* --- rows --- */

static void take_row(struct entry *entry, const struct vp_db_result *res, size_t row)
{
	struct trunks_load *load = entry->load;
	int err;

	entry->old = load->cfg.find(vp_db_uuid(res, row, 1), load->cfg.arg);
	if (entry->old && entry->old->version == vp_db_int(res, row, 3)) {
		return;
	}
	err = trunk_read(&entry->fresh, res, row);
	if (err) {
		vp_log(ERROR, "trunk.unusable", VP_KV_STR("trunk", vp_db_text(res, row, 4)),
			VP_KV_ERR(err));
		entry->old = NULL;
	} else if (entry->fresh->sealed) {
		open_password(entry);
	}
}

static void on_rows(int err, const struct vp_db_result *res, void *arg)
{
	struct trunks_load *load = arg;

	load->query = NULL;
	if (!err) {
		load->entries = calloc(vp_db_rows(res) + 1, sizeof(struct entry));
		err = load->entries ? 0 : ENOMEM;
	}
	if (err) {
		fail(load, err);
		return;
	}
	load->n = MIN(vp_db_rows(res), TRUNKS_MAX);
	load->n_opening = 1;
	for (size_t i = 0; i < load->n; i++) {
		load->entries[i].load = load;
		take_row(&load->entries[i], res, i);
	}
	one_less(load);
}

int trunks_load_start(struct trunks_load **ret, const struct trunks_load_cfg *cfg)
{
	struct trunks_load *load = calloc(1, sizeof(*load));
	char sql[1024];
	int err;

	if (!load) {
		return ENOMEM;
	}
	load->cfg = *cfg;
	(void)snprintf(sql, sizeof(sql),
		"select %s from voip.trunks t join voip.providers p on p.org_id = t.org_id and "
		"p.id = t.provider_id where t.is_active order by t.priority, t.id limit %d",
		trunk_columns, TRUNKS_MAX);
	err = vp_db_query(cfg->db, sql, NULL, 0, on_rows, load, &load->query);
	if (err) {
		free(load);
		return err;
	}
	*ret = load;
	return 0;
}
