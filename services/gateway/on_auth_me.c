/* GET /api/auth/me: who am I, and what may I do. */
#include "services/gateway/cookie.h"
#include "services/gateway/handlers.h"
#include "services/gateway/me.h"

void on_auth_me(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	char csrf[CSRF_TOKEN_SIZE];
	const char *secret = cookie_secret(gw, req);
	bool by_cookie = who->kind == IDENTITY_SESSION && secret != NULL;
	if (by_cookie) {
		csrf_token(secret, csrf);
	}
	answer_json(req, 200, me_json(who, by_cookie ? csrf : NULL));
}
