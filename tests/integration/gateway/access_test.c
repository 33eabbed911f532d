/* The real voip-gateway with a real database: who gets in, and who may do what. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "proto/route.pb-c.h"
#include "tests/integration/gateway/scene.h"

#define JSON_HEADER "Content-Type: application/json\r\n"

static struct answer ask(
	const char *method, const char *path, const char *headers, const char *body)
{
	return wire_ask(scene.ports[0], method, path, headers, body);
}

static void expect(const char *method, const char *path, const char *headers, const char *body,
	int status, const char *error)
{
	struct answer a = ask(method, path, headers, body);
	KIT_CHECK(a.status == status, "%s %s: %d %s", method, path, a.status, a.body);
	if (error != NULL) {
		const char *have = wire_text(a.json, "error");
		KIT_CHECK(have != NULL && strcmp(have, error) == 0, "%s %s: %s", method, path,
			a.body);
		KIT_CHECK(wire_text(a.json, "message") != NULL);
	}
	wire_free(&a);
}

static char *login_body(const char *email, const char *password)
{
	return vp_strf("{\"email\":\"%s\",\"password\":\"%s\"}", email, password);
}

static void login(const char *email, const char *password, int status, const char *error)
{
	char *body = login_body(email, password);
	expect("POST", "/api/auth/login", JSON_HEADER, body, status, error);
	free(body);
}

static void addresses_answer_as_they_should(void)
{
	scene_begin(1);
	expect("GET", "/healthz", NULL, NULL, 200, NULL);
	struct answer a = ask("GET", "/calls/17", NULL, NULL);
	KIT_CHECK(a.status == 200 && strcmp(a.body, "<app>") == 0, "%s", a.body);
	KIT_CHECK(wire_header(&a, "content-security-policy") != NULL);
	wire_free(&a);
	expect("GET", "/api/voip/nothing", NULL, NULL, 404, "not_found");
	expect("GET", "/api/auth/login", NULL, NULL, 405, "method_not_allowed");
	expect("GET", "/api/auth/me", NULL, NULL, 401, "unauthorized");
	expect("POST", "/api/voip/token", NULL, NULL, 401, "unauthorized");
	expect("GET", "/api/auth/me", "Authorization: Bearer wrong\r\n", NULL, 401, "unauthorized");
	expect("GET", "/api/auth/me", "Cookie: voip_session=short\r\n", NULL, 401, "unauthorized");
	expect("GET", "/api/auth/me",
		"Cookie: voip_session=0123456789012345678901234567890123456789012\r\n", NULL, 401,
		"unauthorized");
	scene_end();
}

static void a_session_lives_from_login_to_logout(void)
{
	scene_begin(2);
	struct answer a = ask("POST", "/api/auth/login", JSON_HEADER,
		"{\"email\":\"Agent@Example.com\",\"password\":\"" SCENE_PASSWORD "\"}");
	KIT_CHECK(a.status == 200, "%s", a.body);
	const char *cookie = wire_header(&a, "set-cookie");
	KIT_CHECK(cookie != NULL && strncmp(cookie, "voip_session=", 13) == 0, "%s", cookie);
	KIT_CHECK(strstr(cookie, "HttpOnly") != NULL && strstr(cookie, "SameSite=Lax") != NULL &&
		  strstr(cookie, "Path=/") != NULL && strstr(cookie, "Secure") == NULL);
	KIT_CHECK(strcmp(wire_text(a.json, "user.name"), "Ann Agent") == 0);
	KIT_CHECK(strcmp(wire_text(a.json, "user.permissions.0"), "voip") == 0);
	KIT_CHECK(strcmp(wire_text(a.json, "org.default_region"), "DE") == 0);
	KIT_CHECK(strlen(wire_text(a.json, "csrf_token")) == 43);
	wire_free(&a);
	KIT_CHECK(scene_sql("select count(*) from sessions where length(id_hash) = 32") == 1);
	KIT_CHECK(scene_sql("select count(*) from audit_log where action = 'session.opened'") == 1);

	char *headers = sign_in(0, "agent@example.com");
	a = ask("GET", "/api/auth/me", headers, NULL);
	KIT_CHECK(a.status == 200 &&
		  strcmp(wire_text(a.json, "user.email"), "agent@example.com") == 0);
	KIT_CHECK(strstr(headers, wire_text(a.json, "csrf_token")) != NULL,
		"me gives the same CSRF token");
	wire_free(&a);
	a = wire_ask(scene.ports[1], "GET", "/api/auth/me", headers, NULL);
	KIT_CHECK(a.status == 200, "the session is good at the other gateway");
	wire_free(&a);
	a = ask("POST", "/api/auth/logout", headers, NULL);
	KIT_CHECK(a.status == 200 && strstr(wire_header(&a, "set-cookie"), "Max-Age=0") != NULL);
	wire_free(&a);
	expect("GET", "/api/auth/me", headers, NULL, 401, "unauthorized");
	int64_t until = vp_mono_us() + 20000000;
	do {
		KIT_CHECK(vp_mono_us() < until, "still signed in at the other gateway");
		a = wire_ask(scene.ports[1], "GET", "/api/auth/me", headers, NULL);
		int status = a.status;
		wire_free(&a);
		if (status == 401) {
			break;
		}
		wire_turn(50);
	} while (true);
	free(headers);
	scene_end();
}

static void wrong_passwords_and_unknown_people_look_alike(void)
{
	scene_begin(1);
	int64_t took[2] = {0};
	const char *emails[] = {"agent@example.com", "stranger@example.com"};
	for (int round = 0; round < 4; round++) {
		for (int i = 0; i < 2; i++) {
			int64_t start = vp_mono_us();
			login(emails[i], "wrong password", 401, "wrong_credentials");
			took[i] += vp_mono_us() - start;
		}
	}
	double ratio = (double)took[0] / (double)took[1];
	printf("# wrong password %d us, unknown user %d us, ratio %.2f\n", (int)(took[0] / 4),
		(int)(took[1] / 4), ratio);
	KIT_CHECK(ratio > 0.5 && ratio < 2.0, "%.2f", ratio);
	scene_sql("update users set is_active = false where email = 'agent@example.com'");
	login("agent@example.com", SCENE_PASSWORD, 401, "wrong_credentials");
	scene_sql("update orgs set status = 'suspended'");
	login("admin@example.com", SCENE_PASSWORD, 401, "wrong_credentials");
	scene_end();
}

static void bad_logins_are_refused_with_a_reason(void)
{
	scene_begin(1);
	static const char *const bodies[] = {"", "{", "[]", "null", "\"x\"",
		"{\"email\":1,\"password\":\"x\"}", "{\"email\":\"a@b.c\"}",
		"{\"email\":\"\",\"password\":\"x\"}", "{\"email\":\"a@b.c\",\"password\":[]}",
		"{\"email\":\"a\",\"email\":\"b\",\"password\":\"x\"}",
		"{\"email\":\"a\\u0000b\",\"password\":\"x\"}"};
	for (size_t i = 0; i < VP_ARRAY_LEN(bodies); i++) {
		expect("POST", "/api/auth/login", JSON_HEADER, bodies[i], 400, NULL);
	}
	char *big = vp_strf("{\"email\":\"a@b.c\",\"password\":\"%*s\"}", 5000, "x");
	expect("POST", "/api/auth/login", JSON_HEADER, big, 413, "too_large");
	free(big);
	char *body = login_body("agent@example.com", SCENE_PASSWORD);
	expect("POST", "/api/auth/login", "Origin: https://evil.example\r\n", body, 403, "csrf");
	expect("POST", "/api/auth/login", "Sec-Fetch-Site: cross-site\r\n", body, 403, "csrf");
	expect("POST", "/api/auth/login", "Sec-Fetch-Site: same-origin\r\n", body, 200, NULL);
	free(body);
	scene_end();
}

/* Wrong passwords until one more is refused; that far from the next that is let in (one in 6 s),
 * that what follows is refused as well. How many it took. */
