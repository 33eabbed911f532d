#include <stdio.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "services/router/domain/voice.h"

#define DIGITS 32

static const char *after(const char *text, const char *prefix)
{
	const size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

bool voice_identity_parse(const char *text, struct vp_uuid *ret_user)
{
	const char *bare = after(text, "client:");
	const char *id = after(bare ? bare : text, "user_");
	char dashed[VP_UUID_TEXT_SIZE];
	size_t n = 0, at = 0;

	for (; id && *id; id++) {
		if (*id == '-' || *id == '_') {
			continue;
		}
		if (n == DIGITS || vp_hex_digit(*id) < 0) {
			return false;
		}
		if (n == 8 || n == 12 || n == 16 || n == 20) {
			dashed[at++] = '-';
		}
		dashed[at++] = *id;
		n++;
	}
	dashed[at] = '\0';
	return n == DIGITS && vp_uuid_parse(dashed, ret_user);
}

enum refusal voice_decide_caller(const struct voice_caller *caller)
{
	if (!caller->found || !caller->user_active) {
		return REFUSAL_NO_LOGIN;
	}
	if (!caller->org_active) {
		return REFUSAL_ORG_INACTIVE;
	}
	return caller->may_call ? REFUSAL_NONE : REFUSAL_NO_PERMISSION;
}

enum refusal voice_decide_did(const struct voice_did *did)
{
	if (!did->found || !did->number_found || !did->has_user) {
		return REFUSAL_NO_ROUTE;
	}
	if (!did->org_active) {
		return REFUSAL_ORG_INACTIVE;
	}
	return did->user_active ? REFUSAL_NONE : REFUSAL_NO_USER;
}

const char *voice_say_to_stranger(enum refusal refusal)
{
	return refusal == REFUSAL_UNAVAILABLE
		       ? "We cannot take your call right now. Please try again in a few minutes."
		       : "The number that you have called is not in service.";
}
