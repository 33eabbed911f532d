/* What the service promises, from outside: signatures, duplicates, voice, replay, bad input. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/config_hint.h"
#include "libcommon/provider/telnyx/signature.h"
#include "tests/integration/webhook/world.h"

#define STATUS "/voip/webhook/twilio/status"
#define VOICE "/voip/webhook/twilio/voice"
#define CALL "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void expect(struct answer answer, int status)
{
	KIT_CHECK(answer.status == status, "%d instead of %d: %s", answer.status, status,
		answer.body);
	wire_free(&answer);
}

static void expect_text(struct answer answer, const char *text)
{
	KIT_CHECK(answer.status == 200, "%d: %s", answer.status, answer.body);
	KIT_CHECK(strstr(answer.body, text), "%s", answer.body);
	wire_free(&answer);
}

static int64_t stored(void)
{
	return world_sql("select count(*) from webhook_inbox");
}

static int64_t told(void)
{
	return world_sql("select count(*) from event_log where type = 'provider.event'");
}

static void only_what_is_signed_is_stored(void)
{
	world_make(NULL, WORLD_ROUTER_AWAY);
	expect(world_twilio("wrong", WORLD_SID, STATUS, "CallSid=" CALL), 401);
	expect(world_twilio(WORLD_TOKEN_2, WORLD_SID, STATUS, "CallSid=" CALL), 401);
	expect(world_twilio(
		       WORLD_TOKEN, "ACffffffffffffffffffffffffffffffff", STATUS, "CallSid=" CALL),
		401);
	expect(wire_ask(world.port, "POST", STATUS, NULL, "AccountSid=" WORLD_SID "&CallSid=" CALL),
		401);
	expect(wire_ask(world.port, "POST", STATUS, NULL, ""), 401);
	expect(world_telnyx("/voip/webhook/telnyx", "{}", vp_time_us() / 1000000 - 301), 401);
	expect(wire_ask(world.port, "POST", "/voip/webhook/telnyx", NULL, "{}"), 401);
	expect(wire_ask(world.port, "POST", "/voip/webhook/sip", NULL, "{}"), 404);
	expect(wire_ask(world.port, "POST",
		       "/voip/webhook/p/01890000-0000-7000-8000-000000000000/status", NULL, ""),
		404);
	expect(wire_ask(world.port, "GET", STATUS "?AccountSid=" WORLD_SID "&CallSid=" CALL, NULL,
		       NULL),
		401);
	expect(wire_ask(world.port, "GET", "/voip/webhook/telnyx", NULL, NULL), 405);
	expect_text(wire_ask(world.port, "GET", "/healthz", NULL, NULL), "webhook-ingest");
	KIT_CHECK(stored() == 0 && told() == 0);
	KIT_CHECK(world_metric("voip_webhook_rejected_total{driver=\"twilio\",reason=\"signature_"
			       "wrong\"}") >= 2);
	/* the same bytes, signed right */
	expect(world_twilio(WORLD_TOKEN, WORLD_SID, STATUS, "CallSid=" CALL), 200);
	KIT_CHECK(stored() == 1 && told() == 1);
	world_await_events(1);
	world_end();
}

