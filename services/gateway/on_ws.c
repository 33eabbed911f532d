/* GET /api/voip/ws: the WebSocket, by ?ticket= (single use), API token or session cookie. A browser
 * cannot set headers on a WebSocket, so this route is public at the gate and looks itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/auth/jwt.h"
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/log/log.h"
#include "services/gateway/adapters/session_store.h"
#include "services/gateway/cookie.h"
#include "services/gateway/handlers.h"
#include "services/gateway/secret_limit.h"
#include "services/gateway/sockets.h"

#define TICKET_AUDIENCE "voip-ws"

struct entry {
	struct gateway *gw;
	struct vp_http_ref *ref;
	struct vp_uuid org, user;
};

static void refuse(struct vp_http_req *req)
{
	vp_http_reply_error(req, 401, "unauthorized", "Sign in first, or get a new ticket.");
}

static void refuse_unknown(struct gateway *gw, struct vp_http_req *req)
{
	if (!secret_was_wrong(gw, req)) {
		refuse(req);
	}
}

static void entry_end(struct entry *entry)
{
	vp_http_ref_drop(entry->ref);
	free(entry);
}

static void on_identity(int err, const struct identity *who, void *arg)
{
	struct entry *entry = arg;
	struct vp_http_req *req = vp_http_ref_req(entry->ref);
	if (req != NULL && err != 0) {
		answer_db_error(req, "ws", err, NULL);
	} else if (req != NULL && who == NULL) {
		refuse_unknown(entry->gw, req);
	} else if (req != NULL && !identity_may(who, "voip")) {
		vp_http_reply_error(req, 403, "forbidden", "Your role does not allow this.");
	} else if (req != NULL) {
		sockets_accept(entry->gw->sockets, req, who);
	}
	entry_end(entry);
}

static void on_ticket_marked(int err, const struct vp_db_result *res, void *arg)
{
	struct entry *entry = arg;
	struct vp_http_req *req = vp_http_ref_req(entry->ref);
	if (req != NULL && err != 0) {
		answer_db_error(req, "ws", err, res);
	} else if (req != NULL && vp_db_affected(res) == 0) {
		vp_log(WARN, "ticket.reused", VP_KV_STR("ip", vp_http_remote(req)));
		refuse(req);
	} else if (req != NULL) {
		err = session_store_load_user(
			entry->gw->sessions, entry->org, entry->user, on_identity, entry);
		if (err == 0) {
			return;
		}
		answer_db_error(req, "ws", err, NULL);
	}
	entry_end(entry);
}

static int use_ticket(struct entry *entry, const struct vp_jwt_claims *claims)
{
	return vp_db_query(entry->gw->db,
		"insert into used_tickets (jti, expires_at) values ($1, $2) on conflict do nothing",
		VP_PARAMS(VP_P_TEXT(claims->jti), VP_P_TIME(claims->exp * 1000000)),
		on_ticket_marked, entry, NULL);
}

static bool read_ticket(
	struct gateway *gw, const char *ticket, struct vp_jwt_claims *claims, struct entry *entry)
{
	enum vp_jwt_verdict verdict = vp_jwt_verify(gw->cfg->jwt_key, strlen(gw->cfg->jwt_key),
		TICKET_AUDIENCE, vp_time_us() / 1000000, ticket, claims);
	return verdict == VP_JWT_OK && claims->jti[0] != '\0' &&
	       vp_uuid_parse(claims->sub, &entry->user) && vp_uuid_parse(claims->org, &entry->org);
}

static int by_secret(struct entry *entry, struct vp_http_req *req)
{
	uint8_t key[IDENTITY_KEY_SIZE];
	enum identity_kind kind = IDENTITY_SESSION;
	const char *header = vp_http_header(req, "authorization");
	const char *secret = cookie_secret(entry->gw, req);
	if (header != NULL && strncasecmp(header, "bearer ", 7) == 0) {
		kind = IDENTITY_TOKEN;
		secret = header + 7 + strspn(header + 7, " ");
	}
	if (secret == NULL) {
		return EACCES;
	}
	vp_sha256(secret, strlen(secret), key);
	if (!secret_may_ask(entry->gw, req, kind, key)) {
		return EBUSY;
	}
	return session_store_load(entry->gw->sessions, kind, key, on_identity, entry);
}

void on_ws(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct vp_jwt_claims claims;
	const char *ticket = vp_http_query(req, "ticket");
	struct entry *entry = calloc(1, sizeof(*entry));
	(void)who;
	if (entry == NULL) {
		answer_db_error(req, "ws", ENOMEM, NULL);
		return;
	}
	entry->gw = gw;
	entry->ref = vp_http_defer(req);
	int err;
	if (ticket == NULL) {
		err = by_secret(entry, req);
	} else {
		err = read_ticket(gw, ticket, &claims, entry) ? use_ticket(entry, &claims) : EACCES;
	}
	if (err == EACCES) {
		refuse(req);
	} else if (err != 0 && err != EBUSY) { /* EBUSY: answered */
		answer_db_error(req, "ws", err, NULL);
	}
	if (err != 0) {
		entry_end(entry);
	}
}
