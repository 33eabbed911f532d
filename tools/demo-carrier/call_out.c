/* A call to somebody else: the targets are tried in turn until one rings. */
#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/call_int.h"

static void on_progress(const struct sip_msg *msg, void *arg)
{
	struct call *call = arg;

	if (call->state != CALL_RINGING || msg->scode <= 100) {
		return;
	}
	call->status = msg->scode;
	call->n_targets = call->target + 1; /* it rings there: no other target any more */
	if (mbuf_get_left(msg->mb) > 0) {
		call->offered = true;
		(void)call_sdp_read(call, msg->mb);
	}
}

static void on_nobody_answered(void *arg)
{
	call_end(arg, 487, "us", "nobody answered in time");
}

static int connect_target(struct call *call)
{
	const char *target = call->targets[call->target];
	struct mbuf *body = NULL;
	char to[TARGET_TEXT + CALL_TEXT], from[2 * CALL_TEXT];

	if (strncmp(target, "sip:", 4) == 0) {
		vp_strcopy(to, sizeof(to), target);
	} else {
		re_snprintf(to, sizeof(to), "sip:%s@%s", call->number, target);
	}
	re_snprintf(from, sizeof(from), "sip:%s@%j", call->from, &call->stack->address);

	int err = call_sdp_write(call, true, &body);
	if (!err) {
		err = sipsess_connect(&call->session, call->stack->sock, to, NULL, from, "carrier",
			NULL, 0, "application/sdp", body, call_on_auth, call, false, call_on_offer,
			call_on_answer, on_progress, call_on_established, call_on_info, NULL,
			call_on_close, call, NULL);
	}
	mem_deref(body);
	if (!err) {
		vp_strcopy(call->sip_call_id, sizeof(call->sip_call_id),
			sip_dialog_callid(sipsess_dialog(call->session)));
	}
	return err;
}

static void on_next_target(void *arg)
{
	struct call *call = arg;

	call->session = mem_deref(call->session);
	call->target++;
	if (connect_target(call) != 0) {
		call_end(call, 503, "us", "the next target could not be called");
	}
}

/* Worth another try: nobody was there, or he said that he cannot now. */
static bool may_fail_over(int err, const struct sip_msg *msg)
{
	return err || (msg && (msg->scode == 408 || msg->scode == 500 || msg->scode == 503 ||
				      msg->scode == 504));
}

bool call_fail_over(struct call *call, int err, const struct sip_msg *msg)
{
	if (call->state != CALL_RINGING || call->target + 1 >= call->n_targets ||
		!may_fail_over(err, msg)) {
		return false;
	}
	tmr_start(&call->close, 1, on_next_target, call);
	return true;
}

int call_ring(struct call **ret, const struct call_env *env, struct stack *stack, unsigned id,
	const struct call_out_cfg *cfg)
{
	struct call *call;

	if (cfg->n_targets == 0 || cfg->n_targets > TARGETS_OUT_MAX) {
		return EDESTADDRREQ;
	}
	int err = call_alloc(&call, env, stack, id);
	if (err) {
		return err;
	}
	call->outbound = true;
	call->plan = cfg->plan;
	call->n_targets = cfg->n_targets;
	bool fits = vp_strcopy(call->kind, sizeof(call->kind), "ring") &&
		    vp_strcopy(call->number, sizeof(call->number), cfg->did) &&
		    vp_strcopy(call->from, sizeof(call->from), cfg->from);
	for (size_t i = 0; i < cfg->n_targets; i++) {
		fits = vp_strcopy(call->targets[i], TARGET_TEXT, cfg->targets[i]) && fits;
	}
	err = fits ? call_sdp_create(call) : EINVAL;
	if (!err) {
		err = connect_target(call);
	}
	if (err) {
		call_destroy(call);
		return err;
	}
	tmr_start(&call->answer, (uint64_t)cfg->answer_timeout_s * 1000, on_nobody_answered, call);
	*ret = call;
	return 0;
}
