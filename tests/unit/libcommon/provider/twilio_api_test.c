#include <errno.h>
#include <jansson.h>

#include "libcommon/provider/provider.h"
#include "libcommon/provider/twilio/api.h"
#include "libcommon/provider/twilio/calls.h"
#include "libcommon/provider/twilio/conferences.h"
#include "libcommon/provider/twilio/recordings.h"
#include "tests/unit/libcommon/provider/api_kit.h"

#define AC "AC0123456789abcdef0123456789abcdef"
#define SK "SK0123456789abcdef0123456789abcdef"
#define AP "AP0123456789abcdef0123456789abcdef"
#define CA "CA0123456789abcdef0123456789abcdef"
#define CF "CF0123456789abcdef0123456789abcdef"
#define RE "RE0123456789abcdef0123456789abcdef"
#define PN "PN0123456789abcdef0123456789abcdef"
#define BASE "https://api.twilio.com/2010-04-01/Accounts/" AC

static const struct vp_twilio_account account = {.account_sid = AC,
	.auth_token = "the-token",
	.api_key_sid = SK,
	.api_key_secret = "s3cret"};

Test(twilio_api, the_login_is_the_token_s_or_the_key_s)
{
	struct vp_twilio_account by_key = account;
	struct vp_api_request request = {0};

	cr_assert_eq(vp_twilio_account_fetch(&request, &account), 0);
	cr_assert_str_eq(request.user, AC);
	cr_assert_str_eq(request.password, "the-token");
	cr_assert(request.repeatable);
	request_is(0, &request, "GET " BASE ".json");
	by_key.by_key = true;
	cr_assert_eq(vp_twilio_number_list(&request, &by_key, NULL, 1), 0);
	cr_assert_str_eq(request.user, SK);
	cr_assert_str_eq(request.password, "s3cret");
	request_is(0, &request, "GET " BASE "/IncomingPhoneNumbers.json?PageSize=1");
	by_key.api_key_secret = NULL;
	cr_assert_eq(vp_twilio_account_fetch(&request, &by_key), EINVAL);
	cr_assert_null(request.url);
}

static void host_is(const char *region, const char *edge, const char *base, const char *want)
{
	struct vp_twilio_account there = account;
	struct vp_api_request request;
	VP_CLEANUP(vp_freep)
	char *line = vp_strf("GET %s/2010-04-01/Accounts/" AC ".json", want);

	there.region = region;
	there.edge = edge;
	there.api_base = base;
	cr_assert_eq(vp_twilio_account_fetch(&request, &there), 0);
	cr_assert_eq(request.allow_private, base != NULL);
	request_is(0, &request, line);
}

Test(twilio_api, regions_and_edges_have_hosts_of_their_own)
{
	struct vp_twilio_account there = account;
	struct vp_api_request request;

	host_is("ie1", NULL, NULL, "https://api.ie1.twilio.com");
	host_is(NULL, "ashburn", NULL, "https://api.ashburn.us1.twilio.com");
	host_is("ie1", "dublin", NULL, "https://api.dublin.ie1.twilio.com");
	host_is("ie1", NULL, "http://127.0.0.1:9000", "http://127.0.0.1:9000");
	there.api_base = "http://twilio.example";
	cr_assert_eq(vp_twilio_account_fetch(&request, &there), EINVAL);
}

Test(twilio_api, a_config_names_region_and_edge)
{
	static const struct {
		const char *json, *region, *edge;
	} cases[] = {{"{}", NULL, NULL}, {"{\"voice_region\": \"us1\"}", NULL, NULL},
		{"{\"voice_region\": \"au1\", \"edge\": \"sydney\"}", "au1", "sydney"},
		{"{\"voice_region\": \"ashburn\"}", NULL, "ashburn"},
		{"{\"edge\": \"roaming\"}", NULL, NULL}};

	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		struct vp_provider_config *config;
		struct vp_twilio_account got;

		cr_assert_eq(
			vp_provider_config_parse(&config, cases[i].json, strlen(cases[i].json)), 0);
		vp_twilio_account_of(config, &got);
		cr_assert(got.region == cases[i].region ||
			  (got.region && cases[i].region &&
				  strcmp(got.region, cases[i].region) == 0));
		cr_assert(got.edge == cases[i].edge ||
			  (got.edge && cases[i].edge && strcmp(got.edge, cases[i].edge) == 0));
		vp_provider_config_destroy(config);
	}
}

