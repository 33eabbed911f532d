/* voip-router as a process: asked over a real bus, deciding on a real database with its own role */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "libcommon/bus/config_hint.h"
#include "proto/call.pb-c.h"
#include "proto/provider.pb-c.h"
#include "proto/route.pb-c.h"
#include "tests/integration/service_kit.h"

#define ORG "01890000-0000-7000-8000-000000000001"
#define BARE_ORG "01890000-0000-7000-8000-000000000002" /* no provider */
#define TWILIO_ORG "01890000-0000-7000-8000-000000000003"
#define CLOSED_ORG "01890000-0000-7000-8000-000000000004"
#define ANN "01890000-0000-7000-8000-000000000011"
#define BOB "01890000-0000-7000-8000-000000000012" /* not active */
#define SIP "01890000-0000-7000-8000-000000000021"
#define TWILIO "01890000-0000-7000-8000-000000000022"
#define EVE "01890000-0000-7000-8000-000000000013" /* of the Twilio organisation */
#define DAN "01890000-0000-7000-8000-000000000014" /* hers, too; may not call */
#define ROLE "01890000-0000-7000-8000-000000000051"
#define CALL "01890000-0000-7000-8000-000000000061"
#define T3 "01890000-0000-7000-8000-000000000035"
#define T1 "01890000-0000-7000-8000-000000000031"
#define T2 "01890000-0000-7000-8000-000000000032"

static const char *const seed[] = {
	"insert into voip.orgs (id, name, default_region, settings) values"
	" ('" ORG "', 'Ours', 'GB', '{\"dial\":{\"allow\":[\"GB\",\"US\"],\"deny\":[\"+44870\"]},"
	"\"record\":false,\"ring_timeout_s\":20}'),"
	" ('" BARE_ORG "', 'Bare', 'US', '{}'), ('" TWILIO_ORG "', 'Twilio', 'US', '{}'),"
	" ('" CLOSED_ORG "', 'Closed', 'US', '{}')",
	"update voip.orgs set status = 'suspended' where id = '" CLOSED_ORG "'",
	"insert into voip.users (org_id, id, email, name, is_active) values"
	" ('" ORG "', '" ANN "', 'ann@example.org', 'Ann', true),"
	" ('" ORG "', '" BOB "', 'bob@example.org', 'Bob', false),"
	" ('" TWILIO_ORG "', '" EVE "', 'eve@example.org', 'Eve', true),"
	" ('" TWILIO_ORG "', '" DAN "', 'dan@example.org', 'Dan', true)",
	"insert into voip.roles (org_id, id, name) values ('" TWILIO_ORG "', '" ROLE "', 'Agents')",
	"insert into voip.role_permissions (org_id, role_id, permission) values"
	" ('" TWILIO_ORG "', '" ROLE "', 'voip.calls.initiate')",
	"insert into voip.user_roles (org_id, user_id, role_id) values"
	" ('" TWILIO_ORG "', '" EVE "', '" ROLE "')",
	"insert into voip.providers (org_id, id, name, driver, is_active) values"
	" ('" ORG "', '" SIP "', 'Carrier', 'sip', true),"
	" ('" TWILIO_ORG "', '" TWILIO "', 'Twilio', 'twilio', true),"
	" ('" TWILIO_ORG "', '01890000-0000-7000-8000-000000000024', 'Next', 'sip', false),"
	" ('" BARE_ORG "', '01890000-0000-7000-8000-000000000023', 'Sleeping', 'sip', false)",
	"update voip.providers set config_hint = '{\"from_display_name\": \"Acme \\\"Sales\\\"\"}'"
	" where id = '" SIP "'",
	"insert into voip.trunks (org_id, id, provider_id, name, host, priority, number_format_out,"
	" number_format_in, tech_prefix, caller_id) values"
	" ('" ORG "', '" T2 "', '" SIP
	"', 'Second', 'b.example.org', 2, 'national', 'national', '', null),"
	" ('" TWILIO_ORG "', '" T3 "', '01890000-0000-7000-8000-000000000024',"
	"  'Third', 'c.example.org', 1, 'e164', 'e164', '', '+14155550177'),"
	" ('" ORG "', '" T1 "', '" SIP
	"', 'First', 'a.example.org', 1, 'e164_no_plus', 'e164', '88',"
	"  '+442071830000')",
	"insert into voip.numbers (e164, org_id, trunk_id, user_id) values"
	" ('+442071831001', '" ORG "', '" T1 "', null),"
	" ('+442071831002', '" ORG "', '" T1 "', '" ANN "'),"
	" ('+442071831003', '" ORG "', '" T1 "', null),"
	" ('+442071831004', '" ORG "', '" T1 "', null),"
	" ('+14155550100', '" BARE_ORG "', null, null)",
	"insert into voip.numbers (e164, org_id, provider_id, user_id) values"
	" ('+14155550120', '" TWILIO_ORG "', '" TWILIO "', null),"
	" ('+14155550121', '" TWILIO_ORG "', '" TWILIO "', '" EVE "')",
	"insert into voip.routes (org_id, id, did_e164, action_type, action_id) values"
	" ('" ORG "', '01890000-0000-7000-8000-000000000041', '+442071831001', 'user', '" ANN "'),"
	" ('" ORG "', '01890000-0000-7000-8000-000000000042', '+442071831003', 'user', '" BOB "')",
};

