/* Who makes a request, and what he may do. */
#ifndef GATEWAY_IDENTITY_H
#define GATEWAY_IDENTITY_H
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"

#define IDENTITY_KEY_SIZE 32

enum identity_kind { IDENTITY_SESSION, IDENTITY_TOKEN, IDENTITY_TICKET };

struct identity {
	enum identity_kind kind;
	uint8_t key[IDENTITY_KEY_SIZE]; /* SHA-256 of the cookie or token; zeros for a ticket */
	struct vp_uuid org, user;
	char email[256], name[256], locale[32], timezone[64];
	char org_name[256], org_timezone[64];
	char default_region[3]; /* "US": how a number without country code is read */
	char *permissions;      /* "|voip|voip.calls.initiate|" */
	char *roles;            /* "|Agent|" */
};

/* Also true for the older spelling of a key ("voip.calls.all_calls"). */
bool identity_may(const struct identity *who, const char *permission);
#endif