Test(twilio_api, a_call_is_created_with_its_callbacks)
{
	const struct vp_twilio_dial dial = {.to = "+14155550100",
		.from = "+14155550199",
		.url = "https://crm.example/voice?call=1&leg=agent",
		.status_callback = "https://crm.example/status",
		.timeout_s = 30,
		.record = true,
		.recording_callback = "https://crm.example/rec"};
	struct vp_api_request request;

	cr_assert_eq(vp_twilio_call_create(&request, &account, &dial), 0);
	cr_assert_not(request.repeatable, "a second one rings twice");
	cr_assert_str_eq(request.headers[0], "Content-Type: application/x-www-form-urlencoded");
	request_is(0, &request,
		"POST " BASE "/Calls.json To=%2B14155550100&From=%2B14155550199&Url=https%3A%2F%2F"
		"crm.example%2Fvoice%3Fcall%3D1%26leg%3Dagent&Method=POST&Timeout=30&Record=true&"
		"RecordingChannels=dual&StatusCallback=https%3A%2F%2Fcrm.example%2Fstatus&"
		"StatusCallbackMethod=POST&StatusCallbackEvent=initiated&StatusCallbackEvent="
		"ringing&"
		"StatusCallbackEvent=answered&StatusCallbackEvent=completed&"
		"RecordingStatusCallback="
		"https%3A%2F%2Fcrm.example%2Frec&RecordingStatusCallbackMethod=POST&"
		"RecordingStatusCallbackEvent=in-progress&RecordingStatusCallbackEvent=completed&"
		"RecordingStatusCallbackEvent=absent");
}

Test(twilio_api, a_call_wants_exactly_one_document)
{
	struct vp_twilio_dial dial = {.to = "+1", .from = "+2"};
	struct vp_api_request request;
	char twiml[VP_TWILIO_TWIML_MAX + 2];

	cr_assert_eq(vp_twilio_call_create(&request, &account, &dial), EINVAL);
	dial.twiml = "<Response/>";
	request_is(vp_twilio_call_create(&request, &account, &dial), &request,
		"POST " BASE "/Calls.json To=%2B1&From=%2B2&Twiml=%3CResponse%2F%3E");
	dial.application_sid = AP;
	cr_assert_eq(vp_twilio_call_create(&request, &account, &dial), EINVAL);
	dial.application_sid = NULL;
	memset(twiml, 'x', sizeof(twiml) - 1);
	twiml[sizeof(twiml) - 1] = '\0';
	dial.twiml = twiml;
	cr_assert_eq(vp_twilio_call_create(&request, &account, &dial), EINVAL);
}

Test(twilio_api, calls_are_changed_found_and_read)
{
	struct vp_api_request request;
	const struct vp_twilio_call_filter filter = {.to = "+14155550100",
		.from = "+1",
		.started_from_us = INT64_C(1764178871000000),
		.page_size = 20};

	request_is(vp_twilio_call_update(&request, &account, CA,
			   &(struct vp_twilio_call_change){.status = "completed"}),
		&request, "POST " BASE "/Calls/" CA ".json Status=completed");
	request_is(vp_twilio_call_update(&request, &account, CA,
			   &(struct vp_twilio_call_change){.twiml = "<Response/>"}),
		&request, "POST " BASE "/Calls/" CA ".json Twiml=%3CResponse%2F%3E");
	cr_assert_eq(vp_twilio_call_update(&request, &account, CA,
			     &(struct vp_twilio_call_change){.status = "ringing"}),
		EINVAL);
	cr_assert_eq(vp_twilio_call_fetch(&request, &account, "CA1"), EINVAL);
	cr_assert_eq(vp_twilio_call_fetch(&request, &account, CA "/../x"), EINVAL);
	request_is(vp_twilio_call_fetch(&request, &account, CA), &request,
		"GET " BASE "/Calls/" CA ".json");
	request_is(vp_twilio_call_list(&request, &account, &filter), &request,
		"GET " BASE
		"/Calls.json?To=%2B14155550100&From=%2B1&StartTime%3E=2025-11-26T17%3A41%"
		"3A11Z&PageSize=20");
}

