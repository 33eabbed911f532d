/* Inside of libcommon/crypto: what a keyring holds. */
#ifndef VP_CRYPTO_INT_H
#define VP_CRYPTO_INT_H
#include <stddef.h>
#include <stdint.h>
#include "libcommon/crypto/keyfile.h"

#define KEY_BYTES 32
#define KEYS_MAX 16
#define KEY_LINE_MAX 256 /* a line of the key file, with newline and NUL */

struct key {
	char id[VP_KEY_ID_SIZE];
	uint8_t bytes[KEY_BYTES];
};
struct vp_keyring {
	size_t n_keys;
	struct key keys[KEYS_MAX];
};
const struct key *keyring_find(const struct vp_keyring *ring, const char *id, size_t len);
#endif
