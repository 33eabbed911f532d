/* The WebSocket of the real gateway: who gets in, what goes through, in which order, and how it
 * ends. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/config_hint.h"
#include "proto/config.pb-c.h"
#include "proto/recording.pb-c.h"
#include "tests/integration/gateway/scene.h"

#define RINGING RINGMAIN__V1__CALL_STATUS__RINGING
#define IN_PROGRESS RINGMAIN__V1__CALL_STATUS__IN_PROGRESS
#define COMPLETED RINGMAIN__V1__CALL_STATUS__COMPLETED

static struct ws one, two;

/* Opens a socket of the agent and takes its hello. */
static json_t *greet(struct ws *ws, unsigned gateway)
{
	int status = ws_open(ws, scene.ports[gateway], "", bearer(&scene.agent));
	KIT_CHECK(status == 101, "%d", status);
	return ws_expect(ws, "hello");
}

static void open_agent(struct ws *ws, unsigned gateway)
{
	json_decref(greet(ws, gateway));
}

static void expect_refused(struct ws *ws, const char *text, const char *id, const char *error)
{
	ws_send(ws, text);
	json_t *reply = ws_expect(ws, "reply");
	KIT_CHECK(json_is_false(wire_at(reply, "ok")), "%s", text);
	KIT_CHECK(strcmp(wire_text(reply, "error"), error) == 0, "%s: %s", text,
		wire_text(reply, "error"));
	KIT_CHECK(wire_text(reply, "message") != NULL);
	const char *have = wire_text(reply, "id");
	KIT_CHECK(id == NULL ? have == NULL : have != NULL && strcmp(have, id) == 0, "%s", text);
	json_decref(reply);
}

/* --- getting in --- */

static char *new_ticket(const struct person *who)
{
	struct answer a = wire_ask(scene.ports[0], "POST", "/api/voip/token", bearer(who), NULL);
	KIT_CHECK(a.status == 200, "%s", a.body);
	char *query = vp_strf("?ticket=%s", wire_text(a.json, "token"));
	wire_free(&a);
	return query;
}

static void a_ticket_is_good_for_one_socket(void)
{
	scene_begin(2);
	char *query = new_ticket(&scene.agent);
	KIT_CHECK(ws_open(&one, scene.ports[0], query, NULL) == 101);
	json_t *hello = ws_expect(&one, "hello");
	KIT_CHECK(strcmp(wire_text(hello, "user.name"), "Ann Agent") == 0);
	KIT_CHECK(strcmp(wire_text(hello, "user.email"), "agent@example.com") == 0);
	KIT_CHECK(strncmp(wire_text(hello, "session"), "gw1/", 4) == 0);
	json_decref(hello);
	KIT_CHECK(ws_open(&two, scene.ports[0], query, NULL) == 401, "a second time");
	KIT_CHECK(ws_open(&two, scene.ports[1], query, NULL) == 401, "also at another gateway");
	char *last = query + strlen(query) - 1;
	*last = *last == 'A' ? 'B' : 'A';
	KIT_CHECK(ws_open(&two, scene.ports[0], query, NULL) == 401, "a broken signature");
	KIT_CHECK(ws_open(&two, scene.ports[0], "?ticket=", NULL) == 401);
	KIT_CHECK(ws_open(&two, scene.ports[0], "?ticket=a.b.c", NULL) == 401);
	KIT_CHECK(ws_open(&two, scene.ports[0], "", NULL) == 401, "nothing");
	KIT_CHECK(ws_open(&two, scene.ports[0], "", "Authorization: Bearer no\r\n") == 401);
	free(query);
	query = new_ticket(&scene.agent);
	scene_sql("update users set is_active = false where email = 'agent@example.com'");
	KIT_CHECK(ws_open(&two, scene.ports[0], query, NULL) == 401, "a user who was switched off");
	free(query);
	ws_close(&one);
	scene_end();
}

static void only_our_own_pages_may_use_the_cookie(void)
{
	scene_begin(1);
	char *headers = sign_in(0, "agent@example.com");
	KIT_CHECK(ws_open(&one, scene.ports[0], "", headers) == 101);
	json_decref(ws_expect(&one, "hello"));
	ws_close(&one);
	char *cookie = strndup(headers, strcspn(headers, "\n") + 1);
	char *evil = vp_strf("%sOrigin: https://evil.example\r\n", cookie);
	KIT_CHECK(ws_open(&one, scene.ports[0], "", evil) == 403);
	free(evil);
	free(cookie);
	free(headers);
	scene_end();
}

