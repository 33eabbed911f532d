#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/base/short_number.h"
#include "proto/call.pb-c.h"
#include "services/gateway/adapters/ask.h"
#include "services/gateway/adapters/entity.h"
#include "services/gateway/dial.h"
#include "libcommon/limiter/limiter.h"

static const struct vp_limit dials = {"dial", 60, 60};

struct dial_op {
	struct gateway *gw;
	struct vp_uuid org;
	char user[VP_UUID_TEXT_SIZE], entity[VP_UUID_TEXT_SIZE];
	char user_name[256], region[3];
	char *to, *from, *entity_type, *key, *sdp, *session;
	dial_done_h *h; /* NULL: cancelled */
	void *arg;
	struct vp_bus_op *ask;
};

bool dial_allowed(struct gateway *gw, const struct identity *who, unsigned *ret_wait_s)
{
	char user[VP_UUID_TEXT_SIZE];
	vp_uuid_text(who->user, user);
	return vp_limiter_take(gw->limiter, &dials, user, vp_mono_us(), ret_wait_s);
}

const char *dial_number_fault(const struct identity *who, const char *to, const char **ret_error)
{
	char number[VP_E164_SIZE];
	enum vp_e164_verdict verdict = vp_e164_normalize(to, who->default_region, number);
	if (verdict == VP_E164_OK) {
		return NULL;
	}
	if (vp_short_kind(to) == VP_SHORT_EMERGENCY) {
		*ret_error = "emergency_number";
		return VP_SHORT_EMERGENCY_SENTENCE;
	}
	*ret_error = "invalid_number";
	return vp_e164_explain(verdict);
}

static void op_free(struct dial_op *op)
{
	free(op->to);
	free(op->from);
	free(op->entity_type);
	free(op->key);
	free(op->sdp);
	free(op->session);
	free(op);
}

static void finish(struct dial_op *op, const struct vp_bus_reply *reply)
{
	if (op->h != NULL) {
		op->h(reply, op->arg);
	}
	op_free(op);
}

static void fail(struct dial_op *op, int status, const char *error, const char *message)
{
	finish(op, &(struct vp_bus_reply){.status = status, .error = error, .message = message});
}

static void on_dialed(const struct vp_bus_reply *reply, void *arg)
{
	struct dial_op *op = arg;
	op->ask = NULL;
	finish(op, reply);
}

static int ask_controller(struct dial_op *op)
{
	Ringmain__V1__CallDial message = RINGMAIN__V1__CALL_DIAL__INIT;
	message.user_id = op->user;
	message.to_number = op->to;
	message.entity_type = op->entity[0] != '\0' ? op->entity_type : "";
	message.entity_id = op->entity;
	message.from_number = op->from;
	message.sdp_offer = op->sdp;
	message.session = op->session;
	message.default_region = op->region;
	message.user_name = op->user_name;
	/* the bus knows a key by organisation; ours is one user's */
	VP_CLEANUP(vp_freep) char *key = vp_strf("%s/%s", op->user, op->key);
	if (key == NULL) {
		return ENOMEM;
	}
	return ask_send(op->gw->bus,
		&(struct ask){.service = "call-controller",
			.type = "call.dial",
			.org = op->org,
			.subject = op->user,
			.key = op->key[0] != '\0' ? key : NULL,
			.timeout_ms = DIAL_ASK_MS,
			.message = &message.base},
		on_dialed, op, &op->ask);
}

static void on_entity(int err, struct vp_uuid id, void *arg)
{
	struct dial_op *op = arg;
	if (op->h == NULL) {
		op_free(op);
		return;
	}
	if (err == ENOENT) {
		fail(op, 422, "invalid", "The contact of this call is not known here.");
		return;
	}
	if (err == 0) {
		vp_uuid_text(id, op->entity);
		err = ask_controller(op);
	}
	if (err != 0) {
		fail(op, 503, "unavailable",
			"Calls cannot be placed right now. Try again in a moment.");
	}
}

static struct dial_op *op_create(
	struct gateway *gw, const struct identity *who, const struct dial *dial)
{
	struct dial_op *op = calloc(1, sizeof(*op));
	if (op == NULL) {
		return NULL;
	}
	op->gw = gw;
	op->org = who->org;
	vp_uuid_text(who->user, op->user);
	vp_strcopy(op->user_name, sizeof(op->user_name), who->name);
	vp_strcopy(op->region, sizeof(op->region), who->default_region);
	op->to = strdup(dial->to);
	op->from = strdup(dial->from);
	op->entity_type = strdup(dial->entity_type);
	op->key = strdup(dial->key);
	op->sdp = strdup(dial->sdp);
	op->session = strdup(dial->session);
	if (op->to == NULL || op->from == NULL || op->entity_type == NULL || op->key == NULL ||
		op->sdp == NULL || op->session == NULL) {
		op_free(op);
		return NULL;
	}
	return op;
}

int dial_start(struct gateway *gw, const struct identity *who, const struct dial *dial,
	dial_done_h *h, void *arg, struct dial_op **ret_op)
{
	struct dial_op *op = op_create(gw, who, dial);
	if (op == NULL) {
		return ENOMEM;
	}
	op->h = h;
	op->arg = arg;
	int err = dial->entity_type[0] == '\0' ? ask_controller(op)
					       : entity_find(gw->db, who->org, dial->entity_type,
							 dial->entity_id, on_entity, op);
	if (err != 0) {
		op_free(op);
		return err;
	}
	*ret_op = op;
	return 0;
}

void dial_cancel(struct dial_op *op)
{
	if (op == NULL) {
		return;
	}
	op->h = NULL;
	if (op->ask != NULL) {
		vp_bus_cancel(op->ask);
		op_free(op);
	}
}
