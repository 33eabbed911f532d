/* What a client sends as a trunk: each column checked, in the form that is stored. Pure. */
#ifndef GATEWAY_TRUNK_INPUT_H
#define GATEWAY_TRUNK_INPUT_H
#include <jansson.h>
#include <stdbool.h>

/* *ret_row: columns as jsonb_populate_record takes them; new reference. fresh: a new trunk, whose
 * columns that are not sent have their defaults; else only what is sent is there. password, version
 * and provider_id are the caller's. Each fault is added to faults (field -> sentence). */
void trunk_input_read(
	const json_t *body, bool fresh, const char *region, json_t **ret_row, json_t *faults);
/* The new trunk's columns before anything is known. New reference. */
json_t *trunk_defaults(void);
#endif
