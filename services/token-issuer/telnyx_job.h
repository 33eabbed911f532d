/* What it takes to get a user's login token from Telnyx: find the credential that we made, else
 * make it, store it, and fetch a token for it. One job a user; who asks meanwhile waits for it. */
#ifndef TOKEN_ISSUER_TELNYX_JOB_H
#define TOKEN_ISSUER_TELNYX_JOB_H
#include <stdbool.h>

struct token_issuer;
struct token_request;
struct vp_provider_config;

/* Starts one, or refuses the request. */
void telnyx_job_start(struct token_request *request, const struct vp_provider_config *config);
/* True: one for this user is under way, and the request waits for it. */
bool telnyx_job_join(struct token_request *request);
/* Frees all of them and who waits, without a word. */
void telnyx_jobs_drop(struct token_issuer *issuer);
#endif
