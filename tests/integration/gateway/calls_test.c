/* Tokens, calls by REST and recordings, against fakes of the services behind. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "libcommon/base/base.h"
#include "tests/integration/gateway/scene.h"

static struct answer ask(const char *method, const char *path, const struct person *who,
	const char *extra, const char *body)
{
	char *headers = vp_strf("%s%s", bearer(who), extra != NULL ? extra : "");
	struct answer a = wire_ask(scene.ports[0], method, path, headers, body);
	free(headers);
	return a;
}

static void expect(const char *method, const char *path, const struct person *who, const char *body,
	int status, const char *error)
{
	struct answer a = ask(method, path, who, NULL, body);
	KIT_CHECK(a.status == status, "%s %s: %d %s", method, path, a.status, a.body);
	KIT_CHECK(error == NULL || strcmp(wire_text(a.json, "error"), error) == 0, "%s", a.body);
	wire_free(&a);
}

static void a_token_has_the_guides_shape_and_no_password(void)
{
	scene_begin(1);
	struct answer a = ask("POST", "/api/voip/token", &scene.agent, NULL, NULL);
	KIT_CHECK(a.status == 200, "%s", a.body);
	KIT_CHECK(strcmp(wire_text(a.json, "provider"), "sip") == 0);
	KIT_CHECK(strlen(wire_text(a.json, "token")) > 100);
	KIT_CHECK(strcmp(wire_text(a.json, "display_name"), "Ann Agent") == 0);
	KIT_CHECK(strcmp(wire_text(a.json, "ticket"), wire_text(a.json, "token")) == 0);
	KIT_CHECK(strncmp(wire_text(a.json, "uri"), "sip:", 4) == 0);
	KIT_CHECK(strcmp(wire_text(a.json, "sip_server"), "localhost") == 0);
	KIT_CHECK(json_integer_value(wire_at(a.json, "sip_port")) == scene.ports[0]);
	KIT_CHECK(json_is_null(wire_at(a.json, "password")));
	KIT_CHECK(strcmp(wire_text(a.json, "transport"), "ws") == 0);
	KIT_CHECK(strstr(wire_text(a.json, "ws_url"), "/api/voip/ws") != NULL);
	KIT_CHECK(strcmp(wire_text(a.json, "ice_servers.0.urls.0"), "turn:turn.example:3478") == 0);
	KIT_CHECK(json_integer_value(wire_at(a.json, "expires_in")) > 50);
	wire_free(&a);
	scene.refuse_error = "no_active_provider";
	scene.refuse_status = 409;
	expect("POST", "/api/voip/token", &scene.agent, NULL, 409, "no_active_provider");
	scene_end();
}

/* What each driver's SDK needs and nothing of the others. */
static void tokens_of_carriers_have_the_guides_shapes(void)
{
	scene_begin(1);
	scene.driver = "twilio";
	struct answer a = ask("POST", "/api/voip/token", &scene.agent, NULL, NULL);
	KIT_CHECK(a.status == 200, "%s", a.body);
	KIT_CHECK(strcmp(wire_text(a.json, "provider"), "twilio") == 0);
	KIT_CHECK(strcmp(wire_text(a.json, "token"), "of the carrier") == 0);
	KIT_CHECK(strcmp(wire_text(a.json, "identity"), "user_1") == 0);
	KIT_CHECK(strcmp(wire_text(a.json, "edge"), "dublin") == 0);
	KIT_CHECK(strlen(wire_text(a.json, "ticket")) > 100, "it opens the WebSocket");
	KIT_CHECK(wire_at(a.json, "sip_server") == NULL && wire_at(a.json, "password") == NULL);
	KIT_CHECK(wire_at(a.json, "connection_id") == NULL);
	wire_free(&a);
	scene.driver = "telnyx";
	a = ask("GET", "/api/voip/client-config", &scene.agent, NULL, NULL);
	KIT_CHECK(a.status == 200, "%s", a.body);
	KIT_CHECK(strcmp(wire_text(a.json, "connection_id"), "77") == 0);
	KIT_CHECK(wire_at(a.json, "edge") == NULL && wire_at(a.json, "uri") == NULL);
	for (size_t i = 0; i < json_array_size(wire_at(a.json, "capabilities")); i++) {
		KIT_CHECK(strcmp(json_string_value(
					 json_array_get(wire_at(a.json, "capabilities"), i)),
				  "attach") != 0,
			"its SDK takes up no call after a reload");
	}
	wire_free(&a);
	scene_end();
}

