/* voip-token-issuer with Twilio and Telnyx: tokens that the carrier takes, credentials made once,
 * and the reason when something is wrong. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/auth/jwt.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/config_hint.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/twilio/token.h"
#include "proto/token.pb-c.h"
#include "tests/integration/fake_telnyx.h"
#include "tests/integration/service_kit.h"

#define KEY "a-key-of-the-test-that-is-long-enough"
#define ORG "01890000-0000-7000-8000-000000000001"
#define PROVIDER "01890000-0000-7000-8000-000000000021"
#define ANN "01890000-0000-7000-8000-000000000011"
#define BEN "01890000-0000-7000-8000-000000000012"
#define ANN_NAME "user_01890000000070008000000000000011"

#define AC "AC0123456789abcdef0123456789abcdef"
#define SK "SK0123456789abcdef0123456789abcdef"
#define AP "AP0123456789abcdef0123456789abcdef"
#define TWILIO(more) "{\"account_sid\":\"" AC "\",\"auth_token\":\"x\"" more "}"
#define TWILIO_KEY                                                                                 \
	",\"api_key_sid\":\"" SK "\",\"api_key_secret\":\"s3cret\",\"app_sid\":\"" AP "\""

static struct kit_forwarder forwarder = {.curve = true};
static const char *db;
static struct kit_peer gateway;
static struct fake_telnyx *telnyx;
static struct vp_keyring *ring;
static char kek[256];
static const char *env[] = {
	"VOIP_JWT_KEY", KEY, "VOIP_TOKEN_TTL", "600", "VOIP_KEK_FILE", kek, NULL};
static struct service_proc issuer = {.program = "VOIP_TOKEN_ISSUER_BIN",
	.name = "token-issuer",
	.role = "voip_token",
	.env = env};

/* The organisation's active provider from now on; gateway, which stores it, says so. */
static void provider_is(const char *driver, const char *settings)
{
	VP_CLEANUP(vp_freep) char *sealed = NULL;
	VP_CLEANUP(vp_freep) char *sql = NULL;
	struct vp_uuid org, provider;

	KIT_CHECK(vp_uuid_parse(ORG, &org) && vp_uuid_parse(PROVIDER, &provider));
	KIT_CHECK(vp_seal(ring, "providers/config/" PROVIDER, settings, strlen(settings),
			  &sealed) == 0);
	sql = vp_strf(
		"insert into voip.providers (org_id, id, name, driver, is_active, config) values "
		"('" ORG "', '" PROVIDER "', 'Carrier', '%s', true, '%s') on conflict (org_id, "
		"id) do update set driver = excluded.driver, config = excluded.config",
		driver, sealed);
	service_sql(db, sql);
	KIT_CHECK(vp_bus_tell_config(gateway.bus, org, "providers", provider) == 0);
}

static void telnyx_is(const char *connection)
{
	VP_CLEANUP(vp_freep)
	char *settings = vp_strf("{\"api_key\":\"" FAKE_TELNYX_KEY "\",\"connection_id\":\"5\","
				 "\"credential_connection_id\":\"%s\",\"api_base\":"
				 "\"http://127.0.0.1:%d/v2\"}",
		connection, telnyx->port);

	provider_is("telnyx", settings);
}

static void start_issuer(void)
{
	service_start(&issuer, &forwarder, db, &gateway, 1);
}

static void count_node(const char *node, unsigned load, unsigned capacity, void *arg)
{
	(void)node;
	(void)load;
	(void)capacity;
	(*(int *)arg)++;
}

static bool is_gone(void *arg)
{
	int n = 0;

	(void)arg;
	vp_bus_nodes(gateway.bus, "token-issuer", count_node, &n);
	return n == 0;
}

/* A new process: what was in memory is forgotten. */
static void restart_issuer(void)
{
	KIT_CHECK(service_stop(&issuer) == 0);
	kit_pump(&gateway, 1, is_gone, NULL, 10000, "its good-bye");
	start_issuer();
}