static void every_account_has_its_address_active_or_not(void)
{
	char target[256];
	world_make(NULL, WORLD_ROUTER_AWAY);
	/* the old address: the account of the body chooses the key */
	expect(world_twilio(WORLD_TOKEN_2, WORLD_SID_2, STATUS, "CallSid=" CALL), 200);
	snprintf(target, sizeof(target), "/voip/webhook/p/%s/status?call=%s&leg=customer",
		world.twilio, world.org);
	expect(world_twilio(WORLD_TOKEN, WORLD_SID, target,
		       "CallSid=" CALL
		       "&CallStatus=ringing&Timestamp=Mon%2C+23+Nov+2026+06%3A08%3A00+%2B0000"),
		200);
	world_await_events(2);
	KIT_CHECK(strcmp(world.last_call, world.org) == 0, "%s", world.last_call);
	KIT_CHECK(strcmp(world.last_leg, "customer") == 0);
	KIT_CHECK(strcmp(world.last_external, CALL) == 0);
	KIT_CHECK(world.last_occurred_us / 1000000 == 1795414080, "%lld",
		(long long)world.last_occurred_us);
	/* another account's token at this one's address; and its own, for another account */
	expect(world_twilio(WORLD_TOKEN_2, WORLD_SID_2, target, "CallSid=" CALL), 401);
	expect(world_twilio(WORLD_TOKEN, WORLD_SID_2, target, "CallSid=" CALL), 401);
	KIT_CHECK(world_sql("select count(*) from providers where is_active") == 0);
	KIT_CHECK(stored() == 2 && told() == 2);
	/* one that is made now is known at once */
	char id[VP_UUID_TEXT_SIZE];
	world_add_provider("twilio",
		"{\"account_sid\":\"AC11111111111111111111111111111111\",\"auth_token\":"
		"\"" WORLD_TOKEN "\"}",
		id);
	snprintf(target, sizeof(target), "/voip/webhook/p/%s/recording", id);
	kit_pump_for(world.peers, 2, 1100); /* a read a second at most */
	expect(world_twilio(WORLD_TOKEN, "AC11111111111111111111111111111111", target,
		       "CallSid=" CALL "&RecordingSid=RE1&RecordingStatus=completed"),
		200);
	world_await_events(3);
	KIT_CHECK(strcmp(world.last_kind, "recording") == 0);
	world_end();
}

/* Strangers make the accounts be read again; that one has no key is said once all the same. */
static void a_provider_without_key_fills_no_log(void)
{
	char id[VP_UUID_TEXT_SIZE], target[256];
	world_make(NULL, WORLD_ROUTER_AWAY);
	world_add_provider("telnyx", "{\"api_key\":\"KEY2\"}", id);
	for (unsigned i = 0; i < 3; i++) {
		kit_pump_for(world.peers, 2, 1100); /* a read a second at most */
		snprintf(target, sizeof(target),
			"/voip/webhook/p/00000000-0000-7000-8000-00000000000%u/events", i);
		expect(world_telnyx(target, "{}", time(NULL)), 404);
	}
	snprintf(target, sizeof(target), "/voip/webhook/p/%s/events", id);
	expect(world_telnyx(target, "{}", time(NULL)), 503);
	KIT_CHECK(world_logged("provider.no_key", id) == 1, "%u",
		world_logged("provider.no_key", id));
	world_end();
}

#define RIVAL "00000000-0000-7000-8000-0000000000f0" /* older than everybody */

/* Another organisation claims the victim's account: it hears nothing of it, and shuts it out of
 * nothing. */
static void a_rival_who_claims_our_account_gets_nothing(void)
{
	char key[VP_TELNYX_KEY_TEXT_SIZE], config[512], id[VP_UUID_TEXT_SIZE], target[256];
	world_make(NULL, WORLD_ROUTER_AWAY);
	world_sql("insert into orgs (id, name) values ('" RIVAL "', 'Rival')");
	for (int i = 0; i < 12; i++) { /* our account id, and a token of its own */
		snprintf(id, sizeof(id), "00000000-0000-7000-8000-0000000000%02x", i);
		world_add_provider_of(RIVAL, id, "twilio",
			"{\"account_sid\":\"" WORLD_SID
			"\",\"auth_token\":\"99999999999999999999999999999999\"}");
	}
	vp_telnyx_key_text(world.telnyx_seed, key); /* the public one: no secret */
	snprintf(config, sizeof(config), "{\"api_key\":\"KEY1\",\"public_key\":\"%s\"}", key);
	world_add_provider_of(RIVAL, "00000000-0000-7000-8000-0000000000aa", "telnyx", config);
	world_stop_ingest(SIGTERM);
	world_start_ingest();
	expect(world_twilio(WORLD_TOKEN, WORLD_SID, STATUS, "CallSid=" CALL), 200);
	const char *body = "{\"data\":{\"id\":\"1\",\"event_type\":\"call.initiated\"}}";
	expect(world_telnyx("/voip/webhook/telnyx", body, time(NULL)), 401);
	snprintf(target, sizeof(target), "/voip/webhook/p/%s/events", world.telnyx);
	expect(world_telnyx(target, body, time(NULL)), 200);
	KIT_CHECK(stored() == 2);
	KIT_CHECK(world_sql("select count(*) from webhook_inbox where org_id = '" RIVAL "'") == 0);
	world_end();
}

