#include <errno.h>
#include <jansson.h>

#include "libcommon/provider/telnyx/api.h"
#include "libcommon/provider/telnyx/calls.h"
#include "libcommon/provider/telnyx/recordings.h"
#include "tests/unit/libcommon/provider/api_kit.h"

#define BASE "https://api.telnyx.com/v2"
#define CALL "v3:abc/def_g-h"
#define PATH "/calls/v3:abc%2Fdef_g-h"

static const struct vp_telnyx_account account = {.api_key = "KEY123"};
static const struct vp_telnyx_command command = {
	.account = &account, .call_control_id = CALL, .command_id = "c1"};

Test(telnyx_api, the_key_is_a_bearer_s)
{
	struct vp_api_request request;
	struct vp_telnyx_account there = {.api_key = "K", .api_base = "http://127.0.0.1:9/v2"};

	cr_assert_eq(vp_telnyx_balance_fetch(&request, &account), 0);
	cr_assert_str_eq(request.headers[0], "Authorization: Bearer KEY123");
	cr_assert_not(request.allow_private);
	request_is(0, &request, "GET " BASE "/balance");
	cr_assert_eq(vp_telnyx_balance_fetch(&request, &there), 0);
	cr_assert(request.allow_private);
	request_is(0, &request, "GET http://127.0.0.1:9/v2/balance");
	there.api_key = "a\r\nX: y";
	cr_assert_eq(vp_telnyx_balance_fetch(&request, &there), EINVAL);
	there.api_key = NULL;
	cr_assert_eq(vp_telnyx_balance_fetch(&request, &there), EINVAL);
	there = (struct vp_telnyx_account){.api_key = "K", .api_base = "http://a.example"};
	cr_assert_eq(vp_telnyx_balance_fetch(&request, &there), EINVAL);
}

Test(telnyx_api, connections_and_numbers_are_looked_up)
{
	struct vp_api_request request;

	request_is(vp_telnyx_connection_fetch(&request, &account, "1684"), &request,
		"GET " BASE "/connections/1684");
	cr_assert_eq(vp_telnyx_connection_fetch(&request, &account, ""), EINVAL);
	cr_assert_eq(vp_telnyx_connection_fetch(&request, &account, ".."), EINVAL);
	request_is(vp_telnyx_connection_fetch(&request, &account, "../calls?x"), &request,
		"GET " BASE "/connections/..%2Fcalls%3Fx");
	request_is(vp_telnyx_number_find(&request, &account, "+14155550100"), &request,
		"GET " BASE
		"/phone_numbers?filter%5Bphone_number%5D=%2B14155550100&page%5Bsize%5D=20");
	request_is(vp_telnyx_number_update(&request, &account, "7", "1684"), &request,
		"PATCH " BASE "/phone_numbers/7 {\"connection_id\":\"1684\"}");
}

Test(telnyx_api, applications_and_connections_are_set_up)
{
	struct vp_api_request request;
	const struct vp_telnyx_application application = {
		.name = "Ringmain", .webhook_url = "https://a.example/w"};
	const struct vp_telnyx_credential_connection connection = {
		.name = "Ringmain", .user_name = "ringmain7", .password = "12345678"};

	request_is(vp_telnyx_application_save(&request, &account, NULL, &application), &request,
		"POST " BASE "/call_control_applications {\"webhook_api_version\":\"2\","
		"\"application_name\":\"Ringmain\",\"webhook_event_url\":\"https://a.example/w\"}");
	request_is(vp_telnyx_application_save(&request, &account, "9", &application), &request,
		"PATCH " BASE "/call_control_applications/9 {\"webhook_api_version\":\"2\","
		"\"application_name\":\"Ringmain\",\"webhook_event_url\":\"https://a.example/w\"}");
	request_is(vp_telnyx_credential_connection_save(&request, &account, NULL, &connection),
		&request,
		"POST " BASE "/credential_connections {\"webhook_api_version\":\"2\","
		"\"sip_uri_calling_preference\":\"internal\",\"connection_name\":\"Ringmain\","
		"\"user_name\":\"ringmain7\",\"password\":\"12345678\",\"outbound\":"
		"{\"call_parking_enabled\":true},\"inbound\":{\"simultaneous_ringing\":"
		"\"enabled\"}}");
}