static int guess_until_refused(void)
{
	char *body = login_body("agent@example.com", "wrong password");
	int tries = 0, wait_s = 0;
	while (wait_s < 4) {
		struct answer a = ask("POST", "/api/auth/login", JSON_HEADER, body);
		KIT_CHECK(a.status == 401 || a.status == 429, "%d", a.status);
		if (a.status == 429) {
			wait_s = atoi(wire_header(&a, "retry-after"));
			KIT_CHECK(wait_s >= 1 && wait_s <= 6, "%d", wait_s);
			wire_turn(200);
		} else {
			tries++;
		}
		wire_free(&a);
	}
	free(body);
	return tries;
}

static void guessing_is_slowed_down(void)
{
	scene_begin(1);
	int64_t start = vp_mono_us();
	int tries = guess_until_refused();
	int refilled = (int)((vp_mono_us() - start) / 6000000) + 1;
	KIT_CHECK(tries >= 10 && tries <= 10 + refilled, "%d tries", tries);
	char *body = login_body("agent@example.com", SCENE_PASSWORD);
	struct answer a = ask("POST", "/api/auth/login", JSON_HEADER, body);
	KIT_CHECK(a.status == 429 && strcmp(wire_text(a.json, "error"), "too_many") == 0, "%d",
		a.status);
	wire_free(&a);
	free(body);
	login("admin@example.com", SCENE_PASSWORD, 200, NULL); /* others are not locked out */
	int limited = 0, guesses = 0;
	for (; limited < 5; guesses++) { /* 60 at once, then one a second */
		char *header = vp_strf("Authorization: Bearer guess-%d\r\n", guesses);
		a = ask("GET", "/api/auth/me", header, NULL);
		KIT_CHECK(a.status == 401 || a.status == 429);
		limited += a.status == 429;
		wire_free(&a);
		free(header);
	}
	KIT_CHECK(guesses >= 65, "guessed tokens: 5 of %d were limited", guesses);
	/* who shares the address is not locked out: a token that was never seen here, and a session
	 */
	expect("GET", "/api/auth/me", bearer(&scene.admin), NULL, 200, NULL);
	char *session = sign_in(0, "admin@example.com");
	expect("GET", "/api/auth/me", session, NULL, 200, NULL);
	free(session);
	scene_end();
}

