#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/call_int.h"

int call_alloc(struct call **ret, const struct call_env *env, struct stack *stack, unsigned id)
{
	struct call *call = calloc(1, sizeof(*call));

	if (!call) {
		return ENOMEM;
	}
	call->id = id;
	call->env = env;
	call->stack = stack;
	call->started_us = vp_time_us();
	if (re_snprintf(call->wav, sizeof(call->wav), "%s/call-%u.wav", env->out_dir, id) < 0) {
		free(call);
		return ENAMETOOLONG;
	}
	*ret = call;
	return 0;
}

static void stop_timers(struct call *call)
{
	tmr_cancel(&call->answer);
	tmr_cancel(&call->hangup);
	tmr_cancel(&call->hold);
	tmr_cancel(&call->close);
}

static void drop_audio(struct call *call)
{
	if (call->voice) {
		voice_flush(call->voice);
		call->heard = json_object();
		voice_report(call->voice, call->heard);
		call->voice = voice_destroy(call->voice);
	}
	call->sdp = mem_deref(call->sdp);
	call->media = NULL;
}

static void on_close_time(void *arg)
{
	struct call *call = arg;

	call->session = mem_deref(call->session);
}

/* The session is let go a moment later: it may be the caller of this function. */
void call_end(struct call *call, uint16_t status, const char *by, const char *reason)
{
	if (call->state == CALL_ENDED) {
		return;
	}
	call->state = CALL_ENDED;
	call->ended_us = vp_time_us();
	call->status = call->answered_us ? 200 : status;
	vp_strcopy(call->ended_by, sizeof(call->ended_by), by);
	vp_strcopy(call->reason, sizeof(call->reason), reason);
	stop_timers(call);
	drop_audio(call);
	if (call->session) {
		tmr_start(&call->close, 1, on_close_time, call);
	}
}

struct call *call_destroy(struct call *call)
{
	if (call) {
		stop_timers(call);
		drop_audio(call);
		call->session = mem_deref(call->session);
		json_decref(call->heard);
		free(call);
	}
	return NULL;
}

static void on_hangup_time(void *arg)
{
	call_hangup(arg);
}

static void change_direction(struct call *call, enum sdp_dir dir)
{
	struct mbuf *body = NULL;

	sdp_media_set_ldir(call->media, dir);
	if (call_sdp_write(call, true, &body) == 0) {
		(void)sipsess_modify(call->session, body);
	}
	mem_deref(body);
}

static void on_unhold_time(void *arg)
{
	change_direction(arg, SDP_SENDRECV);
}

static void on_hold_time(void *arg)
{
	struct call *call = arg;

	change_direction(call, SDP_SENDONLY);
	tmr_start(&call->hold, call->plan.hold_ms, on_unhold_time, call);
}

void call_answered(struct call *call)
{
	tmr_cancel(&call->answer);
	if (call->state == CALL_RINGING) {
		call->state = CALL_ANSWERED;
		call->answered_us = vp_time_us();
		call->status = 200;
	}
	if (call->plan.hangup_ms) {
		tmr_start(&call->hangup, call->plan.hangup_ms, on_hangup_time, call);
	}
	if (call->plan.hold_ms) {
		tmr_start(&call->hold, call->plan.hold_ms, on_hold_time, call);
	}
}

int call_on_offer(struct mbuf **ret_body, const struct sip_msg *msg, void *arg)
{
	struct call *call = arg;

	*ret_body = NULL;
	if (call->state == CALL_ENDED) {
		return ENOTCONN;
	}
	if (mbuf_get_left(msg->mb) == 0) {
		return call_sdp_write(call, true, ret_body);
	}
	call->offered = false;
	int err = call_sdp_read(call, msg->mb);
	return err ? err : call_sdp_write(call, false, ret_body);
}

int call_on_answer(const struct sip_msg *msg, void *arg)
{
	struct call *call = arg;

	if (call->state == CALL_ENDED || mbuf_get_left(msg->mb) == 0) {
		return 0;
	}
	call->offered = true;
	return call_sdp_read(call, msg->mb);
}

void call_on_established(const struct sip_msg *msg, void *arg)
{
	struct call *call = arg;
	(void)msg;

	if (call->state != CALL_ENDED) {
		call_answered(call);
	}
}

/* DTMF by SIP INFO: "Signal=5" of application/dtmf-relay, or the bare digit of application/dtmf. */
void call_on_info(struct sip *sip, const struct sip_msg *msg, void *arg)
{
	struct call *call = arg;
	struct pl digit = PL_INIT;
	const char *body = (const char *)mbuf_buf(msg->mb);
	size_t len = mbuf_get_left(msg->mb);

	(void)sip_reply(sip, msg, 200, "OK");
	bool found =
		re_regex(body, len, "Signal[ \t]*=[ \t]*[0-9*#A-D]+", NULL, NULL, &digit) == 0 ||
		(pl_strcasecmp(&msg->ctyp.subtype, "dtmf") == 0 &&
			re_regex(body, len, "[0-9*#A-D]+", &digit) == 0);
	if (found && call->voice) {
		voice_note_digit(call->voice, *digit.p);
	}
}