Test(telnyx_api, a_user_s_credential_gives_tokens)
{
	struct vp_api_request request;

	cr_assert_eq(vp_telnyx_credential_create(&request, &account, "1684", "user_7", "org"), 0);
	cr_assert_not(request.repeatable, "a second one would be made");
	request_is(0, &request,
		"POST " BASE
		"/telephony_credentials {\"connection_id\":\"1684\",\"name\":\"user_7\","
		"\"tag\":\"org\"}");
	cr_assert_eq(vp_telnyx_credential_token(&request, &account, "c-1"), 0);
	cr_assert_str_eq(request.headers[1], "Accept: text/plain");
	cr_assert(request.wants_text && request.repeatable);
	request_is(0, &request, "POST " BASE "/telephony_credentials/c-1/token");
	request_is(vp_telnyx_credential_find(&request, &account, "user_7"), &request,
		"GET " BASE "/telephony_credentials?filter%5Bname%5D=user_7&page%5Bsize%5D=20");
	request_is(vp_telnyx_credential_delete(&request, &account, "c-1"), &request,
		"DELETE " BASE "/telephony_credentials/c-1");
}

Test(telnyx_api, a_dial_carries_its_command_and_state)
{
	struct vp_telnyx_dial dial = {.connection_id = "1684",
		.to = "+14155550100",
		.from = "+14155550199",
		.client_state = "call=7",
		.bridge_to = CALL,
		.timeout_s = 30,
		.record = true};
	struct vp_api_request request;

	cr_assert_eq(vp_telnyx_dial(&request, &account, &dial), EINVAL, "no command_id");
	dial.command_id = "c1";
	cr_assert_eq(vp_telnyx_dial(&request, &account, &dial), 0);
	cr_assert(request.repeatable);
	request_is(0, &request,
		"POST " BASE "/calls {\"connection_id\":\"1684\",\"to\":\"+14155550100\",\"from\":"
		"\"+14155550199\",\"command_id\":\"c1\",\"link_to\":\"" CALL
		"\",\"timeout_secs\":30,"
		"\"bridge_intent\":true,\"bridge_on_answer\":true,\"record\":\"record-from-"
		"answer\","
		"\"record_channels\":\"dual\",\"record_format\":\"wav\",\"client_state\":"
		"\"Y2FsbD03\"}");
	dial.timeout_s = 4;
	cr_assert_eq(vp_telnyx_dial(&request, &account, &dial), EINVAL);
}

Test(telnyx_api, commands_name_their_call)
{
	struct vp_api_request request;
	struct vp_telnyx_command nameless = command;

	request_is(vp_telnyx_answer_call(&request, &command), &request,
		"POST " BASE PATH "/actions/answer {\"command_id\":\"c1\"}");
	request_is(vp_telnyx_hangup(&request, &command), &request,
		"POST " BASE PATH "/actions/hangup {\"command_id\":\"c1\"}");
	request_is(vp_telnyx_reject(&request, &command, "USER_BUSY"), &request,
		"POST " BASE PATH
		"/actions/reject {\"cause\":\"USER_BUSY\",\"command_id\":\"c1\"}");
	cr_assert_eq(vp_telnyx_reject(&request, &command, "NO"), EINVAL);
	request_is(vp_telnyx_bridge(&request, &command, "v3:z", true), &request,
		"POST " BASE PATH "/actions/bridge {\"call_control_id_to_bridge_with\":\"v3:z\","
		"\"park_after_unbridge\":\"self\",\"command_id\":\"c1\"}");
	request_is(vp_telnyx_transfer(&request, &command, "+1", NULL, 0), &request,
		"POST " BASE PATH "/actions/transfer {\"to\":\"+1\",\"command_id\":\"c1\"}");
	request_is(vp_telnyx_send_dtmf(&request, &command, "12#"), &request,
		"POST " BASE PATH "/actions/send_dtmf {\"digits\":\"12#\",\"command_id\":\"c1\"}");
	cr_assert_eq(vp_telnyx_send_dtmf(&request, &command, "12x"), EINVAL);
	request_is(vp_telnyx_record_start(&request, &command), &request,
		"POST " BASE PATH "/actions/record_start {\"channels\":\"dual\",\"format\":\"wav\","
		"\"command_id\":\"c1\"}");
	request_is(vp_telnyx_record_change(&request, &command, "pause"), &request,
		"POST " BASE PATH "/actions/record_pause {\"command_id\":\"c1\"}");
	cr_assert_eq(vp_telnyx_record_change(&request, &command, "erase"), EINVAL);
	request_is(vp_telnyx_speak(&request, &command, "Hello \"you\"", NULL), &request,
		"POST " BASE PATH "/actions/speak {\"payload\":\"Hello \\\"you\\\"\",\"voice\":"
		"\"female\",\"language\":\"en-US\",\"command_id\":\"c1\"}");
	request_is(vp_telnyx_playback_start(&request, &command, "https://a/m.mp3", true), &request,
		"POST " BASE PATH
		"/actions/playback_start {\"audio_url\":\"https://a/m.mp3\",\"loop\":"
		"\"infinity\",\"command_id\":\"c1\"}");
	request_is(vp_telnyx_call_fetch(&request, &account, CALL), &request, "GET " BASE PATH);
	nameless.command_id = NULL;
	cr_assert_eq(vp_telnyx_hangup(&request, &nameless), EINVAL);
	nameless = command;
	nameless.call_control_id = "";
	cr_assert_eq(vp_telnyx_hangup(&request, &nameless), EINVAL);
}

