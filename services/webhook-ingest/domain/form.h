/* application/x-www-form-urlencoded as a list of names and values, without any meaning. A NUL or
 * what is no UTF-8 becomes '?': the values go into C strings, messages and the database. */
#ifndef WEBHOOK_FORM_H
#define WEBHOOK_FORM_H
#include <stddef.h>

struct form_field {
	const char *name, *value;
};
struct form {
	size_t n;
	struct form_field *fields;
	char *text; /* what the fields point into */
};

/* ENOMEM; EINVAL: a broken escape or too many fields (VP_TWILIO_FIELDS_MAX). */
int form_parse(struct form *ret, const char *text, size_t len);
void form_free(struct form *form);
/* The first of that name; "" when there is none. */
const char *form_get(const struct form *form, const char *name);
/* Replaces in place what must not stand in text. */
void form_clean(char *text, size_t len);
#endif
