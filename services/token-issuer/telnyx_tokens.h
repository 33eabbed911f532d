/* Login tokens of Telnyx in memory: a page that is loaded anew asks for one each time. */
#ifndef TOKEN_ISSUER_TELNYX_TOKENS_H
#define TOKEN_ISSUER_TELNYX_TOKENS_H
#include <stdint.h>

struct token_request;
struct telnyx_tokens;

#define TELNYX_BASE_SIZE 513

struct telnyx_token {
	char *text; /* NULL: none */
	char sip_username[129], connection_id[129], credential_id[129];
	char phone_base[TELNYX_BASE_SIZE]; /* "" none */
	int64_t fetched_s, expires_s;
};

struct telnyx_tokens *telnyx_tokens_create(void);
/* Wipes them. */
struct telnyx_tokens *telnyx_tokens_destroy(struct telnyx_tokens *tokens);
/* One that has lived less than two thirds of its life, of the credential that the user has now (one
 * kept after this request asked counts as that) and under the settings that the provider has now;
 * NULL: none. now_s: seconds since 1970. */
const struct telnyx_token *telnyx_tokens_find(
	const struct telnyx_tokens *tokens, const struct token_request *request, int64_t now_s);
/* Takes token's text over. now_us: vp_mono_us(), as the request's asked_us is. */
void telnyx_tokens_keep(struct telnyx_tokens *tokens, const struct token_request *request,
	const struct telnyx_token *token, int64_t now_us);
#endif