/* A flood: no more is asked of the database, but what was good stays so. */
static void a_flood_of_guesses_locks_nobody_out(void)
{
	scene_begin(1);
	expect("GET", "/api/auth/me", bearer(&scene.admin), NULL, 200, NULL);
	int limited = 0;
	for (int i = 0; i < 700; i++) {
		char *header = vp_strf("Authorization: Bearer guess-%d\r\n", i);
		struct answer a = ask("GET", "/api/auth/me", header, NULL);
		KIT_CHECK(a.status == 429 || a.status == 401, "%d: %d", i, a.status);
		limited += a.status == 429;
		wire_free(&a);
		free(header);
	}
	KIT_CHECK(limited > 500, "%d of 700", limited);
	int64_t until = vp_mono_us() + 3500000; /* longer than sessions are remembered */
	while (vp_mono_us() < until) {
		wire_turn(100);
	}
	expect("GET", "/api/auth/me", bearer(&scene.admin), NULL, 200, NULL);
	scene_sql("update api_tokens set revoked_at = now()");
	int64_t end = vp_mono_us() + 20000000;
	int status = 200;
	while (status == 200) {
		KIT_CHECK(vp_mono_us() < end, "a revoked token is good");
		struct answer a = ask("GET", "/api/auth/me", bearer(&scene.admin), NULL);
		status = a.status;
		wire_free(&a);
		wire_turn(50);
	}
	KIT_CHECK(status == 401 || status == 429, "%d", status);
	scene_end();
}

