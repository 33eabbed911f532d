#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "services/call-controller/ua/grammar.h"

#define MAGIC_COOKIE "z9hG4bK"

static bool is_ws(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Letters, digits and -.!%*_+`'~ as bits of their codes: most bytes of a message pass here. */
static bool is_token_char(char c)
{
	static const uint64_t token[4] = {0x3ff6ca200000000, 0x47ffffff87fffffe, 0, 0};

	return token[(unsigned char)c / 64] >> ((unsigned char)c % 64) & 1;
}

static struct pl slice(const char *from, const char *to)
{
	return (struct pl){.p = from, .l = (size_t)(to - from)};
}

static const char *skip_ws(const char *p, const char *end)
{
	while (p < end && is_ws(*p)) {
		p++;
	}
	return p;
}

/* p stands on the opening quote; gives the place behind the closing one, NULL when there is none */
static const char *skip_quoted(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '\\') {
			p++;
		} else if (*p == '"') {
			return p + 1;
		}
	}
	return NULL;
}

void ua_trim(struct pl *text)
{
	while (text->l > 0 && is_ws(text->p[0])) {
		text->p++;
		text->l--;
	}
	while (text->l > 0 && is_ws(text->p[text->l - 1])) {
		text->l--;
	}
}

bool ua_is_token(const struct pl *text)
{
	for (size_t i = 0; i < text->l; i++) {
		if (!is_token_char(text->p[i])) {
			return false;
		}
	}
	return text->l > 0;
}

int64_t ua_number(const struct pl *text, int64_t max)
{
	int64_t num = 0;

	for (size_t i = 0; i < text->l; i++) {
		if (!isdigit((unsigned char)text->p[i])) {
			return -1;
		}
		num = num * 10 + (text->p[i] - '0');
		if (num > max) {
			return -1;
		}
	}
	return text->l > 0 ? num : -1;
}

/* --- parameters --- */

const char *ua_param_next(const char *p, const char *end, struct pl *name, struct pl *val)
{
	const char *from;

	p = skip_ws(p, end);
	if (p == end || *p != ';') {
		return NULL;
	}
	from = p = skip_ws(p + 1, end);
	while (p < end && is_token_char(*p)) {
		p++;
	}
	*name = slice(from, p);
	*val = (struct pl){0};
	if (p == from) {
		return NULL;
	}
	p = skip_ws(p, end);
	if (p == end || *p != '=') {
		return p;
	}
	from = p = skip_ws(p + 1, end);
	if (p < end && *p == '"') {
		p = skip_quoted(p, end);
		if (!p) {
			return NULL;
		}
		*val = slice(from + 1, p - 1);
		return skip_ws(p, end);
	}
	while (p < end && !is_ws(*p) && *p != ';' && *p != ',') {
		p++;
	}
	*val = slice(from, p);
	return p > from ? skip_ws(p, end) : NULL;
}

bool ua_param(const struct pl *params, const char *name, struct pl *ret_val)
{
	const char *p = params->p, *end = params->p + params->l;
	struct pl found, val;

	while (p && p < end) {
		p = ua_param_next(p, end, &found, &val);
		if (p && !pl_strcasecmp(&found, name)) {
			*ret_val = val;
			return true;
		}
	}
	return false;
}

bool ua_params_valid(const struct pl *params)
{
	const char *p = params->p, *end = params->p + params->l;
	struct pl name, val;

	p = skip_ws(p, end);
	while (p && p < end) {
		p = ua_param_next(p, end, &name, &val);
	}
	return p != NULL;
}

/* --- lists --- */

bool ua_list_next(struct pl *list, struct pl *ret_item)
{
	const char *p = list->p, *end = list->p + list->l;
	bool angle = false;

	if (list->l == 0) {
		return false;
	}
	while (p < end && (*p != ',' || angle)) {
		if (*p == '"' && !angle) {
			const char *behind = skip_quoted(p, end);

			p = behind ? behind : end;
			continue;
		}
		angle = *p == '<' || (angle && *p != '>');
		p++;
	}
	*ret_item = slice(list->p, p);
	ua_trim(ret_item);
	*list = p < end ? slice(p + 1, end) : slice(end, end);
	return true;
}

bool ua_list_has(const struct pl *list, const char *token)
{
	struct pl rest = *list, item;

	while (ua_list_next(&rest, &item)) {
		if (!pl_strcasecmp(&item, token)) {
			return true;
		}
	}
	return false;
}

/* --- URI --- */

static bool is_uri_char(char c)
{
	/* no white space, no quotes or brackets that would end it, no control characters */
	return (unsigned char)c > ' ' && c != 0x7f && c != '<' && c != '>' && c != '"';
}

static int host_port_decode(struct ua_uri *uri, const struct pl *text)
{
	const char *p = text->p, *end = text->p + text->l, *colon;
	struct pl port;

	if (p < end && *p == '[') {
		const char *close = memchr(p, ']', text->l);
		struct sa sa;

		if (!close) {
			return EBADMSG;
		}
		uri->host = slice(p + 1, close);
		if (sa_set(&sa, &uri->host, 0) != 0 || sa_af(&sa) != AF_INET6) {
			return EBADMSG;
		}
		colon = close + 1;
		if (colon < end && *colon != ':') {
			return EBADMSG;
		}
	} else {
		colon = memchr(p, ':', text->l);
		colon = colon ? colon : end;
		uri->host = slice(p, colon);
		for (; p < colon; p++) {
			if (!isalnum((unsigned char)*p) && *p != '.' && *p != '-' && *p != '_') {
				return EBADMSG;
			}
		}
	}
	if (uri->host.l == 0) {
		return EBADMSG;
	}
	if (colon < end) {
		int64_t num;

		port = slice(colon + 1, end);
		num = ua_number(&port, 65535);
		if (num < 1) {
			return EBADMSG;
		}
		uri->port = (uint16_t)num;
	}
	return 0;
}

static int sip_uri_decode(struct ua_uri *uri, const char *p, const char *end)
{
	const char *at = memchr(p, '@', (size_t)(end - p)), *stop;
	struct pl host_port;

	if (at) {
		const char *colon = memchr(p, ':', (size_t)(at - p));

		uri->user = slice(p, colon ? colon : at);
		if (uri->user.l == 0) {
			return EBADMSG;
		}
		p = at + 1;
	}
	for (stop = p; stop < end && *stop != ';' && *stop != '?'; stop++) {
	}
	host_port = slice(p, stop);
	if (host_port_decode(uri, &host_port)) {
		return EBADMSG;
	}
	for (p = stop; stop < end && *stop != '?'; stop++) {
	}
	uri->params = slice(p, stop);
	uri->headers = slice(stop, end);
	return 0;
}

static enum ua_scheme scheme_of(const struct pl *name)
{
	if (!pl_strcasecmp(name, "sip")) {
		return UA_SCHEME_SIP;
	}
	if (!pl_strcasecmp(name, "sips")) {
		return UA_SCHEME_SIPS;
	}
	return !pl_strcasecmp(name, "tel") ? UA_SCHEME_TEL : UA_SCHEME_OTHER;
}

int ua_uri_decode(struct ua_uri *uri, const struct pl *text)
{
	const char *end = text->p + text->l;
	const char *colon = text->l > 0 ? memchr(text->p, ':', text->l) : NULL;
	struct ua_uri got = {.raw = *text};
	struct pl scheme;

	if (!colon || colon == text->p || !isalpha((unsigned char)text->p[0])) {
		return EBADMSG;
	}
	for (const char *p = text->p; p < end; p++) {
		if (!is_uri_char(*p)) {
			return EBADMSG;
		}
	}
	scheme = slice(text->p, colon);
	got.scheme = scheme_of(&scheme);
	if (got.scheme == UA_SCHEME_TEL) {
		const char *semi = memchr(colon + 1, ';', (size_t)(end - colon - 1));

		got.user = slice(colon + 1, semi ? semi : end);
		got.params = semi ? slice(semi, end) : slice(end, end);
	} else if (got.scheme != UA_SCHEME_OTHER && sip_uri_decode(&got, colon + 1, end)) {
		return EBADMSG;
	}
	*uri = got;
	return 0;
}

/* --- address --- */

static int name_addr_decode(struct ua_addr *addr, const char *p, const char *open, const char *end)
{
	const char *close = memchr(open, '>', (size_t)(end - open));

	addr->display = slice(p, open);
	ua_trim(&addr->display);
	if (!close) {
		return EBADMSG;
	}
	addr->uri = slice(open + 1, close);
	addr->params = slice(close + 1, end);
	return 0;
}

int ua_addr_decode(struct ua_addr *addr, const struct pl *text)
{
	struct ua_addr got = {0};
	struct pl whole = *text;
	const char *p, *end, *open;
	int err = 0;

	ua_trim(&whole);
	p = whole.p;
	end = whole.p + whole.l;
	if (p < end && *p == '"') {
		const char *behind = skip_quoted(p, end);

		open = behind ? skip_ws(behind, end) : NULL;
		if (!open || open == end || *open != '<') {
			return EBADMSG;
		}
		err = name_addr_decode(&got, p + 1, open, end);
		got.display = slice(p + 1, behind - 1);
	} else if (whole.l > 0 && (open = memchr(p, '<', whole.l)) != NULL) {
		err = name_addr_decode(&got, p, open, end);
		if (memchr(got.display.p, ',', got.display.l)) {
			return EBADMSG; /* an unquoted name is tokens and spaces */
		}
	} else {
		const char *semi = whole.l > 0 ? memchr(p, ';', whole.l) : NULL;

		got.uri = slice(p, semi ? semi : end);
		ua_trim(&got.uri);
		got.params = semi ? slice(semi, end) : slice(end, end);
	}
	if (err || ua_uri_decode(&got.parsed, &got.uri) || !ua_params_valid(&got.params)) {
		return EBADMSG;
	}
	(void)ua_param(&got.params, "tag", &got.tag);
	*addr = got;
	return 0;
}

/* --- Via and CSeq --- */

static const char *word(const char *p, const char *end, struct pl *ret)
{
	const char *from = p = skip_ws(p, end);

	while (p < end && is_token_char(*p)) {
		p++;
	}
	*ret = slice(from, p);
	return skip_ws(p, end);
}

static bool cookie_and_more(const struct pl *branch)
{
	const size_t len = sizeof(MAGIC_COOKIE) - 1;

	return branch->l > len && strncasecmp(branch->p, MAGIC_COOKIE, len) == 0;
}

int ua_via_decode(struct ua_via *via, const struct pl *text, struct pl *ret_rest)
{
	struct pl rest = *text, item, name, version, sent_by;
	struct ua_via got = {0};
	struct ua_uri host = {0};
	const char *p, *end;

	if (!ua_list_next(&rest, &item)) {
		return EBADMSG;
	}
	end = item.p + item.l;
	p = word(item.p, end, &name);
	if (p == end || *p != '/' || pl_strcasecmp(&name, "SIP")) {
		return EBADMSG;
	}
	p = word(p + 1, end, &version);
	if (p == end || *p != '/') {
		return EBADMSG;
	}
	p = word(p + 1, end, &got.transport);
	if (got.transport.l == 0 || p == end) {
		return EBADMSG;
	}
	for (sent_by.p = p; p < end && *p != ';'; p++) {
	}
	sent_by = slice(sent_by.p, p);
	ua_trim(&sent_by);
	got.params = slice(p, end);
	if (host_port_decode(&host, &sent_by)) {
		return EBADMSG;
	}
	got.host = host.host;
	got.port = host.port;
	if (!ua_params_valid(&got.params)) {
		*via = got;
		return EBADMSG;
	}
	(void)ua_param(&got.params, "branch", &got.branch);
	got.rfc3261 = cookie_and_more(&got.branch);
	got.rport = ua_param(&got.params, "rport", &name);
	*via = got;
	if (ret_rest) {
		*ret_rest = rest;
	}
	return 0;
}

int ua_cseq_decode(struct ua_cseq *cseq, const struct pl *text)
{
	const char *p = text->p, *end = text->p + text->l;
	struct pl num;
	int64_t val;

	while (p < end && isdigit((unsigned char)*p)) {
		p++;
	}
	num = slice(text->p, p);
	val = ua_number(&num, UINT32_MAX >> 1); /* RFC 3261 section 8.1.1.5: below 2^31 */
	if (val < 0 || p == end || !is_ws(*p)) {
		return EBADMSG;
	}
	cseq->num = (uint32_t)val;
	cseq->method = slice(skip_ws(p, end), end);
	return ua_is_token(&cseq->method) ? 0 : EBADMSG;
}

bool ua_unescape(const struct pl *text, char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < text->l; i++) {
		char c = text->p[i];

		if (c == '%' && i + 2 < text->l && isxdigit((unsigned char)text->p[i + 1]) &&
			isxdigit((unsigned char)text->p[i + 2])) {
			c = (char)(ch_hex(text->p[i + 1]) << 4 | ch_hex(text->p[i + 2]));
			i += 2;
		}
		if (c == '\0' || n + 1 >= size) {
			return false;
		}
		buf[n++] = c;
	}
	if (size == 0) {
		return false;
	}
	buf[n] = '\0';
	return true;
}