static struct kit_forwarder forwarder = {.curve = true};
static const char *db;
/* 0: a call-controller that asks, 1: a gateway that changes the configuration */
static struct kit_peer peers[2];
#define N_PEERS 2
static struct service_proc router = {
	.program = "VOIP_ROUTER_BIN", .name = "router", .role = "voip_router"};

static vp_bus_call_h on_start;

static void set_up(const char *const *env)
{
	kit_forwarder_start(&forwarder);
	db = kit_db_make(NULL);
	for (size_t i = 0; i < VP_ARRAY_LEN(seed); i++) {
		service_sql(db, seed[i]);
	}
	kit_peer_open(
		&peers[0], kit_endpoints(&forwarder, 1), NULL, "call-controller", "cc1", NULL);
	KIT_CHECK(vp_bus_serve(peers[0].bus, "call.provider_start", on_start, NULL) == 0);
	kit_peer_open(&peers[1], kit_endpoints(&forwarder, 1), db, "gateway", "gw1", NULL);
	kit_pump_ready(peers, N_PEERS);
	router.env = env;
	service_start(&router, &forwarder, db, peers, N_PEERS);
}

static void tear_down(void)
{
	int status = service_stop(&router);

	KIT_CHECK(status == 0, "%d", status);
	kit_peer_close(&peers[0]);
	kit_peer_close(&peers[1]);
	kit_forwarder_kill(&forwarder);
	kit_db_drop();
}

static struct vp_uuid id(const char *text)
{
	struct vp_uuid uuid;

	KIT_CHECK(vp_uuid_parse(text, &uuid));
	return uuid;
}

static struct service_reply outbound(const char *org, const char *to, const char *from)
{
	Ringmain__V1__RouteOutbound in = RINGMAIN__V1__ROUTE_OUTBOUND__INIT;
	uint8_t bytes[512];

	in.user_id = ANN;
	in.to_number = (char *)to;
	in.from_number = (char *)from;
	return service_ask(peers, N_PEERS, "router", "route.outbound", id(org), bytes,
		ringmain__v1__route_outbound__pack(&in, bytes));
}

static struct service_reply inbound(
	const char *org, const char *trunk, const char *did, const char *from)
{
	Ringmain__V1__RouteInbound in = RINGMAIN__V1__ROUTE_INBOUND__INIT;
	uint8_t bytes[512];

	in.trunk_id = (char *)trunk;
	in.did = (char *)did;
	in.from_number = (char *)from;
	return service_ask(peers, N_PEERS, "router", "route.inbound", id(org), bytes,
		ringmain__v1__route_inbound__pack(&in, bytes));
}

static Ringmain__V1__RouteOutboundReply *plan(struct service_reply reply)
{
	Ringmain__V1__RouteOutboundReply *out;

	KIT_CHECK(reply.status == 200, "%d %s: %s", reply.status, reply.error, reply.message);
	out = ringmain__v1__route_outbound_reply__unpack(NULL, reply.len, reply.data);
	KIT_CHECK(out);
	return out;
}

