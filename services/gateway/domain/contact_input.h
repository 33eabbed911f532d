/* What a client sends as a person, lead or deal: checked, and in the form that is stored. Pure. */
#ifndef GATEWAY_CONTACT_INPUT_H
#define GATEWAY_CONTACT_INPUT_H
#include <jansson.h>
#include "services/gateway/domain/contact_kind.h"

#define CONTACT_NUMBERS_MAX 20

enum contact_mode {
	CONTACT_NEW,     /* also replaces: what is not named is empty */
	CONTACT_PARTIAL, /* what is not named stays */
};

/* A field that cannot be taken. */
struct contact_fault {
	const char *field; /* of the body or of the tables here */
	const char *error; /* "invalid_number", "formula", "required", "unknown_field", "invalid" */
	const char *message;
};
#define CONTACT_FAULTS_MAX 16
struct contact_faults {
	struct contact_fault item[CONTACT_FAULTS_MAX];
	size_t count;
};

/* *ret_row: {"name",...,"numbers":[{e164, raw, tail9, label, is_primary}]}, names of columns; new
 * reference. Every fault is reported; with one EINVAL and no row. body must outlive faults. */
int contact_input_read(const struct contact_kind *kind, enum contact_mode mode, const char *region,
	json_t *body, json_t **ret_row, struct contact_faults *ret_faults);
#endif
