/* The keyring and what it seals. XChaCha20-Poly1305 with a random nonce of 24 bytes; the associated
 * data are version, key id and context, so a sealed text cannot be moved to another row. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"

#define KEY_BYTES crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_ID_MAX 32
#define KEYS_MAX 16
#define LINE_MAX_LEN 256
#define PLAIN_MAX (1u << 20)

struct key {
	char id[KEY_ID_MAX + 1];
	uint8_t bytes[KEY_BYTES];
};
struct vp_keyring {
	size_t n_keys;
	struct key keys[KEYS_MAX];
};

static const struct key *find_key(const struct vp_keyring *ring, const char *id, size_t len)
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
	return len > 0 && len <= KEY_ID_MAX;
}

/* "ID BASE64"; empty lines and comments are skipped. */
static int take_line(struct vp_keyring *ring, const char *line)
{
	uint8_t bytes[LINE_MAX_LEN];
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
	       !find_key(ring, line, id_len) && ring->n_keys < KEYS_MAX;
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
	char line[LINE_MAX_LEN];
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
	ring = calloc(1, sizeof(*ring));
	err = ring ? read_keys(ring, file) : ENOMEM;
	fclose(file);
	if (err) {
		vp_keyring_destroy(ring);
		return err;
	}
	*ret = ring;
	return 0;
}

int vp_keyring_create_file(const char *path)
{
	uint8_t key[KEY_BYTES], id[4];
	char id_text[2 * sizeof(id) + 1], text[VP_BASE64_SIZE(KEY_BYTES)];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int err = 0;

	if (fd < 0) {
		return errno;
	}
	vp_random(key, sizeof(key));
	vp_random(id, sizeof(id));
	vp_hex(id, sizeof(id), id_text);
	vp_base64(key, sizeof(key), text);
	if (dprintf(fd, "%s %s\n", id_text, text) < 0 || fsync(fd) != 0) {
		err = errno;
	}
	sodium_memzero(key, sizeof(key));
	sodium_memzero(text, sizeof(text));
	if (close(fd) != 0 && !err) {
		err = errno;
	}
	if (err) {
		unlink(path);
	}
	return err;
}

struct vp_keyring *vp_keyring_destroy(struct vp_keyring *ring)
{
	if (ring) {
		sodium_memzero(ring, sizeof(*ring));
		free(ring);
	}
	return NULL;
}

/* Version, key id and context as one text that no other triple gives. */
static char *associated_data(const struct key *key, const char *context)
{
	return vp_strf("ringmain:v1:%s:%s", key->id, context);
}

int vp_seal(const struct vp_keyring *ring, const char *context, const void *plain, size_t len,
	char **ret_text)
{
	const struct key *key = &ring->keys[0];
	VP_CLEANUP(vp_freep) char *ad = associated_data(key, context);
	VP_CLEANUP(vp_freep) uint8_t *box = NULL;
	VP_CLEANUP(vp_freep) char *text = NULL;
	size_t box_len = NONCE_BYTES + len + TAG_BYTES;
	size_t head_len = strlen("v1..") + strlen(key->id);

	if (len > PLAIN_MAX) {
		return EFBIG;
	}
	box = malloc(box_len);
	text = malloc(head_len + VP_BASE64_SIZE(box_len));
	if (!ad || !box || !text) {
		return ENOMEM;
	}
	vp_random(box, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(box + NONCE_BYTES, NULL, plain, len,
		(const uint8_t *)ad, strlen(ad), NULL, box, key->bytes);
	snprintf(text, head_len + 1, "v1.%s.", key->id);
	vp_base64(box, box_len, text + head_len);
	*ret_text = VP_TAKE(text);
	return 0;
}

static int open_box(const struct key *key, const char *context, const uint8_t *box, size_t box_len,
	char **ret_plain, size_t *ret_len)
{
	VP_CLEANUP(vp_freep) char *ad = associated_data(key, context);
	size_t len = box_len - NONCE_BYTES - TAG_BYTES;
	char *plain = calloc(1, len + 1);
	int err = 0;

	if (!ad || !plain) {
		err = ENOMEM;
	} else if (crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)plain, NULL, NULL,
			   box + NONCE_BYTES, box_len - NONCE_BYTES, (const uint8_t *)ad,
			   strlen(ad), box, key->bytes) != 0) {
		err = EBADMSG;
	}
	if (err) {
		free(plain);
		return err;
	}
	*ret_plain = plain;
	*ret_len = len;
	return 0;
}

int vp_unseal(const struct vp_keyring *ring, const char *context, const char *text,
	char **ret_plain, size_t *ret_len)
{
	VP_CLEANUP(vp_freep) uint8_t *box = NULL;
	const struct key *key;
	const char *dot;
	long box_len;

	if (strncmp(text, "v1.", 3) != 0 || !(dot = strchr(text + 3, '.')) ||
		strlen(dot + 1) > 2 * (size_t)PLAIN_MAX) {
		return EBADMSG;
	}
	key = find_key(ring, text + 3, (size_t)(dot - text - 3));
	if (!key) {
		return ENOKEY;
	}
	box = malloc(strlen(dot + 1) + 1);
	if (!box) {
		return ENOMEM;
	}
	box_len = vp_base64_decode(dot + 1, strlen(dot + 1), box);
	if (box_len < (long)(NONCE_BYTES + TAG_BYTES)) {
		return EBADMSG;
	}
	return open_box(key, context, box, (size_t)box_len, ret_plain, ret_len);
}