Test(twilio_api, a_call_is_read_from_an_answer)
{
	json_t *json = json_loads(
		"{\"calls\": [{\"sid\": \"" CA "\", \"status\": \"no-answer\", \"to\": \"+1\", "
		"\"start_time\": \"Wed, 26 Nov 2025 17:41:11 +0000\", \"end_time\": null, "
		"\"duration\": \"17\", \"parent_call_sid\": null}, {\"sid\": 7}]}",
		0, NULL);
	struct vp_twilio_call call;

	cr_assert(vp_twilio_call_read(vp_twilio_list_at(json, "calls", 0), &call));
	cr_assert_str_eq(call.sid, CA);
	cr_assert(call.is_over);
	cr_assert_eq(call.started_us, INT64_C(1764178871000000));
	cr_assert_eq(call.ended_us, 0);
	cr_assert_eq(call.duration_s, 17);
	cr_assert_null(call.parent_sid);
	cr_assert_not(vp_twilio_call_read(vp_twilio_list_at(json, "calls", 1), &call));
	cr_assert_not(vp_twilio_call_read(vp_twilio_list_at(json, "calls", 2), &call));
	json_decref(json);
}

Test(twilio_api, conferences_are_steered)
{
	struct vp_api_request request;
	const struct vp_twilio_participant participant = {.to = "client:user_7",
		.from = "+1",
		.label = "agent",
		.no_beep = true,
		.end_on_exit = VP_TWILIO_YES,
		.early_media = VP_TWILIO_NO};
	const struct vp_twilio_participant recorded = {
		.to = "+3", .from = "+1", .record = true, .recording_callback = "https://x/r"};
	const struct vp_twilio_participant_change hold = {.hold = VP_TWILIO_YES};

	request_is(vp_twilio_participant_create(&request, &account, "room 7/8", &participant),
		&request,
		"POST " BASE
		"/Conferences/room%207%2F8/Participants.json To=client%3Auser_7&From=%2B1&"
		"Label=agent&Beep=false&EndConferenceOnExit=true&EarlyMedia=false");
	request_is(vp_twilio_participant_create(&request, &account, "room", &recorded), &request,
		"POST " BASE "/Conferences/room/Participants.json To=%2B3&From=%2B1&Record=true&"
		"RecordingChannels=dual&RecordingStatusCallback=https%3A%2F%2Fx%2Fr&"
		"RecordingStatusCallbackMethod=POST&RecordingStatusCallbackEvent=in-progress&"
		"RecordingStatusCallbackEvent=completed&RecordingStatusCallbackEvent=absent");
	request_is(vp_twilio_participant_update(&request, &account, CF, "agent", &hold), &request,
		"POST " BASE "/Conferences/" CF "/Participants/agent.json Hold=true");
	request_is(vp_twilio_participant_remove(&request, &account, CF, CA), &request,
		"DELETE " BASE "/Conferences/" CF "/Participants/" CA ".json");
	cr_assert_eq(vp_twilio_participant_remove(&request, &account, CF, NULL), EINVAL);
	cr_assert_eq(vp_twilio_participant_remove(&request, &account, "", "x"), EINVAL);
	request_is(vp_twilio_conference_find(&request, &account, "room"), &request,
		"GET " BASE "/Conferences.json?FriendlyName=room&PageSize=20");
	request_is(vp_twilio_conference_end(&request, &account, CF), &request,
		"POST " BASE "/Conferences/" CF ".json Status=completed");
}

