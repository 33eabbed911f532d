/* The ICE servers that a browser is told: STUN as configured, TURN with credentials of its own
 * (the TURN REST scheme of coturn's use-auth-secret: user name "EXPIRY:USER", password the base64
 * of its HMAC-SHA1 under the shared secret). */
#ifndef TOKEN_ISSUER_ICE_H
#define TOKEN_ISSUER_ICE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ICE_URLS_MAX 8
#define ICE_URL_SIZE 256
#define TURN_USERNAME_SIZE 96
#define TURN_CREDENTIAL_SIZE 29 /* 20 bytes in base64 and NUL */

struct ice_urls {
	size_t n;
	char urls[ICE_URLS_MAX][ICE_URL_SIZE];
};
struct turn_credential {
	char username[TURN_USERNAME_SIZE];
	char password[TURN_CREDENTIAL_SIZE];
};

/* Splits "stun:a:3478, stun:b" at commas. NULL is empty. schemes: "stun:|stuns:". False when an
 * entry has another scheme, is empty or too long, or there are too many. */
bool ice_parse(struct ice_urls *urls, const char *text, const char *schemes);

/* False when the user does not fit. */
bool turn_credential(struct turn_credential *credential, const char *secret, const char *user,
	int64_t expires_at_s);
#endif
