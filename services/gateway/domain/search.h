/* What somebody typed into a search field: a number, some of its digits, or words. Pure. */
#ifndef GATEWAY_SEARCH_H
#define GATEWAY_SEARCH_H
#include <stdbool.h>
#include "libcommon/base/e164.h"

#define SEARCH_MAX_CHARS 100
#define SEARCH_MAX_WORDS 8
#define SEARCH_SEPARATOR '\x1f' /* between words; string_to_array() takes them apart */

enum search_kind {
	SEARCH_NONE,
	SEARCH_WORDS,
	SEARCH_NUMBER,       /* a whole number */
	SEARCH_FIRST_DIGITS, /* "+4930": how it begins */
	SEARCH_LAST_DIGITS,  /* "5550": how it ends */
};

struct search {
	enum search_kind kind;
	char number[64]; /* "+14155550101", "+4930", "5550" */
	char reversed[64];
	char tail9[10]; /* of a whole number */
	char words[SEARCH_MAX_CHARS * 4 + 1];
	unsigned n_chars; /* letters of words, or digits */
};

/* NULL and blanks are SEARCH_NONE. region: how a number without country code is read. False: too
 * long, or no text (broken UTF-8, control characters). */
bool search_read(const char *typed, const char *region, struct search *ret);
#endif
