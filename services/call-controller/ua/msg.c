#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/msg.h"

static const struct {
	const char *name;
	char compact;
	enum ua_hdr id;
} known[] = {
	{"Via", 'v', UA_HDR_VIA},
	{"From", 'f', UA_HDR_FROM},
	{"To", 't', UA_HDR_TO},
	{"Call-ID", 'i', UA_HDR_CALL_ID},
	{"CSeq", 0, UA_HDR_CSEQ},
	{"Contact", 'm', UA_HDR_CONTACT},
	{"Max-Forwards", 0, UA_HDR_MAX_FORWARDS},
	{"Content-Length", 'l', UA_HDR_CONTENT_LENGTH},
	{"Content-Type", 'c', UA_HDR_CONTENT_TYPE},
	{"Content-Encoding", 'e', UA_HDR_CONTENT_ENCODING},
	{"Record-Route", 0, UA_HDR_RECORD_ROUTE},
	{"Route", 0, UA_HDR_ROUTE},
	{"Accept", 0, UA_HDR_ACCEPT},
	{"Allow", 0, UA_HDR_ALLOW},
	{"Supported", 'k', UA_HDR_SUPPORTED},
	{"Require", 0, UA_HDR_REQUIRE},
	{"Proxy-Require", 0, UA_HDR_PROXY_REQUIRE},
	{"Session-Expires", 'x', UA_HDR_SESSION_EXPIRES},
	{"Min-SE", 0, UA_HDR_MIN_SE},
	{"Expires", 0, UA_HDR_EXPIRES},
	{"Min-Expires", 0, UA_HDR_MIN_EXPIRES},
	{"Retry-After", 0, UA_HDR_RETRY_AFTER},
	{"WWW-Authenticate", 0, UA_HDR_WWW_AUTHENTICATE},
	{"Proxy-Authenticate", 0, UA_HDR_PROXY_AUTHENTICATE},
	{"P-Asserted-Identity", 0, UA_HDR_P_ASSERTED_IDENTITY},
	{"Remote-Party-ID", 0, UA_HDR_REMOTE_PARTY_ID},
	{"P-Called-Party-ID", 0, UA_HDR_P_CALLED_PARTY_ID},
	{"Privacy", 0, UA_HDR_PRIVACY},
};

static enum ua_hdr header_id(const struct pl *name)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(known); i++) {
		if (name->l == 1 && known[i].compact &&
			tolower((unsigned char)name->p[0]) == known[i].compact) {
			return known[i].id;
		}
		if (strlen(known[i].name) == name->l &&
			strncasecmp(known[i].name, name->p, name->l) == 0) {
			return known[i].id;
		}
	}
	return UA_HDR_OTHER;
}

static void fault(struct ua_msg *msg, const char *reason)
{
	if (!msg->fault) {
		msg->fault = reason;
	}
}

/* --- start line --- */

static bool version_shaped(const struct pl *text)
{
	return text->l > 4 && strncasecmp(text->p, "SIP/", 4) == 0;
}

static bool status_line(struct ua_msg *msg, struct pl line)
{
	struct pl code;

	msg->version = (struct pl){.p = line.p, .l = sizeof("SIP/2.0") - 1};
	if (line.l < sizeof("SIP/2.0 200") - 1 || line.p[7] != ' ') {
		return false;
	}
	code = (struct pl){.p = line.p + 8, .l = 3};
	msg->status = (unsigned)MAX(ua_number(&code, 699), 0);
	if (line.l > 11 && line.p[11] != ' ') {
		return false;
	}
	msg->reason = (struct pl){.p = line.p + MIN(line.l, 12), .l = line.l - MIN(line.l, 12)};
	return msg->status >= 100;
}

/* Method SP Request-URI SP SIP-Version, one space each (RFC 3261 section 7.1). */
static bool request_line(struct ua_msg *msg, struct pl line)
{
	const char *end = line.p + line.l, *p = line.p, *last;

	while (p < end && *p != ' ') {
		p++;
	}
	msg->method = (struct pl){.p = line.p, .l = (size_t)(p - line.p)};
	if (!ua_is_token(&msg->method)) {
		return false;
	}
	while (end > p && end[-1] == ' ') {
		fault(msg, "Malformed Request Line");
		end--;
	}
	for (last = end; last > p && last[-1] != ' '; last--) {
	}
	msg->version = (struct pl){.p = last, .l = (size_t)(end - last)};
	if (last <= p + 1 || !version_shaped(&msg->version)) {
		return false;
	}
	msg->ruri = (struct pl){.p = p + 1, .l = (size_t)(last - p) - 2};
	msg->request = true;
	if (ua_uri_decode(&msg->uri, &msg->ruri)) {
		fault(msg, "Malformed Request-URI");
	} else if (msg->uri.headers.l > 0) {
		fault(msg, "Headers In Request-URI");
	}
	return true;
}