static void set_up(void)
{
	kit_forwarder_start(&forwarder);
	db = kit_db_make(NULL);
	service_sql(db, "insert into voip.orgs (id, name) values ('" ORG "', 'Ours')");
	service_sql(db, "insert into voip.users (org_id, id, email, name) values"
			" ('" ORG "', '" ANN "', 'ann@example.org', 'Ann'),"
			" ('" ORG "', '" BEN "', 'ben@example.org', 'Ben')");
	snprintf(kek, sizeof(kek), "%s/kek", kit_dir());
	KIT_CHECK(vp_keyring_create_file(kek) == 0 && vp_keyring_load(&ring, kek) == 0);
	telnyx = fake_telnyx_start();
	kit_peer_open(&gateway, kit_endpoints(&forwarder, 1), NULL, "gateway", "gw1", NULL);
	kit_pump_ready(&gateway, 1);
	start_issuer();
}

static void tear_down(void)
{
	int status = service_stop(&issuer);

	KIT_CHECK(status == 0, "%d", status);
	fake_telnyx_stop(telnyx);
	kit_peer_close(&gateway);
	kit_forwarder_kill(&forwarder);
	vp_keyring_destroy(ring);
	kit_db_drop();
}

static struct service_reply ask_for(const char *user, bool bare)
{
	Ringmain__V1__TokenIssue in = RINGMAIN__V1__TOKEN_ISSUE__INIT;
	struct vp_uuid org;
	uint8_t bytes[256];

	KIT_CHECK(vp_uuid_parse(ORG, &org));
	in.user_id = (char *)user;
	in.user_name = "Ann";
	in.bare = bare;
	return service_ask(&gateway, 1, "token-issuer", "token.issue", org, bytes,
		ringmain__v1__token_issue__pack(&in, bytes));
}

static struct service_reply ask(const char *user)
{
	return ask_for(user, false);
}

static Ringmain__V1__TokenIssued *issued(const char *user)
{
	struct service_reply reply = ask(user);
	Ringmain__V1__TokenIssued *out;

	KIT_CHECK(reply.status == 200, "%d %s: %s", reply.status, reply.error, reply.message);
	out = ringmain__v1__token_issued__unpack(NULL, reply.len, reply.data);
	KIT_CHECK(out);
	return out;
}

static void done(Ringmain__V1__TokenIssued *out)
{
	ringmain__v1__token_issued__free_unpacked(out, NULL);
}

static void refused(int status, const char *error, const char *words)
{
	struct service_reply reply = ask(ANN);

	service_refused(reply, status, error);
	KIT_CHECK(strstr(reply.message, words), "%s", reply.message);
}

static const char *at(const json_t *json, const char *a, const char *b, const char *c)
{
	json = json_object_get(json, a);
	json = b ? json_object_get(json, b) : json;
	return json_string_value(c ? json_object_get(json_object_get(json, "outgoing"), c) : json);
}

static void a_twilio_token_is_one_that_twilio_takes(void)
{
	Ringmain__V1__TokenIssued *out;
	struct vp_jwt_claims claims;
	char *text = NULL;
	json_t *payload;

	set_up();
	provider_is("twilio",
		TWILIO(TWILIO_KEY ",\"voice_region\":\"ie1\",\"edge\":\"dublin\",\"phone_base\":"
				  "\"wss://127.0.0.1:5091\""));
	out = issued(ANN);
	KIT_CHECK(strcmp(out->phone_base, "wss://127.0.0.1:5091") == 0, "%s", out->phone_base);
	KIT_CHECK(strcmp(out->provider, "twilio") == 0 && strcmp(out->edge, "dublin") == 0);
	KIT_CHECK(strcmp(out->identity, ANN_NAME) == 0, "%s", out->identity);
	KIT_CHECK(vp_twilio_token_verify(out->token, "s3cret", vp_time_us() / 1000000, &text) ==
		  VP_TWILIO_TOKEN_GOOD);
	payload = json_loads(text, 0, NULL);
	KIT_CHECK(strcmp(at(payload, "grants", "identity", NULL), ANN_NAME) == 0, "%s", text);
	KIT_CHECK(strcmp(at(payload, "grants", "voice", "application_sid"), AP) == 0, "%s", text);
	KIT_CHECK(json_integer_value(json_object_get(payload, "exp")) == out->expires_at);
	KIT_CHECK(vp_jwt_verify(KEY, strlen(KEY), "voip-ws", vp_time_us() / 1000000, out->ticket,
			  &claims) == VP_JWT_OK,
		"the ticket opens our WebSocket");
	KIT_CHECK(strcmp(claims.sub, ANN) == 0);
	json_decref(payload);
	free(text);
	done(out);
	tear_down();
}

