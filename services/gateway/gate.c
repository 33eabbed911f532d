/* Each request passes here: who is it, did its page mean it, may he do it. Only then its handler */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/metrics/metrics.h"
#include "services/gateway/adapters/session_store.h"
#include "services/gateway/cookie.h"
#include "services/gateway/gateway.h"
#include "services/gateway/secret_limit.h"

struct passage {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct gateway_route *route;
};

static void refuse(struct vp_http_req *req, int status, const char *error, const char *message)
{
	char labels[64];
	snprintf(labels, sizeof(labels), "reason=\"%s\"", error);
	vp_metric_add(
		vp_counter("voip_gateway_refused_total", "Requests refused at the gate", labels),
		1);
	vp_http_reply_error(req, status, error, message);
}

static void refuse_unknown(struct gateway *gw, struct vp_http_req *req)
{
	if (!secret_was_wrong(gw, req)) {
		refuse(req, 401, "unauthorized", "Sign in first.");
	}
}

static bool changes_state(const char *method)
{
	return strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
}

static bool csrf_ok(struct gateway *gw, struct vp_http_req *req)
{
	char want[CSRF_TOKEN_SIZE];
	const char *secret = cookie_secret(gw, req);
	const char *have = vp_http_header(req, "x-csrf-token");
	if (secret == NULL || have == NULL || !vp_http_same_origin(req)) {
		return false;
	}
	csrf_token(secret, want);
	return vp_equal_ct(want, strlen(want), have, strlen(have));
}

static char *request_text(struct vp_http_req *req, const char *text)
{
	size_t size = strlen(text) + 1;
	return memcpy(vp_http_alloc(req, size), text, size);
}

static struct identity *request_copy(struct vp_http_req *req, const struct identity *who)
{
	struct identity *copy = vp_http_alloc(req, sizeof(*copy));
	*copy = *who;
	copy->permissions = request_text(req, who->permissions);
	copy->roles = request_text(req, who->roles);
	return copy;
}

static void admit(struct gateway *gw, struct vp_http_req *req, const struct gateway_route *route,
	const struct identity *found)
{
	if (found->kind == IDENTITY_SESSION && (route->flags & ROUTE_NO_CSRF) == 0 &&
		changes_state(vp_http_method(req)) && !csrf_ok(gw, req)) {
		refuse(req, 403, "csrf",
			"This page is out of date or not ours. Reload it and try again.");
		return;
	}
	bool any = route->permission != NULL && strcmp(route->permission, PERMISSION_NONE) == 0;
	if (!any && (route->permission == NULL || !identity_may(found, route->permission))) {
		refuse(req, 403, "forbidden",
			"Your role does not allow this. Ask an administrator.");
		return;
	}
	route->h(gw, req, request_copy(req, found));
}

static void on_found(int err, const struct identity *who, void *arg)
{
	struct passage *passage = arg;
	struct vp_http_req *req = vp_http_ref_req(passage->ref);
	if (req != NULL && err != 0) {
		answer_db_error(req, "gate", err, NULL);
	} else if (req != NULL && who == NULL) {
		refuse_unknown(passage->gw, req);
	} else if (req != NULL) {
		admit(passage->gw, req, passage->route, who);
	}
	vp_http_ref_drop(passage->ref);
	free(passage);
}

static void look_up(struct gateway *gw, struct vp_http_req *req, enum identity_kind kind,
	const uint8_t key[IDENTITY_KEY_SIZE])
{
	struct passage *passage = malloc(sizeof(*passage));
	if (passage == NULL) {
		answer_db_error(req, "gate", ENOMEM, NULL);
		return;
	}
	*passage = (struct passage){gw, vp_http_defer(req), vp_http_route_data(req)};
	int err = session_store_load(gw->sessions, kind, key, on_found, passage);
	if (err != 0) {
		answer_db_error(req, "gate", err, NULL);
		vp_http_ref_drop(passage->ref);
		free(passage);
	}
}

/* The secret that the request carries; NULL: none. */
static const char *secret_of(
	struct gateway *gw, struct vp_http_req *req, enum identity_kind *ret_kind)
{
	const char *header = vp_http_header(req, "authorization");
	if (header != NULL && strncasecmp(header, "bearer ", 7) == 0) {
		*ret_kind = IDENTITY_TOKEN;
		return header + 7 + strspn(header + 7, " ");
	}
	*ret_kind = IDENTITY_SESSION;
	return cookie_secret(gw, req);
}

static void authenticate(
	struct gateway *gw, struct vp_http_req *req, const struct gateway_route *route)
{
	enum identity_kind kind;
	uint8_t key[IDENTITY_KEY_SIZE];
	const char *secret = secret_of(gw, req, &kind);
	if (secret == NULL) {
		refuse(req, 401, "unauthorized", "Sign in first.");
		return;
	}
	vp_sha256(secret, strlen(secret), key);
	const struct identity *who = session_store_cached(gw->sessions, kind, key);
	if (who != NULL) {
		admit(gw, req, route, who);
	} else if (secret_may_ask(gw, req, kind, key)) {
		look_up(gw, req, kind, key);
	}
}

void gate_pass(struct vp_http_req *req, void *arg)
{
	struct gateway *gw = arg;
	const struct gateway_route *route = vp_http_route_data(req);
	if ((route->flags & ROUTE_PUBLIC) != 0) {
		route->h(gw, req, NULL);
	} else {
		authenticate(gw, req, route);
	}
}
