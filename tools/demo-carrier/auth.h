/* The registrar's and the challenger's side of digest authentication (RFC 2617, MD5: what trunks
 * speak). */
#ifndef DEMO_CARRIER_AUTH_H
#define DEMO_CARRIER_AUTH_H
#include "tools/demo-carrier/libre.h"

struct auth {
	const char *user, *password;
	uint8_t secret[16]; /* of the nonces */
	uint64_t accepted, refused;
};

void auth_init(struct auth *auth, const char *user, const char *password);

/* True when the request carries good credentials; otherwise it was answered (401 or 407, or 403
 * when the password was wrong). */
bool auth_check(struct auth *auth, struct sip *sip, const struct sip_msg *msg);
#endif