static void a_changed_key_signs_the_next_token(void)
{
	Ringmain__V1__TokenIssued *out;

	set_up();
	provider_is("twilio", TWILIO(TWILIO_KEY));
	done(issued(ANN));
	provider_is("twilio", TWILIO(",\"api_key_sid\":\"" SK "\",\"api_key_secret\":\"other\","
				     "\"app_sid\":\"" AP "\""));
	out = issued(ANN);
	KIT_CHECK(vp_twilio_token_verify(out->token, "other", vp_time_us() / 1000000, NULL) ==
		  VP_TWILIO_TOKEN_GOOD);
	KIT_CHECK(strcmp(out->edge, "roaming") == 0);
	done(out);
	tear_down();
}

static void what_twilio_lacks_is_named(void)
{
	set_up();
	provider_is("twilio", TWILIO(""));
	refused(409, "provider_incomplete", "need an API key");
	provider_is("twilio", TWILIO(",\"api_key_sid\":\"" SK "\""));
	refused(409, "provider_incomplete", "lacks its secret");
	provider_is("twilio", TWILIO(",\"api_key_sid\":\"" AP "\",\"api_key_secret\":\"x\""));
	refused(409, "provider_incomplete", "SK and 32");
	provider_is("twilio", TWILIO(",\"api_key_sid\":\"" SK "\",\"api_key_secret\":\"x\""));
	refused(409, "provider_incomplete", "TwiML application");
	provider_is("twilio", "{\"auth_token\":");
	refused(500, "secret_unreadable", "VOIP_KEK_FILE");
	service_sql(db, "update voip.providers set config = ''");
	refused(409, "provider_incomplete", "Settings");
	service_sql(db, "update voip.providers set config = 'v1.nokey.AAAA'");
	refused(500, "secret_unreadable", "VOIP_KEK_FILE");
	provider_is("twilio", TWILIO(TWILIO_KEY));
	done(issued(ANN));
	tear_down();
}

static void without_a_key_file_only_sip_works(void)
{
	static const char *bare[] = {"VOIP_JWT_KEY", KEY, NULL};

	issuer.env = bare;
	set_up();
	provider_is("twilio", TWILIO(TWILIO_KEY));
	refused(503, "not_configured", "VOIP_KEK_FILE");
	service_sql(db, "update voip.providers set driver = 'sip'");
	done(issued(ANN));
	tear_down();
}

static void counts_are(int finds, int makes, int tokens)
{
	KIT_CHECK(telnyx->finds == finds && telnyx->makes == makes && telnyx->tokens == tokens,
		"%d %d %d", telnyx->finds, telnyx->makes, telnyx->tokens);
}