static void a_user_has_at_most_so_many_sockets(void)
{
	scene_begin(1);
	static struct ws many[20];
	for (size_t i = 0; i < VP_ARRAY_LEN(many); i++) {
		open_agent(&many[i], 0);
	}
	KIT_CHECK(ws_open(&one, scene.ports[0], "", bearer(&scene.agent)) == 101);
	KIT_CHECK(ws_wait_close(&one) == 1013);
	ws_close(&one);
	KIT_CHECK(ws_open(&one, scene.ports[0], "", bearer(&scene.admin)) == 101);
	json_decref(ws_expect(&one, "hello"));
	ws_close(&one);
	ws_close(&many[0]);
	int64_t until = vp_mono_us() + 20000000;
	for (;;) {
		KIT_CHECK(vp_mono_us() < until);
		KIT_CHECK(ws_open(&one, scene.ports[0], "", bearer(&scene.agent)) == 101);
		if (ws_has(&one, "hello", 300)) {
			break;
		}
		ws_close(&one);
	}
	scene_end();
}

/* --- what goes through --- */

static void hello_knows_the_live_calls_of_all_controllers(void)
{
	scene_begin(1);
	scene.live[0] = make_call(&scene.agent, "cc1", 5, IN_PROGRESS);
	scene.live[0]->answered_us = scene.live[0]->started_us + 1000000;
	scene.live[1] = make_call(&scene.agent, "cc1", 2, COMPLETED);
	scene.n_live = 2;
	json_t *hello = greet(&one, 0);
	KIT_CHECK(json_array_size(wire_at(hello, "calls")) == 1, "only live ones");
	KIT_CHECK(strcmp(wire_text(hello, "calls.0.id"), scene.live[0]->call_id) == 0);
	KIT_CHECK(strcmp(wire_text(hello, "calls.0.status"), "in-progress") == 0);
	KIT_CHECK(json_is_null(wire_at(hello, "calls.0.contact")));
	KIT_CHECK(strlen(wire_text(hello, "calls.0.answered_at")) == 24);
	json_decref(hello);
	size_t at = 0;
	scene_take("call.list", &at);
	scene_take("call.list", &at);
	KIT_CHECK(
		strcmp(scene.taken[0].node, scene.taken[1].node) != 0, "each controller was asked");
	ws_close(&one);
	scene_end();
}

static void changes_arrive_in_order_and_once(void)
{
	scene_begin(2);
	open_agent(&one, 0);
	open_agent(&two, 1);
	Ringmain__V1__CallChanged *call = make_call(&scene.agent, "cc1", 1, RINGING);
	tell_live(call);
	json_decref(ws_expect(&one, "call.changed"));
	json_decref(ws_expect(&two, "call.changed"));
	call->version = 3;
	call->status = IN_PROGRESS;
	call->session = strdup("gw1/1");
	tell_live(call);
	json_t *m = ws_expect(&one, "call.changed");
	KIT_CHECK(json_integer_value(wire_at(m, "call.version")) == 3);
	KIT_CHECK(json_is_true(wire_at(m, "call.mine")), "the first socket of gw1 has the audio");
	json_decref(m);
	m = ws_expect(&two, "call.changed");
	KIT_CHECK(json_is_false(wire_at(m, "call.mine")));
	json_decref(m);
	call->version = 2; /* late: both as hint and as event */
	call->status = RINGING;
	tell_live(call);
	tell_durable(call);
	call->version = 4; /* only as event: the hint was lost */
	call->status = COMPLETED;
	call->ended_us = vp_time_us();
	tell_durable(call);
	m = ws_expect(&one, "call.changed");
	KIT_CHECK(json_integer_value(wire_at(m, "call.version")) == 4, "the old one was dropped");
	KIT_CHECK(strcmp(wire_text(m, "call.status"), "completed") == 0);
	json_decref(m);
	json_decref(ws_expect(&two, "call.changed"));
	call->version = 1;
	tell_live(call);
	tell_live(call);
	KIT_CHECK(!ws_has(&one, "call.changed", 300), "after the end nothing old comes back");
	call_free(call);
	call = make_call(&scene.admin, "cc1", 1, RINGING);
	tell_live(call);
	tell_durable(call);
	KIT_CHECK(!ws_has(&one, "call.changed", 300), "another's call");
	call_free(call);
	ws_close(&one);
	ws_close(&two);
	scene_end();
}

