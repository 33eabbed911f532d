#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/vault/vault.h"
#include "tools/voip/cli.h"
#include "tools/voip/vault.h"

struct tool_vault {
	struct tool_db *db;
	struct vp_vault *vault;
};

/* An answer that is awaited. */
struct wait {
	bool done;
	int err;
	char *text;
	size_t len;
};

static int explain(const char *path, int err)
{
	if (!path) {
		return cli_fail(
			"VOIP_KEK_FILE is not set, so secrets can be neither sealed nor opened",
			"`voip init-secrets DIR` makes the key; VOIP_KEK_FILE=DIR/kek names it.");
	}
	return cli_failf(err == EINVAL
				 ? "It has lines \"ID BASE64-OF-32-BYTES\"; is it the right file?"
				 : "`voip init-secrets DIR` makes one as DIR/kek.",
		"the key file %s cannot be used: %s", path, strerror(err));
}

struct tool_vault *tool_vault_open(struct tool_db *db)
{
	const char *path = getenv("VOIP_KEK_FILE");
	struct tool_vault *vault = calloc(1, sizeof(*vault));
	int err = vault ? 0 : ENOMEM;

	path = path && *path ? path : NULL;
	if (!err) {
		vault->db = db;
		err = path ? vp_vault_create(&vault->vault, tool_db_client(db), path) : ENOENT;
	}
	if (err) {
		explain(path, err);
		return tool_vault_close(vault);
	}
	return vault;
}

struct tool_vault *tool_vault_close(struct tool_vault *vault)
{
	if (vault) {
		vp_vault_destroy(vault->vault);
		free(vault);
	}
	return NULL;
}

static void on_text(int err, const char *text, size_t len, void *arg)
{
	struct wait *wait = arg;

	wait->done = true;
	wait->err = err;
	wait->len = len;
	wait->text = text ? malloc(len + 1) : NULL;
	if (wait->text) {
		memcpy(wait->text, text, len + 1);
	} else if (!err) {
		wait->err = ENOMEM;
	}
}

static void on_sealed(int err, const char *sealed, void *arg)
{
	on_text(err, sealed, sealed ? strlen(sealed) : 0, arg);
}

/* op is not NULL while the answer is awaited. */
static int await(struct tool_vault *vault, int err, struct vp_vault_op *op, struct wait *wait)
{
	if (!err && !wait->done) {
		err = tool_db_await(vault->db, &wait->done);
	}
	if (err == ETIMEDOUT) {
		vp_vault_cancel(op);
	}
	return err ? err : wait->err;
}

int tool_vault_seal(struct tool_vault *vault, struct vp_uuid org, const char *context,
	const void *plain, size_t len, char **ret_sealed)
{
	struct wait wait = {0};
	struct vp_vault_op *op = NULL;
	int err = vp_vault_seal(vault->vault, org, context, plain, len, on_sealed, &wait, &op);

	err = await(vault, err, op, &wait);
	if (err) {
		cli_failf(err == EINVAL
				  ? "Is the key file an old copy? `voip keys list` compares it "
				    "with the database."
				  : "`voip migrate` brings the tables up to date; `voip "
				    "doctor` looks closer.",
			"the secret cannot be sealed: %s", strerror(err));
		return err;
	}
	*ret_sealed = wait.text;
	return 0;
}

int tool_vault_unseal(struct tool_vault *vault, struct vp_uuid org, const char *context,
	const char *sealed, char **ret_plain, size_t *ret_len)
{
	struct wait wait = {0};
	struct vp_vault_op *op = NULL;
	int err = vp_vault_open(vault->vault, org, context, sealed, on_text, &wait, &op);

	err = await(vault, err, op, &wait);
	if (!err) {
		*ret_plain = wait.text;
		*ret_len = wait.len;
	}
	return err;
}