static size_t targets(struct service_reply reply)
{
	Ringmain__V1__RouteOutboundReply *out = plan(reply);
	size_t n = out->n_targets;

	ringmain__v1__route_outbound_reply__free_unpacked(out, NULL);
	return n;
}

static void is(const char *got, const char *want)
{
	KIT_CHECK(strcmp(got, want) == 0, "'%s', wanted '%s'", got, want);
}

static void outbound_calls_get_trunks_in_order_with_their_number_formats(void)
{
	Ringmain__V1__RouteOutboundReply *out;

	set_up(NULL);
	out = plan(outbound(ORG, "020 7183 8750", ""));
	is(out->to_e164, "+442071838750");
	is(out->from_e164, "+442071831002"); /* Ann's own */
	KIT_CHECK(out->n_targets == 2 && !out->record && out->ring_timeout_s == 60);
	is(out->targets[0]->trunk_id, T1);
	is(out->targets[0]->request_user, "88442071838750");
	is(out->targets[0]->from_user, "442071831002");
	is(out->targets[0]->display_name, "Acme \"Sales\"");
	is(out->targets[1]->trunk_id, T2);
	is(out->targets[1]->request_user, "02071838750");
	is(out->targets[1]->from_user, "02071831002");
	ringmain__v1__route_outbound_reply__free_unpacked(out, NULL);
	out = plan(outbound(ORG, "+1 415 555 1234", "+442071831004"));
	is(out->from_e164, "+442071831004"); /* the wish */
	is(out->targets[1]->request_user, "0014155551234");
	ringmain__v1__route_outbound_reply__free_unpacked(out, NULL);
	out = plan(outbound(ORG, "+1 415 555 1234", "+14155550100"));
	is(out->from_e164, "+442071831002"); /* that number is another organisation's */
	ringmain__v1__route_outbound_reply__free_unpacked(out, NULL);
	tear_down();
}

static void refusals_have_status_word_and_sentence(void)
{
	struct service_reply reply;

	set_up(NULL);
	service_refused(outbound(ORG, "hello", ""), 422, "invalid_number");
	service_refused(outbound(ORG, "999", ""), 403, "emergency_number");
	service_refused(outbound(ORG, "+33 1 42 68 53 00", ""), 403, "destination_forbidden");
	service_refused(outbound(ORG, "+44 870 123 4567", ""), 403, "destination_forbidden");
	service_refused(outbound(ORG, "+44 909 879 0000", ""), 403, "destination_forbidden");
	service_refused(outbound(ORG, "+1 876 555 1234", ""), 403, "destination_forbidden");
	service_refused(outbound(CLOSED_ORG, "+1 415 555 1234", ""), 403, "org_inactive");
	reply = outbound(BARE_ORG, "+1 415 555 1234", "");
	service_refused(reply, 409, "no_active_provider");
	is(reply.message,
		"No active VoIP provider configured. An administrator sets one up (voip setup), or "
		"activates one that is there (voip provider activate); both also under Settings > "
		"VoIP > Providers.");
	service_refused(
		service_ask(peers, N_PEERS, "router", "route.outbound", id(ORG), "\xff\xff\xff", 3),
		400, "bad_request");
	service_refused(
		service_ask(peers, N_PEERS, "router", "route.inbound", id(ORG), "\xff\xff\xff", 3),
		400, "bad_request");
	service_refused(
		service_ask(peers, N_PEERS, "router", "route.outbound", (struct vp_uuid){0}, "", 0),
		400, "bad_request");
	tear_down();
}

static void a_provider_that_was_just_activated_is_used_at_once(void)
{
	set_up(NULL);
	service_refused(outbound(BARE_ORG, "+1 415 555 1234", ""), 409, "no_active_provider");
	service_sql(db, "update voip.providers set is_active = true where org_id = '" BARE_ORG "'");
	service_refused(outbound(BARE_ORG, "+1 415 555 1234", ""), 409, "no_trunk");
	service_sql(db,
		"insert into voip.trunks (org_id, id, provider_id, name, host) values ('" BARE_ORG
		"', '01890000-0000-7000-8000-000000000033', "
		"'01890000-0000-7000-8000-000000000023', 'x', 'x.example.org')");
	KIT_CHECK(targets(outbound(BARE_ORG, "+1 415 555 1234", "")) == 1);
	tear_down();
}

