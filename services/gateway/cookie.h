/* The session cookie, and what is derived from its secret. */
#ifndef GATEWAY_COOKIE_H
#define GATEWAY_COOKIE_H
#include "services/gateway/gateway.h"

#define SESSION_SECRET_SIZE 44 /* 256 bits as text, and NUL */
#define CSRF_TOKEN_SIZE 44

/* __Host-voip_session, or voip_session on plain http (http://localhost: browsers take no Secure
 * cookie there). */
const char *cookie_secret(struct gateway *gw, struct vp_http_req *req);
/* secret NULL clears the cookie. */
void cookie_set(struct gateway *gw, struct vp_http_req *req, const char *secret);
/* The CSRF token is an HMAC of the secret: it needs no storage and dies with the session. */
void csrf_token(const char *secret, char ret_token[CSRF_TOKEN_SIZE]);
#endif
