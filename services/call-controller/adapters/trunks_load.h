/* One reading of the table of trunks: its rows, then the passwords of those that changed. The loop
 * goes on meanwhile. A trunk whose password cannot be opened is left out and logged once; when only
 * the database was away, the one that runs stays. Whoever reads the table again tries again. */
#ifndef CC_TRUNKS_LOAD_H
#define CC_TRUNKS_LOAD_H
#include "services/call-controller/adapters/trunk.h"

#define TRUNKS_MAX 4096

struct trunks_load;
struct vp_db;
struct vp_vault;

/* Trunks whose password stayed shut in the last load, so that each is logged once. */
struct trunks_shut {
	struct {
		struct vp_uuid id;
		int64_t version;
		int err;
	} list[TRUNKS_MAX];
	size_t n;
};

struct trunks_load_cfg {
	struct vp_db *db;
	struct vp_vault *vault; /* NULL: trunks with a password are left out */
	const struct trunks_shut *shut_before;
	/* The one that runs, or NULL; it stays till the load has ended. */
	struct trunk *(*find)(struct vp_uuid id, void *arg);
	/* The list is the receiver's: those that run and are unchanged, and new ones. err: the
	 * table could not be read. Exactly once, unless cancelled; not before trunks_load_start
	 * returns. */
	void (*on_done)(
		int err, struct trunk **list, size_t n, const struct trunks_shut *shut, void *arg);
	void *arg;
};

int trunks_load_start(struct trunks_load **ret, const struct trunks_load_cfg *cfg);
struct trunks_load *trunks_load_cancel(struct trunks_load *load); /* returns NULL */
#endif
