/* Seals standard input under a key file as an operator's tool would: seal KEYFILE CONTEXT. Tests
 * use it to give a provider the settings that the API does not take. */
#include <stdio.h>
#include <stdlib.h>
#include "libcommon/crypto/crypto.h"

int main(int argc, char **argv)
{
	static char plain[65536];
	struct vp_keyring *ring = NULL;
	char *sealed = NULL;
	size_t len = fread(plain, 1, sizeof(plain), stdin);

	if (argc != 3 || vp_crypto_init() != 0 || vp_keyring_load(&ring, argv[1]) != 0 ||
		vp_seal(ring, argv[2], plain, len, &sealed) != 0) {
		fputs("usage: seal KEYFILE CONTEXT <PLAIN\n", stderr);
		return 1;
	}
	puts(sealed);
	free(sealed);
	vp_keyring_destroy(ring);
	return 0;
}