static void a_telnyx_credential_is_made_once_and_its_token_kept(void)
{
	Ringmain__V1__TokenIssued *first, *second;

	set_up();
	telnyx_is("77");
	first = issued(ANN);
	KIT_CHECK(
		strcmp(first->provider, "telnyx") == 0 && strcmp(first->connection_id, "77") == 0);
	KIT_CHECK(strcmp(first->identity, "gencred1") == 0, "%s", first->identity);
	KIT_CHECK(strncmp(first->token, "e30.", 4) == 0 && !strchr(first->token, '\n'));
	KIT_CHECK(first->expires_at > vp_time_us() / 1000000 + 86000);
	KIT_CHECK(strcmp(telnyx->connection, "77") == 0 && strcmp(telnyx->name, ANN_NAME) == 0);
	second = issued(ANN);
	KIT_CHECK(strcmp(first->token, second->token) == 0);
	KIT_CHECK(strcmp(first->ticket, second->ticket) != 0, "a ticket opens once");
	counts_are(1, 1, 1);
	done(first);
	done(second);
	/* a new process knows the credential, not the token */
	restart_issuer();
	done(issued(ANN));
	counts_are(1, 1, 2);
	done(issued(BEN));
	counts_are(2, 2, 3);
	KIT_CHECK(kit_db_number("select count(*) from voip.telnyx_credentials where org_id = '" ORG
				"' and connection_id = '77'") == 2);
	KIT_CHECK(telnyx->strangers == 0);
	tear_down();
}

struct two {
	struct service_reply replies[2];
	int n;
};

static void on_one(const struct vp_bus_reply *reply, void *arg)
{
	struct two *two = arg;

	two->replies[two->n++].status = reply->status;
}

static bool are_both(void *arg)
{
	return ((struct two *)arg)->n == 2;
}

static void two_tabs_make_one_credential(void)
{
	Ringmain__V1__TokenIssue in = RINGMAIN__V1__TOKEN_ISSUE__INIT;
	struct vp_bus_req req = {
		.service = "token-issuer", .type = "token.issue", .timeout_ms = 5000};
	struct two two = {0};
	uint8_t bytes[256];

	set_up();
	telnyx_is("77");
	in.user_id = ANN;
	in.user_name = "Ann";
	req.data = bytes;
	req.len = ringmain__v1__token_issue__pack(&in, bytes);
	KIT_CHECK(vp_uuid_parse(ORG, &req.org));
	for (int i = 0; i < 2; i++) {
		KIT_CHECK(vp_bus_request(gateway.bus, &req, on_one, &two, NULL) == 0);
	}
	kit_pump(&gateway, 1, are_both, &two, 10000, "both answers");
	KIT_CHECK(two.replies[0].status == 200 && two.replies[1].status == 200);
	counts_are(1, 1, 1);
	tear_down();
}

static void a_credential_that_was_made_and_not_stored_is_found(void)
{
	Ringmain__V1__TokenIssued *out;

	set_up();
	telnyx_is("77");
	done(issued(ANN));
	service_sql(db, "delete from voip.telnyx_credentials");
	telnyx->listed = 1;
	restart_issuer();
	out = issued(ANN);
	KIT_CHECK(strcmp(out->identity, "gencred1") == 0);
	counts_are(2, 1, 2);
	done(out);
	tear_down();
}

static void a_credential_that_was_deleted_is_made_anew(void)
{
	Ringmain__V1__TokenIssued *out;

	set_up();
	telnyx_is("77");
	done(issued(ANN));
	telnyx->gone = 1;
	restart_issuer();
	out = issued(ANN);
	KIT_CHECK(strcmp(out->identity, "gencred2") == 0, "%s", out->identity);
	counts_are(1, 2, 3);
	KIT_CHECK(
		kit_db_number("select count(*) from voip.telnyx_credentials where credential_id = "
			      "'cred-2'") == 1);
	done(out);
	tear_down();
}

static bool is_deleted(void *arg)
{
	(void)arg;
	return telnyx->deletes == 1;
}

static void another_connection_wants_another_credential(void)
{
	Ringmain__V1__TokenIssued *out;

	set_up();
	telnyx_is("77");
	done(issued(ANN));
	telnyx_is("78");
	out = issued(ANN);
	KIT_CHECK(strcmp(out->connection_id, "78") == 0 && strcmp(out->identity, "gencred2") == 0);
	kit_pump(&gateway, 1, is_deleted, NULL, 5000, "the old credential is deleted");
	done(out);
	tear_down();
}

static bool are_two_deleted(void *arg)
{
	(void)arg;
	return telnyx->deletes == 2 &&
	       kit_db_number("select count(*) from voip.telnyx_credentials") == 0;
}