static void the_client_config_has_all_that_a_softphone_needs(void)
{
	scene_begin(1);
	scene_sql("insert into numbers (e164, org_id, user_id, label) values ('+4930111', '%s', "
		  "'%s', 'mine')",
		scene.org_text, scene.agent.id_text);
	scene_sql("insert into numbers (e164, org_id, user_id, label) values ('+4930222', '%s', "
		  "'%s', 'hers')",
		scene.org_text, scene.admin.id_text);
	scene_sql("insert into numbers (e164, org_id, label) values ('+4930333', '%s', 'ours')",
		scene.org_text);
	struct answer a = ask("GET", "/api/voip/client-config", &scene.agent, NULL, NULL);
	KIT_CHECK(a.status == 200, "%s", a.body);
	KIT_CHECK(strcmp(wire_text(a.json, "ws_path"), "/api/voip/ws") == 0);
	KIT_CHECK(strcmp(wire_text(a.json, "default_region"), "DE") == 0);
	KIT_CHECK(json_is_true(wire_at(a.json, "recording_enabled")));
	KIT_CHECK(strcmp(wire_text(a.json, "capabilities.0"), "dial") == 0);
	KIT_CHECK(json_array_size(wire_at(a.json, "numbers")) == 2, "%s", a.body);
	KIT_CHECK(strcmp(wire_text(a.json, "numbers.0.number"), "+4930111") == 0);
	KIT_CHECK(json_is_true(wire_at(a.json, "numbers.0.own")));
	KIT_CHECK(strcmp(wire_text(a.json, "numbers.1.number"), "+4930333") == 0);
	wire_free(&a);
	scene_sql("update providers set is_active = false");
	a = ask("GET", "/api/voip/client-config", &scene.agent, NULL, NULL);
	KIT_CHECK(a.status == 409 && strncmp(wire_text(a.json, "message"),
					     "No active VoIP provider configured", 34) == 0);
	wire_free(&a);
	scene_end();
}

static void a_call_is_placed_as_the_guide_says(void)
{
	scene_begin(1);
	size_t at = 0;
	scene_sql("insert into leads (org_id, id, external_id, name) values "
		  "('%s', '01900000-0000-7000-8000-000000000001', '123', 'Lead')",
		scene.org_text);
	struct answer a = ask("POST", "/api/voip/calls/outbound", &scene.agent,
		"Idempotency-Key: k1\r\n",
		"{\"to_number\":\"030 901820\",\"entity_type\":\"lead\",\"entity_id\":123}");
	KIT_CHECK(a.status == 200, "%s", a.body);
	KIT_CHECK(strcmp(wire_text(a.json, "message"), "Call initiated") == 0);
	const struct taken *t = scene_take("call.dial", &at);
	KIT_CHECK(strcmp(wire_text(a.json, "sid"), t->call) == 0);
	KIT_CHECK(strcmp(wire_text(a.json, "status"), "initiated") == 0);
	KIT_CHECK(strcmp(t->user, scene.agent.id_text) == 0 && strcmp(t->to, "030 901820") == 0);
	KIT_CHECK(strcmp(t->entity_type, "lead") == 0);
	KIT_CHECK(strcmp(t->entity_id, "01900000-0000-7000-8000-000000000001") == 0, "%s",
		t->entity_id);
	KIT_CHECK(strcmp(t->region, "DE") == 0 && strcmp(t->name, "Ann Agent") == 0);
	KIT_CHECK(t->session[0] == '\0' && t->text[0] == '\0', "the tabs ring first");
	size_t n = scene.n_taken;
	struct answer b = ask("POST", "/api/voip/calls/outbound", &scene.agent, NULL,
		"{\"to_number\":\"030 901820\",\"idempotency_key\":\"k1\"}");
	KIT_CHECK(strcmp(wire_text(a.json, "sid"), wire_text(b.json, "sid")) == 0, "the same call");
	KIT_CHECK(scene.n_taken == n, "and no second dial");
	wire_free(&b);
	b = ask("POST", "/api/voip/calls/outbound", &scene.admin, NULL,
		"{\"to_number\":\"030 901820\",\"idempotency_key\":\"k1\"}");
	t = scene_take("call.dial", &at);
	KIT_CHECK(strcmp(t->user, scene.admin.id_text) == 0, "another user's key is another call");
	KIT_CHECK(strcmp(wire_text(a.json, "sid"), wire_text(b.json, "sid")) != 0);
	wire_free(&a);
	wire_free(&b);
	scene_end();
}