static void publish_health(const char *trunk, bool up)
{
	Ringmain__V1__TrunkHealth health = RINGMAIN__V1__TRUNK_HEALTH__INIT;
	uint8_t bytes[128];
	struct vp_event event = {.type = "trunk.health", .org = id(ORG), .data = bytes};

	health.trunk_id = (char *)trunk;
	health.up = up;
	health.node = "cc1";
	event.len = ringmain__v1__trunk_health__pack(&health, bytes);
	KIT_CHECK(vp_bus_publish(peers[0].bus, "rt.trunk", &event) == 0);
}

static bool has_no_caller_id(void *arg)
{
	struct service_reply reply = outbound(TWILIO_ORG, "+1 415 555 1234", "");

	(void)arg;
	return reply.status == 409 && strcmp(reply.error, "no_caller_id") == 0;
}

static Ringmain__V1__RouteOutboundReply *twilio_plan(const char *from)
{
	return plan(outbound(TWILIO_ORG, "+1 415 555 1234", from));
}

static bool only_the_next_provider(void *arg)
{
	Ringmain__V1__RouteOutboundReply *out;
	bool yes;

	(void)arg;
	publish_health(TWILIO, false);
	out = twilio_plan("");
	yes = out->n_targets == 1 && strcmp(out->targets[0]->trunk_id, T3) == 0;
	ringmain__v1__route_outbound_reply__free_unpacked(out, NULL);
	return yes;
}

static void providers_stand_in_for_each_other(void)
{
	static const char *const env[] = {"VOIP_CALLS_PER_USER_PER_MINUTE", "0", NULL};
	Ringmain__V1__RouteOutboundReply *out;

	set_up(env);
	out = twilio_plan("");
	KIT_CHECK(out->n_targets == 2, "%zu", out->n_targets);
	is(out->targets[0]->provider_id, TWILIO);
	is(out->targets[0]->driver, "twilio");
	is(out->targets[0]->trunk_id, "");
	is(out->targets[0]->request_user, "+14155551234");
	is(out->targets[0]->from_user, "+14155550120");
	is(out->targets[1]->driver, "sip");
	is(out->targets[1]->trunk_id, T3);
	ringmain__v1__route_outbound_reply__free_unpacked(out, NULL);
	kit_pump(peers, N_PEERS, only_the_next_provider, NULL, 10000, "the provider to go");
	service_sql(db, "update voip.providers set last_test_ok = false where name = 'Next'");
	service_sql(db, "delete from voip.numbers where provider_id = '" TWILIO "'");
	KIT_CHECK(vp_bus_tell_config(peers[1].bus, id(TWILIO_ORG), "providers", id(TWILIO)) == 0);
	publish_health(TWILIO, true);
	kit_pump(peers, N_PEERS, has_no_caller_id, NULL, 10000, "the number to go");
	tear_down();
}

static bool one_target_left(void *arg)
{
	(void)arg;
	return targets(outbound(ORG, "020 7183 8750", "")) == 1;
}

static void a_change_of_the_configuration_ends_what_is_remembered(void)
{
	static const char *const env[] = {
		"VOIP_ROUTE_CACHE_MS", "60000", "VOIP_CALLS_PER_USER_PER_MINUTE", "0", NULL};

	set_up(env);
	KIT_CHECK(targets(outbound(ORG, "020 7183 8750", "")) == 2);
	service_sql(db, "update voip.trunks set is_active = false where id = '" T1 "'");
	KIT_CHECK(targets(outbound(ORG, "020 7183 8750", "")) == 2, "still remembered");
	KIT_CHECK(vp_bus_tell_config(peers[1].bus, id(ORG), "trunks", id(T1)) == 0);
	kit_pump(peers, N_PEERS, one_target_left, NULL, 10000, "the change to be heard");
	tear_down();
}

static bool is_trunk_down(void *arg)
{
	struct service_reply reply = outbound(ORG, "020 7183 8750", "");

	(void)arg;
	publish_health(T2, false);
	return reply.status == 503 && strcmp(reply.error, "trunk_down") == 0;
}

