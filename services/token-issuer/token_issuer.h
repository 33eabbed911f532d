/* The token issuer: short-lived credentials of a softphone. Request in: token.issue. */
#ifndef TOKEN_ISSUER_TOKEN_ISSUER_H
#define TOKEN_ISSUER_TOKEN_ISSUER_H
#include <stdint.h>
#include <stdio.h>

#include "services/token-issuer/domain/ice.h"
#include "services/token-issuer/domain/provider.h"

struct accounts;
struct telnyx_forget;
struct telnyx_job;
struct telnyx_tokens;
struct twilio_keys;
struct vp_app;
struct vp_bus;
struct vp_db;
struct vp_httpc;
struct vp_metric;
struct vp_vault;

struct token_issuer_cfg {
	char *jwt_key;     /* VOIP_JWT_KEY, from VOIP_JWT_KEY_FILE */
	int64_t ttl_s;     /* VOIP_TOKEN_TTL */
	char *ice_urls;    /* VOIP_ICE_URLS */
	char *turn_urls;   /* VOIP_TURN_URLS */
	char *turn_secret; /* VOIP_TURN_SECRET */
	char *kek_file;    /* VOIP_KEK_FILE; NULL: only SIP */
};

struct token_issuer {
	const struct token_issuer_cfg *cfg;
	struct ice_urls stun, turn;
	struct vp_bus *bus;
	struct vp_db *db;
	struct vp_vault *vault; /* NULL: no key file */
	struct vp_httpc *http;
	struct accounts *accounts;
	struct twilio_keys *twilio;
	struct telnyx_tokens *telnyx_tokens;
	struct telnyx_job *telnyx_jobs;
	struct telnyx_forget *telnyx_forgets;
	unsigned pending; /* requests without their answer */
	struct vp_metric *results[TOKEN_VERDICT_MAX];
};

/* Twilio keys that were opened (issue_twilio.c); destroying wipes them. */
struct twilio_keys *twilio_keys_create(void);
struct twilio_keys *twilio_keys_destroy(struct twilio_keys *keys);

/* What the table of settings cannot check; as in vp_app_def. */
int token_issuer_check(const void *cfg, FILE *err);
int token_issuer_create(struct token_issuer **ret, const struct token_issuer_cfg *cfg);
struct token_issuer *token_issuer_destroy(struct token_issuer *issuer);
/* Serves until the app is told to stop; main's exit status. */
int token_issuer_run(struct vp_app *app, const void *cfg);
#endif
