/* The answer to token.issue: packed, logged and counted in one place. */
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "proto/token.pb-c.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/token_issuer.h"

#define AUDIENCE "voip-ws"
#define ICE_SERVERS 2

void token_identity(struct vp_uuid user, char ret[TOKEN_IDENTITY_SIZE])
{
	vp_strcopy(ret, TOKEN_IDENTITY_SIZE, "user_");
	vp_hex(user.b, sizeof(user.b), ret + 5);
}

/* Every request comes here once. */
static void end(struct token_request *request, enum token_verdict verdict)
{
	vp_metric_add(request->issuer->results[verdict], 1);
	request->issuer->pending--;
	free(request);
}

/* About the carrier's phone, not about who asks. */
static bool is_carriers(enum token_verdict verdict)
{
	return verdict == TOKEN_INCOMPLETE || verdict == TOKEN_REFUSED || verdict == TOKEN_AWAY ||
	       verdict == TOKEN_NO_KEY_FILE || verdict == TOKEN_SEALED;
}

void token_refuse(struct token_request *request, enum token_verdict verdict, const char *sentence)
{
	const struct token_refusal *refusal = token_refusal(verdict);

	if (request->bare && is_carriers(verdict)) {
		vp_log(WARN, "token.bare", VP_KV_STR("user", request->claims.sub),
			VP_KV_STR("error", refusal->word));
		request->bare = false; /* a refusal of this one is one */
		token_send(request,
			&(struct token_answer){
				.token = "", .identity = "", .expires_at = request->claims.exp});
		return;
	}
	vp_log(INFO, "token.refused", VP_KV_STR("user", request->claims.sub),
		VP_KV_STR("error", refusal->word), VP_KV_STR("why", sentence ? sentence : ""));
	vp_bus_reply_error(request->call, refusal->status, refusal->word,
		sentence ? sentence : refusal->message);
	end(request, verdict);
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
static void add_ice(struct token_request *request, Ringmain__V1__TokenIssued *out,
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

/* A text of ours for a field that is not const; "" for NULL. */
static char *field(const char *text)
{
	return text ? (char *)(uintptr_t)text : (char *)protobuf_c_empty_string;
}

static bool reply(struct token_request *request, const struct token_answer *answer, char *ticket)
{
	Ringmain__V1__TokenIssued out = RINGMAIN__V1__TOKEN_ISSUED__INIT;
	Ringmain__V1__IceServer servers[ICE_SERVERS],
		*list[ICE_SERVERS] = {&servers[0], &servers[1]};
	char *pointers[ICE_SERVERS][ICE_URLS_MAX];
	struct turn_credential credential;
	VP_CLEANUP(vp_freep) uint8_t *bytes = NULL;
	char provider[VP_UUID_TEXT_SIZE];

	out.provider = field(request->driver);
	out.token = field(answer->token ? answer->token : ticket);
	out.identity = field(answer->identity);
	out.expires_at = answer->expires_at;
	out.ticket = ticket;
	out.edge = field(answer->edge);
	out.connection_id = field(answer->connection_id);
	vp_uuid_text(request->provider, provider);
	out.provider_id = provider;
	out.phone_base = field(answer->phone_base);
	out.ice_servers = list;
	add_ice(request, &out, &credential, pointers);
	bytes = malloc(ringmain__v1__token_issued__get_packed_size(&out));
	if (!bytes) {
		return false;
	}
	vp_bus_reply_ok(request->call, bytes, ringmain__v1__token_issued__pack(&out, bytes));
	return true;
}

void token_send(struct token_request *request, const struct token_answer *answer)
{
	const char *key = request->issuer->cfg->jwt_key;
	VP_CLEANUP(vp_freep) char *ticket = NULL;
	int err = vp_jwt_sign(key, strlen(key), AUDIENCE, &request->claims, &ticket);

	if (err) {
		vp_log(ERROR, "token.failed", VP_KV_STR("user", request->claims.sub),
			VP_KV_ERR(err));
	}
	if (err || !reply(request, answer, ticket)) {
		token_refuse(request, TOKEN_FAILED, NULL);
		return;
	}
	vp_log(INFO, "token.issued", VP_KV_STR("user", request->claims.sub),
		VP_KV_STR("driver", request->driver), VP_KV_STR("jti", request->claims.jti));
	end(request, TOKEN_OK);
}
