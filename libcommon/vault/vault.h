/* Secrets at rest, enveloped: each organisation has data keys (table crypto_keys), which seal its
 * secrets (XChaCha20-Poly1305); a data key is stored wrapped by a key of the key file
 * (VOIP_KEK_FILE). Rotating the key file's key wraps the data keys anew and touches no secret;
 * `voip keys rotate` does it while everything runs. Opened data keys are remembered in locked
 * memory, and read again when a text names one that is not known. One thread: all callbacks run
 * inside vp_db_drain of the db that was given. */
#ifndef VP_VAULT_H
#define VP_VAULT_H
#include <stddef.h>
#include "libcommon/base/uuid.h"

struct vp_db;
struct vp_vault;
struct vp_vault_op;

/* The key file is read again by itself when it has changed. ENOENT, EACCES, EINVAL: of no use. */
int vp_vault_create(struct vp_vault **ret, struct vp_db *db, const char *kek_file);
/* Wipes what it knows; pending operations are cancelled. Before its db, and not from a handler. */
struct vp_vault *vp_vault_destroy(struct vp_vault *vault);

/* err: 0; EBADMSG: tampered with, or another context; ENOKEY: its key is gone; ENOTCONN, ETIMEDOUT:
 * the database is away, try later; EACCES: this role may not read data keys. plain ends in a NUL
 * that is not counted, is valid in the callback only, and is wiped after it. Exactly once, unless
 * cancelled; maybe before vp_vault_open returns. */
typedef void vp_vault_opened_h(int err, const char *plain, size_t len, void *arg);
/* context binds a text to its place: "trunks/secret/<id>", "providers/config/<id>". Texts "v1.…" of
 * the time before data keys are opened with the key file alone. ret_op may be NULL; *ret_op is NULL
 * when the answer was given at once. Another result than 0: the handler is not called. EAGAIN: 4096
 * operations wait already. */
int vp_vault_open(struct vp_vault *vault, struct vp_uuid org, const char *context,
	const char *sealed, vp_vault_opened_h *h, void *arg, struct vp_vault_op **ret_op);

#define VP_VAULT_PLAIN_MAX (1u << 20) /* EFBIG */

/* The text to store, "v2.<data key id>.<base64>"; valid in the callback only. Makes the
 * organisation's first data key. Store it within the hour: `voip keys rotate --data-keys` makes new
 * data keys, and the old ones go an hour later. err: 0; EINVAL: there is no such organisation, or
 * no key of the key file may be used any more (an old copy of it?); else as above. */
typedef void vp_vault_sealed_h(int err, const char *sealed, void *arg);
int vp_vault_seal(struct vp_vault *vault, struct vp_uuid org, const char *context,
	const void *plain, size_t len, vp_vault_sealed_h *h, void *arg,
	struct vp_vault_op **ret_op);
void vp_vault_cancel(struct vp_vault_op *op); /* NULL is no-op */
#endif