static void a_ringing_call_is_confirmed_once_it_is_shown(void)
{
	scene_begin(1);
	size_t at = 0;
	Ringmain__V1__CallChanged *call = make_call(&scene.agent, "cc2", 1, RINGING);
	tell_live(call);
	kit_pump_for(scene.peers, 3, 300);
	KIT_CHECK(scene.n_taken == 0, "nobody is there to be rung");
	open_agent(&one, 0);
	call->version = 2;
	tell_live(call);
	json_decref(ws_expect(&one, "call.changed"));
	const struct taken *t = scene_take("call.alerting", &at);
	KIT_CHECK(strcmp(t->call, call->call_id) == 0 && strcmp(t->node, "cc2") == 0);
	KIT_CHECK(strcmp(t->user, scene.agent.id_text) == 0);
	call->version = 3;
	call->early_media = true;
	tell_live(call);
	json_decref(ws_expect(&one, "call.changed"));
	kit_pump_for(scene.peers, 3, 300);
	for (size_t i = at; i < scene.n_taken; i++) {
		KIT_CHECK(strcmp(scene.taken[i].type, "call.alerting") != 0, "only once");
	}
	call_free(call);
	call = make_call(&scene.agent, "cc1", 1, RINGING);
	call->direction = RINGMAIN__V1__DIRECTION__OUTBOUND;
	tell_live(call);
	json_decref(ws_expect(&one, "call.changed"));
	call->version = 2;
	call->click_to_call = true;
	tell_live(call);
	t = scene_take("call.alerting", &at);
	KIT_CHECK(strcmp(t->node, "cc1") == 0,
		"a click-to-call rings the tabs too; a plain outbound call does not");
	call_free(call);
	ws_close(&one);
	scene_end();
}

static void a_call_that_rings_already_is_confirmed_at_hello(void)
{
	scene_begin(1);
	size_t at = 0;
	scene.live[0] = make_call(&scene.agent, "cc1", 1, RINGING);
	scene.n_live = 1;
	open_agent(&one, 0);
	KIT_CHECK(strcmp(scene_take("call.alerting", &at)->call, scene.live[0]->call_id) == 0);
	ws_close(&one);
	scene_end();
}

static void requests_reach_the_controller_that_holds_the_call(void)
{
	scene_begin(1);
	size_t at = 0;
	open_agent(&one, 0);
	ws_send(&one,
		"{\"type\":\"call.dial\",\"id\":\"d1\",\"to\":\"030 901820\",\"sdp\":\"offer\","
		"\"idempotency_key\":\"k\",\"from\":\"+4930333\"}");
	json_t *reply = ws_reply(&one, "d1");
	const struct taken *t = scene_take("call.dial", &at);
	KIT_CHECK(json_is_true(wire_at(reply, "ok")));
	KIT_CHECK(strcmp(wire_text(reply, "call_id"), t->call) == 0);
	KIT_CHECK(strcmp(t->text, "offer") == 0 && strcmp(t->session, "gw1/1") == 0);
	json_decref(reply);

	Ringmain__V1__CallChanged *call = make_call(&scene.agent, "cc2", 1, RINGING);
	tell_live(call);
	json_decref(ws_expect(&one, "call.changed"));
	static const char *const kinds[] = {"call.answer", "call.attach", "call.decline",
		"call.hangup", "call.hold", "call.unhold", "call.dtmf"};
	for (size_t i = 0; i < VP_ARRAY_LEN(kinds); i++) {
		ws_send_json(&one,
			json_pack("{s:s, s:s, s:s, s:s, s:s}", "type", kinds[i], "id", kinds[i],
				"call_id", call->call_id, "sdp", "offer2", "digits", "12*#A"));
		t = scene_take(kinds[i], &at);
		KIT_CHECK(strcmp(t->node, "cc2") == 0 && strcmp(t->call, call->call_id) == 0, "%s",
			kinds[i]);
		reply = ws_reply(&one, kinds[i]);
		KIT_CHECK(json_is_true(wire_at(reply, "ok")), "%s", kinds[i]);
		const char *sdp = wire_text(reply, "sdp");
		KIT_CHECK(i < 2 ? strcmp(sdp, "answer-sdp") == 0 && strcmp(t->text, "offer2") == 0
				: sdp == NULL);
		KIT_CHECK(i != 6 || strcmp(t->text, "12*#A") == 0);
		json_decref(reply);
	}
	scene.refuse_error = "already_answered";
	scene.refuse_status = 409;
	ws_send_json(&one, json_pack("{s:s, s:s, s:s, s:s}", "type", "call.answer", "id", "x",
				   "call_id", call->call_id, "sdp", "o"));
	reply = ws_reply(&one, "x");
	KIT_CHECK(strcmp(wire_text(reply, "error"), "already_answered") == 0);
	KIT_CHECK(strcmp(wire_text(reply, "message"), "The fake says no.") == 0);
	json_decref(reply);
	call_free(call);
	ws_close(&one);
	scene_end();
}