Test(twilio_api, recordings_are_found_fetched_and_deleted)
{
	struct vp_api_request request;

	request_is(vp_twilio_recording_change(&request, &account, CA, NULL, "paused"), &request,
		"POST " BASE "/Calls/" CA
		"/Recordings/Twilio.CURRENT.json Status=paused&PauseBehavior=silence");
	cr_assert_eq(vp_twilio_recording_change(&request, &account, CA, RE, "louder"), EINVAL);
	request_is(vp_twilio_recording_list(&request, &account, CA, NULL), &request,
		"GET " BASE "/Recordings.json?CallSid=" CA);
	cr_assert_eq(vp_twilio_recording_media(&request, &account, RE, "wav", true), 0);
	cr_assert(request.wants_text);
	request_is(0, &request, "GET " BASE "/Recordings/" RE ".wav?RequestedChannels=2");
	cr_assert_eq(vp_twilio_recording_media(&request, &account, RE, "ogg", true), EINVAL);
	request_is(vp_twilio_recording_delete(&request, &account, RE), &request,
		"DELETE " BASE "/Recordings/" RE ".json");
}

Test(twilio_api, applications_and_numbers_are_set_up)
{
	const struct vp_twilio_application application = {
		.friendly_name = "Ringmain", .voice_url = "https://a.example/v"};
	struct vp_api_request request;

	request_is(vp_twilio_application_save(&request, &account, NULL, &application), &request,
		"POST " BASE
		"/Applications.json FriendlyName=Ringmain&VoiceUrl=https%3A%2F%2Fa.example%"
		"2Fv&VoiceMethod=POST");
	request_is(vp_twilio_number_update(&request, &account, PN, AP), &request,
		"POST " BASE "/IncomingPhoneNumbers/" PN ".json VoiceApplicationSid=" AP);
	request_is(vp_twilio_application_find(&request, &account, "Ring main"), &request,
		"GET " BASE "/Applications.json?FriendlyName=Ring%20main");
}

static int next_of(const char *uri, struct vp_api_request *request)
{
	json_t *json = json_pack("{s:s?}", "next_page_uri", uri);
	int err = vp_twilio_next_page(request, &account, json);

	json_decref(json);
	return err;
}

Test(twilio_api, pages_stay_on_the_account)
{
	struct vp_api_request request;

	request_is(next_of("/2010-04-01/Accounts/" AC "/Calls.json?Page=1&PageToken=x", &request),
		&request, "GET " BASE "/Calls.json?Page=1&PageToken=x");
	cr_assert_eq(next_of(NULL, &request), ENOENT);
	cr_assert_eq(next_of("https://evil.example/x", &request), EINVAL);
	cr_assert_eq(next_of("/2010-04-01/Accounts/" AC "@evil.example/", &request), EINVAL);
	cr_assert_eq(next_of("/2010-04-01/Accounts/" AC "/../x", &request), EINVAL);
	cr_assert_eq(next_of("/2010-04-01/Accounts/" AC "/x\r\nHost: y", &request), EINVAL);
}

static struct vp_api_result judged(
	const struct vp_api_request *request, struct vp_httpc_reply reply)
{
	struct vp_api_result result;

	vp_twilio_answer(request, &reply, &result);
	return result;
}

