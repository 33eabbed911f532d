/* Digest authentication as a client: RFC 2617 with qop=auth or none, MD5 and SHA-256 (RFC 8760). */
#ifndef UA_DIGEST_H
#define UA_DIGEST_H
#include "services/call-controller/ua/msg.h"
#include "services/call-controller/ua/text.h"

struct ua_credentials {
	const char *username;
	const char *password;
	const char *realm; /* NULL: any that the far side names */
};

/* What is kept of challenges from one request to the next. Zeroed is none. */
struct ua_digest {
	unsigned attempts; /* answered challenges in this request */
	uint32_t nc;
	char nonce[256];
	char realm[128]; /* that was answered last */
};

enum ua_digest_verdict {
	UA_DIGEST_OK,
	UA_DIGEST_REFUSED,     /* our answer was given and not taken: the password is wrong */
	UA_DIGEST_UNSUPPORTED, /* no challenge of a kind or realm that we can answer */
};

/* Answers the challenges of a 401 or 407: adds Authorization or Proxy-Authorization lines for the
 * new request. A stale nonce may be answered again, a refused answer never. */
enum ua_digest_verdict ua_digest_answer(struct ua_digest *digest, const struct ua_credentials *cred,
	const struct ua_msg *challenge, const char *method, const char *uri, struct ua_text *text);
#endif
