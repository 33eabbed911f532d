/* The fields of a form (libcommon/provider/twilio/form.h) as C strings, without any meaning. */
#ifndef WEBHOOK_FORM_H
#define WEBHOOK_FORM_H
#include <stddef.h>

struct vp_twilio_form;

/* The first of that name; "" when there is none. */
const char *form_get(const struct vp_twilio_form *form, const char *name);
/* Replaces in place what must not stand in text: a NUL, or what is no UTF-8, becomes '?', since it
 * goes into C strings, messages and the database. */
void form_clean(char *text, size_t len);
/* All names and values of a form. */
void form_clean_fields(struct vp_twilio_form *form);
#endif
