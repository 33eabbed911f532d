/* The fields of a form (application/x-www-form-urlencoded) in the order that Twilio signs them. */
#ifndef VP_TWILIO_FORM_H
#define VP_TWILIO_FORM_H
#include <stddef.h>

#define VP_TWILIO_FIELDS_MAX 1024

struct vp_twilio_field {
	const char *name, *value; /* decoded; no NUL at their end */
	size_t name_len, value_len;
};
struct vp_twilio_form {
	size_t n;
	struct vp_twilio_field *fields; /* as they came */
	char *text;                     /* what the fields point into */
};

/* EINVAL: a broken escape or too many fields. */
int vp_twilio_form_parse(struct vp_twilio_form *ret, const void *body, size_t len);
/* By name, then by value, both as UTF-16 code units compare (as Twilio's libraries do); of equal
 * pairs one stays. */
void vp_twilio_form_sort(struct vp_twilio_form *form);
void vp_twilio_form_clear(struct vp_twilio_form *form);
#endif
