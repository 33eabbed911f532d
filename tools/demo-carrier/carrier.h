/* The carrier: its two SIP stacks, its numbers, its registrar and all its calls. One thread,
 * libre's. */
#ifndef DEMO_CARRIER_CARRIER_H
#define DEMO_CARRIER_CARRIER_H
#include <jansson.h>
#include <stdbool.h>
#include "tools/demo-carrier/options.h"

struct carrier;
struct call;

/* opt outlives the carrier. */
int carrier_create(struct carrier **ret, const struct options *opt);
struct carrier *carrier_destroy(struct carrier *carrier);
/* Ends every call with BYE or CANCEL. */
void carrier_hangup_all(struct carrier *carrier);

struct carrier_ring {
	const char *did, *from;
	struct plan plan;
	unsigned answer_timeout_s;
	int target; /* index of a --target to try alone; -1: all, another one first each time */
	bool registered; /* to the registered contact instead */
};
/* EDESTADDRREQ: there is no such target; EAGAIN: too many calls. */
int carrier_ring(struct carrier *carrier, const struct carrier_ring *ring, struct call **ret);

struct call *carrier_find(struct carrier *carrier, unsigned id); /* NULL: unknown */
json_t *carrier_calls(struct carrier *carrier);                  /* array, oldest first */
json_t *carrier_state(struct carrier *carrier); /* addresses, numbers, registration */
#endif