static bool has_a_target(void *arg)
{
	(void)arg;
	return outbound(ORG, "020 7183 8750", "").status == 200;
}

static void trunks_that_controllers_call_down_are_not_used(void)
{
	static const char *const env[] = {"VOIP_CALLS_PER_USER_PER_MINUTE", "0", NULL};

	set_up(env);
	publish_health(T1, false);
	kit_pump(peers, N_PEERS, one_target_left, NULL, 10000, "the first trunk to go");
	kit_pump(peers, N_PEERS, is_trunk_down, NULL, 10000, "the second trunk to go");
	publish_health(T1, true);
	kit_pump(peers, N_PEERS, has_a_target, NULL, 10000, "the first trunk to return");
	tear_down();
}

static void the_guard_stops_a_burst_of_one_user(void)
{
	static const char *const env[] = {"VOIP_CALLS_PER_USER_PER_MINUTE", "3", NULL};

	set_up(env);
	for (int i = 0; i < 3; i++) {
		KIT_CHECK(outbound(ORG, "020 7183 8750", "").status == 200);
	}
	service_refused(outbound(ORG, "020 7183 8750", ""), 429, "rate_limited");
	tear_down();
}

static void rings(struct service_reply reply, const char *did, const char *from)
{
	Ringmain__V1__RouteInboundReply *out;

	KIT_CHECK(reply.status == 200, "%d %s: %s", reply.status, reply.error, reply.message);
	out = ringmain__v1__route_inbound_reply__unpack(NULL, reply.len, reply.data);
	KIT_CHECK(out && out->n_user_ids == 1 && !out->record && out->ring_timeout_s == 20);
	is(out->did_e164, did);
	is(out->from_e164, from);
	is(out->action, "user");
	is(out->user_ids[0], ANN);
	KIT_CHECK(out->n_user_names == 1);
	is(out->user_names[0], "Ann");
	KIT_CHECK(strcmp(out->trunk_id, T1) == 0 || strcmp(out->trunk_id, T2) == 0);
	ringmain__v1__route_inbound_reply__free_unpacked(out, NULL);
}

/* Both organisations have the same carrier, so the controller names a trunk of each. */
static void the_number_tells_whose_of_two_trunks_it_is(void)
{
	static char *also[] = {T2, T3};
	Ringmain__V1__RouteInbound in = RINGMAIN__V1__ROUTE_INBOUND__INIT;
	uint8_t bytes[512];

	set_up(NULL);
	in.call_id = in.trunk_id = T1;
	in.did = "+14155550121";
	in.from_number = "+447400123456";
	in.also_trunk_ids = also;
	for (int i = 0; i < 2; i++) { /* from the database, then from memory */
		in.n_also_trunk_ids = 1;
		service_refused(service_ask(peers, N_PEERS, "router", "route.inbound", id(ORG),
					bytes, ringmain__v1__route_inbound__pack(&in, bytes)),
			404, "no_route");
		in.n_also_trunk_ids = 2;
		struct service_reply reply = service_ask(peers, N_PEERS, "router", "route.inbound",
			id(ORG), bytes, ringmain__v1__route_inbound__pack(&in, bytes));
		KIT_CHECK(reply.status == 200, "%d %s", reply.status, reply.error);
		Ringmain__V1__RouteInboundReply *out =
			ringmain__v1__route_inbound_reply__unpack(NULL, reply.len, reply.data);
		is(out->trunk_id, T3);
		is(out->user_ids[0], EVE);
		ringmain__v1__route_inbound_reply__free_unpacked(out, NULL);
	}
	tear_down();
}