static struct service_reply forget(const char *provider, const char *sealed)
{
	Ringmain__V1__TokenForget in = RINGMAIN__V1__TOKEN_FORGET__INIT;
	char *ids[] = {"cred-1", "cred-2"};
	struct vp_uuid org;
	uint8_t bytes[1024];

	KIT_CHECK(vp_uuid_parse(ORG, &org));
	in.provider_id = (char *)provider;
	in.config = (char *)sealed;
	in.credential_ids = ids;
	in.n_credential_ids = 2;
	return service_ask(&gateway, 1, "token-issuer", "token.forget", org, bytes,
		ringmain__v1__token_forget__pack(&in, bytes));
}

static void a_provider_that_goes_takes_its_credentials_along(void)
{
	VP_CLEANUP(vp_freep) char *settings = NULL;
	VP_CLEANUP(vp_freep) char *sealed = NULL;

	set_up();
	telnyx_is("77");
	done(issued(ANN));
	done(issued(BEN));
	settings = vp_strf("{\"api_key\":\"" FAKE_TELNYX_KEY "\",\"api_base\":"
			   "\"http://127.0.0.1:%d/v2\"}",
		telnyx->port);
	KIT_CHECK(vp_seal(ring, "providers/config/" PROVIDER, settings, strlen(settings),
			  &sealed) == 0);
	service_refused(forget("nobody", sealed), 400, "bad_request");
	KIT_CHECK(forget(PROVIDER, "v1.nokey.AAAA").status == 200, "nobody waits for the rest");
	KIT_CHECK(telnyx->deletes == 0);
	KIT_CHECK(forget(PROVIDER, sealed).status == 200);
	kit_pump(&gateway, 1, are_two_deleted, NULL, 5000, "both credentials to go");
	KIT_CHECK(telnyx->strangers == 0);
	tear_down();
}

static bool is_anns_gone(void *arg)
{
	(void)arg;
	return telnyx->deletes == 1 &&
	       kit_db_number("select count(*) from voip.telnyx_credentials where user_id = '" ANN
			     "'") == 0;
}

/* The active one is there, and is not spoken of. */
static void a_provider_that_was_named_and_is_gone_is_said_to_be(void)
{
	Ringmain__V1__TokenIssue in = RINGMAIN__V1__TOKEN_ISSUE__INIT;
	struct vp_uuid org;
	uint8_t bytes[256];

	set_up();
	telnyx_is("77");
	KIT_CHECK(vp_uuid_parse(ORG, &org));
	in.user_id = ANN;
	in.user_name = "Ann";
	in.provider_id = "01999999-0000-7000-8000-00000000dead";
	service_refused(service_ask(&gateway, 1, "token-issuer", "token.issue", org, bytes,
				ringmain__v1__token_issue__pack(&in, bytes)),
		409, "provider_gone");
	done(issued(ANN));
	tear_down();
}

static void a_user_who_was_shut_out_loses_his_credential(void)
{
	Ringmain__V1__TokenIssued *out;

	set_up();
	telnyx_is("77");
	done(issued(ANN));
	service_sql(db, "update voip.users set is_active = false where id = '" ANN "'");
	done(issued(BEN));
	kit_pump(&gateway, 1, is_anns_gone, NULL, 5000, "the credential to go");
	KIT_CHECK(kit_db_number("select count(*) from voip.telnyx_credentials") == 1);
	/* let in again: the token in memory was of the old credential */
	service_sql(db, "update voip.users set is_active = true");
	out = issued(ANN);
	KIT_CHECK(strcmp(out->identity, "gencred3") == 0, "%s", out->identity);
	done(out);
	tear_down();
}