/* --- headers --- */

static void header_add(struct ua_msg *msg, const char *p, const char *end)
{
	const char *colon = memchr(p, ':', (size_t)(end - p));
	struct ua_header hdr = {0};

	if (!colon) {
		fault(msg, "Malformed Header");
		return;
	}
	hdr.name = (struct pl){.p = p, .l = (size_t)(colon - p)};
	hdr.val = (struct pl){.p = colon + 1, .l = (size_t)(end - colon) - 1};
	ua_trim(&hdr.name);
	ua_trim(&hdr.val);
	if (!ua_is_token(&hdr.name)) {
		fault(msg, "Malformed Header");
		return;
	}
	if (msg->n_headers == UA_MSG_HEADERS_MAX) {
		fault(msg, "Too Many Headers");
		return;
	}
	hdr.id = header_id(&hdr.name);
	msg->headers[msg->n_headers++] = hdr;
}

/* Gives the end of the logical line at p and unfolds it; NULL when the data ends before it does. */
static char *line_end(char *p, char *end, char **ret_next)
{
	for (;;) {
		char *lf = memchr(p, '\n', (size_t)(end - p));

		if (!lf) {
			return NULL;
		}
		if (lf + 1 == end || (lf[1] != ' ' && lf[1] != '\t')) {
			*ret_next = lf + 1;
			return lf > p && lf[-1] == '\r' ? lf - 1 : lf;
		}
		*lf = ' ';
		if (lf > p && lf[-1] == '\r') {
			lf[-1] = ' ';
		}
		p = lf + 1;
	}
}

/* Up to the blank line; gives where the body starts, NULL when there is no blank line. */
static char *headers_scan(struct ua_msg *msg, char *p, char *end)
{
	while (p < end) {
		char *next, *stop;

		if (*p == '\n' || (*p == '\r' && p + 1 < end && p[1] == '\n')) {
			return p + (*p == '\n' ? 1 : 2);
		}
		stop = line_end(p, end, &next);
		if (!stop) {
			return NULL;
		}
		header_add(msg, p, stop);
		p = next;
	}
	return NULL;
}

/* Of these at most one may be there (RFC 3261 section 7.3.1). */
static bool is_single(enum ua_hdr id)
{
	switch (id) {
	case UA_HDR_FROM:
	case UA_HDR_TO:
	case UA_HDR_CALL_ID:
	case UA_HDR_CSEQ:
	case UA_HDR_MAX_FORWARDS:
	case UA_HDR_CONTENT_LENGTH:
	case UA_HDR_CONTENT_TYPE:
	case UA_HDR_EXPIRES:
	case UA_HDR_SESSION_EXPIRES:
	case UA_HDR_MIN_SE: return true;
	default: return false;
	}
}

static void headers_decode(struct ua_msg *msg)
{
	uint64_t seen = 0;

	for (size_t i = 0; i < msg->n_headers; i++) {
		const struct ua_header *hdr = &msg->headers[i];
		const uint64_t bit = 1ULL << hdr->id;

		if (seen & bit) {
			if (is_single(hdr->id)) {
				fault(msg, "Header Given Twice");
			}
			continue;
		}
		seen |= bit;
		if (hdr->id == UA_HDR_VIA && ua_via_decode(&msg->via, &hdr->val, NULL)) {
			fault(msg, "Malformed Via");
		} else if (hdr->id == UA_HDR_FROM && ua_addr_decode(&msg->from, &hdr->val)) {
			fault(msg, "Malformed From");
		} else if (hdr->id == UA_HDR_TO && ua_addr_decode(&msg->to, &hdr->val)) {
			fault(msg, "Malformed To");
		} else if (hdr->id == UA_HDR_CSEQ && ua_cseq_decode(&msg->cseq, &hdr->val)) {
			fault(msg, "Malformed CSeq");
		} else if (hdr->id == UA_HDR_CALL_ID) {
			msg->call_id = hdr->val;
		}
	}
	if (!(seen & 1ULL << UA_HDR_VIA) || !(seen & 1ULL << UA_HDR_FROM) ||
		!(seen & 1ULL << UA_HDR_TO) || !(seen & 1ULL << UA_HDR_CSEQ) ||
		msg->call_id.l == 0) {
		fault(msg, "Missing Header");
	}
}