static void a_call_that_no_hint_told_of_is_found_in_the_table(void)
{
	scene_begin(1);
	size_t at = 0;
	static const char mine[] = "0199a000-0000-7000-8000-000000000001";
	static const char hers[] = "0199a000-0000-7000-8000-000000000002";
	const char *month = "create table calls_test partition of calls for values from "
			    "('01990000-0000-7000-8000-000000000000') to "
			    "('019a0000-0000-7000-8000-000000000000')";
	scene_sql("%s", month);
	scene_sql("insert into calls (org_id, id, direction, status, user_id, node_id, started_at) "
		  "values "
		  "('%s', '%s', 'inbound', 'in-progress', '%s', 'cc2', now()), "
		  "('%s', '%s', 'inbound', 'in-progress', '%s', 'cc2', now())",
		scene.org_text, mine, scene.agent.id_text, scene.org_text, hers,
		scene.admin.id_text);
	open_agent(&one, 0);
	ws_send_json(&one,
		json_pack("{s:s, s:s, s:s}", "type", "call.hold", "id", "1", "call_id", mine));
	json_t *reply = ws_reply(&one, "1");
	KIT_CHECK(json_is_true(wire_at(reply, "ok")));
	json_decref(reply);
	KIT_CHECK(strcmp(scene_take("call.hold", &at)->node, "cc2") == 0);
	ws_send_json(&one,
		json_pack("{s:s, s:s, s:s}", "type", "call.hold", "id", "2", "call_id", hers));
	reply = ws_reply(&one, "2");
	KIT_CHECK(strcmp(wire_text(reply, "error"), "not_found") == 0, "another's call");
	json_decref(reply);
	scene_sql("update calls set ended_at = now() where id = '%s'", mine);
	ws_send_json(&one,
		json_pack("{s:s, s:s, s:s}", "type", "call.hold", "id", "3", "call_id", mine));
	reply = ws_reply(&one, "3");
	KIT_CHECK(strcmp(wire_text(reply, "error"), "wrong_state") == 0);
	json_decref(reply);
	/* closed while the table is asked */
	ws_send_json(&one,
		json_pack("{s:s, s:s, s:s}", "type", "call.hold", "id", "4", "call_id", hers));
	ws_close(&one);
	open_agent(&one, 0);
	ws_close(&one);
	scene_end();
}

