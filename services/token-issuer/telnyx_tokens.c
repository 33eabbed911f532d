#include <stdlib.h>
#include <string.h>

#include "libcommon/crypto/crypto.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/telnyx_tokens.h"

#define SLOTS 4096 /* users whose token is remembered; more of them make room for each other */

struct slot {
	struct vp_uuid provider, user;
	uint8_t settings[VP_SHA256_SIZE];
	int64_t kept_us;
	struct telnyx_token token;
};
struct telnyx_tokens {
	struct slot slots[SLOTS];
};

static void wipe(struct slot *slot)
{
	if (slot->token.text) {
		vp_secret_free(slot->token.text, strlen(slot->token.text));
	}
	*slot = (struct slot){0};
}

struct telnyx_tokens *telnyx_tokens_create(void)
{
	return calloc(1, sizeof(struct telnyx_tokens));
}

struct telnyx_tokens *telnyx_tokens_destroy(struct telnyx_tokens *tokens)
{
	for (size_t i = 0; tokens && i < SLOTS; i++) {
		wipe(&tokens->slots[i]);
	}
	free(tokens);
	return NULL;
}

/* Both ids end in random bytes. */
static size_t place(const struct token_request *request)
{
	return ((size_t)request->user.b[14] << 8 | request->user.b[15]) % SLOTS;
}

/* What was read of the credential may be older than the token: two tabs ask at once, the first is
 * done before the second's account comes out of the database. Then the token's credential is the
 * newer. */
static bool is_current(const struct slot *slot, const struct token_request *request)
{
	return slot->kept_us >= request->asked_us ||
	       strcmp(slot->token.credential_id, request->telnyx.credential_id) == 0;
}

const struct telnyx_token *telnyx_tokens_find(
	const struct telnyx_tokens *tokens, const struct token_request *request, int64_t now_s)
{
	const struct slot *slot = &tokens->slots[place(request)];
	const struct telnyx_token *token = &slot->token;

	if (!token->text || memcmp(&slot->user, &request->user, 16) != 0 ||
		memcmp(&slot->provider, &request->provider, 16) != 0 ||
		memcmp(slot->settings, request->settings, VP_SHA256_SIZE) != 0 ||
		!is_current(slot, request)) {
		return NULL;
	}
	/* a clock that went back makes it fetch anew */
	return now_s >= token->fetched_s && 3 * (now_s - token->fetched_s) <
						    2 * (token->expires_s - token->fetched_s)
		       ? token
		       : NULL;
}

void telnyx_tokens_keep(struct telnyx_tokens *tokens, const struct token_request *request,
	const struct telnyx_token *token, int64_t now_us)
{
	struct slot *slot = &tokens->slots[place(request)];

	wipe(slot);
	slot->provider = request->provider;
	slot->user = request->user;
	memcpy(slot->settings, request->settings, VP_SHA256_SIZE);
	slot->kept_us = now_us;
	slot->token = *token;
}
