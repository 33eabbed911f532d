/* A call to one of our numbers: refused at once, or rung, answered and ended by its plan. */
#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/call_int.h"

static const char allow[] = "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO\r\n";

static void note_caller(struct call *call, const struct sip_msg *invite)
{
	const struct sip_hdr *asserted = sip_msg_hdr(invite, SIP_HDR_P_ASSERTED_IDENTITY);

	pl_strcpy(&invite->uri.user, call->number, sizeof(call->number));
	pl_strcpy(&invite->from.uri.user, call->from, sizeof(call->from));
	pl_strcpy(&invite->from.dname, call->from_name, sizeof(call->from_name));
	pl_strcpy(&invite->callid, call->sip_call_id, sizeof(call->sip_call_id));
	if (asserted) {
		pl_strcpy(&asserted->val, call->asserted, sizeof(call->asserted));
	}
}

static void refuse(
	struct call *call, const struct sip_msg *invite, uint16_t status, const char *reason)
{
	sip_treply(NULL, call->stack->sip, invite, status, reason);
	call_end(call, status, "us", reason);
}

static void on_answer_time(void *arg)
{
	struct call *call = arg;
	struct mbuf *body = NULL;
	int err = call_sdp_write(call, call->offered, &body);

	if (!err) {
		err = sipsess_answer(call->session, 200, "OK", body, "%s", allow);
	}
	mem_deref(body);
	if (err) {
		call_end(call, 500, "us", "the answer could not be made");
		return;
	}
	call->status = 200;
	call->state = CALL_ANSWERED;
	call->answered_us = vp_time_us();
}

/* 180, or 183 with our side of the audio. */
static int ring(struct call *call, const struct sip_msg *invite)
{
	struct mbuf *body = NULL;
	bool early = call->plan.early_media;
	int err = early ? call_sdp_write(call, call->offered, &body) : 0;

	if (!err) {
		err = sipsess_accept(&call->session, call->stack->sock, invite, early ? 183 : 180,
			early ? "Session Progress" : "Ringing", "carrier", "application/sdp", body,
			call_on_auth, call, false, call_on_offer, call_on_answer,
			call_on_established, call_on_info, NULL, call_on_close, call, "%s", allow);
	}
	mem_deref(body);
	return err;
}

static void take(struct call *call, const struct sip_msg *invite)
{
	int err = call_sdp_create(call);
	if (err) {
		refuse(call, invite, 500, "Server Internal Error");
		return;
	}

	call->offered =
		mbuf_get_left(invite->mb) == 0; /* no offer came: ours goes out with the answer */
	if (!call->offered && call_sdp_read(call, invite->mb) != 0) {
		refuse(call, invite, 488, "Not Acceptable Here");
		return;
	}
	if (ring(call, invite) != 0) {
		refuse(call, invite, 500, "Server Internal Error");
		return;
	}
	call->status = call->plan.early_media ? 183 : 180;
	if (call->plan.ring_ms != RING_FOR_EVER) {
		tmr_start(&call->answer, call->plan.ring_ms, on_answer_time, call);
	}
}

int call_take(struct call **ret, const struct call_env *env, struct stack *stack, unsigned id,
	const struct sip_msg *invite, const struct number *number)
{
	struct call *call;
	int err = call_alloc(&call, env, stack, id);
	if (err) {
		sip_treply(NULL, stack->sip, invite, 500, "Server Internal Error");
		return err;
	}

	note_caller(call, invite);
	*ret = call;
	if (!number) {
		vp_strcopy(call->kind, sizeof(call->kind), "unknown");
		refuse(call, invite, 404, "Not Found");
		return 0;
	}
	vp_strcopy(call->kind, sizeof(call->kind), number->kind);
	vp_strcopy(call->number, sizeof(call->number), number->e164);
	call->plan = number->plan;
	if (call->plan.reject) {
		refuse(call, invite, call->plan.reject, call->plan.reason);
	} else {
		take(call, invite);
	}
	return 0;
}