/* --- body --- */

/* Where a stream's message ends; a wrong length loses the stream, since the next message can't be
 * found, and that of a datagram is just wrong. */
static enum ua_scan body_scan(struct ua_msg *msg, const char *p, size_t left, bool stream)
{
	const struct pl *val = ua_msg_header(msg, UA_HDR_CONTENT_LENGTH);
	int64_t len = val ? ua_number(val, UA_MSG_BODY_MAX) : -1;

	if (stream && len < 0) {
		return UA_SCAN_JUNK;
	}
	if (val && len < 0) {
		fault(msg, "Malformed Content-Length");
	} else if (!val) {
		len = (int64_t)MIN(left, UA_MSG_BODY_MAX);
	}
	if (len > (int64_t)left) {
		if (stream) {
			return UA_SCAN_MORE;
		}
		fault(msg, "Content-Length Beyond The Datagram");
	}
	msg->body = (struct pl){.p = p, .l = MIN((size_t)MAX(len, 0), left)};
	return UA_SCAN_OK;
}

enum ua_scan ua_msg_scan(struct ua_msg *msg, char *data, size_t len, bool stream, size_t *ret_used)
{
	char *p = data, *end = data + len, *head, *body;
	struct pl line;
	enum ua_scan scan;

	memset(msg, 0, offsetof(struct ua_msg, headers));
	memset(&msg->n_headers, 0, sizeof(*msg) - offsetof(struct ua_msg, n_headers));
	while (p < end && (*p == '\r' || *p == '\n')) {
		p++;
	}
	head = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
	if (!head) {
		return stream && len <= UA_MSG_HEAD_MAX ? UA_SCAN_MORE : UA_SCAN_JUNK;
	}
	line = (struct pl){.p = p, .l = (size_t)(head - p)};
	if (line.l > 0 && line.p[line.l - 1] == '\r') {
		line.l--;
	}
	if (strncasecmp(line.p, "SIP/2.0 ", MIN(line.l, 8)) == 0 ? !status_line(msg, line)
								 : !request_line(msg, line)) {
		return UA_SCAN_JUNK;
	}
	body = headers_scan(msg, head + 1, end);
	if (!body && stream) {
		return len <= UA_MSG_HEAD_MAX ? UA_SCAN_MORE : UA_SCAN_JUNK;
	}
	if (!body || body - p > UA_MSG_HEAD_MAX) {
		fault(msg, body ? "Headers Too Long" : "Headers Without End");
		body = body ? body : end;
	}
	headers_decode(msg);
	scan = body_scan(msg, body, (size_t)(end - body), stream);
	if (scan == UA_SCAN_OK) {
		*ret_used = (size_t)(body - data) + msg->body.l;
	}
	return scan;
}

/* --- access --- */

const struct pl *ua_msg_next(const struct ua_msg *msg, enum ua_hdr id, size_t *at)
{
	while (*at < msg->n_headers) {
		const struct ua_header *hdr = &msg->headers[(*at)++];

		if (hdr->id == id) {
			return &hdr->val;
		}
	}
	return NULL;
}

const struct pl *ua_msg_header(const struct ua_msg *msg, enum ua_hdr id)
{
	size_t at = 0;

	return ua_msg_next(msg, id, &at);
}

const struct pl *ua_msg_header_named(const struct ua_msg *msg, const char *name)
{
	for (size_t i = 0; i < msg->n_headers; i++) {
		if (!pl_strcasecmp(&msg->headers[i].name, name)) {
			return &msg->headers[i].val;
		}
	}
	return NULL;
}

bool ua_msg_lists(const struct ua_msg *msg, enum ua_hdr id, const char *token)
{
	size_t at = 0;
	const struct pl *val;

	while ((val = ua_msg_next(msg, id, &at)) != NULL) {
		if (ua_list_has(val, token)) {
			return true;
		}
	}
	return false;
}

bool ua_msg_is(const struct ua_msg *msg, const char *method)
{
	/* method names are case-sensitive (RFC 3261 section 7.1) */
	return msg->request && !pl_strcmp(&msg->method, method);
}

int64_t ua_msg_number(const struct ua_msg *msg, enum ua_hdr id, int64_t max)
{
	const struct pl *val = ua_msg_header(msg, id);
	struct pl num;

	if (!val) {
		return -1;
	}
	/* "1800;refresher=uac", "120 (comment)" */
	for (num = (struct pl){.p = val->p}; num.l < val->l && isdigit((unsigned char)num.p[num.l]);
		num.l++) {
	}
	return ua_number(&num, max);
}