static void media_and_quality_go_to_the_tab_with_the_audio(void)
{
	scene_begin(1);
	json_t *hello_one = greet(&one, 0), *hello_two = greet(&two, 0);
	const char *session = wire_text(hello_two, "session");
	Ringmain__V1__CallChanged *call = make_call(&scene.agent, "cc1", 1, IN_PROGRESS);
	call->session = strdup(session);
	tell_live(call);
	json_decref(ws_expect(&one, "call.changed"));
	json_decref(ws_expect(&two, "call.changed"));
	Ringmain__V1__CallMediaReady media = RINGMAIN__V1__CALL_MEDIA_READY__INIT;
	media.call_id = call->call_id;
	media.session = (char *)session;
	media.sdp_answer = "the answer";
	tell(scene.agent.id_text, "call.media", &media.base);
	Ringmain__V1__CallQuality quality = RINGMAIN__V1__CALL_QUALITY__INIT;
	quality.call_id = call->call_id;
	quality.mos_x100 = 421;
	quality.lost_permille = 3;
	quality.jitter_ms = 4;
	quality.rtt_ms = 50;
	tell(scene.agent.id_text, "call.quality", &quality.base);
	Ringmain__V1__CallDtmfReceived dtmf = RINGMAIN__V1__CALL_DTMF_RECEIVED__INIT;
	dtmf.call_id = call->call_id;
	dtmf.digit = "7";
	tell(scene.agent.id_text, "call.dtmf_received", &dtmf.base);
	json_t *m = ws_expect(&two, "call.media");
	KIT_CHECK(strcmp(wire_text(m, "sdp"), "the answer") == 0);
	json_decref(m);
	m = ws_expect(&two, "call.quality");
	KIT_CHECK(json_number_value(wire_at(m, "mos")) == 4.21);
	KIT_CHECK(json_integer_value(wire_at(m, "rtt_ms")) == 50);
	json_decref(m);
	m = ws_expect(&two, "call.dtmf");
	KIT_CHECK(strcmp(wire_text(m, "digit"), "7") == 0);
	json_decref(m);
	KIT_CHECK(!ws_has(&one, "call.media", 200) && ws_count(&one, "call.quality") == 0 &&
		  ws_count(&one, "call.dtmf") == 0);
	json_decref(hello_one);
	json_decref(hello_two);
	call_free(call);
	ws_close(&one);
	ws_close(&two);
	scene_end();
}

static void news_of_recordings_and_contacts_arrive(void)
{
	scene_begin(2);
	open_agent(&one, 0);
	struct kit_peer recorder;
	kit_peer_open(&recorder, kit_endpoints(&scene.forwarder, 1), scene.db_url, "recorder", "r1",
		NULL);
	kit_pump_ready(&recorder, 1);
	const struct vp_uuid other_org = vp_uuid_new();
	Ringmain__V1__RecordingStored stored = RINGMAIN__V1__RECORDING_STORED__INIT;
	stored.recording_id = "0199a000-0000-7000-8000-00000000000a";
	stored.call_id = "0199a000-0000-7000-8000-00000000000b";
	stored.user_id = scene.agent.id_text;
	stored.duration_ms = 1234;
	stored.format = "ogg";
	uint8_t data[512];
	size_t len = protobuf_c_message_pack(&stored.base, data);
	struct vp_db_tx *tx = vp_db_tx_create();
	KIT_CHECK(vp_bus_emit(recorder.bus, tx,
			  &(struct vp_event){.type = "recording.stored",
				  .org = scene.org,
				  .subject = stored.call_id,
				  .data = data,
				  .len = len}) == 0);
	KIT_CHECK(vp_db_write(recorder.db, tx, NULL, NULL) == 0);
	kit_pump_for(&recorder, 1, 200);
	json_t *m = ws_expect(&one, "recording.stored");
	KIT_CHECK(strcmp(wire_text(m, "recording_id"), stored.recording_id) == 0);
	KIT_CHECK(json_integer_value(wire_at(m, "duration_ms")) == 1234);
	json_decref(m);
	KIT_CHECK(vp_bus_tell_config(recorder.bus, other_org, "providers", other_org) == 0);
	KIT_CHECK(vp_bus_tell_config(recorder.bus, scene.org, "trunks", other_org) == 0);
	KIT_CHECK(vp_bus_tell_config(recorder.bus, scene.org, "providers", other_org) == 0);
	kit_pump_for(&recorder, 1, 200);
	json_decref(ws_expect(&one, "providers.changed"));
	kit_peer_close(&recorder);
	struct answer a = wire_ask(scene.ports[1], "POST", "/api/voip/persons",
		bearer(&scene.admin), "{\"name\":\"New Person\"}");
	KIT_CHECK(a.status == 201, "%s", a.body);
	m = ws_expect(&one, "contact.changed");
	KIT_CHECK(
		!ws_has(&one, "providers.changed", 0), "trunks and others' providers are not its");
	KIT_CHECK(strcmp(wire_text(m, "contact.type"), "person") == 0);
	KIT_CHECK(strcmp(wire_text(m, "contact.id"), wire_text(a.json, "data.id")) == 0);
	json_decref(m);
	wire_free(&a);
	ws_close(&one);
	scene_end();
}

