/* Requests of the far side: its INVITE until we answered, and what comes inside the dialog. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/dtmf_info.h"
#include "services/call-controller/ua/leg_int.h"
#include "services/call-controller/ua/precheck.h"

/* --- the server transaction that waits for us --- */

static void on_cancel(void *arg)
{
	struct ua_leg *leg = arg;

	(void)ua_server_refuse(leg->server, 487, "Request Terminated");
	if (leg->state == LEG_INCOMING) {
		leg_ended(leg, UA_END_CANCELED, 0, NULL);
	}
}

static void on_no_ack(void *arg)
{
	struct ua_leg *leg = arg;

	leg->server = NULL;
	if (leg->state == LEG_ACCEPTED) {
		leg->state = LEG_UP; /* a BYE is in order now (section 13.3.1.4) */
	}
	if (leg->end_wanted) {
		leg_bye(leg);
	} else {
		leg_ended(leg, UA_END_EXPIRED, 0, NULL);
	}
}

static void on_server_gone(void *arg)
{
	struct ua_leg *leg = arg;

	leg->server = NULL;
}

void leg_own_server(struct ua_leg *leg, struct ua_server *server)
{
	static const struct ua_server_handlers handlers = {
		.on_cancel = on_cancel, .on_no_ack = on_no_ack, .on_gone = on_server_gone};

	if (leg->server) {
		ua_server_own(leg->server, &(struct ua_server_handlers){0}, NULL);
	}
	leg->server = server;
	ua_server_own(server, &handlers, leg);
}

int ua_leg_progress(
	struct ua_leg *leg, unsigned status, const char *reason, const char *sdp, size_t len)
{
	const struct ua_reply reply = {.status = status,
		.reason = reason,
		.dialog = true,
		.contact = leg->dialog.contact,
		.headers = "Allow: " UA_ALLOW "\r\n",
		.body = sdp,
		.body_len = len};

	if (leg->state != LEG_INCOMING || !leg->server) {
		return EALREADY;
	}
	return ua_server_reply(leg->server, &reply);
}

/* 200 with SDP and what the session timer wants. */
static int reply_ok(struct ua_leg *leg, const char *sdp, size_t len)
{
	char lines[UA_SESSION_LINES + 96];
	char timer[UA_SESSION_LINES];
	struct ua_reply reply = {.status = 200,
		.reason = "OK",
		.dialog = true,
		.contact = leg->dialog.contact,
		.headers = lines,
		.body = sdp,
		.body_len = len};

	ua_session_confirm(&leg->session, timer);
	(void)re_snprintf(lines, sizeof(lines), "Allow: " UA_ALLOW "\r\n%s%s",
		leg->session.wanted_s ? "Supported: timer\r\n" : "", timer);
	return ua_server_reply(leg->server, &reply);
}

int ua_leg_accept(struct ua_leg *leg, const char *sdp, size_t len)
{
	int err;

	if (leg->state != LEG_INCOMING || !leg->server) {
		return EALREADY;
	}
	err = leg_set_sdp(leg, sdp, len);
	if (!err) {
		err = reply_ok(leg, sdp, len);
	}
	if (!err) {
		leg->state = LEG_ACCEPTED;
		leg_session_arm(leg);
	}
	return err;
}

int ua_leg_answer_offer(struct ua_leg *leg, unsigned status, const char *sdp, size_t len)
{
	int err;

	if (!leg->server || ua_server_answered(leg->server)) {
		return EALREADY;
	}
	if (status >= 300) {
		return ua_server_refuse(leg->server, status, "Not Acceptable Here");
	}
	err = leg_set_sdp(leg, sdp, len);
	if (!err) {
		err = reply_ok(leg, sdp, len);
	}
	if (!err) {
		leg_session_arm(leg);
	}
	return err;
}

/* --- requests inside the dialog --- */

