/* One token.issue from the question to its answer. */
#ifndef TOKEN_ISSUER_REQUEST_H
#define TOKEN_ISSUER_REQUEST_H
#include <stdint.h>

#include "libcommon/auth/jwt.h"
#include "libcommon/base/uuid.h"
#include "libcommon/crypto/crypto.h"
#include "services/token-issuer/adapters/account_read.h"
#include "services/token-issuer/domain/provider.h"

struct token_issuer;
struct vp_bus_call;
struct vp_provider_config;

struct token_request {
	struct token_request *next; /* of those that wait for the same thing */
	struct token_issuer *issuer;
	struct vp_bus_call *call;
	struct vp_uuid org, user, wanted, provider; /* wanted: nil, the active one */
	struct vp_jwt_claims claims;                /* of the ticket */
	const char *driver;
	bool bare;                        /* an answer without the carrier's token will do */
	uint8_t settings[VP_SHA256_SIZE]; /* which the provider has now */
	int64_t asked_us;                 /* when, and before which change: accounts.c */
	uint64_t generation;
	struct telnyx_credential telnyx; /* what is stored for this user */
};

/* What differs by driver. */
struct token_answer {
	const char *token; /* NULL: the ticket is the token */
	const char *identity;
	const char *edge, *connection_id, *phone_base; /* NULL: none */
	int64_t expires_at;
};
/* Both answer, log, count and free the request. */
void token_send(struct token_request *request, const struct token_answer *answer);
/* sentence NULL: the verdict's. */
void token_refuse(struct token_request *request, enum token_verdict verdict, const char *sentence);

/* "user_" and the id's 32 digits: what Twilio and Telnyx call a user of ours. */
#define TOKEN_IDENTITY_SIZE 38
void token_identity(struct vp_uuid user, char ret[TOKEN_IDENTITY_SIZE]);

/* Opens the provider's settings and calls h with them, or refuses. sealed as it is stored. */
typedef void settings_h(struct token_request *request, const struct vp_provider_config *config);
void settings_open(struct token_request *request, const char *sealed, settings_h *h);

/* By driver; sealed is valid during the call. */
void issue_sip(struct token_request *request);
void issue_twilio(struct token_request *request, const char *sealed);
/* Without its settings; false: they are wanted. */
bool issue_twilio_again(struct token_request *request);
void issue_telnyx(struct token_request *request, const char *sealed);
#endif
