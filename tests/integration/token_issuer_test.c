/* voip-token-issuer as a process: its tokens verify, and who must not have one gets the reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/auth/jwt.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/config_hint.h"
#include "libcommon/crypto/crypto.h"
#include "proto/token.pb-c.h"
#include "tests/integration/service_kit.h"

#define KEY "a-key-of-the-test-that-is-long-enough"
#define ORG "01890000-0000-7000-8000-000000000001"
#define BARE_ORG "01890000-0000-7000-8000-000000000002"
#define TWILIO_ORG "01890000-0000-7000-8000-000000000003"
#define ANN "01890000-0000-7000-8000-000000000011"
#define BOB "01890000-0000-7000-8000-000000000012"
#define CARRIER "01890000-0000-7000-8000-000000000021"

static const char *const seed[] = {
	"insert into voip.orgs (id, name) values ('" ORG "', 'Ours'), ('" BARE_ORG "', 'Bare'),"
	" ('" TWILIO_ORG "', 'Twilio')",
	"insert into voip.users (org_id, id, email, name, is_active) values"
	" ('" ORG "', '" ANN "', 'ann@example.org', 'Ann', true),"
	" ('" ORG "', '" BOB "', 'bob@example.org', 'Bob', false),"
	" ('" BARE_ORG "', '" ANN "', 'ann@example.org', 'Ann', true),"
	" ('" TWILIO_ORG "', '" ANN "', 'ann@example.org', 'Ann', true)",
	"insert into voip.providers (org_id, id, name, driver, is_active) values"
	" ('" ORG "', '" CARRIER "', 'Carrier', 'sip', true),"
	" ('" TWILIO_ORG "', '01890000-0000-7000-8000-000000000022', 'Twilio', 'twilio', true)",
};

static struct kit_forwarder forwarder = {.curve = true};
static const char *db;
static struct kit_peer gateway;
static struct service_proc issuer = {
	.program = "VOIP_TOKEN_ISSUER_BIN", .name = "token-issuer", .role = "voip_token"};

static void set_up(void)
{
	static const char *const env[] = {"VOIP_JWT_KEY", KEY, "VOIP_TOKEN_TTL", "600",
		"VOIP_ICE_URLS", "stun:stun.example.org", "VOIP_TURN_URLS",
		"turn:t.example.org,turns:t.example.org:443", "VOIP_TURN_SECRET", "north", NULL};

	kit_forwarder_start(&forwarder);
	db = kit_db_make(NULL);
	for (size_t i = 0; i < VP_ARRAY_LEN(seed); i++) {
		service_sql(db, seed[i]);
	}
	kit_peer_open(&gateway, kit_endpoints(&forwarder, 1), NULL, "gateway", "gw1", NULL);
	kit_pump_ready(&gateway, 1);
	issuer.env = env;
	service_start(&issuer, &forwarder, db, &gateway, 1);
}

static void tear_down(void)
{
	int status = service_stop(&issuer);

	KIT_CHECK(status == 0, "%d", status);
	kit_peer_close(&gateway);
	kit_forwarder_kill(&forwarder);
	kit_db_drop();
}

static struct service_reply ask(const char *org, const char *user, const char *name)
{
	Ringmain__V1__TokenIssue in = RINGMAIN__V1__TOKEN_ISSUE__INIT;
	struct vp_uuid id;
	uint8_t bytes[1024];

	KIT_CHECK(vp_uuid_parse(org, &id));
	in.user_id = (char *)user;
	in.user_name = (char *)name;
	return service_ask(&gateway, 1, "token-issuer", "token.issue", id, bytes,
		ringmain__v1__token_issue__pack(&in, bytes));
}

static Ringmain__V1__TokenIssued *issued(struct service_reply reply)
{
	Ringmain__V1__TokenIssued *out;

	KIT_CHECK(reply.status == 200, "%d %s: %s", reply.status, reply.error, reply.message);
	out = ringmain__v1__token_issued__unpack(NULL, reply.len, reply.data);
	KIT_CHECK(out);
	return out;
}

static struct vp_jwt_claims claims_of(const Ringmain__V1__TokenIssued *out)
{
	struct vp_jwt_claims claims;
	enum vp_jwt_verdict verdict = vp_jwt_verify(
		KEY, strlen(KEY), "voip-ws", vp_time_us() / 1000000, out->token, &claims);

	KIT_CHECK(verdict == VP_JWT_OK, "%s", vp_jwt_explain(verdict));
	return claims;
}

static void check_turn(const Ringmain__V1__IceServer *turn, int64_t expires_at)
{
	VP_CLEANUP(vp_freep) char *username = vp_strf("%lld:%s", (long long)expires_at, ANN);
	char password[VP_BASE64_SIZE(VP_SHA1_SIZE)];
	uint8_t mac[VP_SHA1_SIZE];

	vp_hmac_sha1("north", 5, username, strlen(username), mac);
	vp_base64(mac, sizeof(mac), password);
	KIT_CHECK(turn->n_urls == 2 && strcmp(turn->username, username) == 0, "%s", turn->username);
	KIT_CHECK(strcmp(turn->credential, password) == 0);
}

static void a_user_gets_a_token_and_ice_servers(void)
{
	Ringmain__V1__TokenIssued *out;
	struct vp_jwt_claims claims;

	set_up();
	out = issued(ask(ORG, ANN, "Ann \xc3\x9c"));
	claims = claims_of(out);
	KIT_CHECK(strcmp(claims.sub, ANN) == 0 && strcmp(claims.org, ORG) == 0);
	KIT_CHECK(strcmp(claims.name, "Ann \xc3\x9c") == 0);
	KIT_CHECK(claims.exp - claims.iat == 600 && out->expires_at == claims.exp);
	KIT_CHECK(strcmp(out->provider, "sip") == 0 && strcmp(out->identity, ANN) == 0);
	KIT_CHECK(strcmp(out->ticket, out->token) == 0, "one JWT for both");
	KIT_CHECK(out->n_ice_servers == 2);
	KIT_CHECK(strcmp(out->ice_servers[0]->urls[0], "stun:stun.example.org") == 0);
	check_turn(out->ice_servers[1], claims.exp);
	ringmain__v1__token_issued__free_unpacked(out, NULL);
	tear_down();
}

static void each_token_has_an_id_of_its_own(void)
{
	struct vp_jwt_claims claims[2];
	struct vp_uuid jti;

	set_up();
	for (int i = 0; i < 2; i++) {
		Ringmain__V1__TokenIssued *out = issued(ask(ORG, ANN, "Ann"));

		claims[i] = claims_of(out);
		KIT_CHECK(vp_uuid_parse(claims[i].jti, &jti) && jti.b[6] >> 4 == 7);
		ringmain__v1__token_issued__free_unpacked(out, NULL);
	}
	KIT_CHECK(strcmp(claims[0].jti, claims[1].jti) != 0);
	tear_down();
}

static void a_long_name_is_cut_at_a_character(void)
{
	char name[300] = "";
	Ringmain__V1__TokenIssued *out;
	struct vp_jwt_claims claims;

	for (size_t i = 0; i < 200; i += 2) {
		memcpy(name + i, "\xc3\x9c", 2);
	}
	set_up();
	out = issued(ask(ORG, ANN, name));
	claims = claims_of(out);
	KIT_CHECK(strlen(claims.name) == 126, "%zu", strlen(claims.name));
	ringmain__v1__token_issued__free_unpacked(out, NULL);
	tear_down();
}

/* Somebody configured something, and says so as the gateway does. */
static void changed(const char *table, const char *row)
{
	struct vp_uuid org, id;

	KIT_CHECK(vp_uuid_parse(ORG, &org) && vp_uuid_parse(row, &id));
	KIT_CHECK(vp_bus_tell_config(gateway.bus, org, table, id) == 0);
}

