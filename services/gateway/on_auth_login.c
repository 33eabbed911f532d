/* POST /api/auth/login: a session for an email address and a password.
 *
 * An unknown address costs the same argon2id as a wrong password and gets the same answer. The hash
 * runs on a worker; its queue is short, since each hash takes 64 MiB. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/gateway/adapters/session_store.h"
#include "services/gateway/adapters/workers.h"
#include "services/gateway/cookie.h"
#include "libcommon/limiter/limiter.h"
#include "services/gateway/handlers.h"
#include "services/gateway/me.h"

#define EMAIL_MAX 254
#define PASSWORD_MAX 1024
#define ACCOUNTS_MAX 4 /* of one address, in as many organisations */

static const struct vp_limit per_pair = {"login_pair", 10, 60};
static const struct vp_limit per_address = {"login_address", 60, 60};
static const struct vp_limit per_account = {"login_account", 100, 60};

struct account {
	struct vp_uuid org, user;
	char hash[VP_PASSWORD_HASH_SIZE];
};

struct login {
	struct gateway *gw;
	struct vp_http_ref *ref;
	char email[EMAIL_MAX + 1];
	char password[PASSWORD_MAX + 1];
	char ip[64], agent[256];
	struct account accounts[ACCOUNTS_MAX];
	size_t n_accounts;
	const struct account *match;
	char secret[SESSION_SECRET_SIZE];
	uint8_t key[IDENTITY_KEY_SIZE];
};

static void count(const char *result)
{
	char labels[64];
	snprintf(labels, sizeof(labels), "result=\"%s\"", result);
	vp_metric_add(vp_counter("voip_gateway_logins_total", "Attempts to sign in", labels), 1);
}

static void login_end(struct login *login)
{
	vp_http_ref_drop(login->ref);
	explicit_bzero(login, sizeof(*login));
	free(login);
}

static void pair_key(const struct login *login, char key[EMAIL_MAX + 70])
{
	snprintf(key, EMAIL_MAX + 70, "%s %s", login->email, login->ip);
}

static void refuse(struct login *login, struct vp_http_req *req)
{
	count("refused");
	vp_log(WARN, "login.refused", VP_KV_STR("ip", login->ip),
		VP_KV_INT("known_accounts", login->n_accounts));
	vp_http_reply_error(req, 401, "wrong_credentials",
		"This email address and password do not belong together.");
}

static void on_identity(int err, const struct identity *who, void *arg)
{
	struct login *login = arg;
	struct vp_http_req *req = vp_http_ref_req(login->ref);
	char csrf[CSRF_TOKEN_SIZE], key[EMAIL_MAX + 70];
	if (req != NULL && (err != 0 || who == NULL)) {
		answer_db_error(req, "login", err != 0 ? err : EIO, NULL);
	} else if (req != NULL) {
		count("ok");
		pair_key(login, key);
		vp_limiter_forget(login->gw->limiter, &per_pair, key);
		csrf_token(login->secret, csrf);
		cookie_set(login->gw, req, login->secret);
		answer_json(req, 200, me_json(who, csrf));
	}
	login_end(login);
}

static void on_session_written(int err, void *arg)
{
	struct login *login = arg;
	if (err == 0) {
		err = session_store_load(
			login->gw->sessions, IDENTITY_SESSION, login->key, on_identity, login);
	}
	if (err != 0) {
		on_identity(err, NULL, login);
	}
}

static int add_session(struct vp_db_tx *tx, const struct login *login)
{
	char csrf[CSRF_TOKEN_SIZE];
	uint8_t csrf_hash[VP_SHA256_SIZE];
	int64_t now_us = vp_time_us();
	csrf_token(login->secret, csrf);
	vp_sha256(csrf, strlen(csrf), csrf_hash);
	int err = vp_db_tx_add(tx,
		"insert into sessions (id_hash, org_id, user_id, csrf_hash, created_at, "
		"last_seen_at, expires_at, "
		"ip, user_agent) values ($1, $2, $3, $4, $5, $5, $6, $7, $8) on conflict do "
		"nothing",
		VP_PARAMS(VP_P_BYTES(login->key, IDENTITY_KEY_SIZE), VP_P_UUID(login->match->org),
			VP_P_UUID(login->match->user), VP_P_BYTES(csrf_hash, sizeof(csrf_hash)),
			VP_P_TIME(now_us), VP_P_TIME(now_us + (int64_t)SESSION_LIFE_S * 1000000),
			VP_P_TEXT(login->ip), VP_P_TEXT(login->agent)));
	if (err != 0) {
		return err;
	}
	struct identity who = {.org = login->match->org, .user = login->match->user};
	return audit_add(
		tx, &(struct audit){.who = &who, .action = "session.opened", .ip = login->ip});
}

static void open_session(struct login *login)
{
	vp_random_text(login->secret, sizeof(login->secret));
	vp_sha256(login->secret, strlen(login->secret), login->key);
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx != NULL ? add_session(tx, login) : ENOMEM;
	if (err != 0) {
		vp_db_tx_destroy(tx);
	} else {
		err = vp_db_write(login->gw->db, tx, on_session_written, login);
	}
	if (err != 0) {
		on_identity(err, NULL, login);
	}
}

