#include <ctype.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/domain/search.h"
#include "services/gateway/domain/text.h"

static bool looks_like_number(const char *text)
{
	return text[strspn(text, " +-./()0123456789")] == '\0' && text[strcspn(text, "0123456789")];
}

static size_t keep_digits(const char *text, char *digits, size_t size)
{
	size_t n = 0;

	for (; *text; text++) {
		if (isdigit((unsigned char)*text) && n + 1 < size) {
			digits[n++] = *text;
		}
	}
	digits[n] = '\0';
	return n;
}

static void reverse(const char *text, char *reversed)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		reversed[i] = text[len - 1 - i];
	}
	reversed[len] = '\0';
}

/* A number that says where it begins (plus, 00, or a trunk prefix 0) is read as a whole one. */
static void read_number(const char *typed, const char *region, struct search *ret)
{
	char whole[VP_E164_SIZE];
	char digits[sizeof(ret->number) - 1];
	size_t n = keep_digits(typed, digits, sizeof(digits));
	bool from_start = typed[strspn(typed, " (")] == '+' || digits[0] == '0';

	ret->n_chars = (unsigned)n;
	if (from_start && vp_e164_normalize(typed, region, whole) == VP_E164_OK) {
		ret->kind = SEARCH_NUMBER;
		vp_strcopy(ret->number, sizeof(ret->number), whole);
		vp_e164_tail9(whole, ret->tail9);
	} else if (from_start && digits[0] != '0') {
		ret->kind = SEARCH_FIRST_DIGITS;
		ret->number[0] = '+';
		vp_strcopy(ret->number + 1, sizeof(ret->number) - 1, digits);
	} else {
		ret->kind = SEARCH_LAST_DIGITS;
		vp_strcopy(ret->number, sizeof(ret->number), digits);
	}
	reverse(ret->number, ret->reversed);
}

/* True: a blank, or a comma ("Smith, John"). */
static bool is_gap(char c)
{
	return c == ' ' || c == ',';
}

static void read_words(const char *typed, struct search *ret)
{
	size_t len = 0;
	unsigned words = 0;

	while (words < SEARCH_MAX_WORDS) {
		while (is_gap(*typed)) {
			typed++;
		}
		if (!*typed) {
			break;
		}
		if (words++ > 0) {
			ret->words[len++] = SEARCH_SEPARATOR;
		}
		while (*typed && !is_gap(*typed)) {
			ret->words[len++] = *typed++;
		}
	}
	ret->words[len] = '\0';
	ret->kind = words ? SEARCH_WORDS : SEARCH_NONE;
	ret->n_chars = (unsigned)text_length(ret->words) - (words ? words - 1 : 0);
}

bool search_read(const char *typed, const char *region, struct search *ret)
{
	*ret = (struct search){.kind = SEARCH_NONE};
	if (!typed || typed[strspn(typed, " ")] == '\0') {
		return true;
	}
	if (!text_is_clean(typed) || text_length(typed) > SEARCH_MAX_CHARS) {
		return false;
	}
	if (looks_like_number(typed)) {
		read_number(typed, region, ret);
	} else {
		read_words(typed, ret);
	}
	return true;
}