Test(telnyx_api, recordings_are_found_and_read)
{
	struct vp_api_request request;
	json_t *json = json_loads("{\"data\": [{\"id\": \"r1\", \"channels\": \"dual\", "
				  "\"duration_millis\": 4200, \"download_urls\": {\"mp3\": "
				  "\"https://s3.example/x\"}}, {}]}",
		0, NULL);
	struct vp_telnyx_recording recording;

	request_is(vp_telnyx_recording_list(&request, &account, "s1", NULL), &request,
		"GET " BASE "/recordings?filter%5Bcall_session_id%5D=s1&page%5Bsize%5D=50");
	cr_assert_eq(vp_telnyx_recording_list(&request, &account, NULL, NULL), EINVAL);
	request_is(vp_telnyx_recording_delete(&request, &account, "r1"), &request,
		"DELETE " BASE "/recordings/r1");
	cr_assert(vp_telnyx_recording_read(vp_telnyx_data_at(json, 0), &recording));
	cr_assert_str_eq(recording.mp3_url, "https://s3.example/x");
	cr_assert_null(recording.wav_url);
	cr_assert_eq(recording.duration_ms, 4200);
	cr_assert_eq(recording.channels, 2);
	cr_assert_not(vp_telnyx_recording_read(vp_telnyx_data_at(json, 1), &recording));
	json_decref(json);
}

static struct vp_api_result judged(int status, const char *body)
{
	const struct vp_api_request request = {.method = "POST", .repeatable = true};
	const struct vp_httpc_reply reply = reply_of(status, body);
	struct vp_api_result result;

	vp_telnyx_answer(&request, &reply, &result);
	return result;
}

Test(telnyx_api, errors_are_sentences)
{
	struct vp_api_result result = judged(422,
		"{\"errors\": [{\"code\": \"90018\", \"title\": \"Call has already ended\", "
		"\"detail\": \"This call is no longer active.\"}]}");

	cr_assert_eq(result.verdict, VP_API_REFUSED);
	cr_assert(vp_telnyx_is_over(&result));
	cr_assert_str_eq(
		result.sentence, "Telnyx refused it: This call is no longer active (code 90018).");
	result = judged(404, "{\"errors\": [7]}");
	cr_assert_eq(result.verdict, VP_API_NOT_FOUND);
	cr_assert(vp_telnyx_is_over(&result));
	result = judged(401, "{\"errors\": \"x\"}");
	cr_assert_eq(result.verdict, VP_API_LOGIN);
	cr_assert_str_eq(result.sentence,
		"Telnyx refuses the login. Check the API key: Telnyx portal: API Keys.");
	result = judged(503, "");
	cr_assert(result.may_repeat, "the command has an id");
}

Test(telnyx_api, client_states_come_back_as_they_went)
{
	char buf[8];

	cr_assert(vp_telnyx_client_state("Y2FsbD03", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "call=7");
	cr_assert_not(vp_telnyx_client_state("Y2FsbD03MTIz", buf, sizeof(buf)), "too long");
	cr_assert_not(vp_telnyx_client_state("%%%", buf, sizeof(buf)));
	cr_assert_not(vp_telnyx_client_state("AAAA", buf, sizeof(buf)), "NUL bytes");
	cr_assert(vp_telnyx_client_state("", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "");
}

Test(telnyx_api, a_token_s_end_is_read_without_trust)
{
	static const char token[] = "e30.eyJleHAiOjE3MDAwMDAwMDB9.x"; /* {"exp":1700000000} */
	static const char *const bad[] = {
		"", ".", "..", "e30.%%.x", "e30.W10.x", "e30.e30.x", "e30.eyJleHAiOi03fQ.x"};

	cr_assert_eq(vp_telnyx_token_expiry(token, strlen(token)), 1700000000);
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_assert_eq(vp_telnyx_token_expiry(bad[i], strlen(bad[i])), 0, "%s", bad[i]);
	}
}
