/* What a carrier's question needs from the configuration: who calls by it, whom a number rings */
#ifndef ROUTER_VOICE_READ_H
#define ROUTER_VOICE_READ_H
#include "libcommon/db/db.h"
#include "services/router/domain/voice.h"

int voice_ask_caller(struct vp_db *db, struct vp_uuid provider, struct vp_uuid user,
	vp_db_result_h *h, void *arg);
void voice_read_caller(const struct vp_db_result *res, struct voice_caller *ret);

int voice_ask_did(struct vp_db *db, struct vp_uuid provider, const char *did_e164,
	vp_db_result_h *h, void *arg);
void voice_read_did(const struct vp_db_result *res, struct voice_did *ret);

/* One row when the call lives. */
int voice_ask_call(struct vp_db *db, struct vp_uuid provider, struct vp_uuid call,
	vp_db_result_h *h, void *arg);
#endif