static void who_must_not_have_a_token_gets_the_reason(void)
{
	set_up();
	service_refused(ask(ORG, BOB, "Bob"), 403, "user_inactive");
	service_refused(
		ask(ORG, "01890000-0000-7000-8000-0000000000ff", "Eve"), 403, "user_inactive");
	service_refused(
		ask("01890000-0000-7000-8000-0000000000ff", ANN, "Ann"), 403, "org_inactive");
	service_refused(ask(BARE_ORG, ANN, "Ann"), 409, "no_active_provider");
	service_refused(ask(TWILIO_ORG, ANN, "Ann"), 503, "not_configured");
	service_refused(ask(ORG, "ann", "Ann"), 400, "bad_request");
	service_refused(ask(ORG, ANN, "\xff"), 500, "failed");
	KIT_CHECK(ask(ORG, ANN, "Ann").status == 200, "alive after all that");
	service_sql(db, "update voip.users set is_active = false where id = '" ANN "'");
	changed("users", ANN);
	service_refused(ask(ORG, ANN, "Ann"), 403, "user_inactive");
	tear_down();
}

static void a_provider_that_was_switched_off_gives_no_further_token(void)
{
	Ringmain__V1__TokenIssued *out;

	set_up();
	ringmain__v1__token_issued__free_unpacked(issued(ask(ORG, ANN, "Ann")), NULL);
	service_sql(db, "update voip.providers set is_active = false where id = '" CARRIER "'");
	changed("providers", CARRIER);
	service_refused(ask(ORG, ANN, "Ann"), 409, "no_active_provider");
	/* and what was refused is not remembered */
	service_sql(db, "update voip.providers set is_active = true where id = '" CARRIER "'");
	out = issued(ask(ORG, ANN, "Ann"));
	KIT_CHECK(strcmp(out->provider_id, CARRIER) == 0, "%s", out->provider_id);
	ringmain__v1__token_issued__free_unpacked(out, NULL);
	tear_down();
}

static void what_nobody_tells_of_counts_within_a_second(void)
{
	struct service_reply reply;
	int64_t since_us;

	set_up();
	KIT_CHECK(ask(ORG, ANN, "Ann").status == 200);
	service_sql(db, "update voip.users set is_active = false where id = '" ANN "'");
	since_us = vp_mono_us();
	do {
		int64_t asked_us = vp_mono_us();

		reply = ask(ORG, ANN, "Ann");
		KIT_CHECK(reply.status == 403 || asked_us - since_us < 1000000, "%d after %lld us",
			reply.status, (long long)(asked_us - since_us));
	} while (reply.status == 200);
	service_refused(reply, 403, "user_inactive");
	tear_down();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"a user gets a token and ICE servers", a_user_gets_a_token_and_ice_servers},
		{"each token has an id of its own", each_token_has_an_id_of_its_own},
		{"a long name is cut at a character", a_long_name_is_cut_at_a_character},
		{"who must not have a token gets the reason",
			who_must_not_have_a_token_gets_the_reason},
		{"a provider that was switched off gives no further token",
			a_provider_that_was_switched_off_gives_no_further_token},
		{"what nobody tells of counts within a second",
			what_nobody_tells_of_counts_within_a_second},
	};

	if (vp_crypto_init() != 0) {
		return 1;
	}
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