void call_on_close(int err, const struct sip_msg *msg, void *arg)
{
	struct call *call = arg;
	char reason[CALL_TEXT] = "";

	if (call->state == CALL_ENDED || call_fail_over(call, err, msg)) {
		return;
	}
	if (msg) {
		pl_strcpy(&msg->reason, reason, sizeof(reason));
		call_end(call, msg->scode, "peer", reason);
	} else if (err == ECONNRESET) {
		/* BYE, or CANCEL before the answer */
		call_end(call, 487, "peer", call->answered_us ? "BYE" : "CANCEL");
	} else {
		str_error(err, reason, sizeof(reason));
		call_end(call, err == ETIMEDOUT ? 408 : 500, "error", reason);
	}
}

/* Nobody challenges a carrier. */
int call_on_auth(char **user, char **password, const char *realm, void *arg)
{
	(void)user;
	(void)password;
	(void)realm;
	(void)arg;
	return EAUTH;
}

unsigned call_id(const struct call *call)
{
	return call->id;
}

bool call_is_live(const struct call *call)
{
	return call->state != CALL_ENDED;
}

const char *call_wav(const struct call *call)
{
	return call->wav;
}

void call_tick(struct call *call)
{
	bool audible = call->state == CALL_ANSWERED || (call->plan.early_media && !call->outbound);

	if (call->voice && audible) {
		voice_tick(call->voice);
	}
}

void call_flush(struct call *call)
{
	if (call->voice) {
		voice_flush(call->voice);
	}
}

void call_hangup(struct call *call)
{
	call_end(call, 487, "us", "");
}

int call_send_digits(struct call *call, const char *digits)
{
	return call->state == CALL_ANSWERED ? voice_send_digits(call->voice, digits) : ENOTCONN;
}

bool call_take_update(struct call *call, const struct sip_msg *msg)
{
	struct sip_dialog *dialog = sipsess_dialog(call->session);
	const struct sip_hdr *expires = sip_msg_hdr(msg, SIP_HDR_SESSION_EXPIRES);
	struct mbuf *body = NULL;

	if (!dialog || call->state == CALL_ENDED || !sip_dialog_cmp(dialog, msg)) {
		return false;
	}
	if (!sip_dialog_rseq_valid(dialog, msg)) {
		(void)sip_treply(NULL, call->stack->sip, msg, 500, "Server Internal Error");
		return true;
	}
	if (mbuf_get_left(msg->mb) > 0 && call_on_offer(&body, msg, call) != 0) {
		(void)sip_treply(NULL, call->stack->sip, msg, 488, "Not Acceptable Here");
		return true;
	}
	struct sip_contact contact;
	sip_contact_set(&contact, "carrier", &msg->dst, msg->tp);
	(void)sip_treplyf(NULL, NULL, call->stack->sip, msg, true, 200, "OK",
		"%H%s%r%s%sContent-Length: %zu\r\n\r\n%b", sip_contact_print, &contact,
		expires ? "Require: timer\r\nSession-Expires: " : "",
		expires ? &expires->val : NULL, expires ? "\r\n" : "",
		body ? "Content-Type: application/sdp\r\n" : "",
		body ? mbuf_get_left(body) : (size_t)0, body ? mbuf_buf(body) : NULL,
		body ? mbuf_get_left(body) : (size_t)0);
	mem_deref(body);
	return true;
}

static json_t *time_json(int64_t us)
{
	char text[VP_TIME_TEXT_SIZE];

	if (!us) {
		return json_null();
	}
	vp_time_text(us, text);
	return json_string(text);
}

/* Header text may be any bytes. */
static json_t *text_json(const char *text)
{
	json_t *json = json_string(text);

	return json ? json : json_string("(not UTF-8)");
}

json_t *call_report(const struct call *call)
{
	static const char *const states[] = {"ringing", "answered", "ended"};
	int64_t end = call->ended_us ? call->ended_us : vp_time_us();
	json_t *report = json_pack("{s:i, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:s, "
				   "s:o, s:o, s:o, s:I, s:b, s:i}",
		"id", (int)call->id, "direction", call->outbound ? "out" : "in", "state",
		states[call->state], "kind", call->kind, "number", text_json(call->number), "from",
		text_json(call->from), "from_name", text_json(call->from_name), "asserted_identity",
		text_json(call->asserted), "sip_call_id", text_json(call->sip_call_id),
		"sip_status", (int)call->status, "reason", text_json(call->reason), "ended_by",
		call->ended_by, "started_at", time_json(call->started_us), "answered_at",
		time_json(call->answered_us), "ended_at", time_json(call->ended_us), "talk_ms",
		(json_int_t)(call->answered_us ? (end - call->answered_us) / 1000 : 0), "held",
		(int)call->held, "holds", (int)call->holds);

	if (call->voice) {
		voice_report(call->voice, report);
	} else if (call->heard) {
		json_object_update(report, call->heard);
	}
	return report;
}
