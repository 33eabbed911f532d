/* Requests of ours inside the dialog: re-INVITE and UPDATE (hold, session refresh), INFO, BYE. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/leg_int.h"
#include "services/call-controller/ua/precheck.h"

static void on_response(int err, const struct ua_msg *msg, void *arg);

static bool by_update(const struct ua_leg *leg, enum leg_asking what)
{
	return what == ASKING_REFRESH && leg->session.update;
}

static int transmit(struct ua_leg *leg, const char *auth)
{
	static struct ua_text text, extra;
	static const char *const methods[] = {"", "INVITE", "INVITE", "BYE", "INFO"};
	const bool update = by_update(leg, leg->asking);
	const bool sdp = !update && (leg->asking == ASKING_MODIFY || leg->asking == ASKING_REFRESH);
	char branch[UA_BRANCH_SIZE], timer[UA_SESSION_LINES] = "";
	struct ua_request request = {.method = update ? "UPDATE" : methods[leg->asking],
		.seq = ++leg->dialog.local_seq,
		.branch = branch,
		.headers = extra.buf,
		.body = sdp ? leg->sdp : NULL,
		.body_len = sdp ? leg->sdp_len : 0};

	ua_branch(branch);
	ua_text_reset(&extra);
	if (sdp || update) {
		ua_session_ask(&leg->session, timer);
		ua_text_add(&extra, "Allow: " UA_ALLOW "\r\n");
		ua_text_add(&extra, leg->session.wanted_s ? "Supported: timer\r\n" : "");
		ua_text_add(&extra, timer);
	}
	if (sdp) {
		leg->invite_seq = request.seq;
	}
	if (leg->asking == ASKING_INFO) {
		request.type = "application/dtmf-relay";
		request.body = leg->request_headers;
		request.body_len = strlen(leg->request_headers);
	}
	ua_text_add(&extra, auth ? auth : "");
	ua_text_mem(&extra, "", 1);
	ua_dialog_write(&leg->dialog, leg_stack(leg), &request, &text);
	if (sdp) {
		ua_client_forget(leg->reinvite);
	}
	return extra.full ? EMSGSIZE
			  : ua_client_start(sdp ? &leg->reinvite : &leg->request, leg_stack(leg),
				    &leg->dialog.flow, branch, &text, on_response, leg);
}

int leg_ask(struct ua_leg *leg, enum leg_asking what, const char *body)
{
	int err;

	if (leg->asking != ASKING_NOTHING) {
		return EBUSY;
	}
	free(leg->request_headers);
	leg->request_headers = body ? strdup(body) : NULL;
	leg->digest.attempts = 0;
	leg->asking = what;
	err = transmit(leg, NULL);
	if (err) {
		leg->asking = ASKING_NOTHING;
	}
	return err;
}

/* --- BYE --- */

void leg_bye(struct ua_leg *leg)
{
	leg->state = LEG_ENDING;
	ua_timer_stop(leg_timers(leg), &leg->again);
	ua_timer_stop(leg_timers(leg), &leg->session_due);
	ua_client_forget(leg->request);
	ua_client_forget(leg->reinvite); /* one under way ends with the dialog */
	leg->asking = ASKING_NOTHING;
	if (leg->server && !ua_server_answered(leg->server)) {
		(void)ua_server_refuse(leg->server, 487, "Request Terminated");
	}
	if (leg_ask(leg, ASKING_BYE, NULL)) {
		leg_destroy(leg);
	}
}

/* --- session timer --- */

static void on_session_due(void *arg)
{
	struct ua_leg *leg = arg;
	int err;

	if (!leg->session.we_refresh) {
		leg_ended(leg, UA_END_EXPIRED, 0, NULL);
		return;
	}
	err = leg_ask(leg, ASKING_REFRESH, NULL);
	if (err == EBUSY) {
		ua_timer_start(leg_timers(leg), &leg->session_due, 1000, on_session_due, leg);
	} else if (err) {
		leg_ended(leg, UA_END_TRANSPORT, 0, NULL);
	}
}

void leg_session_arm(struct ua_leg *leg)
{
	const int64_t due = ua_session_due_ms(&leg->session);

	if (due > 0) {
		ua_timer_start(leg_timers(leg), &leg->session_due, due, on_session_due, leg);
	} else {
		ua_timer_stop(leg_timers(leg), &leg->session_due);
	}
}

/* --- answers --- */