static void duplicates_are_told_once_also_after_a_restart(void)
{
	char fields[128];
	world_make(NULL, WORLD_ROUTER_AWAY);
	for (int round = 0; round < 3; round++) {
		for (int seq = 3; seq >= 0; seq--) {
			snprintf(fields, sizeof(fields),
				"CallSid=" CALL "&CallStatus=s%d&SequenceNumber=%d", seq, seq);
			expect(world_twilio(WORLD_TOKEN, WORLD_SID, STATUS, fields), 200);
		}
		if (round == 1) {
			world_stop_ingest(SIGKILL);
			world_start_ingest();
		}
	}
	const char *event =
		"{\"data\":{\"event_type\":\"call.hangup\",\"id\":\"e-1\",\"occurred_at\":"
		"\"2026-11-23T06:08:00.250000Z\",\"payload\":{\"call_control_id\":\"v3:x\","
		"\"call_session_id\":\"s\",\"client_state\":\"bGVnPWFnZW50\"}}}";
	char own[2][128];
	snprintf(own[0], sizeof(own[0]), "/voip/webhook/p/%s/events", world.telnyx);
	snprintf(own[1], sizeof(own[1]), "/voip/webhook/p/%s", world.telnyx);
	const char *const targets[] = {"/voip/webhook/telnyx", own[0], own[1]};
	for (size_t i = 0; i < VP_ARRAY_LEN(targets); i++) {
		expect_text(world_telnyx(targets[i], event, vp_time_us() / 1000000),
			"{\"status\":\"received\"}");
	}
	world_await_events(5);
	KIT_CHECK(strcmp(world.last_kind, "call.hangup") == 0 &&
		  strcmp(world.last_leg, "agent") == 0);
	KIT_CHECK(world.last_occurred_us == 1795414080250000);
	KIT_CHECK(stored() == 5 && told() == 5);
	/* numbers are dense: a duplicate that only the database knew has a void in its place */
	KIT_CHECK(world_sql("select count(*) from event_log where type = 'bus.void'") == 4);
	KIT_CHECK(world_sql("select count(*) from (select 1 from event_log group by stream "
			    "having max(seq) <> count(*)) holes") == 0);
	kit_pump_for(world.peers, 2, 300);
	KIT_CHECK(world.events == 5, "%u", world.events);
	world_end();
}