static void bad_calls_are_refused_with_a_reason(void)
{
	scene_begin(1);
	static const struct {
		const char *body;
		int status;
		const char *error;
	} cases[] = {
		{"{", 400, "bad_json"},
		{"[]", 400, "bad_json"},
		{"{}", 422, "invalid_number"},
		{"{\"to_number\":1}", 422, "invalid"},
		{"{\"to_number\":\"abc\"}", 422, "invalid_number"},
		{"{\"to_number\":\"*72 030 901820\"}", 422, "invalid_number"},
		{"{\"to_number\":\"+4930\"}", 422, "invalid_number"},
		{"{\"to_number\":\"112\"}", 422, "emergency_number"},
		{"{\"to_number\":\"+4930901820\",\"entity_type\":\"lead\",\"entity_id\":\"77\"}",
			422, "invalid"},
		{"{\"to_number\":\"+4930901820\",\"entity_type\":\"cat\",\"entity_id\":\"77\"}",
			422, "invalid"},
		{"{\"to_number\":\"+4930901820\",\"entity_type\":\"lead\"}", 422, "invalid"},
		{"{\"to_number\":\"+4930901820\",\"from_number\":[]}", 422, "invalid"},
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		expect("POST", "/api/voip/calls/outbound", &scene.agent, cases[i].body,
			cases[i].status, cases[i].error);
	}
	KIT_CHECK(scene.n_taken == 0, "no controller was asked");
	scene.refuse_error = "destination_forbidden";
	scene.refuse_status = 403;
	expect("POST", "/api/voip/calls/outbound", &scene.agent, "{\"to_number\":\"+4930901820\"}",
		403, "destination_forbidden");
	scene_end();
}

static void without_controllers_a_call_is_503(void)
{
	scene_begin(1);
	kit_peer_close(&scene.peers[0]);
	kit_peer_close(&scene.peers[1]);
	int64_t until = vp_mono_us() + 15000000;
	int status = 0;
	while (status != 503) { /* until their good-bye is heard */
		KIT_CHECK(vp_mono_us() < until, "%d", status);
		struct answer a = ask("POST", "/api/voip/calls/outbound", &scene.agent, NULL,
			"{\"to_number\":\"+4930901820\"}");
		status = a.status;
		KIT_CHECK(status == 503 || status == 504, "%d %s", status, a.body);
		wire_free(&a);
	}
	scene_end();
}

static void a_user_may_only_dial_so_often(void)
{
	scene_begin(1);
	int limited = 0;
	for (int i = 0; i < 65; i++) {
		struct answer a = ask("POST", "/api/voip/calls/outbound", &scene.agent, NULL,
			"{\"to_number\":\"+4930901820\"}");
		KIT_CHECK(a.status == 200 || a.status == 429, "%s", a.body);
		limited += a.status == 429;
		wire_free(&a);
	}
	KIT_CHECK(limited >= 1 && limited <= 5, "%d", limited);
	expect("POST", "/api/voip/calls/outbound", &scene.admin, "{\"to_number\":\"+4930901820\"}",
		200, NULL);
	scene_end();
}

static const char call_id[] = "01900000-0000-7000-8000-00000000aaaa";

static void add_call(const char *node, const char *user, bool ended)
{
	scene_sql("insert into calls (org_id, id, direction, status, user_id, node_id, started_at, "
		  "ended_at) values "
		  "('%s', uuid7_floor(now()), 'inbound', '%s', '%s', '%s', now(), %s)",
		scene.org_text, ended ? "completed" : "in-progress", user, node,
		ended ? "now()" : "null");
}