/* --- wrong input --- */

static void wrong_messages_are_answered_not_fatal(void)
{
	scene_begin(1);
	open_agent(&one, 0);
	expect_refused(&one, "{", NULL, "bad_json");
	expect_refused(&one, "[]", NULL, "bad_json");
	expect_refused(&one, "\"x\"", NULL, "bad_json");
	expect_refused(
		&one, "{\"type\":\"ping\",\"type\":\"ping\",\"id\":\"1\"}", NULL, "bad_json");
	expect_refused(&one, "{}", NULL, "bad_message");
	expect_refused(&one, "{\"type\":\"ping\"}", NULL, "bad_message");
	expect_refused(&one, "{\"type\":\"ping\",\"id\":7}", NULL, "bad_message");
	expect_refused(&one, "{\"type\":\"ping\",\"id\":\"\"}", NULL, "bad_message");
	expect_refused(&one, "{\"type\":1,\"id\":\"1\"}", NULL, "bad_message");
	expect_refused(&one, "{\"type\":\"call.steal\",\"id\":\"1\"}", "1", "unknown_type");
	expect_refused(&one, "{\"type\":\"call.dial\",\"id\":\"1\"}", "1", "bad_message");
	expect_refused(&one,
		"{\"type\":\"call.dial\",\"id\":\"1\",\"to\":\"x\",\"sdp\":\"o\",\"idempotency_"
		"key\":\"k\"}",
		"1", "invalid_number");
	expect_refused(&one,
		"{\"type\":\"call.dial\",\"id\":\"1\",\"to\":\"9-1-1\",\"sdp\":\"o\",\"idempotency_"
		"key\":\"k\"}",
		"1", "emergency_number");
	expect_refused(&one,
		"{\"type\":\"call.dial\",\"id\":\"1\",\"to\":\"+4930901820\",\"sdp\":1,"
		"\"idempotency_key\":\"k\"}",
		"1", "bad_message");
	expect_refused(&one,
		"{\"type\":\"call.dial\",\"id\":\"1\",\"to\":\"+4930901820\",\"sdp\":\"o\","
		"\"idempotency_key\":\"k\","
		"\"entity_type\":\"cat\",\"entity_id\":\"1\"}",
		"1", "invalid");
	expect_refused(&one, "{\"type\":\"call.hold\",\"id\":\"1\",\"call_id\":\"x\"}", "1",
		"bad_message");
	expect_refused(&one,
		"{\"type\":\"call.attach\",\"id\":\"1\",\"call_id\":\"0199a000-0000-7000-8000-"
		"000000000001\"}",
		"1", "bad_message");
	/* without an offer it is a claim to a carrier's leg */
	expect_refused(&one,
		"{\"type\":\"call.answer\",\"id\":\"1\",\"call_id\":\"0199a000-0000-7000-8000-"
		"000000000001\"}",
		"1", "not_found");
	expect_refused(&one,
		"{\"type\":\"call.dtmf\",\"id\":\"1\",\"call_id\":\"0199a000-0000-7000-8000-"
		"000000000001\",\"digits\":\"1x\"}",
		"1", "bad_message");
	expect_refused(&one,
		"{\"type\":\"call.hold\",\"id\":\"1\",\"call_id\":\"0199a000-0000-7000-8000-"
		"000000000001\"}",
		"1", "not_found");
	ws_send(&one, "{\"type\":\"ping\",\"id\":\"p\"}");
	json_t *reply = ws_reply(&one, "p");
	KIT_CHECK(json_is_true(wire_at(reply, "ok")), "the socket still works");
	json_decref(reply);
	KIT_CHECK(scene.n_taken == 2, "beside call.list nobody was asked");
	ws_close(&one);
	scene_end();
}

static void a_flood_of_messages_ends_the_socket(void)
{
	scene_begin(1);
	open_agent(&one, 0);
	for (int i = 0; i < 200; i++) {
		ws_send(&one, "{\"type\":\"ping\",\"id\":\"p\"}");
	}
	KIT_CHECK(ws_wait_close(&one) == 1008);
	KIT_CHECK(ws_count(&one, "reply") >= 40 && ws_count(&one, "reply") <= 60, "%u",
		ws_count(&one, "reply"));
	ws_close(&one);
	scene_end();
}

