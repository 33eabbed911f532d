/* The decision on an inbound call: which of our users rings. */
#ifndef ROUTER_INBOUND_H
#define ROUTER_INBOUND_H
#include <stdbool.h>
#include <stdint.h>

#include "libcommon/base/e164.h"
#include "libcommon/base/uuid.h"
#include "services/router/domain/number_format.h"
#include "services/router/domain/org_settings.h"
#include "services/router/domain/refusal.h"

/* The trunk that the call came by. */
struct inbound_trunk {
	bool found;
	bool org_active;
	struct vp_uuid org;
	char region[3];
	enum number_format format;
	struct org_settings settings;
};

/* What is configured for a number of the trunk's organisation. */
struct inbound_route {
	bool number_found; /* the number is ours and active */
	bool has_user;     /* a route, or the number itself, names a user */
	bool user_active;
	char user_id[37];
	char user_name[128]; /* "" when longer: no reason to let nobody ring */
};

/* Reads the called number; REFUSAL_NO_ROUTE when the trunk is unknown or of another organisation
 * than the asker says (org may be nil: not said), or when this is no number. */
enum refusal inbound_read_did(const struct inbound_trunk *trunk, struct vp_uuid org,
	const char *did, char ret_e164[VP_E164_SIZE]);

/* "" when the caller withheld it or it is no telephone number. */
void inbound_read_from(
	const struct inbound_trunk *trunk, const char *from, char ret_e164[VP_E164_SIZE]);

enum refusal inbound_decide(const struct inbound_route *route);
#endif