Test(twilio_api, answers_say_whether_it_acted_and_may_go_out_again)
{
	static const struct {
		int status;
		const char *body;
		enum vp_api_verdict verdict;
		bool repeat_post, repeat_get;
	} cases[] = {{201, "{\"sid\": \"x\"}", VP_API_OK, false, false},
		{400, "{\"code\": 21211, \"message\": \"bad\"}", VP_API_REFUSED, false, false},
		{401, "{\"code\": 20003}", VP_API_LOGIN, false, false},
		{403, "", VP_API_LOGIN, false, false}, {404, "", VP_API_NOT_FOUND, false, false},
		{408, "", VP_API_UNKNOWN, false, true}, {429, "", VP_API_BUSY, true, true},
		{500, "<html>", VP_API_UNKNOWN, false, true},
		{200, "<html>", VP_API_UNKNOWN, false, true},
		{200, "[]", VP_API_UNKNOWN, false, true}, {200, "", VP_API_UNKNOWN, false, true},
		{302, "", VP_API_REFUSED, false, false}, {0, "", VP_API_UNKNOWN, false, true}};
	const struct vp_api_request post = {.method = "POST"};
	const struct vp_api_request get = {.method = "GET", .repeatable = true};

	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		struct vp_httpc_reply reply = reply_of(cases[i].status, cases[i].body);
		struct vp_api_result result = judged(&post, reply);

		cr_assert_eq(result.verdict, cases[i].verdict, "case %zu: %s", i, result.sentence);
		cr_assert_eq(result.may_repeat, cases[i].repeat_post, "case %zu", i);
		cr_assert_eq(result.sentence[0] == '\0', result.verdict == VP_API_OK);
		vp_api_result_clear(&result);
		result = judged(&get, reply);
		cr_assert_eq(result.may_repeat, cases[i].repeat_get, "case %zu", i);
		vp_api_result_clear(&result);
	}
}

Test(twilio_api, a_broken_connection_is_no_refusal)
{
	static const struct {
		int err;
		enum vp_api_verdict verdict;
		bool repeat;
	} cases[] = {{ECONNREFUSED, VP_API_AWAY, true}, {EHOSTUNREACH, VP_API_AWAY, true},
		{EPROTO, VP_API_AWAY, true}, {ETIMEDOUT, VP_API_UNKNOWN, false},
		{EIO, VP_API_UNKNOWN, false}, {EFBIG, VP_API_UNKNOWN, false}};
	const struct vp_api_request post = {.method = "POST", .timeout_ms = 15000};

	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		struct vp_api_result result = judged(
			&post, (struct vp_httpc_reply){
				       .err = cases[i].err, .body = "", .reason = "the reason"});

		cr_assert_eq(result.verdict, cases[i].verdict, "%d", cases[i].err);
		cr_assert_eq(result.may_repeat, cases[i].repeat, "%d", cases[i].err);
		cr_assert_eq(result.status, 0);
	}
}

Test(twilio_api, sentences_carry_the_carrier_s_words_on_one_line)
{
	const struct vp_api_request post = {.method = "POST"};
	VP_CLEANUP(vp_freep) char *body = NULL;
	char message[1000];
	json_t *probe;
	struct vp_api_result result = judged(&post,
		reply_of(400, "{\"code\": 21211, \"message\": \"The 'To' number\\n+1 is bad.\", "
			      "\"status\": 400}"));

	cr_assert_str_eq(
		result.sentence, "Twilio refused it: The 'To' number +1 is bad (code 21211).");
	cr_assert_str_eq(result.code, "21211");
	for (size_t i = 0; i + 2 < sizeof(message); i += 2) {
		memcpy(message + i, "\xc3\xa9", 3);
	}
	body = vp_strf("{\"message\": \"%s\"}", message);
	result = judged(&post, reply_of(401, body));
	cr_assert(strstr(result.sentence, "Check account SID"), "%s", result.sentence);
	probe = json_string(result.sentence);
	cr_assert_not_null(probe, "cut inside a character");
	json_decref(probe);
}

Test(twilio_api, retry_after_is_passed_on_and_an_account_s_token_is_not)
{
	const struct vp_api_request get = {.method = "GET", .repeatable = true};
	struct vp_httpc_reply reply = reply_of(429, "");
	struct vp_api_result result;

	reply.retry_after_s = 7;
	result = judged(&get, reply);
	cr_assert_eq(result.retry_after_ms, 7000);
	result = judged(&get, reply_of(200, "{\"status\": \"active\", \"auth_token\": \"x\"}"));
	cr_assert_str_eq(vp_twilio_text(result.json, "status"), "active");
	cr_assert_null(vp_twilio_text(result.json, "auth_token"));
	vp_api_result_clear(&result);
	cr_assert_null(result.json);
}
