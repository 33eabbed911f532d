/* One case of a file of test vectors, run through our own code. True: as expected. Else why has the
 * reason, without secrets. */
#ifndef VOIP_VECTORS_H
#define VOIP_VECTORS_H
#include <jansson.h>
#include <stdbool.h>

#define VECTORS_WHY_SIZE 256

bool vectors_telnyx_signature(const json_t *c, char why[VECTORS_WHY_SIZE]);
bool vectors_twilio_signature(const json_t *c, char why[VECTORS_WHY_SIZE]);
bool vectors_twilio_token(const json_t *c, char why[VECTORS_WHY_SIZE]);

/* Writes why; always false. */
bool vectors_fail(char why[VECTORS_WHY_SIZE], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Text of a member; NULL: none. */
const char *vectors_text(const json_t *c, const char *name);
/* expected_valid against ours, with our word for it. */
bool vectors_compare(const json_t *c, bool valid, const char *word, char why[VECTORS_WHY_SIZE]);
#endif
