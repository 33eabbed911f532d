/* Inside of libcommon/vault: what is remembered, what is asked of the database, who waits for it.
 */
#ifndef VP_VAULT_INT_H
#define VP_VAULT_INT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include "libcommon/base/uuid.h"
#include "libcommon/crypto/datakey.h"
#include "libcommon/vault/vault.h"

struct vp_keyring;
struct vp_db_op;

#define VAULT_WAITING_MAX 4096 /* operations that wait for a key */
#define VAULT_CONTEXT_MAX 256
/* of a key that the file at hand cannot open: it may be changing just now */
#define VAULT_TRIES 5

/* --- opened data keys: 8 places for each hash of an id, the oldest makes room --- */
#define CACHE_SETS 128
#define CACHE_WAYS 8
struct vault_cache {
	struct {
		struct vp_uuid org, id; /* nil: free */
	} slots[CACHE_SETS * CACHE_WAYS];
	uint8_t next[CACHE_SETS];
	uint8_t (*keys)[VP_DATA_KEY_SIZE]; /* locked, one a slot and one more: 32 KiB */
};
int vault_cache_init(struct vault_cache *cache);
void vault_cache_free(struct vault_cache *cache);
/* NULL: not known. */
const uint8_t *vault_cache_find(
	const struct vault_cache *cache, struct vp_uuid org, struct vp_uuid id);
/* Where a key is opened before anybody knows whether it is good. */
uint8_t *vault_cache_desk(struct vault_cache *cache);
/* Remembers what lies there; its place from now on. */
const uint8_t *vault_cache_keep(struct vault_cache *cache, struct vp_uuid org, struct vp_uuid id);

/* --- the key file --- */
struct vault_file {
	char *path;
	struct vp_keyring *ring;
	struct stat seen; /* of the file that was read */
};
int vault_file_init(struct vault_file *file, const char *path);
void vault_file_free(struct vault_file *file);
/* Reads it again when it is another one; true when keys came or went. */
bool vault_file_refresh(struct vault_file *file);

/* --- who waits --- */
struct vp_vault_op {
	struct vp_vault_op *next, **pprev; /* in its load */
	struct vault_load *load;
	struct vp_vault *vault;
	char *context; /* with the organisation */
	char *input;   /* the sealed text, or what is to be sealed */
	size_t len;
	vp_vault_opened_h *opened; /* or */
	vp_vault_sealed_h *sealed;
	void *arg;
};
/* Gives it what it waited for and frees it. key NULL: err says why. */
void vault_op_end(struct vp_vault_op *op, int err, struct vp_uuid id, const uint8_t *key);
void vault_op_free(struct vp_vault_op *op);

/* --- a key on its way from the database --- */
struct vault_load {
	struct vault_load *next, **pprev; /* of the vault */
	struct vp_vault *vault;
	struct vp_uuid org, id; /* id nil: the active one, made when there is none */
	struct vp_db_op *query;
	unsigned tries;
	size_t ring_key; /* that the new one is wrapped by */
	struct vp_vault_op *waiting, **waiting_tail;
};
/* Lets op wait for this key, which one query brings to all. An error: op is still the caller's. */
int vault_load_join(
	struct vp_vault *vault, struct vp_uuid org, struct vp_uuid id, struct vp_vault_op *op);
void vault_load_drop(struct vault_load *load); /* with who waits, without a word */

struct vp_vault {
	struct vp_db *db;
	struct vault_file file;
	struct vault_cache cache;
	struct vault_load *loads;
	unsigned n_waiting;
};
#endif