/* In a worker thread. Every attempt costs at least one hash. */
static void work_verify(void *arg)
{
	struct login *login = arg;
	for (size_t i = 0; i < login->n_accounts && login->match == NULL; i++) {
		if (vp_password_verify(login->accounts[i].hash, login->password)) {
			login->match = &login->accounts[i];
		}
	}
	if (login->n_accounts == 0) {
		char hash[VP_PASSWORD_HASH_SIZE];
		vp_password_hash(login->password, hash); /* as long as to verify one */
	}
	explicit_bzero(login->password, sizeof(login->password));
}

static void on_verified(void *arg)
{
	struct login *login = arg;
	struct vp_http_req *req = vp_http_ref_req(login->ref);
	if (req != NULL && login->match != NULL) {
		open_session(login);
		return;
	}
	if (req != NULL) {
		refuse(login, req);
	}
	login_end(login);
}

static void on_accounts(int err, const struct vp_db_result *res, void *arg)
{
	struct login *login = arg;
	struct vp_http_req *req = vp_http_ref_req(login->ref);
	if (req == NULL || err != 0) {
		if (req != NULL) {
			answer_db_error(req, "login", err, res);
		}
		login_end(login);
		return;
	}
	for (size_t i = 0; i < vp_db_rows(res) && i < ACCOUNTS_MAX; i++) {
		struct account *account = &login->accounts[login->n_accounts];
		account->org = vp_db_uuid(res, i, 0);
		account->user = vp_db_uuid(res, i, 1);
		login->n_accounts +=
			vp_strcopy(account->hash, sizeof(account->hash), vp_db_text(res, i, 2));
	}
	if (workers_run(login->gw->workers, work_verify, on_verified, login) != 0) {
		count("busy");
		answer_too_many(req, 2);
		login_end(login);
	}
}

static bool within_limits(struct login *login, struct vp_http_req *req)
{
	char key[EMAIL_MAX + 70];
	unsigned wait_s;
	int64_t now_us = vp_mono_us();
	struct vp_limiter *limiter = login->gw->limiter;
	pair_key(login, key);
	if (vp_limiter_take(limiter, &per_address, login->ip, now_us, &wait_s) &&
		vp_limiter_take(limiter, &per_account, login->email, now_us, &wait_s) &&
		vp_limiter_take(limiter, &per_pair, key, now_us, &wait_s)) {
		return true;
	}
	count("limited");
	answer_too_many(req, wait_s);
	return false;
}

/* A browser that says where it comes from must come from our page: nobody is signed in unasked */
static bool origin_ok(struct vp_http_req *req)
{
	bool tells = vp_http_header(req, "origin") != NULL ||
		     vp_http_header(req, "sec-fetch-site") != NULL;
	return !tells || vp_http_same_origin(req);
}

static bool read_body(struct login *login, struct vp_http_req *req)
{
	json_t *body = body_object(req);
	if (body == NULL) {
		return false;
	}
	const char *email = json_text(body, "email"), *password = json_text(body, "password");
	bool ok = email != NULL && email[0] != '\0' && password != NULL && password[0] != '\0' &&
		  vp_strcopy(login->email, sizeof(login->email), email) &&
		  vp_strcopy(login->password, sizeof(login->password), password);
	for (char *c = login->email; *c != '\0'; c++) {
		*c = (char)tolower((unsigned char)*c);
	}
	if (!ok) {
		vp_http_reply_error(
			req, 400, "bad_parameter", "Send an email address and a password.");
	}
	json_decref(body);
	return ok;
}

/* Only printable ASCII: a header may hold any bytes, the column wants UTF-8. */
static void take_agent(struct login *login, const char *agent)
{
	for (size_t i = 0; agent != NULL && agent[i] != '\0' && i < sizeof(login->agent) - 1; i++) {
		login->agent[i] = agent[i] >= ' ' && agent[i] < 0x7F ? agent[i] : '?';
	}
}

static int find_accounts(struct gateway *gw, struct login *login)
{
	struct vp_uuid org = {0};
	const char *only = vp_app_common(gw->app)->org;
	if (only != NULL && !vp_uuid_parse(only, &org)) {
		return EINVAL;
	}
	return vp_db_query(gw->db,
		"select u.org_id, u.id, u.password_hash from users u join orgs o on o.id = "
		"u.org_id "
		"and o.status = 'active' where u.email = $1 and u.is_active and u.password_hash is "
		"not null "
		"and ($2::uuid is null or u.org_id = $2) order by u.id limit 4",
		VP_PARAMS(VP_P_TEXT(login->email), only != NULL ? VP_P_UUID(org) : VP_P_NULL()),
		on_accounts, login, NULL);
}

void on_auth_login(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	(void)who;
	if (!origin_ok(req)) {
		vp_http_reply_error(req, 403, "csrf", "This page may not sign anybody in here.");
		return;
	}
	struct login *login = calloc(1, sizeof(*login));
	if (login == NULL) {
		answer_db_error(req, "login", ENOMEM, NULL);
		return;
	}
	login->gw = gw;
	vp_strcopy(login->ip, sizeof(login->ip), vp_http_remote(req));
	take_agent(login, vp_http_header(req, "user-agent"));
	if (!read_body(login, req) || !within_limits(login, req)) {
		explicit_bzero(login, sizeof(*login));
		free(login);
		return;
	}
	login->ref = vp_http_defer(req);
	int err = find_accounts(gw, login);
	if (err != 0) {
		answer_db_error(req, "login", err, NULL);
		login_end(login);
	}
}