static void cookie_requests_that_change_something_need_token_and_origin(void)
{
	scene_begin(1);
	char *good = sign_in(0, "agent@example.com");
	char *cookie = strndup(good, strcspn(good, "\n") + 1);
	char *no_token = vp_strf("%sOrigin: http://localhost:%d\r\n", cookie, scene.ports[0]);
	char *wrong_token = vp_strf("%sX-CSRF-Token: %043d\r\n", no_token, 0);
	char *no_origin = strndup(good, (size_t)(strstr(good, "Origin:") - good));
	char *wrong_origin = vp_strf("%sOrigin: https://evil.example\r\n", no_origin);
	char *null_origin = vp_strf("%sOrigin: null\r\n", no_origin);
	char *fetch_site = vp_strf("%sSec-Fetch-Site: same-origin\r\n", no_origin);
	char *cross_site = vp_strf("%sSec-Fetch-Site: cross-site\r\n", no_origin);
	const char *const bad[] = {
		cookie, no_token, wrong_token, no_origin, wrong_origin, null_origin, cross_site};
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		expect("POST", "/api/voip/token", bad[i], NULL, 403, "csrf");
	}
	expect("POST", "/api/voip/token", good, NULL, 200, NULL);
	expect("POST", "/api/voip/token", fetch_site, NULL, 200, NULL);
	expect("GET", "/api/auth/me", cookie, NULL, 200, NULL);
	expect("POST", "/api/voip/token", bearer(&scene.agent), NULL, 200, NULL);
	char *const all[] = {good, cookie, no_token, wrong_token, no_origin, wrong_origin,
		null_origin, fetch_site, cross_site};
	for (size_t i = 0; i < VP_ARRAY_LEN(all); i++) {
		free(all[i]);
	}
	scene_end();
}

static void each_route_wants_its_permission(void)
{
	scene_begin(1);
	static const struct {
		const char *method, *path;
	} routes[] = {{"POST", "/api/voip/token"}, {"GET", "/api/voip/client-config"},
		{"POST", "/api/voip/calls/outbound"},
		{"POST", "/api/voip/calls/00000000-0000-7000-8000-000000000000/hangup"},
		{"GET", "/api/voip/recordings/00000000-0000-7000-8000-000000000000"},
		{"GET", "/api/voip/recordings/00000000-0000-7000-8000-000000000000/peaks"}};
	for (size_t i = 0; i < VP_ARRAY_LEN(routes); i++) {
		expect(routes[i].method, routes[i].path, bearer(&scene.nobody), "{}", 403,
			"forbidden");
	}
	expect("GET", "/api/auth/me", bearer(&scene.nobody), NULL, 200, NULL);
	struct ws ws;
	KIT_CHECK(ws_open(&ws, scene.ports[0], "", bearer(&scene.nobody)) == 403);
	/* a revoked token is dead within the cache's seconds */
	expect("GET", "/api/auth/me", bearer(&scene.agent), NULL, 200, NULL);
	scene_sql("update api_tokens set revoked_at = now() where user_id = '%s'",
		scene.agent.id_text);
	int64_t until = vp_mono_us() + 20000000;
	for (int status = 0; status != 401; wire_turn(50)) {
		KIT_CHECK(vp_mono_us() < until);
		struct answer a = ask("GET", "/api/auth/me", bearer(&scene.agent), NULL);
		status = a.status;
		wire_free(&a);
	}
	scene_end();
}

/* A page keeps the policy that it was loaded with, and nobody loads it again for a provider that is
 * set up later. */
static void a_page_may_connect_to_carriers_before_one_is_set_up(void)
{
	scene_begin(1);
	scene_sql("delete from providers");
	struct answer a = ask("GET", "/", NULL, NULL);
	const char *policy = wire_header(&a, "content-security-policy");
	KIT_CHECK(policy != NULL &&
			  strstr(policy,
				  "; connect-src 'self' wss://*.twilio.com wss://*.telnyx.com; ") !=
				  NULL,
		"%s", policy);
	wire_free(&a);
	scene_end();
}

