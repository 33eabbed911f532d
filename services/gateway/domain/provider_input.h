/* What a client sends as a provider: checked by the driver's own table, and merged into what is
 * stored. Pure. */
#ifndef GATEWAY_PROVIDER_INPUT_H
#define GATEWAY_PROVIDER_INPUT_H
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/provider/provider.h"

#define PROVIDER_NAME_MAX 100
#define PROVIDER_VALUE_MAX 32768 /* a chain of certificates is the longest */

struct provider_input {
	const char *name; /* NULL: not sent */
	const struct vp_provider_driver *driver;
	bool has_priority;
	int64_t priority;
	int64_t version;      /* 0: not sent */
	const json_t *config; /* NULL: not sent */
};

/* Texts point into body. driver: of the stored provider, which cannot change; NULL: a new one,
 * whose name and driver are needed. faults: an object, field -> sentence, to which each fault is
 * added. */
void provider_input_read(const json_t *body, const struct vp_provider_driver *driver,
	struct provider_input *ret, json_t *faults);

/* Puts what was sent into the config: null takes a value out, a blank secret keeps what is there,
 * what is not named stays; but a secret that was stored for another server or a safer line goes.
 * changed: an array to which the keys are added. Then the driver checks the whole. region: how
 * numbers without country code are read. False: no memory. */
bool provider_input_merge(const struct provider_input *input, const char *region,
	struct vp_provider_config *config, json_t *faults, json_t *changed);

/* Adds a sentence to faults; the first of a field stays. */
void fault_add(json_t *faults, const char *field, const char *sentence);
#endif