static void requests_without_answer_are_bounded(void)
{
	scene_begin(1);
	open_agent(&one, 0);
	scene.silent = true;
	Ringmain__V1__CallChanged *call = make_call(&scene.agent, "cc1", 1, IN_PROGRESS);
	tell_live(call);
	json_decref(ws_expect(&one, "call.changed"));
	for (int i = 0; i < 33; i++) {
		ws_send_json(&one, json_pack("{s:s, s:s, s:s}", "type", "call.hold", "id",
					   i < 32 ? "w" : "over", "call_id", call->call_id));
	}
	json_t *reply = ws_reply(&one, "over");
	KIT_CHECK(strcmp(wire_text(reply, "error"), "too_many") == 0);
	json_decref(reply);
	open_agent(&two, 0);
	ws_close(&one); /* with 32 under way */
	ws_send_json(&two, json_pack("{s:s, s:s, s:s}", "type", "call.hold", "id", "t", "call_id",
				   call->call_id));
	reply = ws_reply(&two, "t");
	KIT_CHECK(
		strcmp(wire_text(reply, "error"), "timeout") == 0, "%s", wire_text(reply, "error"));
	json_decref(reply);
	call_free(call);
	ws_close(&two);
	scene_end();
}

/* --- how it ends --- */

static void a_logout_ends_the_sockets_on_all_gateways(void)
{
	scene_begin(2);
	char *headers = sign_in(0, "agent@example.com");
	KIT_CHECK(ws_open(&one, scene.ports[0], "", headers) == 101);
	json_decref(ws_expect(&one, "hello"));
	char *cookie = strndup(headers, strcspn(headers, "\n") + 1);
	KIT_CHECK(ws_open(&two, scene.ports[1], "", cookie) == 101);
	json_decref(ws_expect(&two, "hello"));
	struct answer a = wire_ask(scene.ports[0], "POST", "/api/auth/logout", headers, NULL);
	KIT_CHECK(a.status == 200, "%s", a.body);
	wire_free(&a);
	json_t *bye = ws_expect(&two, "bye");
	KIT_CHECK(strcmp(wire_text(bye, "reason"), "signed_out") == 0);
	json_decref(bye);
	KIT_CHECK(ws_wait_close(&one) == 4401);
	KIT_CHECK(ws_wait_close(&two) == 4401);
	free(cookie);
	free(headers);
	ws_close(&one);
	ws_close(&two);
	scene_end();
}

static void a_user_who_is_switched_off_loses_the_sockets(void)
{
	scene_begin(1);
	char *query = new_ticket(&scene.agent);
	open_agent(&one, 0);
	KIT_CHECK(ws_open(&two, scene.ports[0], query, NULL) == 101);
	json_decref(ws_expect(&two, "hello"));
	static struct ws other;
	KIT_CHECK(ws_open(&other, scene.ports[0], "", bearer(&scene.admin)) == 101);
	json_decref(ws_expect(&other, "hello"));
	int64_t start = vp_mono_us();
	scene_sql("update users set is_active = false where email = 'agent@example.com'");
	KIT_CHECK(ws_wait_close(&one) == 4401, "by token");
	KIT_CHECK(ws_wait_close(&two) == 4401, "by ticket");
	printf("# closed after %d ms\n", (int)((vp_mono_us() - start) / 1000));
	KIT_CHECK(vp_mono_us() - start < 7000000);
	KIT_CHECK(other.close_code < 0);
	free(query);
	ws_close(&one);
	ws_close(&two);
	ws_close(&other);
	scene_end();
}

static void a_suspended_organisation_loses_the_sockets(void)
{
	scene_begin(1);
	char *query = new_ticket(&scene.agent), *headers = sign_in(0, "admin@example.com");
	static struct ws other;
	open_agent(&one, 0);
	KIT_CHECK(ws_open(&two, scene.ports[0], query, NULL) == 101);
	json_decref(ws_expect(&two, "hello"));
	KIT_CHECK(ws_open(&other, scene.ports[0], "", headers) == 101);
	json_decref(ws_expect(&other, "hello"));
	scene_sql("update orgs set status = 'suspended'");
	KIT_CHECK(ws_wait_close(&one) == 4401, "by token");
	KIT_CHECK(ws_wait_close(&two) == 4401, "by ticket");
	KIT_CHECK(ws_wait_close(&other) == 4401, "by session");
	free(query);
	free(headers);
	ws_close(&one);
	ws_close(&two);
	ws_close(&other);
	scene_end();
}

