/* Opening and sealing: at once when the data key is known, else when it has come. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/vault/vault_int.h"

#define V1 "v1."
#define V2 "v2."

/* The organisation belongs to what a text is bound to. */
static char *bind(struct vp_uuid org, const char *context)
{
	char text[VP_UUID_TEXT_SIZE];

	vp_uuid_text(org, text);
	return vp_strf("%s/%s", text, context);
}

static bool key_of(const char *sealed, struct vp_uuid *ret_id)
{
	char text[VP_UUID_TEXT_SIZE];
	const size_t len = strncmp(sealed, V2, strlen(V2)) == 0 ? strcspn(sealed + 3, ".") : 0;

	if (len != sizeof(text) - 1) {
		return false;
	}
	memcpy(text, sealed + strlen(V2), len);
	text[len] = '\0';
	return vp_uuid_parse(text, ret_id) && !vp_uuid_is_nil(*ret_id);
}

/* --- an operation that waits for its key --- */

static struct vp_vault_op *op_new(
	struct vp_vault *vault, const char *bound, const void *input, size_t len)
{
	struct vp_vault_op *op = calloc(1, sizeof(*op));

	if (!op) {
		return NULL;
	}
	op->vault = vault;
	op->context = strdup(bound);
	op->input = malloc(len + 1);
	op->len = len;
	vault->n_waiting++;
	if (!op->context || !op->input) {
		vault_op_free(op);
		return NULL;
	}
	memcpy(op->input, input, len);
	op->input[len] = '\0';
	return op;
}

void vault_op_free(struct vp_vault_op *op)
{
	if (op->load) {
		*op->pprev = op->next;
		if (op->next) {
			op->next->pprev = op->pprev;
		} else {
			op->load->waiting_tail = op->pprev;
		}
	}
	op->vault->n_waiting--;
	vp_secret_free(op->input, op->len);
	free(op->context);
	free(op);
}

static void open_now(const uint8_t *key, const char *id, const char *bound, const char *sealed,
	vp_vault_opened_h *h, void *arg)
{
	char *plain = NULL;
	size_t len = 0;
	int err = vp_data_unseal(key, id, bound, sealed, &plain, &len);

	h(err, plain, len, arg);
	vp_secret_free(plain, len);
}

static void seal_now(const uint8_t *key, const char *id, const struct vp_vault_op *op)
{
	VP_CLEANUP(vp_freep) char *text = NULL;
	int err = vp_data_seal(key, id, op->context, op->input, op->len, &text);

	op->sealed(err, text, op->arg);
}

/* It leaves the list before its handler runs, so that nobody can cancel it any more. */
void vault_op_end(struct vp_vault_op *op, int err, struct vp_uuid id, const uint8_t *key)
{
	struct vp_vault_op mine = *op;
	char text[VP_UUID_TEXT_SIZE];

	op->context = NULL;
	op->input = NULL;
	vault_op_free(op);
	vp_uuid_text(id, text);
	if (!key && mine.opened) {
		mine.opened(err, NULL, 0, mine.arg);
	} else if (!key) {
		mine.sealed(err, NULL, mine.arg);
	} else if (mine.opened) {
		open_now(key, text, mine.context, mine.input, mine.opened, mine.arg);
	} else {
		seal_now(key, text, &mine);
	}
	vp_secret_free(mine.input, mine.len);
	free(mine.context);
}

static int join(struct vp_vault *vault, struct vp_uuid org, struct vp_uuid id,
	struct vp_vault_op *op, struct vp_vault_op **ret_op)
{
	int err = vault_load_join(vault, org, id, op);

	if (err) {
		vault_op_free(op);
	} else if (ret_op) {
		*ret_op = op;
	}
	return err;
}

/* --- open --- */

/* By the key file alone: a text of the time before data keys. */
static void open_old(struct vp_vault *vault, const char *context, const char *sealed,
	vp_vault_opened_h *h, void *arg)
{
	char *plain = NULL;
	size_t len = 0;
	int err;

	(void)vault_file_refresh(&vault->file);
	err = vp_unseal(vault->file.ring, context, sealed, &plain, &len);
	h(err, plain, len, arg);
	vp_secret_free(plain, len);
}

int vp_vault_open(struct vp_vault *vault, struct vp_uuid org, const char *context,
	const char *sealed, vp_vault_opened_h *h, void *arg, struct vp_vault_op **ret_op)
{
	VP_CLEANUP(vp_freep) char *bound = bind(org, context);
	struct vp_vault_op *op;
	struct vp_uuid id;
	const uint8_t *key;

	if (ret_op) {
		*ret_op = NULL;
	}
	if (!bound || strlen(context) > VAULT_CONTEXT_MAX) {
		return bound ? EINVAL : ENOMEM;
	}
	if (strncmp(sealed, V1, strlen(V1)) == 0) {
		open_old(vault, context, sealed, h, arg);
		return 0;
	}
	if (!key_of(sealed, &id)) {
		h(EBADMSG, NULL, 0, arg);
		return 0;
	}
	key = vault_cache_find(&vault->cache, org, id);
	if (key) {
		char text[VP_UUID_TEXT_SIZE];

		vp_uuid_text(id, text);
		open_now(key, text, bound, sealed, h, arg);
		return 0;
	}
	if (vault->n_waiting >= VAULT_WAITING_MAX) {
		return EAGAIN;
	}
	op = op_new(vault, bound, sealed, strlen(sealed));
	if (!op) {
		return ENOMEM;
	}
	op->opened = h;
	op->arg = arg;
	return join(vault, org, id, op, ret_op);
}

/* --- seal --- */

/* Which key is the active one is asked each time: another process may just have made a new one, and
 * secrets are sealed when somebody types them. */
int vp_vault_seal(struct vp_vault *vault, struct vp_uuid org, const char *context,
	const void *plain, size_t len, vp_vault_sealed_h *h, void *arg, struct vp_vault_op **ret_op)
{
	VP_CLEANUP(vp_freep) char *bound = bind(org, context);
	struct vp_vault_op *op;

	if (ret_op) {
		*ret_op = NULL;
	}
	if (!bound || strlen(context) > VAULT_CONTEXT_MAX) {
		return bound ? EINVAL : ENOMEM;
	}
	if (len > VP_VAULT_PLAIN_MAX) {
		return EFBIG;
	}
	if (vault->n_waiting >= VAULT_WAITING_MAX) {
		return EAGAIN;
	}
	op = op_new(vault, bound, plain, len);
	if (!op) {
		return ENOMEM;
	}
	op->sealed = h;
	op->arg = arg;
	return join(vault, org, (struct vp_uuid){0}, op, ret_op);
}

void vp_vault_cancel(struct vp_vault_op *op)
{
	if (op) {
		vault_op_free(op);
	}
}

/* --- life --- */

int vp_vault_create(struct vp_vault **ret, struct vp_db *db, const char *kek_file)
{
	struct vp_vault *vault = calloc(1, sizeof(*vault));
	int err = vault ? 0 : ENOMEM;

	if (!err) {
		vault->db = db;
		err = vault_cache_init(&vault->cache);
	}
	if (!err) {
		err = vault_file_init(&vault->file, kek_file);
	}
	if (err) {
		vp_vault_destroy(vault);
		return err;
	}
	*ret = vault;
	return 0;
}

struct vp_vault *vp_vault_destroy(struct vp_vault *vault)
{
	if (!vault) {
		return NULL;
	}
	while (vault->loads) {
		vault_load_drop(vault->loads);
	}
	vault_cache_free(&vault->cache);
	vault_file_free(&vault->file);
	free(vault);
	return NULL;
}
