/* The keyring: keys of the key file, in locked memory. */
#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/crypto/crypto_int.h"
#include "libcommon/crypto/datakey.h"

void *vp_locked_alloc(size_t size)
{
	/* it writes to the end of its pages: whole words keep every member aligned */
	const size_t rounded = (size + 15) & ~(size_t)15;
	void *mem = vp_crypto_init() == 0 ? sodium_malloc(rounded) : NULL;

	if (mem) {
		memset(mem, 0, rounded);
	}
	return mem;
}

void *vp_locked_free(void *mem)
{
	sodium_free(mem);
	return NULL;
}

const struct key *keyring_find(const struct vp_keyring *ring, const char *id, size_t len)
{
	for (size_t i = 0; i < ring->n_keys; i++) {
		if (strlen(ring->keys[i].id) == len && memcmp(ring->keys[i].id, id, len) == 0) {
			return &ring->keys[i];
		}
	}
	return NULL;
}

static bool is_key_id(const char *id, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)id[i]) && id[i] != '-' && id[i] != '_') {
			return false;
		}
	}
	return len > 0 && len < VP_KEY_ID_SIZE;
}

/* "ID BASE64"; empty lines and comments are skipped. */
static int take_line(struct vp_keyring *ring, const char *line)
{
	uint8_t bytes[KEY_LINE_MAX];
	size_t id_len, text_len;
	const char *text;
	bool good;

	line += strspn(line, " \t");
	if (line[0] == '#' || line[strspn(line, " \t\r\n")] == '\0') {
		return 0;
	}
	id_len = strcspn(line, " \t\r\n");
	text = line + id_len + strspn(line + id_len, " \t");
	text_len = strcspn(text, " \t\r\n");
	good = is_key_id(line, id_len) &&
	       text[text_len + strspn(text + text_len, " \t\r\n")] == '\0' &&
	       vp_base64_decode(text, text_len, bytes) == KEY_BYTES &&
	       !keyring_find(ring, line, id_len) && ring->n_keys < KEYS_MAX;
	if (good) {
		struct key *key = &ring->keys[ring->n_keys++];

		memcpy(key->id, line, id_len);
		memcpy(key->bytes, bytes, KEY_BYTES);
	}
	sodium_memzero(bytes, sizeof(bytes));
	return good ? 0 : EINVAL;
}

static int read_keys(struct vp_keyring *ring, FILE *file)
{
	char line[KEY_LINE_MAX];
	int err = 0;

	while (!err && fgets(line, sizeof(line), file)) {
		bool cut = strlen(line) == sizeof(line) - 1 && line[sizeof(line) - 2] != '\n';

		err = cut ? EINVAL : take_line(ring, line);
	}
	sodium_memzero(line, sizeof(line));
	if (!err && ferror(file)) {
		err = EIO;
	}
	return !err && ring->n_keys == 0 ? EINVAL : err;
}

int vp_keyring_load(struct vp_keyring **ret, const char *path)
{
	FILE *file = fopen(path, "re");
	struct vp_keyring *ring;
	int err;

	if (!file) {
		return errno;
	}
	setvbuf(file, NULL, _IONBF, 0); /* no copy of the keys in a buffer of stdio's */
	ring = vp_locked_alloc(sizeof(*ring));
	err = ring ? read_keys(ring, file) : ENOMEM;
	fclose(file);
	if (err) {
		vp_keyring_destroy(ring);
		return err;
	}
	*ret = ring;
	return 0;
}

struct vp_keyring *vp_keyring_destroy(struct vp_keyring *ring)
{
	return vp_locked_free(ring);
}

size_t vp_keyring_count(const struct vp_keyring *ring)
{
	return ring->n_keys;
}

const char *vp_keyring_id(const struct vp_keyring *ring, size_t i)
{
	vp_assert(i < ring->n_keys);
	return ring->keys[i].id;
}
