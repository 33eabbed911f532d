/* Reads what people type and paste: ASCII and Unicode punctuation, invisible direction marks that
 * contact cards bring along, full-width and Arabic digits, "tel:" links (RFC 3966). */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "libcommon/base/e164_int.h"

#define CHAR_BAD (-1)
#define CHAR_SKIP 10
#define CHAR_PLUS 11

struct span {
	uint32_t first, last;
	int value; /* of the first; digits count up */
};

static const struct span spans[] = {
	{'0', '9', 0},
	{'+', '+', CHAR_PLUS},
	{' ', ' ', CHAR_SKIP},
	{'\t', '\t', CHAR_SKIP},
	{'(', ')', CHAR_SKIP},
	{'-', '/', CHAR_SKIP},
	{0xa0, 0xa0, CHAR_SKIP},
	{0xad, 0xad, CHAR_SKIP},
	{0x660, 0x669, 0},
	{0x6f0, 0x6f9, 0},
	{0x2000, 0x2015, CHAR_SKIP}, /* spaces, joiners, direction marks, dashes */
	{0x202a, 0x202f, CHAR_SKIP},
	{0x2060, 0x2069, CHAR_SKIP},
	{0x2212, 0x2212, CHAR_SKIP},
	{0x3000, 0x3000, CHAR_SKIP},
	{0xfeff, 0xfeff, CHAR_SKIP},
	{0xff08, 0xff09, CHAR_SKIP},
	{0xff0b, 0xff0b, CHAR_PLUS},
	{0xff0d, 0xff0f, CHAR_SKIP},
	{0xff10, 0xff19, 0},
};

/* One character of at most three bytes; 0 at the end and for anything that is no such UTF-8. */
static uint32_t next_char(const unsigned char **p)
{
	const unsigned char *s = *p;

	if (s[0] < 0x80) {
		*p += s[0] != 0;
		return s[0];
	}
	if ((s[0] & 0xe0) == 0xc0 && (s[1] & 0xc0) == 0x80) {
		*p += 2;
		return (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
	}
	if ((s[0] & 0xf0) == 0xe0 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80) {
		*p += 3;
		return (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
	}
	return 0;
}

static int char_value(uint32_t c)
{
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		if (c >= spans[i].first && c <= spans[i].last) {
			return spans[i].value < CHAR_SKIP ? (int)(c - spans[i].first)
							  : spans[i].value;
		}
	}
	return CHAR_BAD;
}

/* A link's parameters do not belong to the number, but a context would change its meaning. */
static enum vp_e164_verdict after_number(const unsigned char *rest, bool link)
{
	if (*rest == '\0' ||
		(link && *rest == ';' && !strcasestr((const char *)rest, "context="))) {
		return VP_E164_OK;
	}
	return VP_E164_BAD_CHARACTER;
}

static enum vp_e164_verdict read_char(struct e164_typed *typed, int value)
{
	if (value == CHAR_BAD || (value == CHAR_PLUS && (typed->plus || typed->len > 0))) {
		return VP_E164_BAD_CHARACTER;
	}
	if (value == CHAR_PLUS) {
		typed->plus = true;
	} else if (value < CHAR_SKIP) {
		if (typed->len == sizeof(typed->digits) - 1) {
			return VP_E164_TOO_LONG;
		}
		typed->digits[typed->len++] = (char)('0' + value);
	}
	return VP_E164_OK;
}

enum vp_e164_verdict e164_read(const char *text, struct e164_typed *ret)
{
	bool link = strncasecmp(text, "tel:", 4) == 0;
	const unsigned char *p = (const unsigned char *)text + (link ? 4 : 0);
	struct e164_typed typed = {0};
	enum vp_e164_verdict verdict;

	while (*p != '\0' && *p != ';') {
		uint32_t c = next_char(&p);

		verdict = read_char(&typed, char_value(c));
		if (verdict != VP_E164_OK) {
			return verdict;
		}
	}
	verdict = after_number(p, link);
	if (verdict == VP_E164_OK && typed.len == 0) {
		verdict = VP_E164_EMPTY;
	}
	if (verdict == VP_E164_OK) {
		*ret = typed;
	}
	return verdict;
}