static void inbound_calls_ring_the_user_of_their_route(void)
{
	set_up(NULL);
	for (int i = 0; i < 2; i++) { /* from the database, then from memory */
		rings(inbound(ORG, T1, "+442071831001", "+14155551234"), "+442071831001",
			"+14155551234");
		rings(inbound(ORG, T2, "02071831001", "07400123456"), "+442071831001",
			"+447400123456");
		rings(inbound(ORG, T1, "+442071831002", "anonymous"), "+442071831002", "");
	}
	service_refused(inbound(ORG, T1, "+442071831003", ""), 404, "no_user");
	service_refused(inbound(ORG, T1, "+442071831004", ""), 404, "no_route");
	service_refused(inbound(ORG, T1, "+442071839999", ""), 404, "no_route");
	service_refused(
		inbound(ORG, T1, "+14155550100", ""), 404, "no_route"); /* another organisation's */
	service_refused(inbound(ORG, T1, "reception", ""), 404, "no_route");
	service_refused(inbound(BARE_ORG, T1, "+442071831001", ""), 404, "no_route");
	service_refused(inbound(ORG, "01890000-0000-7000-8000-0000000000ff", "+442071831001", ""),
		404, "no_route");
	service_refused(inbound(ORG, "no-uuid", "+442071831001", ""), 400, "bad_request");
	service_sql(db, "update voip.users set is_active = true where id = '" BOB "'");
	KIT_CHECK(inbound(ORG, T1, "+442071831003", "").status == 200, "never refused from memory");
	tear_down();
}

/* --- route.voice --- */

static struct {
	unsigned asked;
	int refuse;
	char external_id[64], from[32], to[32], user[40], name[64], token[64];
	int direction;
} started;

static void on_start(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__CallProviderStart *in =
		ringmain__v1__call_provider_start__unpack(NULL, msg->len, msg->data);
	Ringmain__V1__CallProviderStarted out = RINGMAIN__V1__CALL_PROVIDER_STARTED__INIT;
	uint8_t bytes[256];

	(void)arg;
	KIT_CHECK(in && in->n_user_ids == 1 && vp_uuid_equal(msg->org, id(TWILIO_ORG)));
	started.asked++;
	started.direction = (int)in->direction;
	vp_strcopy(started.external_id, sizeof(started.external_id), in->external_id);
	vp_strcopy(started.from, sizeof(started.from), in->from_number);
	vp_strcopy(started.to, sizeof(started.to), in->to_number);
	vp_strcopy(started.user, sizeof(started.user), in->user_ids[0]);
	vp_strcopy(started.name, sizeof(started.name), in->user_name);
	vp_strcopy(started.token, sizeof(started.token), in->call_token);
	ringmain__v1__call_provider_start__free_unpacked(in, NULL);
	if (started.refuse) {
		vp_bus_reply_error(call, 503, "shutdown", "This controller is going.");
		return;
	}
	out.call_id = CALL;
	out.room = "call-" CALL;
	out.leg = "agent";
	vp_bus_reply_ok(call, bytes, ringmain__v1__call_provider_started__pack(&out, bytes));
}

static Ringmain__V1__RouteVoiceReply *voice(
	const char *kind, const char *sid, const char *from, const char *to)
{
	Ringmain__V1__RouteVoice in = RINGMAIN__V1__ROUTE_VOICE__INIT;
	Ringmain__V1__ProviderField token = RINGMAIN__V1__PROVIDER_FIELD__INIT,
				    *fields[] = {&token};
	Ringmain__V1__RouteVoiceReply *out;
	struct service_reply reply;
	uint8_t bytes[512];

	token.name = "CallToken";
	token.value = "tok";
	in.provider_id = TWILIO;
	in.driver = "twilio";
	in.external_id = (char *)sid;
	in.kind = (char *)kind;
	in.from = (char *)from;
	in.to = (char *)to;
	in.call_id = CALL;
	in.leg = "customer";
	in.n_fields = 1;
	in.fields = fields;
	reply = service_ask(peers, N_PEERS, "router", "route.voice", (struct vp_uuid){0}, bytes,
		ringmain__v1__route_voice__pack(&in, bytes));
	KIT_CHECK(reply.status == 200, "%d %s: %s", reply.status, reply.error, reply.message);
	out = ringmain__v1__route_voice_reply__unpack(NULL, reply.len, reply.data);
	KIT_CHECK(out);
	return out;
}

static void says(Ringmain__V1__RouteVoiceReply *out, const char *words)
{
	is(out->action, "say");
	KIT_CHECK(strstr(out->say, words), "%s", out->say);
	ringmain__v1__route_voice_reply__free_unpacked(out, NULL);
}

#define EVE_CLIENT "client:user_01890000000070008000000000000013"

