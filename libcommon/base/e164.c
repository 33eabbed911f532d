/* From typed text to E.164 and back to a region's national form. */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/base/e164_int.h"

#define E164_MAX_DIGITS 15
#define MASK_MIN_LEN 10 /* shorter numbers show less */

/* Length of the first alternative in "a|b|c" that starts the digits; 0: none. */
static size_t match_prefix(const char *alternatives, const char *digits)
{
	while (*alternatives) {
		size_t len = strcspn(alternatives, "|");

		if (strncmp(digits, alternatives, len) == 0) {
			return len;
		}
		alternatives += len + (alternatives[len] == '|');
	}
	return 0;
}

/* "0" never starts a national number where it is the trunk prefix. Others ("8", "06", "1") may, and
 * are a prefix only when the number would be too long with them. */
static const char *strip_trunk(const struct e164_region *r, const char *national)
{
	size_t len = match_prefix(r->trunk, national);

	if (len == 0) {
		return national;
	}
	if ((len == 1 && national[0] == '0') || strlen(national) > r->max) {
		return national + len;
	}
	return national;
}

static enum vp_e164_verdict join(
	const struct e164_region *r, const char *national, char ret_number[VP_E164_SIZE])
{
	size_t len;

	national = strip_trunk(r, national);
	len = strlen(national);
	if (len < r->min) {
		return VP_E164_TOO_SHORT;
	}
	if (len > r->max || len + strlen(r->code) > E164_MAX_DIGITS) {
		return VP_E164_TOO_LONG;
	}
	snprintf(ret_number, VP_E164_SIZE, "+%s%s", r->code, national);
	return VP_E164_OK;
}

static enum vp_e164_verdict from_abroad(const char *digits, char ret_number[VP_E164_SIZE])
{
	const struct e164_region *r = e164_find_code(digits);

	if (!r) {
		return strlen(digits) < 3 ? VP_E164_TOO_SHORT : VP_E164_UNKNOWN_COUNTRY;
	}
	return join(r, digits + strlen(r->code), ret_number);
}

enum vp_e164_verdict vp_e164_normalize(
	const char *typed, const char *region, char ret_number[VP_E164_SIZE])
{
	const struct e164_region *home = region ? e164_find_region(region) : NULL;
	struct e164_typed text;
	enum vp_e164_verdict verdict;
	size_t abroad;

	if (!typed) {
		return VP_E164_EMPTY;
	}
	verdict = e164_read(typed, &text);
	if (verdict != VP_E164_OK) {
		return verdict;
	}
	if (text.plus) {
		return from_abroad(text.digits, ret_number);
	}
	abroad = home ? match_prefix(home->abroad, text.digits) : 0;
	if (abroad == 0) {
		/* no country has national numbers that start so: people mean it as everywhere */
		abroad = match_prefix("00", text.digits);
	}
	if (abroad > 0) {
		return from_abroad(text.digits + abroad, ret_number);
	}
	return home ? join(home, text.digits, ret_number) : VP_E164_UNKNOWN_COUNTRY;
}

const char *vp_e164_explain(enum vp_e164_verdict verdict)
{
	switch (verdict) {
	case VP_E164_OK: return "The number is fine.";
	case VP_E164_EMPTY: return "There is no number. Type one, for example +1 415 555 1234.";
	case VP_E164_BAD_CHARACTER:
		return "The number has a character that no telephone number has. Use digits, "
		       "spaces, "
		       "dashes and a leading +.";
	case VP_E164_TOO_SHORT:
		return "The number is too short. Add the area code, or the country code with +.";
	case VP_E164_TOO_LONG: return "The number is too long. Check it for digits typed twice.";
	case VP_E164_UNKNOWN_COUNTRY:
		return "No country has a number like this. Start with + and the country code, for "
		       "example +44 20 7183 8750.";
	}
	return "The number is not valid.";
}

void vp_e164_tail9(const char *number, char ret_tail[10])
{
	size_t len = 0;

	for (const char *p = number; *p; p++) {
		if (*p < '0' || *p > '9') {
			continue;
		}
		if (len == 9) {
			memmove(ret_tail, ret_tail + 1, 8);
			len = 8;
		}
		ret_tail[len++] = *p;
	}
	ret_tail[len] = '\0';
}

bool vp_e164_national(const char *number, const char *region, char *buf, unsigned size)
{
	const struct e164_region *r = e164_find_region(region);
	size_t code, trunk;
	int len;

	if (!r || number[0] != '+') {
		return false;
	}
	code = strlen(r->code);
	if (strncmp(number + 1, r->code, code) != 0 || number[1 + code] == '\0') {
		return false;
	}
	/* North American trunks take ten digits: the 1 is a habit of telephones only */
	trunk = strcmp(r->code, "1") == 0 ? 0 : strcspn(r->trunk, "|");
	len = snprintf(buf, size, "%.*s%s", (int)trunk, r->trunk, number + 1 + code);
	return len > 0 && (unsigned)len < size;
}

bool vp_e164_abroad(const char *number, const char *region, char *buf, unsigned size)
{
	const struct e164_region *r = e164_find_region(region);
	int len;

	if (!r || number[0] != '+') {
		return false;
	}
	len = snprintf(buf, size, "%.*s%s", (int)strcspn(r->abroad, "|"), r->abroad, number + 1);
	return len > 0 && (unsigned)len < size;
}

bool vp_e164_calling_code(const char *region, char *buf, unsigned size)
{
	const struct e164_region *r = e164_find_region(region);
	int len = r ? snprintf(buf, size, "+%s", r->code) : 0;

	return len > 0 && (unsigned)len < size;
}

void vp_e164_mask(const char *number, char *buf, unsigned size)
{
	size_t len = strnlen(number, 64);
	size_t head = len >= MASK_MIN_LEN ? 5 : len > 5 ? 2 : 0;
	size_t tail = len >= MASK_MIN_LEN ? 4 : len > 5 ? 2 : 0;

	snprintf(buf, size, "%.*s***%.*s", (int)head, number, (int)tail, number + len - tail);
}
