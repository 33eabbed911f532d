#include <strings.h>
#include "services/call-controller/ua/precheck.h"

static const struct ua_verdict fine = {0};

static bool is_one_of(const struct pl *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!pl_strcmp(name, names[i])) {
			return true;
		}
	}
	return false;
}

static struct ua_verdict check_method(const struct ua_msg *msg)
{
	static const char *const ours[] = {
		"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE"};
	static const char *const others[] = {
		"REGISTER", "MESSAGE", "SUBSCRIBE", "NOTIFY", "REFER", "PRACK", "PUBLISH"};

	if (is_one_of(&msg->method, ours, VP_ARRAY_LEN(ours))) {
		return fine;
	}
	if (is_one_of(&msg->method, others, VP_ARRAY_LEN(others))) {
		return (struct ua_verdict){405, "Method Not Allowed"};
	}
	return (struct ua_verdict){501, "Not Implemented"};
}

/* Tokens of Require that we do not know; with text, they are listed there. */
static unsigned unknown_extensions(const struct ua_msg *msg, enum ua_hdr id, struct ua_text *text)
{
	const struct pl *val;
	struct pl rest, item;
	unsigned n = 0;

	for (size_t at = 0; (val = ua_msg_next(msg, id, &at)) != NULL;) {
		for (rest = *val; ua_list_next(&rest, &item);) {
			if (item.l == 0 || !pl_strcasecmp(&item, UA_SUPPORTED)) {
				continue;
			}
			if (text) {
				ua_text_header(text, "Unsupported", &item);
			}
			n++;
		}
	}
	return n;
}

static bool accepts_sdp(const struct ua_msg *msg)
{
	const struct pl *val;
	struct pl rest, item;

	for (size_t at = 0; (val = ua_msg_next(msg, UA_HDR_ACCEPT, &at)) != NULL;) {
		for (rest = *val; ua_list_next(&rest, &item);) {
			static const char *const good[] = {
				"application/sdp", "application/*", "*/*"};

			for (size_t i = 0; i < item.l; i++) {
				if (item.p[i] == ';') {
					item.l = i;
				}
			}
			ua_trim(&item);
			for (size_t i = 0; i < VP_ARRAY_LEN(good); i++) {
				if (!pl_strcasecmp(&item, good[i])) {
					return true;
				}
			}
		}
	}
	return ua_msg_header(msg, UA_HDR_ACCEPT) == NULL;
}

static bool media_type_is(const struct pl *val, const char *type)
{
	struct pl head = *val;

	for (size_t i = 0; i < head.l; i++) {
		if (head.p[i] == ';') {
			head.l = i;
		}
	}
	ua_trim(&head);
	return !pl_strcasecmp(&head, type);
}

static struct ua_verdict check_body(const struct ua_msg *msg)
{
	const struct pl *type = ua_msg_header(msg, UA_HDR_CONTENT_TYPE);
	const struct pl *coding = ua_msg_header(msg, UA_HDR_CONTENT_ENCODING);
	const bool wants_sdp =
		ua_msg_is(msg, "INVITE") || ua_msg_is(msg, "UPDATE") || ua_msg_is(msg, "ACK");

	if (msg->body.l == 0) {
		return fine;
	}
	if (coding && pl_strcasecmp(coding, "identity")) {
		return (struct ua_verdict){415, "Unsupported Media Type"};
	}
	if (wants_sdp && !type) {
		return (struct ua_verdict){400, "Missing Content-Type"};
	}
	if (wants_sdp && !media_type_is(type, "application/sdp")) {
		return (struct ua_verdict){415, "Unsupported Media Type"};
	}
	return fine;
}

static struct ua_verdict check_scheme(const struct ua_msg *msg)
{
	const enum ua_scheme scheme = msg->uri.scheme;

	if (scheme == UA_SCHEME_OTHER) {
		return (struct ua_verdict){416, "Unsupported URI Scheme"};
	}
	if (scheme == UA_SCHEME_SIPS && msg->flow.tp != UA_TP_TLS) {
		return (struct ua_verdict){416, "Unsupported URI Scheme"};
	}
	return fine;
}

struct ua_verdict ua_precheck(const struct ua_msg *msg)
{
	const bool acks = ua_msg_is(msg, "ACK") || ua_msg_is(msg, "CANCEL");
	struct ua_verdict verdict;

	if (pl_strcasecmp(&msg->version, "SIP/2.0")) {
		return (struct ua_verdict){505, "Version Not Supported"};
	}
	if (msg->fault) {
		return (struct ua_verdict){400, msg->fault};
	}
	if (pl_cmp(&msg->cseq.method, &msg->method)) {
		return (struct ua_verdict){400, "CSeq Method Mismatch"};
	}
	if (msg->from.tag.l == 0 && msg->via.rfc3261) {
		return (struct ua_verdict){400, "Missing From Tag"};
	}
	verdict = check_method(msg);
	if (verdict.status) {
		return verdict;
	}
	verdict = check_scheme(msg);
	if (verdict.status) {
		return verdict;
	}
	if (ua_msg_header(msg, UA_HDR_MAX_FORWARDS) != NULL) {
		const int64_t hops = ua_msg_number(msg, UA_HDR_MAX_FORWARDS, 255);

		if (hops <= 0 && !acks) {
			return hops == 0 ? (struct ua_verdict){483, "Too Many Hops"}
					 : (struct ua_verdict){400, "Malformed Max-Forwards"};
		}
	}
	if (!acks && unknown_extensions(msg, UA_HDR_REQUIRE, NULL) +
				     unknown_extensions(msg, UA_HDR_PROXY_REQUIRE, NULL) >
			     0) {
		return (struct ua_verdict){420, "Bad Extension"};
	}
	if (ua_msg_is(msg, "INVITE") && !accepts_sdp(msg)) {
		return (struct ua_verdict){406, "Not Acceptable"};
	}
	return check_body(msg);
}

void ua_precheck_explain(const struct ua_msg *msg, unsigned status, struct ua_text *text)
{
	switch (status) {
	case 405:
	case 501: ua_text_add(text, "Allow: " UA_ALLOW "\r\n"); break;
	case 406:
	case 415:
		ua_text_add(text, "Accept: application/sdp\r\nAccept-Encoding: identity\r\n");
		break;
	case 420:
		unknown_extensions(msg, UA_HDR_REQUIRE, text);
		unknown_extensions(msg, UA_HDR_PROXY_REQUIRE, text);
		break;
	default: break;
	}
}
