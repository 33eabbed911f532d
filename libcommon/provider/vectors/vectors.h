/* Test vectors: webhook signatures and access tokens with the verdicts of the carriers' own
 * libraries, run through the code that serves webhooks and tokens. The format is that of
 * tests/vectors/carriers.json: an object with a list "cases"; what kind a case is, its members
 * tell. vp_crypto_init() comes first. Safe on hostile JSON. */
#ifndef VP_VECTORS_H
#define VP_VECTORS_H
#include <jansson.h>
#include <stdbool.h>

#define VP_VECTOR_WHY_SIZE 256

struct vp_vector_result {
	const char *id; /* of the case; "case N" where it has none */
	const char *description;
	bool passed;
	bool optional; /* the carrier's library decides it, its document does not ask for it */
	char why[VP_VECTOR_WHY_SIZE]; /* "" when passed; holds no secret */
};

/* Calls h for each case in order; the result lives as long as that call. */
void vp_vectors_run(const json_t *cases,
	void (*h)(const struct vp_vector_result *result, void *arg), void *arg);
#endif