static void on_again(void *arg)
{
	struct ua_leg *leg = arg;

	if (leg->asking != ASKING_NOTHING && transmit(leg, NULL)) {
		leg_ended(leg, UA_END_TRANSPORT, 0, NULL);
	}
}

/* Both sides asked at once: who owns the Call-ID waits longer (section 14.1). */
static void wait_for_glare(struct ua_leg *leg)
{
	const int64_t ms = leg->outgoing ? 2100 + rand_u16() % 1900 : rand_u16() % 2000;

	ua_timer_start(leg_timers(leg), &leg->again, ms + 1, on_again, leg);
}

static bool answer_challenge(struct ua_leg *leg, const struct ua_msg *msg)
{
	static const char *const methods[] = {"", "INVITE", "INVITE", "BYE", "INFO"};
	static struct ua_text auth;
	const struct ua_credentials cred = leg_credentials(leg);
	const char *method = by_update(leg, leg->asking) ? "UPDATE" : methods[leg->asking];

	ua_text_reset(&auth);
	if (ua_digest_answer(&leg->digest, &cred, msg, method, leg->dialog.target, &auth) !=
		UA_DIGEST_OK) {
		return false;
	}
	ua_text_mem(&auth, "", 1);
	return !auth.full && transmit(leg, auth.buf) == 0;
}

/* The dialog is gone at the far side (section 12.2.1.2). */
static bool is_fatal(int err, const struct ua_msg *msg)
{
	return err != 0 || msg->status == 481 || msg->status == 408;
}

static void on_modify_done(struct ua_leg *leg, const struct ua_msg *msg, enum leg_asking what)
{
	const bool good = msg->status < 300;

	if (good) {
		ua_dialog_refresh(&leg->dialog, msg);
		ua_session_answered(&leg->session, msg);
	}
	leg_session_arm(leg);
	if (what == ASKING_MODIFY && leg->handlers.on_modified) {
		leg->handlers.on_modified(leg, msg->status, &msg->body, leg->arg);
	}
}

/* Whether the same request goes out again, changed as the answer asks for. */
static bool repeated(struct ua_leg *leg, const struct ua_msg *msg)
{
	if (msg->status == 401 || msg->status == 407) {
		return answer_challenge(leg, msg);
	}
	if (msg->status == 422) {
		return ua_session_too_small(&leg->session, msg) && transmit(leg, NULL) == 0;
	}
	if (msg->status == 491) {
		wait_for_glare(leg);
		return true;
	}
	return false;
}

static void on_done(struct ua_leg *leg, int err, const struct ua_msg *msg)
{
	const enum leg_asking what = leg->asking;

	if (!err && repeated(leg, msg)) {
		return;
	}
	leg->asking = ASKING_NOTHING;
	if (what == ASKING_BYE) {
		leg_destroy(leg);
	} else if (is_fatal(err, msg)) {
		leg_ended(leg, UA_END_EXPIRED, 0, NULL);
	} else if (what != ASKING_INFO) {
		on_modify_done(leg, msg, what);
	}
}

static void on_response(int err, const struct ua_msg *msg, void *arg)
{
	struct ua_leg *leg = arg;
	const bool invite = !err && !pl_strcmp(&msg->cseq.method, "INVITE");

	if (!err && msg->status < 200) {
		return;
	}
	if (invite && msg->status < 300) {
		const bool first = leg->asking == ASKING_MODIFY || leg->asking == ASKING_REFRESH;

		if (!first || msg->cseq.num != leg->invite_seq) {
			if (leg->ack) { /* a repetition: our ACK was lost */
				(void)ua_stack_send(leg_stack(leg), &leg->dialog.flow, leg->ack);
			}
			return;
		}
		leg_send_ack(leg, NULL, 0);
	}
	on_done(leg, err, msg);
}

int ua_leg_modify(struct ua_leg *leg, const char *sdp, size_t len)
{
	int err;

	if (leg->state != LEG_UP || leg->asking != ASKING_NOTHING ||
		(leg->server && !ua_server_answered(leg->server))) {
		return EBUSY;
	}
	err = leg_set_sdp(leg, sdp, len);
	return err ? err : leg_ask(leg, ASKING_MODIFY, NULL);
}

int ua_leg_info_dtmf(struct ua_leg *leg, char key, unsigned duration_ms)
{
	char body[64];

	if (leg->state != LEG_UP) {
		return ENOTCONN;
	}
	(void)re_snprintf(body, sizeof(body), "Signal=%c\r\nDuration=%u\r\n", key, duration_ms);
	return leg_ask(leg, ASKING_INFO, body);
}
