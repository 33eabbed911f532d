/* token.issue: what the account allows is read each time, so that a user who was shut out a second
 * ago gets nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/auth/jwt.h"
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "proto/token.pb-c.h"
#include "services/token-issuer/adapters/account_read.h"
#include "services/token-issuer/handlers.h"
#include "services/token-issuer/token_issuer.h"

#define AUDIENCE "voip-ws"
#define ICE_SERVERS 2

struct request {
	struct token_issuer *issuer;
	struct vp_bus_call *call;
	struct vp_uuid org, user;
	struct vp_jwt_claims claims;
};

static void refuse(struct request *request, enum token_verdict verdict)
{
	const struct token_refusal *refusal = token_refusal(verdict);

	vp_log(INFO, "token.refused", VP_KV_STR("user", request->claims.sub),
		VP_KV_STR("error", refusal->word));
	vp_bus_reply_error(request->call, refusal->status, refusal->word, refusal->message);
}

/* The name is for people: it is cut rather than refused, at a character's border. */
static void copy_name(char *dst, size_t size, const char *name)
{
	size_t len = strnlen(name, size);

	if (len == size) {
		len--;
		while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80) {
			len--;
		}
	}
	memcpy(dst, name, len);
	dst[len] = '\0';
}

static void fill_claims(struct request *request, const char *name)
{
	struct vp_jwt_claims *claims = &request->claims;

	vp_uuid_text(request->user, claims->sub);
	vp_uuid_text(request->org, claims->org);
	vp_uuid_text(vp_uuid_new(), claims->jti);
	copy_name(claims->name, sizeof(claims->name), name);
	claims->iat = vp_time_us() / 1000000;
	claims->exp = claims->iat + request->issuer->cfg->ttl_s;
}

static bool decode(struct request *request, const struct vp_bus_msg *msg)
{
	Ringmain__V1__TokenIssue *in = ringmain__v1__token_issue__unpack(NULL, msg->len, msg->data);
	bool good;

	if (!in) {
		return false;
	}
	request->org = msg->org;
	good = !vp_uuid_is_nil(msg->org) && vp_uuid_parse(in->user_id, &request->user);
	if (good) {
		fill_claims(request, in->user_name);
	}
	ringmain__v1__token_issue__free_unpacked(in, NULL);
	return good;
}

static void set_urls(Ringmain__V1__IceServer *server, struct ice_urls *urls, char **pointers)
{
	for (size_t i = 0; i < urls->n; i++) {
		pointers[i] = urls->urls[i];
	}
	ringmain__v1__ice_server__init(server);
	server->urls = pointers;
	server->n_urls = urls->n;
}

/* Adds STUN and TURN to the answer; servers and pointers are the caller's and live until it is
 * packed. */
static void add_ice(struct request *request, Ringmain__V1__TokenIssued *out,
	struct turn_credential *credential, char *pointers[ICE_SERVERS][ICE_URLS_MAX])
{
	struct token_issuer *issuer = request->issuer;
	const struct vp_jwt_claims *claims = &request->claims;

	if (issuer->stun.n > 0) {
		set_urls(out->ice_servers[out->n_ice_servers++], &issuer->stun, pointers[0]);
	}
	if (issuer->turn.n > 0 &&
		turn_credential(credential, issuer->cfg->turn_secret, claims->sub, claims->exp)) {
		Ringmain__V1__IceServer *server = out->ice_servers[out->n_ice_servers++];

		set_urls(server, &issuer->turn, pointers[1]);
		server->username = credential->username;
		server->credential = credential->password;
	}
}

static enum token_verdict send_token(struct request *request, char *token)
{
	Ringmain__V1__TokenIssued out = RINGMAIN__V1__TOKEN_ISSUED__INIT;
	Ringmain__V1__IceServer servers[ICE_SERVERS],
		*list[ICE_SERVERS] = {&servers[0], &servers[1]};
	char *pointers[ICE_SERVERS][ICE_URLS_MAX];
	struct turn_credential credential;
	VP_CLEANUP(vp_freep) uint8_t *bytes = NULL;

	out.provider = "sip";
	out.token = token;
	out.identity = request->claims.sub;
	out.expires_at = request->claims.exp;
	out.ice_servers = list;
	add_ice(request, &out, &credential, pointers);
	bytes = malloc(ringmain__v1__token_issued__get_packed_size(&out));
	if (!bytes) {
		return TOKEN_FAILED;
	}
	vp_bus_reply_ok(request->call, bytes, ringmain__v1__token_issued__pack(&out, bytes));
	return TOKEN_OK;
}

static enum token_verdict issue(struct request *request)
{
	const char *key = request->issuer->cfg->jwt_key;
	VP_CLEANUP(vp_freep) char *token = NULL;
	int err = vp_jwt_sign(key, strlen(key), AUDIENCE, &request->claims, &token);

	if (err) {
		vp_log(ERROR, "token.failed", VP_KV_STR("user", request->claims.sub),
			VP_KV_ERR(err));
		return TOKEN_FAILED;
	}
	return send_token(request, token);
}

static void finish(struct request *request, enum token_verdict verdict)
{
	if (verdict == TOKEN_OK) {
		verdict = issue(request);
	}
	if (verdict == TOKEN_OK) {
		vp_log(INFO, "token.issued", VP_KV_STR("user", request->claims.sub),
			VP_KV_STR("jti", request->claims.jti));
	} else {
		refuse(request, verdict);
	}
	vp_metric_add(request->issuer->results[verdict], 1);
	free(request);
}

static void on_account(int err, const struct vp_db_result *res, void *arg)
{
	struct request *request = arg;
	struct token_account account;

	request->issuer->pending--;
	if (err) {
		finish(request, TOKEN_UNAVAILABLE);
		return;
	}
	account_read(res, &account);
	finish(request, token_check(&account));
}

void on_token_issue(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	struct token_issuer *issuer = arg;
	struct request *request = calloc(1, sizeof(*request));

	if (!request) {
		vp_bus_reply_error(
			call, 503, "no_memory", "The token issuer is out of memory. Try again.");
		return;
	}
	request->issuer = issuer;
	request->call = call;
	if (!decode(request, msg)) {
		finish(request, TOKEN_BAD_REQUEST);
		return;
	}
	if (account_ask(issuer->db, request->org, request->user, on_account, request) != 0) {
		finish(request, TOKEN_UNAVAILABLE);
		return;
	}
	issuer->pending++;
}