static void on_ack(struct ua_leg *leg, const struct ua_msg *msg)
{
	const bool first = leg->state == LEG_ACCEPTED;

	if (leg->server && ua_server_answered(leg->server)) {
		ua_server_acked(leg->server);
	}
	if (!first && !leg->offer_in_ack) {
		return;
	}
	if (first) {
		leg->state = LEG_UP;
	}
	if (leg->end_wanted) {
		leg_bye(leg);
		return;
	}
	if (leg->handlers.on_confirmed) {
		const struct pl none = {0};

		leg->handlers.on_confirmed(leg, leg->offer_in_ack ? &msg->body : &none, leg->arg);
	}
	leg->offer_in_ack = false;
}

static void on_bye(struct ua_leg *leg, struct ua_server *server)
{
	struct ua_server *invite = leg->server;

	(void)ua_server_refuse(server, 200, "OK");
	if (invite && !ua_server_answered(invite)) {
		(void)ua_server_refuse(invite, 487, "Request Terminated");
	}
	if (leg->state == LEG_ENDING) {
		leg_destroy(leg); /* both hung up: our BYE is answered by nobody or 481 */
		return;
	}
	leg_ended(leg, UA_END_BYE, 0, NULL);
}

static void on_reinvite(struct ua_leg *leg, struct ua_server *server, const struct ua_msg *msg)
{
	if (leg->server && !ua_server_answered(leg->server)) {
		const struct ua_reply busy = {.status = 500,
			.reason = "Server Internal Error",
			.headers = "Retry-After: 2\r\n"};

		(void)ua_server_reply(server, &busy); /* section 14.2 */
		return;
	}
	if (leg->asking == ASKING_MODIFY || leg->asking == ASKING_REFRESH ||
		leg->state == LEG_ENDING) {
		(void)ua_server_refuse(server, 491, "Request Pending");
		return;
	}
	if (ua_session_offered(&leg->session, msg) == 422) {
		const struct ua_reply reply = {.status = 422,
			.reason = "Session Interval Too Small",
			.headers = "Min-SE: 90\r\n"};

		(void)ua_server_reply(server, &reply);
		return;
	}
	ua_dialog_refresh(&leg->dialog, msg);
	leg_own_server(leg, server);
	if (msg->body.l == 0 && ua_msg_is(msg, "UPDATE")) {
		(void)reply_ok(leg, NULL, 0); /* just a session refresh */
		leg_session_arm(leg);
		return;
	}
	leg->offer_in_ack = msg->body.l == 0;
	if (leg->handlers.on_offer) {
		leg->handlers.on_offer(leg, &msg->body, leg->arg);
	} else {
		(void)ua_server_refuse(server, 488, "Not Acceptable Here");
	}
}

static void on_info(struct ua_leg *leg, struct ua_server *server, const struct ua_msg *msg)
{
	const char key = ua_dtmf_info(ua_msg_header(msg, UA_HDR_CONTENT_TYPE), &msg->body);

	if (!key && msg->body.l > 0) {
		const struct ua_reply reply = {.status = 415,
			.reason = "Unsupported Media Type",
			.headers = "Accept: application/dtmf-relay, application/dtmf\r\n"};

		(void)ua_server_reply(server, &reply);
		return;
	}
	(void)ua_server_refuse(server, 200, "OK");
	if (key && leg->handlers.on_dtmf) {
		leg->handlers.on_dtmf(leg, key, leg->arg);
	}
}

void leg_input(struct ua_leg *leg, struct ua_server *server, const struct ua_msg *msg)
{
	if (ua_msg_is(msg, "ACK")) {
		on_ack(leg, msg);
		return;
	}
	if (msg->cseq.num <= leg->dialog.remote_seq && leg->dialog.remote_seq != 0) {
		(void)ua_server_refuse(server, 500, "CSeq Out Of Order"); /* section 12.2.2 */
		return;
	}
	leg->dialog.remote_seq = msg->cseq.num;
	if (ua_msg_is(msg, "BYE")) {
		on_bye(leg, server);
	} else if (ua_msg_is(msg, "INVITE") || ua_msg_is(msg, "UPDATE")) {
		on_reinvite(leg, server, msg);
	} else if (ua_msg_is(msg, "INFO")) {
		on_info(leg, server, msg);
	} else {
		(void)ua_server_refuse(server, 200, "OK"); /* OPTIONS */
	}
}
