/* The leg that we called: INVITE until its final answer. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/leg_int.h"
#include "services/call-controller/ua/precheck.h"

static void on_response(int err, const struct ua_msg *msg, void *arg);

static int send_invite(struct ua_leg *leg, const char *auth)
{
	static struct ua_text text, extra;
	char branch[UA_BRANCH_SIZE], timer[UA_SESSION_LINES];
	const struct ua_request request = {.method = "INVITE",
		.seq = leg->dialog.local_seq,
		.branch = branch,
		.headers = extra.buf,
		.body = leg->sdp,
		.body_len = leg->sdp_len};

	ua_branch(branch);
	ua_session_ask(&leg->session, timer);
	ua_text_reset(&extra);
	ua_text_add(&extra, "Allow: " UA_ALLOW "\r\nAccept: application/sdp\r\n");
	ua_text_add(&extra, leg->session.wanted_s ? "Supported: " UA_SUPPORTED "\r\n" : "");
	ua_text_add(&extra, timer);
	ua_text_add(&extra, leg->headers ? leg->headers : "");
	ua_text_add(&extra, auth ? auth : "");
	ua_text_mem(&extra, "", 1);
	ua_dialog_write(&leg->dialog, leg_stack(leg), &request, &text);
	leg->invite_seq = leg->dialog.local_seq;
	return extra.full ? EMSGSIZE
			  : ua_client_start(&leg->invite, leg_stack(leg), &leg->dialog.flow, branch,
				    &text, on_response, leg);
}

static void on_no_response(void *arg)
{
	struct ua_leg *leg = arg;
	void (*on_end)(struct ua_leg *, const struct ua_end *, void *) = leg->handlers.on_end;
	const struct ua_end end = {.how = UA_END_NO_RESPONSE};
	void *owner = leg->arg;

	memset(&leg->handlers, 0, sizeof(leg->handlers));
	leg_cancel(leg); /* in case it comes alive after all */
	if (on_end) {
		on_end(leg, &end, owner);
	}
}

void leg_cancel(struct ua_leg *leg)
{
	leg->state = LEG_ENDING;
	ua_timer_stop(leg_timers(leg), &leg->response);
	if (leg->invite) {
		ua_client_cancel(leg->invite);
	} else {
		leg_destroy(leg);
	}
}

/* The same ACK answers each repetition of the 2xx (section 13.2.2.4). */
void leg_send_ack(struct ua_leg *leg, const char *sdp, size_t len)
{
	char branch[UA_BRANCH_SIZE];
	const struct ua_request request = {.method = "ACK",
		.seq = leg->invite_seq,
		.branch = branch,
		.body = sdp,
		.body_len = len};
	static struct ua_text text;
	size_t size;

	ua_branch(branch);
	ua_dialog_write(&leg->dialog, leg_stack(leg), &request, &text);
	(void)ua_stack_send(leg_stack(leg), &leg->dialog.flow, &text);
	size = offsetof(struct ua_text, buf) + text.len;
	free(leg->ack);
	leg->ack = malloc(size);
	if (leg->ack) {
		memcpy(leg->ack, &text, size);
	}
}

/* Another far end took the call too: it is thanked and hung up on. */
static void refuse_fork(struct ua_leg *leg, const struct ua_msg *msg)
{
	struct ua_leg *fork = leg_new(leg->agent);

	if (!fork || ua_dialog_fork(&fork->dialog, &leg->dialog, msg)) {
		free(fork);
		return;
	}
	fork->outgoing = true;
	fork->state = LEG_UP;
	fork->invite_seq = leg->invite_seq;
	leg_link(fork);
	leg_send_ack(fork, NULL, 0);
	leg_bye(fork);
}

static void on_success(struct ua_leg *leg, const struct ua_msg *msg)
{
	const bool unwanted = leg->state == LEG_ENDING;

	if (leg->dialog.remote_tag) {
		if (pl_strcmp(&msg->to.tag, leg->dialog.remote_tag)) {
			refuse_fork(leg, msg);
		} else if (leg->ack) {
			(void)ua_stack_send(leg_stack(leg), &leg->dialog.flow, leg->ack);
		}
		return;
	}
	ua_timer_stop(leg_timers(leg), &leg->response);
	if (ua_dialog_establish(&leg->dialog, msg)) {
		leg_ended(leg, UA_END_TRANSPORT, 0, NULL);
		return;
	}
	ua_session_answered(&leg->session, msg);
	leg->state = LEG_UP;
	leg_send_ack(leg, NULL, 0);
	if (unwanted) {
		leg_bye(leg); /* the 200 crossed our CANCEL */
		return;
	}
	leg_session_arm(leg);
	if (leg->handlers.on_answer) {
		leg->handlers.on_answer(leg, &msg->body, leg->arg);
	}
}

