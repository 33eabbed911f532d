/* Deleting credentials of users at Telnyx, one after the other, as well as it goes: one that stays
 * there does no harm, since its login is known to nobody but us. */
#ifndef TOKEN_ISSUER_TELNYX_FORGET_H
#define TOKEN_ISSUER_TELNYX_FORGET_H
#include <stddef.h>
#include "libcommon/base/uuid.h"

struct token_issuer;
struct token_request;
struct vp_provider_config;

/* Ids beyond TELNYX_FORGET_MAX stay. Their rows go with them. Copies all of it. */
#define TELNYX_FORGET_MAX 5000
void telnyx_forget(struct token_issuer *issuer, struct vp_uuid org, struct vp_uuid provider,
	const struct vp_provider_config *config, const char *const *ids, size_t n);
/* Those of users who were shut out, of the request's provider. */
void telnyx_forget_inactive(
	const struct token_request *request, const struct vp_provider_config *config);
/* Stops all of it. */
void telnyx_forgets_drop(struct token_issuer *issuer);
#endif