static char *last_call_path(const char *suffix)
{
	static char id[64];
	/* the database makes the id here, so it has to be read back in two halves */
	int64_t high = scene_sql("select ('x' || substr(replace(id::text, '-', ''), 1, "
				 "16))::bit(64)::bigint from calls order by id desc limit 1");
	int64_t low = scene_sql("select ('x' || substr(replace(id::text, '-', ''), 17, "
				"16))::bit(64)::bigint from calls order by id desc limit 1");
	snprintf(id, sizeof(id), "%08llx-%04llx-%04llx-%04llx-%012llx",
		(unsigned long long)high >> 32, (unsigned long long)high >> 16 & 0xFFFF,
		(unsigned long long)high & 0xFFFF, (unsigned long long)low >> 48,
		(unsigned long long)low & 0xFFFFFFFFFFFF);
	return vp_strf("/api/voip/calls/%s%s", id, suffix);
}

static void a_call_is_hung_up_by_who_may(void)
{
	scene_begin(1);
	size_t at = 0;
	add_call("cc2", scene.agent.id_text, false);
	char *path = last_call_path("/hangup");
	expect("POST", path, &scene.agent, NULL, 200, NULL);
	const struct taken *t = scene_take("call.hangup", &at);
	KIT_CHECK(strcmp(t->node, "cc2") == 0, "the controller that holds it was asked");
	KIT_CHECK(strstr(path, t->call) != NULL && strcmp(t->user, scene.agent.id_text) == 0);
	expect("POST", path, &scene.admin, NULL, 200, NULL);
	t = scene_take("call.hangup", &at);
	KIT_CHECK(t->user[0] == '\0', "not as his own, which the controller would refuse");
	scene_sql("update calls set user_id = '%s'", scene.admin.id_text);
	expect("POST", path, &scene.agent, NULL, 404, "not_found");
	scene_sql("update calls set ended_at = now()");
	expect("POST", path, &scene.admin, NULL, 409, "wrong_state");
	free(path);
	path = vp_strf("/api/voip/calls/%s/hangup", call_id);
	expect("POST", path, &scene.admin, NULL, 404, "not_found");
	expect("POST", "/api/voip/calls/7/hangup", &scene.admin, NULL, 404, "not_found");
	free(path);
	scene_end();
}

/* --- recordings --- */

static const char rec_path[] = "/api/voip/recordings/01900000-0000-7000-8000-00000000bbbb";

static void add_recording(const char *state, const char *key, const struct person *user)
{
	scene_sql("insert into recordings (org_id, id, call_id, user_id, state, object_key, "
		  "format, bytes, "
		  "duration_ms, peaks, started_at) values ('%s', "
		  "'01900000-0000-7000-8000-00000000bbbb', "
		  "'01900000-0000-7000-8000-00000000cccc', '%s', '%s', '%s', 'wav', 10, 1500, "
		  "'\\x00ff3380', "
		  "'2026-11-23 06:08:09+00')",
		scene.org_text, user->id_text, state, key);
}

static void write_audio(const char *name, const char *text)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/recordings/%s", scene.dir, name);
	FILE *f = fopen(path, "w");
	KIT_CHECK(f != NULL);
	fputs(text, f);
	fclose(f);
}