static void a_call_hears_what_router_says(void)
{
	char target[256], id[VP_UUID_TEXT_SIZE];
	world_make(NULL, WORLD_ROUTER_ANSWERS);
	vp_uuid_text(vp_uuid_new(), id);
	world.reply.call_id = id;
	world.reply.action = "conference";
	world.reply.conference = "room <&\"\x01'";
	world.reply.label = "agent";
	world.reply.start_on_enter = 1;
	struct answer first = world_twilio(WORLD_TOKEN, WORLD_SID, VOICE,
		"CallSid=" CALL "&From=client%3Auser_1&To=%2B15550001111&crm=%3C%26");
	KIT_CHECK(first.status == 200, "%d %s", first.status, first.body);
	KIT_CHECK(strstr(wire_header(&first, "content-type"), "text/xml"));
	KIT_CHECK(strstr(first.body, ">room &lt;&amp;\"?'</Conference>") ||
			  strstr(first.body, ">room &lt;&amp;&quot;?'</Conference>"),
		"%s", first.body);
	KIT_CHECK(strstr(first.body, "participantLabel=\"agent\"") &&
		  strstr(first.body, "startConferenceOnEnter=\"true\"") &&
		  strstr(first.body, "endConferenceOnExit=\"false\"") &&
		  strstr(first.body, "waitUrl=\"\""));
	snprintf(target, sizeof(target),
		"statusCallback=\"https://old.example.net/voip/webhook/p/%s/"
		"conference?call=%s&amp;leg=agent\"",
		world.twilio, id);
	KIT_CHECK(strstr(first.body, target), "%s", first.body);
	KIT_CHECK(!strstr(first.body, "record"), "the leg that we dial is recorded");
	KIT_CHECK(strcmp(world.asked_kind, "browser") == 0 &&
		  strcmp(world.asked_from, "client:user_1") == 0);
	/* asked again: the same words, and router is left in peace */
	world.reply.action = "hangup";
	struct answer again = world_twilio(WORLD_TOKEN, WORLD_SID, VOICE,
		"CallSid=" CALL "&From=client%3Auser_1&To=%2B15550001111&crm=%3C%26");
	KIT_CHECK(again.status == 200 && strcmp(first.body, again.body) == 0 && world.asked == 1);
	KIT_CHECK(stored() == 1 && told() == 1);
	wire_free(&first);
	wire_free(&again);
	/* the other words */
	static const char *const actions[][2] = {{"hangup", "<Hangup/>"},
		{"busy", "<Reject reason=\"busy\"/>"}, {"reject", "<Reject reason=\"rejected\"/>"},
		{"say", "<Say>no &lt;b&gt; here</Say><Hangup/>"}, {"fly", "We are sorry"}};
	world.reply.say = "no <b> here";
	for (size_t i = 0; i < VP_ARRAY_LEN(actions); i++) {
		char fields[128];
		world.reply.action = (char *)actions[i][0];
		snprintf(fields, sizeof(fields), "CallSid=CA%zu&From=%%2B1555&To=%%2B1666", i);
		snprintf(target, sizeof(target), "/voip/webhook/p/%s/voice%s%s", world.twilio,
			i == 0 ? "?leg=agent&call=" : "", i == 0 ? id : "");
		expect_text(world_twilio(WORLD_TOKEN, WORLD_SID, target, fields), actions[i][1]);
		KIT_CHECK(strcmp(world.asked_kind, i == 0 ? "answered" : "inbound") == 0);
	}
	/* what a call goes on with after its conference */
	snprintf(target, sizeof(target), "/voip/webhook/p/%s/dial", world.twilio);
	expect_text(world_twilio(WORLD_TOKEN, WORLD_SID, target,
			    "CallSid=" CALL "&DialCallStatus=completed"),
		"<Hangup/>");
	world_end();
}

static void nobody_decides(enum world_router router, const char *metric)
{
	world_make(NULL, router);
	int64_t began = vp_mono_us();
	expect_text(world_twilio(WORLD_TOKEN, WORLD_SID, VOICE, "CallSid=" CALL "&From=%2B1555"),
		"<Say>We are sorry");
	KIT_CHECK(vp_mono_us() - began < 2000000);
	KIT_CHECK(world_metric(metric) == 1);
	KIT_CHECK(stored() == 1);
	expect_text(world_twilio(WORLD_TOKEN, WORLD_SID, VOICE, "CallSid=" CALL "&From=%2B1555"),
		"<Say>We are sorry");
	KIT_CHECK(world_metric(metric) == 1 && stored() == 1);
	world_end();
}

static void a_silent_router_is_an_apology_in_time(void)
{
	nobody_decides(WORLD_ROUTER_SILENT, "voip_webhook_apologies_total{reason=\"timeout\"}");
	KIT_CHECK(world.asked >= 1);
}

