/* The kinds of cases. True: as expected. Else why has the reason, without secrets. */
#ifndef VP_VECTORS_INT_H
#define VP_VECTORS_INT_H
#include "libcommon/provider/vectors/vectors.h"

bool vector_telnyx_signature(const json_t *c, char why[VP_VECTOR_WHY_SIZE]);
bool vector_twilio_signature(const json_t *c, char why[VP_VECTOR_WHY_SIZE]);
bool vector_twilio_token(const json_t *c, char why[VP_VECTOR_WHY_SIZE]);

/* Writes why; always false. */
bool vector_fail(char why[VP_VECTOR_WHY_SIZE], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Text of a member; NULL: none. */
const char *vector_text(const json_t *c, const char *name);
/* expected_valid against ours, with our word for it. */
bool vector_compare(const json_t *c, bool valid, const char *word, char why[VP_VECTOR_WHY_SIZE]);
#endif