static void who_may_not_use_the_telephone_any_more_loses_the_sockets(void)
{
	scene_begin(1);
	open_agent(&one, 0);
	scene_sql("delete from role_permissions where permission = 'voip'");
	int64_t until = vp_mono_us() + 30000000;
	while (one.close_code < 0) {
		KIT_CHECK(vp_mono_us() < until, "the socket is still open");
		ws_has(&one, "bye", 500);
	}
	KIT_CHECK(one.close_code == 4401, "%d", one.close_code);
	ws_close(&one);
	scene_end();
}

static void a_right_that_is_taken_counts_on_open_sockets(void)
{
	scene_begin(1);
	open_agent(&one, 0);
	scene_sql("delete from role_permissions where permission = 'voip.calls.initiate'");
	int64_t until = vp_mono_us() + 30000000;
	bool forbidden = false;
	while (!forbidden) {
		KIT_CHECK(vp_mono_us() < until, "may still dial");
		ws_send(&one, "{\"type\":\"call.dial\",\"id\":\"1\",\"to\":\"x\",\"sdp\":\"o\","
			      "\"idempotency_key\":\"k\"}");
		json_t *reply = ws_reply(&one, "1");
		forbidden = strcmp(wire_text(reply, "error"), "forbidden") == 0;
		json_decref(reply);
		kit_pump_for(scene.peers, 3, 500);
	}
	ws_close(&one);
	scene_end();
}

static void a_gateway_that_stops_says_bye(void)
{
	scene_begin(1);
	open_agent(&one, 0);
	kill(scene.gateways[0], SIGTERM);
	json_t *bye = ws_expect(&one, "bye");
	KIT_CHECK(strcmp(wire_text(bye, "reason"), "draining") == 0);
	json_decref(bye);
	KIT_CHECK(ws_wait_close(&one) == 1001);
	ws_close(&one);
	scene_end();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"a ticket is good for one socket", a_ticket_is_good_for_one_socket},
		{"only our own pages may use the cookie", only_our_own_pages_may_use_the_cookie},
		{"a user has at most so many sockets", a_user_has_at_most_so_many_sockets},
		{"hello knows the live calls of all controllers",
			hello_knows_the_live_calls_of_all_controllers},
		{"changes arrive in order and once", changes_arrive_in_order_and_once},
		{"a ringing call is confirmed once it is shown",
			a_ringing_call_is_confirmed_once_it_is_shown},
		{"a call that rings already is confirmed at hello",
			a_call_that_rings_already_is_confirmed_at_hello},
		{"requests reach the controller that holds the call",
			requests_reach_the_controller_that_holds_the_call},
		{"a call that no hint told of is found in the table",
			a_call_that_no_hint_told_of_is_found_in_the_table},
		{"media and quality go to the tab with the audio",
			media_and_quality_go_to_the_tab_with_the_audio},
		{"news of recordings and contacts arrive", news_of_recordings_and_contacts_arrive},
		{"wrong messages are answered, not fatal", wrong_messages_are_answered_not_fatal},
		{"a flood of messages ends the socket", a_flood_of_messages_ends_the_socket},
		{"requests without answer are bounded", requests_without_answer_are_bounded},
		{"a logout ends the sockets on all gateways",
			a_logout_ends_the_sockets_on_all_gateways},
		{"a user who is switched off loses the sockets",
			a_user_who_is_switched_off_loses_the_sockets},
		{"a suspended organisation loses the sockets",
			a_suspended_organisation_loses_the_sockets},
		{"who may not use the telephone any more loses the sockets",
			who_may_not_use_the_telephone_any_more_loses_the_sockets},
		{"a right that is taken counts on open sockets",
			a_right_that_is_taken_counts_on_open_sockets},
		{"a gateway that stops says bye", a_gateway_that_stops_says_bye},
	};
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