static void a_browsers_leg_is_decided_as_any_call_and_handed_over(void)
{
	Ringmain__V1__RouteVoiceReply *out;

	set_up(NULL);
	out = voice("browser", "CA1", EVE_CLIENT, "(415) 555-1234");
	is(out->action, "conference");
	is(out->conference, "call-" CALL);
	is(out->label, "agent");
	is(out->call_id, CALL);
	KIT_CHECK(out->start_on_enter && out->end_on_exit);
	ringmain__v1__route_voice_reply__free_unpacked(out, NULL);
	is(started.external_id, "CA1");
	is(started.to, "+14155551234");
	is(started.from, "+14155550121"); /* Eve's own */
	is(started.user, EVE);
	is(started.name, "Eve");
	KIT_CHECK(started.direction == RINGMAIN__V1__DIRECTION__OUTBOUND);
	started.asked = 0;
	says(voice("browser", "CA2", EVE_CLIENT, "+1 876 555 1234"), "not allowed");
	says(voice("browser", "CA2", EVE_CLIENT, "911"), "Emergency");
	says(voice("browser", "CA2", EVE_CLIENT, "hello"), "no telephone number has");
	says(voice("browser", "CA2", "client:user_01890000000070008000000000000014",
		     "+14155551234"),
		"may not place calls");
	/* a user of another organisation, and nobody at all */
	says(voice("browser", "CA2", "client:user_01890000000070008000000000000011",
		     "+14155551234"),
		"no longer good");
	says(voice("browser", "CA2", "client:admin", "+14155551234"), "no longer good");
	service_sql(db, "update voip.users set is_active = false where id = '" EVE "'");
	says(voice("browser", "CA2", EVE_CLIENT, "+14155551234"), "no longer good");
	KIT_CHECK(started.asked == 0, "a refused call reached a controller");
	tear_down();
}

static void an_inbound_leg_rings_the_user_of_its_number(void)
{
	Ringmain__V1__RouteVoiceReply *out;

	set_up(NULL);
	out = voice("inbound", "CA3", "+447400123456", "+14155550121");
	is(out->action, "conference");
	KIT_CHECK(!out->start_on_enter && !out->end_on_exit);
	ringmain__v1__route_voice_reply__free_unpacked(out, NULL);
	is(started.from, "+447400123456");
	is(started.to, "+14155550121");
	is(started.user, EVE);
	is(started.token, "tok");
	KIT_CHECK(started.direction == RINGMAIN__V1__DIRECTION__INBOUND);
	ringmain__v1__route_voice_reply__free_unpacked(
		voice("inbound", "CA4", "Anonymous", "+14155550121"), NULL);
	is(started.from, "");
	started.asked = 0;
	says(voice("inbound", "CA5", "+447400123456", "+14155550120"), "not in service");
	says(voice("inbound", "CA5", "+447400123456", "+442071831001"), "not in service");
	says(voice("inbound", "CA5", "+447400123456", "reception"), "not in service");
	KIT_CHECK(started.asked == 0);
	tear_down();
}

static void a_voice_question_without_an_answer_is_an_error_to_the_asker(void)
{
	Ringmain__V1__RouteVoice in = RINGMAIN__V1__ROUTE_VOICE__INIT;
	uint8_t bytes[256];

	set_up(NULL);
	started.refuse = 1;
	in.provider_id = TWILIO;
	in.external_id = "CA6";
	in.kind = "browser";
	in.from = EVE_CLIENT;
	in.to = "+14155551234";
	service_refused(service_ask(peers, N_PEERS, "router", "route.voice", (struct vp_uuid){0},
				bytes, ringmain__v1__route_voice__pack(&in, bytes)),
		503, "unavailable");
	started.refuse = 0;
	in.kind = "dance";
	service_refused(service_ask(peers, N_PEERS, "router", "route.voice", (struct vp_uuid){0},
				bytes, ringmain__v1__route_voice__pack(&in, bytes)),
		400, "bad_request");
	service_refused(service_ask(peers, N_PEERS, "router", "route.voice", (struct vp_uuid){0},
				"\xff\xff", 2),
		400, "bad_request");
	tear_down();
}

