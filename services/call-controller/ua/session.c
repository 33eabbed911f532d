#include <stdio.h>
#include "services/call-controller/ua/session.h"

#define EXPIRES_MAX 86400

static unsigned number(const struct ua_msg *msg, enum ua_hdr id)
{
	const int64_t num = ua_msg_number(msg, id, EXPIRES_MAX);

	return num < 0 ? 0 : (unsigned)num;
}

static bool refresher_is(const struct ua_msg *msg, const char *who)
{
	const struct pl *val = ua_msg_header(msg, UA_HDR_SESSION_EXPIRES);
	struct pl params = val ? *val : (struct pl){0}, found;

	while (params.l > 0 && *params.p != ';') {
		params.p++;
		params.l--;
	}
	return ua_param(&params, "refresher", &found) && !pl_strcasecmp(&found, who);
}

void ua_session_answered(struct ua_session *session, const struct ua_msg *response)
{
	const unsigned expires = number(response, UA_HDR_SESSION_EXPIRES);

	if (ua_msg_header(response, UA_HDR_ALLOW)) {
		session->update = ua_msg_lists(response, UA_HDR_ALLOW, "UPDATE");
	}
	if (session->wanted_s == 0) {
		return;
	}
	session->expires_s = expires;
	session->we_refresh = !refresher_is(response, "uas");
}

bool ua_session_too_small(struct ua_session *session, const struct ua_msg *response)
{
	const unsigned min = number(response, UA_HDR_MIN_SE);

	if (session->wanted_s == 0 || min <= session->wanted_s || min <= session->min_s) {
		return false;
	}
	session->min_s = min;
	session->wanted_s = min;
	return true;
}

unsigned ua_session_offered(struct ua_session *session, const struct ua_msg *request)
{
	const unsigned expires = number(request, UA_HDR_SESSION_EXPIRES);
	const bool they_can = ua_msg_lists(request, UA_HDR_SUPPORTED, "timer") ||
			      ua_msg_lists(request, UA_HDR_REQUIRE, "timer");

	if (ua_msg_header(request, UA_HDR_ALLOW)) {
		session->update = ua_msg_lists(request, UA_HDR_ALLOW, "UPDATE");
	}
	if (session->wanted_s == 0) {
		return 0;
	}
	if (expires > 0 && expires < UA_SESSION_MIN_S) {
		return 422;
	}
	if (expires == 0 || !they_can) {
		session->expires_s = 0;
		return 0;
	}
	session->expires_s = expires;
	session->we_refresh = refresher_is(request, "uas");
	return 0;
}

void ua_session_ask(const struct ua_session *session, char lines[UA_SESSION_LINES])
{
	if (session->wanted_s == 0) {
		lines[0] = '\0';
		return;
	}
	(void)snprintf(lines, UA_SESSION_LINES, "Session-Expires: %u%s\r\nMin-SE: %u\r\n",
		session->expires_s ? session->expires_s : session->wanted_s,
		session->expires_s == 0 ? ""
		: session->we_refresh   ? ";refresher=uac"
					: ";refresher=uas",
		session->min_s ? session->min_s : UA_SESSION_MIN_S);
}

void ua_session_confirm(const struct ua_session *session, char lines[UA_SESSION_LINES])
{
	if (session->wanted_s == 0 || session->expires_s == 0) {
		lines[0] = '\0';
		return;
	}
	(void)snprintf(lines, UA_SESSION_LINES, "%sSession-Expires: %u;refresher=%s\r\n",
		session->we_refresh ? "" : "Require: timer\r\n", session->expires_s,
		session->we_refresh ? "uas" : "uac");
}

int64_t ua_session_due_ms(const struct ua_session *session)
{
	const int64_t expires = session->expires_s;

	if (expires == 0) {
		return 0;
	}
	if (session->we_refresh) {
		return expires * 500; /* half of it (section 7.2) */
	}
	return (expires - MIN(32, expires / 3)) * 1000; /* section 10 */
}
