/* A provider's settings as they are stored: its row of `providers`, whose text the vault opens. Who
 * speaks to a carrier begins here. One thread; handlers run inside vp_db_drain, or before the call
 * returns when nothing has to be waited for. */
#ifndef VP_SETTINGS_H
#define VP_SETTINGS_H
#include <stdint.h>
#include "libcommon/base/uuid.h"

struct vp_db;
struct vp_provider_config;
struct vp_settings_op;
struct vp_vault;

enum vp_settings_state {
	VP_SETTINGS_OPEN,
	VP_SETTINGS_SAME,        /* the version is the known one: nothing was opened */
	VP_SETTINGS_GONE,        /* there is no such provider */
	VP_SETTINGS_NO_KEY_FILE, /* this service has none */
	VP_SETTINGS_SHUT,        /* they do not open; whoever saves them again mends it */
	VP_SETTINGS_AWAY,        /* the database, or memory: later it may be better */
};

struct vp_settings {
	enum vp_settings_state state;
	int err;                           /* why they are shut or away; 0 */
	int64_t version;                   /* of the row that was read; 0: none was */
	struct vp_provider_config *config; /* the handler's to destroy; NULL unless OPEN */
};
/* Exactly once, unless cancelled. */
typedef void vp_settings_h(const struct vp_settings *settings, void *arg);

struct vp_settings_of {
	struct vp_db *db;       /* of vp_settings_read */
	struct vp_vault *vault; /* NULL: no key file is set */
	struct vp_uuid org, provider;
	int64_t known; /* a version that need not be opened again; 0: none */
};
/* Reads the row, then opens it. *ret_op (may be NULL) is set before the handler can run, which is
 * to forget it, and never after: NULL when nothing can be cancelled. */
void vp_settings_read(const struct vp_settings_of *of, vp_settings_h *h, void *arg,
	struct vp_settings_op **ret_op);
/* The same with a row's text that is there already. */
void vp_settings_open(const struct vp_settings_of *of, const char *sealed, vp_settings_h *h,
	void *arg, struct vp_settings_op **ret_op);
void vp_settings_cancel(struct vp_settings_op *op); /* NULL is no-op */

/* What a person is told of it, with the way out; NULL when they are open. */
const char *vp_settings_sentence(enum vp_settings_state state);
#endif
