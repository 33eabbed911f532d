/* What keys seal: XChaCha20-Poly1305 with a random nonce of 24 bytes; the associated data are
 * version, key id and context, so a sealed text cannot be moved to another row. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/crypto/crypto_int.h"
#include "libcommon/crypto/datakey.h"

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define HEAD_BYTES (NONCE_BYTES + TAG_BYTES)
#define PLAIN_MAX (1u << 20)

_Static_assert(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key fits the cipher");
_Static_assert(KEY_BYTES == VP_DATA_KEY_SIZE, "a ring's key is as long as a data key");

/* Who seals: "v1" and a key of the ring, "v2" and a data key. */
struct sealer {
	const char *version, *id;
	const uint8_t *key;
};

/* Version, key id and context as one text that no other triple gives: ids have no colon. */
static char *associated_data(const struct sealer *by, const char *context)
{
	return vp_strf("ringmain:%s:%s:%s", by->version, by->id, context);
}

static int seal_by(const struct sealer *by, const char *context, const void *plain, size_t len,
	char **ret_text)
{
	VP_CLEANUP(vp_freep) char *ad = associated_data(by, context);
	VP_CLEANUP(vp_freep) uint8_t *box = NULL;
	VP_CLEANUP(vp_freep) char *text = NULL;
	size_t box_len = HEAD_BYTES + len;
	size_t head_len = strlen(by->version) + strlen(by->id) + 2;

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
		(const uint8_t *)ad, strlen(ad), NULL, box, by->key);
	snprintf(text, head_len + 1, "%s.%s.", by->version, by->id);
	vp_base64(box, box_len, text + head_len);
	*ret_text = VP_TAKE(text);
	return 0;
}

/* The id between the dots of "VERSION.ID.BASE64", and what follows. */
static bool split(const char *text, const char *version, const char **ret_id, size_t *ret_id_len,
	const char **ret_rest)
{
	const size_t len = strlen(version);
	const char *dot;

	if (strncmp(text, version, len) != 0 || text[len] != '.') {
		return false;
	}
	dot = strchr(text + len + 1, '.');
	if (!dot) {
		return false;
	}
	*ret_id = text + len + 1;
	*ret_id_len = (size_t)(dot - *ret_id);
	*ret_rest = dot + 1;
	return true;
}

static int decode_box(const char *rest, uint8_t **ret_box, size_t *ret_len)
{
	const size_t text_len = strlen(rest);
	uint8_t *box;
	long len;

	if (text_len > 2 * (size_t)PLAIN_MAX) {
		return EBADMSG;
	}
	box = malloc(text_len + 1);
	if (!box) {
		return ENOMEM;
	}
	len = vp_base64_decode(rest, text_len, box);
	if (len < (long)HEAD_BYTES) {
		free(box);
		return EBADMSG;
	}
	*ret_box = box;
	*ret_len = (size_t)len;
	return 0;
}

/* ret_plain has room for what the box holds. */
static int open_box(const struct sealer *by, const char *context, const uint8_t *box,
	size_t box_len, uint8_t *ret_plain)
{
	VP_CLEANUP(vp_freep) char *ad = associated_data(by, context);

	if (!ad) {
		return ENOMEM;
	}
	return crypto_aead_xchacha20poly1305_ietf_decrypt(ret_plain, NULL, NULL, box + NONCE_BYTES,
		       box_len - NONCE_BYTES, (const uint8_t *)ad, strlen(ad), box, by->key) == 0
		       ? 0
		       : EBADMSG;
}

static int open_text(const struct sealer *by, const char *context, const char *rest,
	char **ret_plain, size_t *ret_len)
{
	VP_CLEANUP(vp_freep) uint8_t *box = NULL;
	size_t box_len = 0;
	char *plain;
	int err = decode_box(rest, &box, &box_len);

	if (err) {
		return err;
	}
	plain = calloc(1, box_len - HEAD_BYTES + 1);
	err = plain ? open_box(by, context, box, box_len, (uint8_t *)plain) : ENOMEM;
	if (err) {
		free(plain);
		return err;
	}
	*ret_plain = plain;
	*ret_len = box_len - HEAD_BYTES;
	return 0;
}

/* --- by a key of the ring --- */

static int find_sealer(
	const struct vp_keyring *ring, const char *text, struct sealer *ret, const char **ret_rest)
{
	const char *id;
	const struct key *key;
	size_t id_len;

	if (!split(text, "v1", &id, &id_len, ret_rest)) {
		return EBADMSG;
	}
	key = keyring_find(ring, id, id_len);
	if (!key) {
		return ENOKEY;
	}
	*ret = (struct sealer){.version = "v1", .id = key->id, .key = key->bytes};
	return 0;
}

static int seal_with(const struct vp_keyring *ring, size_t i, const char *context,
	const void *plain, size_t len, char **ret_text)
{
	const struct sealer by = {
		.version = "v1", .id = vp_keyring_id(ring, i), .key = ring->keys[i].bytes};

	return seal_by(&by, context, plain, len, ret_text);
}

int vp_seal(const struct vp_keyring *ring, const char *context, const void *plain, size_t len,
	char **ret_text)
{
	return seal_with(ring, 0, context, plain, len, ret_text);
}

int vp_unseal(const struct vp_keyring *ring, const char *context, const char *text,
	char **ret_plain, size_t *ret_len)
{
	struct sealer by;
	const char *rest;
	int err = find_sealer(ring, text, &by, &rest);

	return err ? err : open_text(&by, context, rest, ret_plain, ret_len);
}

int vp_data_key_wrap(const struct vp_keyring *ring, size_t i, const char *context,
	const uint8_t key[VP_DATA_KEY_SIZE], char **ret_text)
{
	return seal_with(ring, i, context, key, VP_DATA_KEY_SIZE, ret_text);
}

int vp_data_key_unwrap(const struct vp_keyring *ring, const char *context, const char *text,
	uint8_t ret_key[VP_DATA_KEY_SIZE])
{
	VP_CLEANUP(vp_freep) uint8_t *box = NULL;
	struct sealer by;
	const char *rest;
	size_t box_len = 0;
	int err = find_sealer(ring, text, &by, &rest);

	err = err ? err : decode_box(rest, &box, &box_len);
	if (!err && box_len != HEAD_BYTES + VP_DATA_KEY_SIZE) {
		err = EBADMSG;
	}
	return err ? err : open_box(&by, context, box, box_len, ret_key);
}

/* --- by a data key --- */

int vp_data_seal(const uint8_t key[VP_DATA_KEY_SIZE], const char *id, const char *context,
	const void *plain, size_t len, char **ret_text)
{
	const struct sealer by = {.version = "v2", .id = id, .key = key};

	return seal_by(&by, context, plain, len, ret_text);
}

int vp_data_unseal(const uint8_t key[VP_DATA_KEY_SIZE], const char *id, const char *context,
	const char *text, char **ret_plain, size_t *ret_len)
{
	const struct sealer by = {.version = "v2", .id = id, .key = key};
	const char *text_id, *rest;
	size_t text_id_len;

	if (!split(text, "v2", &text_id, &text_id_len, &rest) || text_id_len != strlen(id) ||
		memcmp(text_id, id, text_id_len) != 0) {
		return EBADMSG;
	}
	return open_text(&by, context, rest, ret_plain, ret_len);
}
