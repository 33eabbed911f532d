#include <stdio.h>
#include <string.h>
#include "libcommon/crypto/crypto.h"
#include "services/gateway/adapters/session_store.h"
#include "services/gateway/cookie.h"

static bool is_secure(struct gateway *gw, struct vp_http_req *req)
{
	const char *url = gw->cfg->public_url;
	return vp_http_is_tls(req) || (url != NULL && strncmp(url, "https://", 8) == 0);
}

static const char *cookie_name(struct gateway *gw, struct vp_http_req *req)
{
	return is_secure(gw, req) ? "__Host-voip_session" : "voip_session";
}

const char *cookie_secret(struct gateway *gw, struct vp_http_req *req)
{
	const char *secret = vp_http_cookie(req, cookie_name(gw, req));
	return secret != NULL && strlen(secret) == SESSION_SECRET_SIZE - 1 ? secret : NULL;
}

void cookie_set(struct gateway *gw, struct vp_http_req *req, const char *secret)
{
	char text[256];
	snprintf(text, sizeof(text), "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
		cookie_name(gw, req), secret != NULL ? secret : "",
		secret != NULL ? SESSION_LIFE_S : 0, is_secure(gw, req) ? "; Secure" : "");
	vp_http_add_header(req, "set-cookie", text);
}

void csrf_token(const char *secret, char ret_token[CSRF_TOKEN_SIZE])
{
	uint8_t mac[VP_SHA256_SIZE];
	char text[VP_BASE64_SIZE(VP_SHA256_SIZE)];
	vp_hmac_sha256(secret, strlen(secret), "voip-csrf", 9, mac);
	vp_base64url(mac, sizeof(mac), text);
	memcpy(ret_token, text, CSRF_TOKEN_SIZE - 1);
	ret_token[CSRF_TOKEN_SIZE - 1] = '\0';
}