static void a_lost_database_is_503_and_comes_back(void)
{
	scene_begin(1);
	char *headers = sign_in(0, "agent@example.com");
	for (int i = 0; i < 5; i++) {
		scene_sql("select count(pg_terminate_backend(pid)) from pg_stat_activity where "
			  "application_name = 'voip-gateway' and datname = current_database()");
		char *path = vp_strf("/api/auth/me?%d", i);
		struct answer a = ask("GET", path, headers, NULL);
		KIT_CHECK(a.status == 200 || a.status == 503, "%d %s", a.status, a.body);
		wire_free(&a);
		free(path);
	}
	int64_t until = vp_mono_us() + 20000000;
	for (int status = 0; status != 200; wire_turn(50)) {
		KIT_CHECK(vp_mono_us() < until, "does not come back");
		struct answer a = ask("GET", "/api/auth/me", headers, NULL);
		status = a.status;
		wire_free(&a);
	}
	login("admin@example.com", SCENE_PASSWORD, 200, NULL);
	free(headers);
	scene_end();
}

/* A carrier that is called by its API has no trunk: controllers tell of the provider itself. */
static void a_carrier_that_refuses_us_is_shown_as_down(void)
{
	static char provider[] = "01a20000-0000-7000-8000-0000000000a1", node[] = "cc1";
	Ringmain__V1__TrunkHealth health = RINGMAIN__V1__TRUNK_HEALTH__INIT;
	int64_t until = vp_mono_us() + 20000000;
	bool down = false;
	uint8_t data[256];
	scene_begin(1);
	scene_sql("insert into role_permissions select org_id, id, 'voip.providers' from roles "
		  "on conflict do nothing");
	scene_sql("delete from providers");
	scene_sql("insert into providers (org_id, id, name, driver) values ('%s', '%s', 'Carrier', "
		  "'twilio')",
		scene.org_text, provider);
	health.trunk_id = provider;
	health.node = node;
	while (!down) {
		KIT_CHECK(vp_mono_us() < until, "the provider is not shown as down");
		vp_bus_publish(scene.peers[0].bus, "rt.trunk",
			&(struct vp_event){.type = "trunk.health",
				.org = scene.org,
				.subject = provider,
				.data = data,
				.len = ringmain__v1__trunk_health__pack(&health, data)});
		wire_turn(100);
		struct answer a = ask("GET", "/admin/voip/providers", bearer(&scene.admin), NULL);
		KIT_CHECK(a.status == 200, "%d %s", a.status, a.body);
		const char *word = wire_text(a.json, "data.0.health");
		down = word != NULL && strcmp(word, "down") == 0;
		wire_free(&a);
	}
	scene_end();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"addresses answer as they should", addresses_answer_as_they_should},
		{"a session lives from login to logout", a_session_lives_from_login_to_logout},
		{"wrong passwords and unknown people look alike",
			wrong_passwords_and_unknown_people_look_alike},
		{"bad logins are refused with a reason", bad_logins_are_refused_with_a_reason},
		{"a carrier that refuses us is shown as down",
			a_carrier_that_refuses_us_is_shown_as_down},
		{"guessing is slowed down", guessing_is_slowed_down},
		{"a flood of guesses locks nobody out", a_flood_of_guesses_locks_nobody_out},
		{"cookie requests that change something need token and origin",
			cookie_requests_that_change_something_need_token_and_origin},
		{"each route wants its permission", each_route_wants_its_permission},
		{"a page may connect to carriers before one is set up",
			a_page_may_connect_to_carriers_before_one_is_set_up},
		{"a lost database is 503 and comes back", a_lost_database_is_503_and_comes_back},
	};
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
