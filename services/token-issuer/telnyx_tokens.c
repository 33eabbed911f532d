#include <stdlib.h>
#include <string.h>

#include "libcommon/crypto/crypto.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/telnyx_tokens.h"

#define SLOTS 4096 /* users whose token is remembered; more of them make room for each other */

struct slot {
	struct vp_uuid provider, user;
	uint8_t settings[VP_SHA256_SIZE];
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

const struct telnyx_token *telnyx_tokens_find(
	const struct telnyx_tokens *tokens, const struct token_request *request, int64_t now_s)
{
	const struct slot *slot = &tokens->slots[place(request)];
	const struct telnyx_token *token = &slot->token;

	if (!token->text || memcmp(&slot->user, &request->user, 16) != 0 ||
		memcmp(&slot->provider, &request->provider, 16) != 0 ||
		memcmp(slot->settings, request->settings, VP_SHA256_SIZE) != 0 ||
		strcmp(token->credential_id, request->telnyx.credential_id) != 0) {
		return NULL;
	}
	/* a clock that went back makes it fetch anew */
	return now_s >= token->fetched_s && 3 * (now_s - token->fetched_s) <
						    2 * (token->expires_s - token->fetched_s)
		       ? token
		       : NULL;
}

void telnyx_tokens_keep(struct telnyx_tokens *tokens, const struct token_request *request,
	const struct telnyx_token *token)
{
	struct slot *slot = &tokens->slots[place(request)];

	wipe(slot);
	slot->provider = request->provider;
	slot->user = request->user;
	memcpy(slot->settings, request->settings, VP_SHA256_SIZE);
	slot->token = *token;
}
