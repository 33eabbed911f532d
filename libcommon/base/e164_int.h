/* Inside of the phone number module: the numbering table and the reading of typed text. */
#ifndef VP_E164_INT_H
#define VP_E164_INT_H
#include <stdbool.h>
#include <stddef.h>

#include "libcommon/base/e164.h"

/* What a region's telephones need to know. Alternatives are separated by '|'. */
struct e164_region {
	char region[3];         /* ISO 3166; "" for codes that belong to no country */
	char code[4];           /* calling code */
	const char *trunk;      /* dialled before a national number; "" none */
	const char *abroad;     /* dialled before a calling code */
	unsigned char min, max; /* digits of a national number */
};

/* NULL: no such region. Case does not matter. */
const struct e164_region *e164_find_region(const char *region);
/* By the leading digits of an international number: the main region of its calling code. */
const struct e164_region *e164_find_code(const char *digits);

#define E164_DIGITS_SIZE 32

/* Typed text without its decoration. */
struct e164_typed {
	bool plus;
	size_t len;
	char digits[E164_DIGITS_SIZE];
};
enum vp_e164_verdict e164_read(const char *typed, struct e164_typed *ret);
#endif
