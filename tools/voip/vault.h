/* libcommon/vault for a command that does one thing after another, by the key file that
 * VOIP_KEK_FILE names. */
#ifndef VOIP_TOOL_VAULT_H
#define VOIP_TOOL_VAULT_H
#include <stddef.h>
#include "libcommon/base/uuid.h"
#include "tools/voip/db.h"

struct tool_vault;

/* NULL after a message. */
struct tool_vault *tool_vault_open(struct tool_db *db);
struct tool_vault *tool_vault_close(struct tool_vault *vault);

/* 0 or errno, after a message. The caller frees. */
int tool_vault_seal(struct tool_vault *vault, struct vp_uuid org, const char *context,
	const void *plain, size_t len, char **ret_sealed);
/* 0 or errno, without a message: a secret that cannot be opened means one thing here, another
 * there. Free it with vp_secret_free. */
int tool_vault_unseal(struct tool_vault *vault, struct vp_uuid org, const char *context,
	const char *sealed, char **ret_plain, size_t *ret_len);
#endif
