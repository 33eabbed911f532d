/* The rows that commands make: each call adds the statements of one thing to a unit of work. All of
 * them may be repeated: what is there is brought up to date and keeps its id. */
#ifndef VOIP_MODEL_H
#define VOIP_MODEL_H
#include <stdbool.h>
#include "libcommon/db/db.h"
#include "tools/voip/db.h"

struct model_org {
	struct vp_uuid id;
	const char *name;
	const char *region;   /* "US" */
	const char *timezone; /* "America/New_York" */
};
struct model_user {
	struct vp_uuid id;
	const char *email, *role; /* role: admin or agent */
	const char *name;         /* NULL: stays as it is, or the address of a new one */
	const char *password;     /* NULL: stays as it is */
	const char *timezone;
};
struct model_provider {
	struct vp_uuid id;
	const char *name, *driver;
	bool activate; /* instead of the one that is active now */
};
struct model_trunk {
	struct vp_uuid id, provider_id;
	const char *name, *host, *transport;
	long port;
	const char *username, *auth_username;
	const char *secret; /* sealed text; NULL: none */
	bool registers;
	const char *allowed_ips; /* "127.0.0.2/32,10.0.0.0/8"; NULL: none */
	const char *codecs;      /* "PCMU,PCMA" */
	const char *srtp;        /* off, optional, required */
	const char *caller_id;
	long priority;
};

/* Ids of what is there already (by name or email), else a new one. 0 or errno. */
int model_find_org(struct tool_db *db, const char *name, struct vp_uuid *ret_id);
int model_find_user(
	struct tool_db *db, struct vp_uuid org, const char *email, struct vp_uuid *ret_id);
/* A provider's trunk of this name, else its first one. */
int model_find_trunk(struct tool_db *db, struct vp_uuid org, struct vp_uuid provider,
	const char *name, struct vp_uuid *ret_id);
/* "" when there is no such provider. */
int model_driver_of(
	struct tool_db *db, struct vp_uuid org, struct vp_uuid provider, char *buf, size_t size);
int model_find_named(struct tool_db *db, struct vp_uuid org, bool is_trunk, const char *name,
	struct vp_uuid *ret_id);
/* A user by email or id, in whatever organisation. ENOENT. */
int model_lookup_user(struct tool_db *db, const char *email_or_id, struct vp_uuid *ret_org,
	struct vp_uuid *ret_user);

int model_add_org(
	struct vp_db_tx *tx, const struct model_org *org); /* with the roles admin and agent */
int model_add_user(struct vp_db_tx *tx, struct vp_uuid org, const struct model_user *user);
int model_add_provider(
	struct vp_db_tx *tx, struct vp_uuid org, const struct model_provider *provider);
/* Instead of the one that is active now. */
int model_activate_provider(struct vp_db_tx *tx, struct vp_uuid org, struct vp_uuid provider);
int model_add_trunk(struct vp_db_tx *tx, struct vp_uuid org, const struct model_trunk *trunk);
/* A DID that rings this user. */
int model_add_did(struct vp_db_tx *tx, struct vp_uuid org, const char *e164,
	struct vp_uuid provider, struct vp_uuid user);

/* Text that is shown once; what is stored is its hash. days 0: for ever. once_per_name: an older
 * token of the same name is gone. */
struct model_token {
	char text[64];
};
void model_new_token(struct model_token *ret);
int model_add_token(struct vp_db_tx *tx, struct vp_uuid org, struct vp_uuid user, const char *name,
	const char *text, long days);
int model_drop_tokens(
	struct vp_db_tx *tx, struct vp_uuid org, struct vp_uuid user, const char *name);
#endif
