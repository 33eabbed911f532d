/* The gateway's service object, and what a route handler works with. */
#ifndef GATEWAY_H
#define GATEWAY_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/address.h"
#include "libcommon/base/uuid.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "libcommon/http/http.h"
#include "services/gateway/identity.h"

struct vp_app;
struct vp_limiter;
struct session_store;
struct sockets;
struct trunk_health;
struct vp_httpc;
struct vp_vault;
struct workers;

struct gateway_cfg {
	char *http_listen;
	char *https_listen;
	char *tls_cert;
	char *tls_key;
	char *web_root;
	char *public_url;
	char *trusted_proxies;
	char *jwt_key;
	char *kek_file;
	char *webhook_url;
	char *carrier_hosts;
	char *trunk_networks;
	char *recording_dir;
	bool recording_enabled;
	int64_t token_ttl_s;
};

struct gateway {
	struct vp_app *app;
	const struct gateway_cfg *cfg;
	struct vp_http *http;
	struct vp_http_route *http_routes; /* gateway_routes in its form */
	struct vp_db *db;
	struct vp_bus *bus;
	struct workers *workers;        /* for what takes long: password hashes */
	struct session_store *sessions; /* who a cookie or an API token is */
	struct vp_limiter *limiter;     /* attempts by account, address, user */
	struct sockets *sockets;        /* open WebSockets by user */
	struct trunk_health *trunk_health;
	struct vp_nets trunk_nets; /* beside the public internet */
	struct vp_vault *vault;    /* NULL: no key file, so no secrets */
	struct vp_httpc *httpc;    /* to the carriers */
};

/* A route handler. who lives as long as the request; for a public route it is NULL. The answer is
 * given at once or after vp_http_defer. */
typedef void gateway_h(struct gateway *gw, struct vp_http_req *req, const struct identity *who);

/* What a signed-in user needs no further permission for. */
#define PERMISSION_NONE "-"

#define ROUTE_PUBLIC 1u  /* nobody need be signed in */
#define ROUTE_NO_CSRF 2u /* takes cookie requests without token (sign-in itself) */

struct gateway_route {
	const char *method;
	const char *path;
	const char *permission; /* NULL denies */
	gateway_h *h;
	unsigned flags;
	size_t max_body; /* 0: 64 KiB */
};
extern const struct gateway_route gateway_routes[];
extern const size_t gateway_n_routes;

/* --- gate.c: every request of a route passes it --- */
void gate_pass(struct vp_http_req *req, void *arg);

/* --- answer.c --- */
/* Takes body over; 500 when it is NULL. */
void answer_json(struct vp_http_req *req, int status, json_t *body);
/* 422 {"error":word,"message","fields":{field:sentence}}. */
void answer_field(
	struct vp_http_req *req, const char *error, const char *field, const char *sentence);
/* The same for several: fields is {field: sentence}, not taken over. */
void answer_fields(struct vp_http_req *req, json_t *fields);
/* 503 unavailable, or 500, for an errno of vp_db_query; logs it once with the place. */
void answer_db_error(
	struct vp_http_req *req, const char *place, int err, const struct vp_db_result *res);
/* What a bus request was answered with, when its status is 400 or more. */
void answer_bus_error(struct vp_http_req *req, const struct vp_bus_reply *reply);
/* Its sentence, or one for its status when it has none. */
const char *answer_bus_sentence(const struct vp_bus_reply *reply);
/* 429 with Retry-After. */
void answer_too_many(struct vp_http_req *req, unsigned wait_s);
/* The body as a JSON object; NULL after it has answered 400 bad_json. The caller frees. */
json_t *body_object(struct vp_http_req *req);
/* The value of a text member; NULL when it is not there or null. */
const char *json_text(const json_t *object, const char *key);

/* Adds a line of the audit log to a unit. */
struct audit {
	const struct identity *who;
	const char *action; /* "session.opened" */
	const char *object_type, *object_id;
	const char *ip;
	json_t *detail; /* borrowed; may be NULL; never a secret */
};
int audit_add(struct vp_db_tx *tx, const struct audit *audit);

int gateway_run(struct vp_app *app, const void *cfg);
#endif
