/* What a carrier that waits is told: pure. Whatever a browser sent along is its user's word at
 * best. */
#ifndef ROUTER_VOICE_H
#define ROUTER_VOICE_H
#include <stdbool.h>

#include "libcommon/base/e164.h"
#include "libcommon/base/uuid.h"
#include "services/router/domain/org_settings.h"
#include "services/router/domain/refusal.h"

/* The user of "client:user_<id>" or "user_<id>", the id's 32 digits with or without - or _ between
 * them. False: it is none of ours. */
bool voice_identity_parse(const char *text, struct vp_uuid *ret_user);

/* The provider that asks, and the user who calls by it. */
struct voice_caller {
	bool found; /* the provider, and that user in its organisation */
	bool org_active, user_active;
	bool may_call; /* one of his roles says so */
	struct vp_uuid org;
	char user_name[128];
};
enum refusal voice_decide_caller(const struct voice_caller *caller);

/* The number that was called, and whom its route names. */
struct voice_did {
	bool found; /* the provider */
	bool org_active;
	bool number_found; /* it is the organisation's, and this provider's or nobody's */
	bool has_user, user_active;
	struct vp_uuid org;
	char region[3];
	struct org_settings settings;
	char user_id[37];
	char user_name[128];
};
enum refusal voice_decide_did(const struct voice_did *did);

/* What the one who calls a number of ours hears; our own user hears the refusal's sentence. */
const char *voice_say_to_stranger(enum refusal refusal);
#endif