static void a_recording_plays_for_who_may_hear_it(void)
{
	scene_begin(1);
	write_audio("a.wav", "0123456789");
	add_recording("stored", "a.wav", &scene.agent);
	struct answer a = ask("GET", rec_path, &scene.agent, NULL, NULL);
	KIT_CHECK(a.status == 200 && strcmp(a.body, "0123456789") == 0, "%d %s", a.status, a.body);
	KIT_CHECK(strcmp(wire_header(&a, "content-type"), "audio/wav") == 0);
	KIT_CHECK(wire_header(&a, "content-disposition") == NULL);
	wire_free(&a);
	a = ask("GET", rec_path, &scene.agent, "Range: bytes=2-4\r\n", NULL);
	KIT_CHECK(a.status == 206 && strcmp(a.body, "234") == 0);
	KIT_CHECK(strcmp(wire_header(&a, "content-range"), "bytes 2-4/10") == 0);
	wire_free(&a);
	a = ask("GET", rec_path, &scene.agent, "Range: bytes=99-\r\n", NULL);
	KIT_CHECK(a.status == 416);
	wire_free(&a);
	a = ask("GET", rec_path, &scene.admin, "Range: bytes=1-\r\n", NULL);
	KIT_CHECK(a.status == 206 && strcmp(a.body, "123456789") == 0);
	wire_free(&a);
	char *download = vp_strf("%s?download=1", rec_path);
	expect("GET", download, &scene.agent, NULL, 403, "forbidden");
	a = ask("GET", download, &scene.admin, NULL, NULL);
	KIT_CHECK(a.status == 200 &&
		  strcmp(wire_header(&a, "content-disposition"),
			  "attachment; filename=\"call-2026-11-23T06-08-09.wav\"") == 0);
	wire_free(&a);
	free(download);
	scene_sql("update recordings set user_id = '%s'", scene.admin.id_text);
	expect("GET", rec_path, &scene.agent, NULL, 404, "not_found");
	int64_t until = vp_mono_us() + 20000000;
	while (scene_sql("select count(*) from audit_log where action like 'recording.%%'") != 3) {
		KIT_CHECK(vp_mono_us() < until,
			"played by each, by one but for a byte; one download");
		wire_turn(20);
	}
	scene_end();
}

static void peaks_come_by_channel(void)
{
	scene_begin(1);
	add_recording("stored", "a.wav", &scene.agent);
	char *path = vp_strf("%s/peaks", rec_path);
	struct answer a = ask("GET", path, &scene.agent, NULL, NULL);
	KIT_CHECK(a.status == 200, "%s", a.body);
	KIT_CHECK(json_integer_value(wire_at(a.json, "data.duration_ms")) == 1500);
	KIT_CHECK(json_array_size(wire_at(a.json, "data.peaks")) == 2);
	KIT_CHECK(json_number_value(wire_at(a.json, "data.peaks.0.1")) == 0.2, "%s", a.body);
	KIT_CHECK(json_number_value(wire_at(a.json, "data.peaks.1.0")) == 1.0);
	wire_free(&a);
	free(path);
	scene_end();
}

static void recordings_that_cannot_be_played_say_why(void)
{
	scene_begin(1);
	static const struct {
		const char *state, *key;
		int status;
		const char *error;
	} cases[] = {{"open", "", 409, "not_ready"}, {"failed", "", 409, "failed"},
		{"deleted", "a.wav", 404, "not_found"}, {"stored", "missing.wav", 404, "not_found"},
		{"stored", "../jwt.key", 404, "not_found"},
		{"stored", "/etc/passwd", 404, "not_found"},
		{"stored", "a/../../jwt.key", 404, "not_found"},
		{"stored", ".hidden", 404, "not_found"}, {"stored", "", 404, "not_found"}};
	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		scene_sql("delete from recordings");
		add_recording(cases[i].state, cases[i].key, &scene.agent);
		expect("GET", rec_path, &scene.agent, NULL, cases[i].status, cases[i].error);
	}
	expect("GET", "/api/voip/recordings/x", &scene.agent, NULL, 404, "not_found");
	scene_end();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"a token has the guide's shape and no password",
			a_token_has_the_guides_shape_and_no_password},
		{"tokens of carriers have the guide's shapes",
			tokens_of_carriers_have_the_guides_shapes},
		{"the client config has all that a softphone needs",
			the_client_config_has_all_that_a_softphone_needs},
		{"a call is placed as the guide says", a_call_is_placed_as_the_guide_says},
		{"bad calls are refused with a reason", bad_calls_are_refused_with_a_reason},
		{"without controllers a call is 503", without_controllers_a_call_is_503},
		{"a user may only dial so often", a_user_may_only_dial_so_often},
		{"a call is hung up by who may", a_call_is_hung_up_by_who_may},
		{"a recording plays for who may hear it", a_recording_plays_for_who_may_hear_it},
		{"peaks come by channel", peaks_come_by_channel},
		{"recordings that cannot be played say why",
			recordings_that_cannot_be_played_say_why},
	};
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