static void no_router_is_an_apology_at_once(void)
{
	nobody_decides(WORLD_ROUTER_AWAY, "voip_webhook_apologies_total{reason=\"unavailable\"}");
}

static void a_webhook_can_be_told_again(void)
{
	world_make(NULL, WORLD_ROUTER_AWAY);
	expect(world_twilio(
		       WORLD_TOKEN, WORLD_SID, STATUS, "CallSid=" CALL "&CallStatus=completed"),
		200);
	world_await_events(1);
	world_sql("update webhook_inbox set state = 'replay'");
	world_await_events(2);
	KIT_CHECK(strcmp(world.last_external, CALL) == 0);
	world_await_number(
		"select count(*) from webhook_inbox where state = 'done' and replays = 1 and "
		"replayed_at is not null",
		1);
	KIT_CHECK(told() == 2 && stored() == 1);
	world_end();
}

static void bad_input_is_survived(void)
{
	char *big = malloc(300001), target[256];
	world_make(NULL, WORLD_ROUTER_AWAY);
	memset(big, 'x', 300000);
	big[300000] = '\0';
	expect(wire_ask(world.port, "POST", STATUS, NULL, big), 413);
	/* large, and signed */
	big[200000] = '\0';
	memcpy(big, "CallSid=CA1&Long=", 17);
	expect(world_twilio(WORLD_TOKEN, WORLD_SID, STATUS, big), 200);
	/* signed nonsense is kept: what a carrier signed, somebody may want to see */
	expect(world_twilio(WORLD_TOKEN, WORLD_SID, STATUS, "CallS=idCA1"), 200);
	expect(world_twilio(WORLD_TOKEN, WORLD_SID, STATUS, "CallSid=%00%ff%FF&CallStatus=%c3"),
		200);
	for (int i = 0; i < 2; i++) {
		int64_t now_s = vp_time_us() / 1000000;
		expect(world_telnyx("/voip/webhook/telnyx", "not json", now_s), 200);
		expect(world_telnyx("/voip/webhook/telnyx", "[[[[", now_s), 200);
		expect(world_telnyx("/voip/webhook/telnyx", "{\"data\":{\"event_type\":7}}", now_s),
			200);
	}
	world_await_events(6);
	KIT_CHECK(stored() == 6 && told() == 6);
	/* a broken escape cannot be signed by anybody */
	expect(wire_ask(world.port, "POST", STATUS,
		       "Content-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: "
		       "Dx2xOnK/JedEBc69iRe1FuOYPrE=\r\n",
		       "AccountSid=" WORLD_SID "&a=%zz"),
		401);
	/* a public address with too many wrong ones is not listened to; the others are */
	for (int i = 0; i < 21; i++) {
		expect(wire_ask(world.port, "POST", STATUS, "X-Forwarded-For: 203.0.113.9\r\n",
			       "AccountSid=" WORLD_SID),
			i < 20 ? 401 : 429);
	}
	snprintf(target, sizeof(target), "/voip/webhook/p/%s/status", world.twilio);
	expect(world_twilio(WORLD_TOKEN, WORLD_SID, target, "CallSid=CA2"), 200);
	free(big);
	world_end();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"only what is signed is stored", only_what_is_signed_is_stored},
		{"a provider without key fills no log", a_provider_without_key_fills_no_log},
		{"a rival who claims our account gets nothing",
			a_rival_who_claims_our_account_gets_nothing},
		{"every account has its address, active or not",
			every_account_has_its_address_active_or_not},
		{"duplicates are told once, also after a restart",
			duplicates_are_told_once_also_after_a_restart},
		{"a call hears what router says", a_call_hears_what_router_says},
		{"a silent router is an apology in time", a_silent_router_is_an_apology_in_time},
		{"no router is an apology at once", no_router_is_an_apology_at_once},
		{"a webhook can be told again", a_webhook_can_be_told_again},
		{"bad input is survived", bad_input_is_survived},
	};
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
