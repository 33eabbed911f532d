/* The fields of a form (application/x-www-form-urlencoded), and what Twilio signs of them. */
#ifndef VP_TWILIO_FORM_H
#define VP_TWILIO_FORM_H
#include <stdbool.h>
#include <stddef.h>

#define VP_TWILIO_FIELDS_MAX 1024

struct vp_twilio_field {
	const char *name, *value; /* decoded, each with a NUL behind it; it may hold others */
	size_t name_len, value_len;
};
struct vp_twilio_form {
	size_t n, n_sorted;
	struct vp_twilio_field *fields; /* as they came; all of it is in this block */
	char *text;                     /* what they point into */
	bool plain;                     /* all of it is ASCII without a NUL */
	/* after vp_twilio_form_join */
	const struct vp_twilio_field **sorted;
	char *joined; /* what is signed */
	size_t joined_len;
};

/* EINVAL: a broken escape or too many fields. */
int vp_twilio_form_parse(struct vp_twilio_form *ret, const void *body, size_t len);
/* Sorts by name, then by value, both as UTF-16 code units compare (as Twilio's libraries do); of
 * equal pairs one counts. */
void vp_twilio_form_join(struct vp_twilio_form *form);
void vp_twilio_form_clear(struct vp_twilio_form *form);
#endif