/* Repeats the INVITE with a digest or a longer session; false when there is no point. */
static bool try_again(struct ua_leg *leg, const struct ua_msg *msg, bool *ret_wrong_password)
{
	static struct ua_text auth;
	const struct ua_credentials cred = leg_credentials(leg);
	enum ua_digest_verdict verdict;

	*ret_wrong_password = false;
	if (leg->state == LEG_ENDING) {
		return false;
	}
	ua_text_reset(&auth);
	if (msg->status == 401 || msg->status == 407) {
		verdict = ua_digest_answer(
			&leg->digest, &cred, msg, "INVITE", leg->dialog.target, &auth);
		*ret_wrong_password = verdict == UA_DIGEST_REFUSED;
		if (verdict != UA_DIGEST_OK) {
			return false;
		}
	} else if (msg->status != 422 || !ua_session_too_small(&leg->session, msg)) {
		return false;
	}
	ua_text_mem(&auth, "", 1);
	leg->dialog.local_seq++;
	return !auth.full && send_invite(leg, auth.buf) == 0;
}

static void on_response(int err, const struct ua_msg *msg, void *arg)
{
	struct ua_leg *leg = arg;
	bool wrong_password;

	if (err) {
		if (leg->state == LEG_ENDING) {
			leg_destroy(leg);
		} else {
			leg_ended(leg, err == ETIMEDOUT ? UA_END_NO_RESPONSE : UA_END_TRANSPORT, 0,
				NULL);
		}
		return;
	}
	if (msg->status >= 200 && msg->status < 300) {
		on_success(leg, msg);
		return;
	}
	ua_timer_stop(leg_timers(leg), &leg->response);
	if (msg->status < 200) {
		if (msg->status > 100 && leg->handlers.on_progress) {
			leg->handlers.on_progress(leg, msg->status, &msg->body, leg->arg);
		}
		return;
	}
	if (try_again(leg, msg, &wrong_password)) {
		return;
	}
	if (leg->state == LEG_ENDING) {
		leg_destroy(leg);
		return;
	}
	leg_ended(leg, wrong_password ? UA_END_WRONG_PASSWORD : UA_END_REJECTED, msg->status, msg);
}

static char *dup_or_null(const char *text)
{
	return text ? strdup(text) : NULL;
}

int ua_leg_dial(struct ua_leg **ret, struct ua_agent *agent, const struct ua_dial *dial,
	const struct ua_leg_handlers *handlers, void *arg)
{
	static struct ua_text to;
	struct ua_leg *leg = leg_new(agent);
	struct ua_dialog_cfg cfg = {.local = dial->local,
		.remote = to.buf,
		.target = dial->request_uri,
		.route = dial->route,
		.contact = dial->contact,
		.flow = dial->flow};
	int err;

	if (!leg) {
		return ENOMEM;
	}
	ua_text_reset(&to);
	ua_text_fmt(&to, "<%s>", dial->request_uri);
	err = ua_dialog_start(&leg->dialog, &cfg);
	if (err) {
		free(leg);
		return err;
	}
	leg_link(leg);
	leg->outgoing = true;
	leg->state = LEG_CALLING;
	leg->session.wanted_s = dial->session_timer ? UA_SESSION_DEFAULT_S : 0;
	leg->username = dup_or_null(dial->cred.username);
	leg->password = dup_or_null(dial->cred.password);
	leg->realm = dup_or_null(dial->cred.realm);
	leg->headers = dup_or_null(dial->headers);
	err = leg_set_sdp(leg, dial->sdp, dial->sdp_len);
	if (!err) {
		err = send_invite(leg, NULL);
	}
	if (err) {
		leg_destroy(leg);
		return err;
	}
	leg->handlers = *handlers;
	leg->arg = arg;
	ua_timer_start(leg_timers(leg), &leg->response, dial->response_ms, on_no_response, leg);
	*ret = leg;
	return 0;
}