static void a_carrier_that_gives_no_token_stops_no_softphone(void)
{
	Ringmain__V1__TokenIssued *out;
	struct service_reply reply;

	set_up();
	telnyx_is("77");
	telnyx->status = 500;
	refused(503, "provider_unavailable", "trouble of its own");
	reply = ask_for(ANN, true);
	KIT_CHECK(reply.status == 200, "%d %s", reply.status, reply.error);
	out = ringmain__v1__token_issued__unpack(NULL, reply.len, reply.data);
	KIT_CHECK(out && strcmp(out->provider, "telnyx") == 0 && !out->token[0] && out->ticket[0]);
	done(out);
	service_sql(db, "update voip.users set is_active = false where id = '" ANN "'");
	service_refused(ask_for(ANN, true), 403, "user_inactive");
	tear_down();
}

static bool is_renewed(void *arg)
{
	(void)arg;
	done(issued(ANN));
	return telnyx->tokens == 2;
}

static void a_token_is_fetched_anew_after_two_thirds_of_its_life(void)
{
	set_up();
	telnyx_is("77");
	telnyx->life_s = 6;
	done(issued(ANN));
	done(issued(ANN));
	counts_are(1, 1, 1);
	kit_pump(&gateway, 1, is_renewed, NULL, 10000, "a new token");
	tear_down();
}

static void what_telnyx_says_reaches_the_user(void)
{
	set_up();
	provider_is("telnyx", "{\"api_key\":\"" FAKE_TELNYX_KEY "\",\"connection_id\":\"5\"}");
	refused(409, "provider_incomplete", "credential connection");
	VP_CLEANUP(vp_freep)
	char *wrong = vp_strf("{\"api_key\":\"WRONG\",\"credential_connection_id\":\"77\","
			      "\"api_base\":\"http://127.0.0.1:%d/v2\"}",
		telnyx->port);
	provider_is("telnyx", wrong);
	refused(409, "provider_refused", "Authentication failed (code 10009). Check the API key");
	telnyx_is("77");
	telnyx->status = 500;
	refused(503, "provider_unavailable", "trouble of its own");
	telnyx->status = 429;
	refused(503, "provider_unavailable", "fewer requests");
	telnyx->status = 0;
	telnyx->garbage = true;
	refused(503, "provider_unavailable", "that its API never says");
	telnyx->garbage = false;
	done(issued(ANN));
	tear_down();
}

static void a_telnyx_that_does_not_answer_is_said_to(void)
{
	set_up();
	telnyx_is("77");
	telnyx->mute = true;
	refused(503, "provider_unavailable", "did not answer within 4 s");
	fake_telnyx_stop(telnyx);
	refused(503, "provider_unavailable", "cannot be reached");
	tear_down();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"a Twilio token is one that Twilio takes",
			a_twilio_token_is_one_that_twilio_takes},
		{"a changed key signs the next token", a_changed_key_signs_the_next_token},
		{"what Twilio lacks is named", what_twilio_lacks_is_named},
		{"without a key file only SIP works", without_a_key_file_only_sip_works},
		{"a Telnyx credential is made once and its token kept",
			a_telnyx_credential_is_made_once_and_its_token_kept},
		{"two tabs make one credential", two_tabs_make_one_credential},
		{"a credential that was made and not stored is found",
			a_credential_that_was_made_and_not_stored_is_found},
		{"a credential that was deleted is made anew",
			a_credential_that_was_deleted_is_made_anew},
		{"another connection wants another credential",
			another_connection_wants_another_credential},
		{"a token is fetched anew after two thirds of its life",
			a_token_is_fetched_anew_after_two_thirds_of_its_life},
		{"a carrier that gives no token stops no softphone",
			a_carrier_that_gives_no_token_stops_no_softphone},
		{"a provider that goes takes its credentials along",
			a_provider_that_goes_takes_its_credentials_along},
		{"a provider that was named and is gone is said to be",
			a_provider_that_was_named_and_is_gone_is_said_to_be},
		{"a user who was shut out loses his credential",
			a_user_who_was_shut_out_loses_his_credential},
		{"what Telnyx says reaches the user", what_telnyx_says_reaches_the_user},
		{"a Telnyx that does not answer is said to",
			a_telnyx_that_does_not_answer_is_said_to},
	};

	if (vp_crypto_init() != 0) {
		return 1;
	}
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