static void a_leg_that_we_dialled_finds_its_room_while_the_call_lives(void)
{
	Ringmain__V1__RouteVoiceReply *out;

	set_up(NULL);
	out = voice("answered", "CA7", "+14155550121", "+14155551234");
	is(out->action, "hangup");
	ringmain__v1__route_voice_reply__free_unpacked(out, NULL);
	service_sql(db, "select voip.ensure_partitions('2023-06-01')");
	service_sql(db, "insert into voip.calls (org_id, id, direction, status, started_at) values"
			" ('" TWILIO_ORG "', '" CALL "', 'outbound', 'initiated', now())");
	out = voice("answered", "CA7", "+14155550121", "+14155551234");
	is(out->action, "conference");
	is(out->conference, "call-" CALL);
	is(out->label, "customer");
	ringmain__v1__route_voice_reply__free_unpacked(out, NULL);
	tear_down();
}

static void shut_database(bool shut)
{
	VP_CLEANUP(vp_freep) char *sql = NULL;
	const char *name = strrchr(db, '/') + 1;

	sql = vp_strf("alter database %s allow_connections %s", name, shut ? "false" : "true");
	service_sql(getenv("VOIP_TEST_DB_URL"), sql);
	free(sql);
	sql = vp_strf(
		"select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = '%s'"
		" and usename = 'voip_router'",
		name);
	service_sql(getenv("VOIP_TEST_DB_URL"), sql);
}

static void while_the_database_is_away_what_was_known_still_works(void)
{
	static const char *const env[] = {"VOIP_ROUTE_CACHE_MS", "0", NULL};
	int64_t start;

	set_up(env);
	KIT_CHECK(outbound(ORG, "020 7183 8750", "").status == 200);
	rings(inbound(ORG, T1, "+442071831001", ""), "+442071831001", "");
	shut_database(true);
	start = vp_mono_us();
	KIT_CHECK(outbound(ORG, "020 7183 8750", "").status == 200);
	rings(inbound(ORG, T1, "+442071831001", ""), "+442071831001", "");
	KIT_CHECK(vp_mono_us() - start < 3000000, "%lld us", (long long)(vp_mono_us() - start));
	service_refused(outbound(BARE_ORG, "+1 415 555 1234", ""), 503, "unavailable");
	shut_database(false);
	kit_pump(peers, N_PEERS, has_a_target, NULL, 10000, "the database to return");
	tear_down();
}

static void a_killed_router_answers_again_after_its_return(void)
{
	set_up(NULL);
	KIT_CHECK(outbound(ORG, "020 7183 8750", "").status == 200);
	service_kill(&router);
	service_start(&router, &forwarder, db, peers, N_PEERS);
	kit_pump(peers, N_PEERS, has_a_target, NULL, 20000, "the new router");
	tear_down();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"outbound calls get trunks in order, with their number formats",
			outbound_calls_get_trunks_in_order_with_their_number_formats},
		{"refusals have a status, a word and a sentence",
			refusals_have_status_word_and_sentence},
		{"a provider that was just activated is used at once",
			a_provider_that_was_just_activated_is_used_at_once},
		{"a change of the configuration ends what is remembered",
			a_change_of_the_configuration_ends_what_is_remembered},
		{"trunks that controllers call down are not used",
			trunks_that_controllers_call_down_are_not_used},
		{"the guard stops a burst of one user", the_guard_stops_a_burst_of_one_user},
		{"the number tells whose of two trunks it is",
			the_number_tells_whose_of_two_trunks_it_is},
		{"inbound calls ring the user of their route",
			inbound_calls_ring_the_user_of_their_route},
		{"providers stand in for each other", providers_stand_in_for_each_other},
		{"a browser's leg is decided as any call and handed over",
			a_browsers_leg_is_decided_as_any_call_and_handed_over},
		{"an inbound leg rings the user of its number",
			an_inbound_leg_rings_the_user_of_its_number},
		{"a voice question without an answer is an error to the asker",
			a_voice_question_without_an_answer_is_an_error_to_the_asker},
		{"a leg that we dialled finds its room while the call lives",
			a_leg_that_we_dialled_finds_its_room_while_the_call_lives},
		{"while the database is away what was known still works",
			while_the_database_is_away_what_was_known_still_works},
		{"a killed router answers again after its return",
			a_killed_router_answers_again_after_its_return},
	};

	return kit_main(tests, VP_ARRAY_LEN(tests));
}
