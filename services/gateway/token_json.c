#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "proto/token.pb-c.h"
#include "services/gateway/adapters/ask.h"
#include "libcommon/limiter/limiter.h"
#include "services/gateway/token_json.h"

static const struct vp_limit tokens = {"token", 60, 60};

static json_t *ice_json(const Ringmain__V1__TokenIssued *issued)
{
	json_t *list = json_array();
	for (size_t i = 0; i < issued->n_ice_servers; i++) {
		const Ringmain__V1__IceServer *server = issued->ice_servers[i];
		json_t *entry = json_object(), *urls = json_array();
		for (size_t k = 0; k < server->n_urls; k++) {
			json_array_append_new(urls, json_string(server->urls[k]));
		}
		json_object_set_new(entry, "urls", urls);
		if (server->username[0] != '\0') {
			json_object_set_new(entry, "username", json_string(server->username));
			json_object_set_new(entry, "credential", json_string(server->credential));
		}
		json_array_append_new(list, entry);
	}
	return list;
}

/* Host and port that the client came by, or those of the public URL. */
static void split_host(struct gateway *gw, struct vp_http_req *req, bool *ret_secure,
	char host[256], int *ret_port)
{
	const char *url = gw->cfg->public_url;
	const char *at = vp_http_header(req, "host");
	*ret_secure = vp_http_is_tls(req);
	if (url != NULL) {
		*ret_secure = strncmp(url, "https://", 8) == 0;
		at = strstr(url, "://") + 3;
	}
	at = at != NULL ? at : "localhost";
	size_t len = strcspn(at, "/");
	snprintf(host, 256, "%.*s", (int)(len < 255 ? len : 255), at);
	char *colon = strrchr(host, ':');
	*ret_port = *ret_secure ? 443 : 80;
	if (colon != NULL && strchr(colon, ']') == NULL) {
		*ret_port = (int)strtol(colon + 1, NULL, 10);
		*colon = '\0';
	}
}

/* What the guide's SIP driver answers. A trunk's password never leaves us. */
static json_t *sip_json(const char *identity, const char *host, int port, bool secure)
{
	VP_CLEANUP(vp_freep) char *uri = vp_strf("sip:%s@%s", identity, host);
	return json_pack("{s:s, s:s, s:i, s:s, s:n, s:s}", "uri", uri, "sip_server", host,
		"sip_port", port, "username", identity, "password", "transport",
		secure ? "wss" : "ws");
}

/* What only this driver answers; NULL: memory is out. */
static json_t *driver_json(
	const Ringmain__V1__TokenIssued *issued, const char *host, int port, bool secure)
{
	if (strcmp(issued->provider, "twilio") == 0) {
		return json_pack("{s:s}", "edge", issued->edge);
	}
	if (strcmp(issued->provider, "telnyx") == 0) {
		return json_pack("{s:s}", "connection_id", issued->connection_id);
	}
	return sip_json(issued->identity, host, port, secure);
}

json_t *token_json(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_bus_reply *reply)
{
	Ringmain__V1__TokenIssued *issued =
		ringmain__v1__token_issued__unpack(NULL, reply->len, reply->data);
	if (issued == NULL) {
		return NULL;
	}
	char host[256];
	int port;
	bool secure;
	split_host(gw, req, &secure, host, &port);
	VP_CLEANUP(vp_freep)
	char *url = vp_strf("%s://%s:%d/api/voip/ws", secure ? "wss" : "ws", host, port);
	int64_t left_s = issued->expires_at - vp_time_us() / 1000000;
	/* a token-issuer of the release before ours knows SIP only, where the token is the ticket
	 */
	const char *ticket = issued->ticket[0] != '\0' ? issued->ticket : issued->token;
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:I}", "provider",
		issued->provider, "provider_id", issued->provider_id, "token", issued->token,
		"identity", issued->identity, "display_name", who->name, "ticket", ticket, "ws_url",
		url, "ice_servers", ice_json(issued), "expires_at", (json_int_t)issued->expires_at,
		"expires_in", (json_int_t)(left_s > 0 ? left_s : 0));
	json_t *more = driver_json(issued, host, port, secure);
	if (issued->phone_base[0] != '\0') {
		json_object_set_new(json, "phone_base", json_string(issued->phone_base));
	}
	if (json == NULL || more == NULL || json_object_update(json, more) != 0) {
		json_decref(json);
		json = NULL;
	}
	json_decref(more);
	ringmain__v1__token_issued__free_unpacked(issued, NULL);
	return json;
}

bool token_ask(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const char *provider, vp_bus_reply_h *h, void *arg)
{
	char user[VP_UUID_TEXT_SIZE];
	unsigned wait_s;
	Ringmain__V1__TokenIssue message = RINGMAIN__V1__TOKEN_ISSUE__INIT;
	vp_uuid_text(who->user, user);
	if (!vp_limiter_take(gw->limiter, &tokens, user, vp_mono_us(), &wait_s)) {
		answer_too_many(req, wait_s);
		return false;
	}
	message.user_id = user;
	message.user_name = (char *)who->name;
	message.provider_id = (char *)(uintptr_t)(provider != NULL ? provider : "");
	message.bare = provider == NULL;
	int err = ask_send(gw->bus,
		&(struct ask){.service = "token-issuer",
			.type = "token.issue",
			.org = who->org,
			.subject = user,
			.timeout_ms = TOKEN_ASK_MS,
			.message = &message.base},
		h, arg, NULL);
	if (err != 0) {
		answer_bus_error(
			req, &(struct vp_bus_reply){
				     .status = 503, .error = "unavailable", .message = ""});
	}
	return err == 0;
}
