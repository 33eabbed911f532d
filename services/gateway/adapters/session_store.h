/* Who a session cookie, an API token or a ticket is: rows of PostgreSQL, kept for a few seconds, so
 * that a revoked session is dead everywhere within SESSION_CACHE_S. */
#ifndef GATEWAY_SESSION_STORE_H
#define GATEWAY_SESSION_STORE_H
#include "services/gateway/identity.h"

#define SESSION_CACHE_S 3
#define SESSION_IDLE_S (12 * 3600)
#define SESSION_LIFE_S (7 * 24 * 3600)

struct session_store;
struct vp_db;

int session_store_create(struct session_store **ret, struct vp_db *db);
struct session_store *session_store_destroy(struct session_store *store);

/* What is known without asking; NULL: nothing. Valid until the next call here. */
const struct identity *session_store_cached(
	struct session_store *store, enum identity_kind kind, const uint8_t key[IDENTITY_KEY_SIZE]);

/* Whether it was good when last asked, however long ago. */
bool session_store_seen(
	struct session_store *store, enum identity_kind kind, const uint8_t key[IDENTITY_KEY_SIZE]);

/* err: 0, or why the database gave no answer. who is NULL when nobody is signed in by it. */
typedef void session_found_h(int err, const struct identity *who, void *arg);
/* Asks the database; the callback comes exactly once, later. EAGAIN as of vp_db_query. */
int session_store_load(struct session_store *store, enum identity_kind kind,
	const uint8_t key[IDENTITY_KEY_SIZE], session_found_h *h, void *arg);
/* The same for a user who is known by a ticket. */
int session_store_load_user(struct session_store *store, struct vp_uuid org, struct vp_uuid user,
	session_found_h *h, void *arg);
void session_store_forget(struct session_store *store, const uint8_t key[IDENTITY_KEY_SIZE]);

/* A copy that owns its texts; NULL: no memory. */
struct identity *identity_copy(const struct identity *who);
struct identity *identity_free(struct identity *who);
#endif
