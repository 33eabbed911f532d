/* All trunks of all organisations, read from the database and again when something was configured.
 * Who may talk SIP to us is decided here. */
#ifndef CC_TRUNKS_H
#define CC_TRUNKS_H
#include "services/call-controller/adapters/trunk.h"

struct trunks;
struct vp_db;
struct vp_vault;

struct trunks_cfg {
	struct trunk_links links;
	struct vp_db *db;
	struct vp_vault *vault;       /* NULL: trunks with a password are left out */
	void (*on_loaded)(void *arg); /* the first time */
};

int trunks_create(struct trunks **ret, const struct trunks_cfg *cfg);
struct trunks *trunks_destroy(struct trunks *trunks);
/* Unregisters all and asks nobody any more; their messages are still known. */
void trunks_retire(struct trunks *trunks);
/* Reads the table again soon. */
void trunks_reload(struct trunks *trunks);
bool trunks_loaded(const struct trunks *trunks);
/* How many are left out because their password cannot be opened. */
size_t trunks_shut(const struct trunks *trunks);

/* The pointer holds until the loop runs again. */
struct trunk *trunks_find(struct trunks *trunks, struct vp_uuid id);
bool trunks_know(struct trunks *trunks, const struct sa *peer);
/* Whose call it is: by the Contact that was called, else by source address. NULL: nobody's. */
struct trunk *trunks_of(struct trunks *trunks, const struct sa *peer, const struct pl *called);
/* Trunks of other organisations from the same source address, at most max, by their order. */
size_t trunks_also(struct trunks *trunks, const struct sa *peer, const struct trunk *first,
	struct vp_uuid *ret, size_t max);
const struct trunk_links *trunks_links(const struct trunks *trunks);
void trunks_each(struct trunks *trunks, void (*h)(const struct trunk *trunk, void *arg), void *arg);
#endif
