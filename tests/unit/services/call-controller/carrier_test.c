/* What the drivers ask of their carriers, and what they make of the answers. */
#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/provider.h"
#include "services/call-controller/adapters/carrier.h"

#define AC "AC0123456789abcdef0123456789abcdef"
#define CA "CA0123456789abcdef0123456789abcdef"
#define CF "CF0123456789abcdef0123456789abcdef"
#define CALL "01890000-0000-7000-8000-000000000061"
#define SENT INT64_C(1700000000000000)

static struct vp_provider_config *config;
static struct carrier_account account;
static struct vp_api_request request;

static void start(void)
{
	config = vp_provider_config_create();
	cr_assert_eq(vp_provider_set(config, "account_sid", AC), 0);
	cr_assert_eq(vp_provider_set(config, "auth_token", "0123456789abcdef0123456789abcdef"), 0);
	cr_assert_eq(vp_provider_set(config, "api_key", "KEY0123"), 0);
	cr_assert_eq(vp_provider_set(config, "connection_id", "1494404757140276705"), 0);
	account = (struct carrier_account){.config = config,
		.webhook_url = "https://voip.example.org",
		.provider = "01890000-0000-7000-8000-000000000022"};
}

static void stop(void)
{
	vp_api_request_clear(&request);
	vp_provider_config_destroy(config);
}

TestSuite(carrier, .init = start, .fini = stop);

static struct carrier_dial a_dial(enum provider_who leg)
{
	return (struct carrier_dial){.call = CALL,
		.command = CALL,
		.leg = leg,
		.to = "+14155551234",
		.from = "+14155550100",
		.room = "call-" CALL,
		.ring_s = 62,
		.time_limit_s = 14400,
		.sent_us = SENT};
}

static void has(const char *text, const char *part)
{
	cr_assert(strstr(text, part), "%s lacks %s", text, part);
}

Test(carrier, drivers_are_found_by_name)
{
	cr_assert_eq(carrier_driver_find("twilio"), &carrier_twilio);
	cr_assert_eq(carrier_driver_find("telnyx"), &carrier_telnyx);
	cr_assert_null(carrier_driver_find("sip"));
	cr_assert_null(carrier_driver_find(""));
}

Test(carrier, twilio_dials_a_participant_of_the_room)
{
	const struct carrier_dial customer = a_dial(PROVIDER_CUSTOMER),
				  agent = a_dial(PROVIDER_AGENT);

	cr_assert_eq(carrier_twilio.dial(&request, &account, &customer), 0);
	cr_assert_str_eq(request.url, "https://api.twilio.com/2010-04-01/Accounts/" AC
				      "/Conferences/call-" CALL "/Participants.json");
	has(request.body, "Label=customer");
	has(request.body, "To=%2B14155551234&");
	has(request.body, "EndConferenceOnExit=false");
	has(request.body,
		"StatusCallback=https%3A%2F%2Fvoip.example.org%2Fvoip%2Fwebhook%2Fp%2F01890000-"
		"0000-7000-8000-000000000022%2Fstatus%3Fcall%3D" CALL "%26leg%3Dcustomer");
	cr_assert_not(request.repeatable, "a dial that is sent twice rings twice");
	vp_api_request_clear(&request);
	cr_assert_eq(carrier_twilio.dial(&request, &account, &agent), 0);
	has(request.body, "EndConferenceOnExit=true");
	has(request.body, "WaitUrl=&");
	has(request.body, "To=%2B14155551234%3Fcall_id%3D" CALL "&");
	cr_assert_null(strstr(request.body, "Record"), "nothing is recorded unasked");
}

Test(carrier, a_recorded_leg_has_its_sides_apart)
{
	struct carrier_dial dial = a_dial(PROVIDER_CUSTOMER);

	dial.record = true;
	cr_assert_eq(carrier_twilio.dial(&request, &account, &dial), 0);
	has(request.body, "&Record=true&RecordingChannels=dual&");
	has(request.body, "%2Frecording%3Fcall%3D" CALL "%26leg%3Dcustomer");
	cr_assert_null(strstr(request.body, "ConferenceRecord"), "that would mix them");
	vp_api_request_clear(&request);
	cr_assert_eq(carrier_telnyx.dial(&request, &account, &dial), 0);
	has(request.body, "\"record\":\"record-from-answer\"");
	has(request.body, "\"record_channels\":\"dual\"");
}

Test(carrier, telnyx_lists_recordings_by_session)
{
	json_t *json = json_loads("{\"data\": {\"call_control_id\": \"v3:a\", "
				  "\"call_session_id\": \"s-1\"}}",
		0, NULL);
	struct carrier_found found;

	cr_assert(carrier_telnyx.dialled(json, &found));
	cr_assert_str_eq(found.external_id, "v3:a");
	cr_assert_str_eq(found.room, "s-1");
	json_decref(json);
}

Test(carrier, without_a_public_address_nobody_dials)
{
	const struct carrier_dial dial = a_dial(PROVIDER_CUSTOMER);
	char url[1100];

	account.webhook_url = NULL;
	cr_assert_eq(carrier_twilio.dial(&request, &account, &dial), EINVAL);
	cr_assert_eq(carrier_telnyx.dial(&request, &account, &dial), EINVAL);
	memset(url, 'x', sizeof(url) - 1);
	url[sizeof(url) - 1] = '\0';
	account.webhook_url = url;
	cr_assert_eq(carrier_twilio.dial(&request, &account, &dial), EINVAL);
	cr_assert_eq(carrier_telnyx.dial(&request, &account, &dial), EINVAL);
}

Test(carrier, what_does_no_harm_twice_may_be_repeated)
{
	struct carrier_leg leg = {
		.leg = PROVIDER_CUSTOMER, .external_id = CA, .room = CF, .on = true};

	cr_assert_eq(carrier_twilio.hangup(&request, &account, &leg), 0);
	cr_assert(request.repeatable);
	cr_assert_str_eq(request.body, "Status=completed");
	vp_api_request_clear(&request);
	cr_assert_eq(carrier_twilio.hold(&request, &account, &leg), 0);
	cr_assert(request.repeatable);
	has(request.url, "/Conferences/" CF "/Participants/" CA ".json");
	has(request.body, "Hold=true");
	vp_api_request_clear(&request);
	leg.external_id[0] = '\0';
	cr_assert_eq(carrier_twilio.hangup(&request, &account, &leg), EINVAL);
}

Test(carrier, twilio_answers_are_read_and_garbage_is_none)
{
	json_t *good = json_pack("{s:s, s:s}", "call_sid", CA, "conference_sid", CF);
	json_t *bad = json_pack("{s:i}", "call_sid", 7);
	struct carrier_found found;

	cr_assert(carrier_twilio.dialled(good, &found));
	cr_assert_str_eq(found.external_id, CA);
	cr_assert_str_eq(found.room, CF);
	cr_assert_not(carrier_twilio.dialled(bad, &found));
	cr_assert_not(carrier_twilio.dialled(NULL, &found));
	json_decref(good);
	json_decref(bad);
}

static json_t *a_call(const char *sid, const char *to, const char *started)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s?}", "sid", sid, "to", to, "from", "+14155550100",
		"status", "ringing", "start_time", started);
}

Test(carrier, only_calls_of_the_same_ends_since_then_are_candidates)
{
	const struct carrier_dial dial = a_dial(PROVIDER_CUSTOMER);
	json_t *list = json_pack("{s:[o, o, o, o, o]}", "calls", a_call(CA, "+14155551234", NULL),
		a_call(CA, "+14155559999", NULL),
		a_call(CA, "+14155551234", "Tue, 14 Nov 2023 20:00:00 +0000"),
		a_call("CA1,CA2}", "+14155551234", NULL), json_string("garbage"));
	struct carrier_found found;

	cr_assert(carrier_twilio.found(list, &dial, 0, &found));
	cr_assert_str_eq(found.external_id, CA);
	for (size_t i = 1; i < 5; i++) {
		cr_assert(carrier_twilio.found(list, &dial, i, &found), "%zu", i);
		cr_assert_str_eq(found.external_id, "", "candidate %zu", i);
	}
	cr_assert_not(carrier_twilio.found(list, &dial, 5, &found));
	json_decref(list);
}

Test(carrier, a_phone_that_was_dialled_with_its_call_is_looked_for_in_both_forms)
{
	struct carrier_dial dial = a_dial(PROVIDER_AGENT);
	json_t *list = json_pack("{s:[o, o, o]}", "calls", a_call(CA, "client:a", NULL),
		a_call(CA, "client:a?call_id=" CALL, NULL),
		a_call(CA, "client:a?call_id=01890000-0000-7000-8000-000000000099", NULL));
	struct carrier_found found;

	vp_strcopy(dial.to, sizeof(dial.to), "client:a");
	cr_assert_eq(carrier_twilio.find(&request, &account, &dial), 0);
	has(request.url, "To=client%3Aa%3Fcall_id%3D" CALL "&");
	vp_api_request_clear(&request);
	dial.looked = 1;
	cr_assert_eq(carrier_twilio.find(&request, &account, &dial), 0);
	has(request.url, "To=client%3Aa&");
	for (size_t i = 0; i < 3; i++) {
		cr_assert(carrier_twilio.found(list, &dial, i, &found), "%zu", i);
		cr_assert_str_eq(found.external_id, i < 2 ? CA : "", "candidate %zu", i);
	}
	json_decref(list);
}

Test(carrier, a_leg_that_is_looked_at_is_news)
{
	json_t *ended = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "sid", CA, "status",
		"completed", "to", "+1", "from", "+2", "end_time",
		"Tue, 14 Nov 2023 22:13:20 +0000", "duration", "42");
	json_t *telnyx = json_pack("{s:{s:b, s:i, s:s}}", "data", "is_alive", 0, "call_duration",
		42, "end_time", "2023-11-14T22:13:20Z");
	json_t *bad = json_pack("{s:s}", "status", "exploded");
	struct provider_news news;

	cr_assert(carrier_twilio.seen(ended, &news));
	cr_assert_eq(news.said, PROVIDER_SAID_ENDED);
	cr_assert_eq(news.talk_s, 42);
	cr_assert_eq(news.at_us, SENT);
	cr_assert_not(carrier_twilio.seen(bad, &news));
	cr_assert(carrier_telnyx.seen(telnyx, &news));
	cr_assert_eq(news.end, PROVIDER_END_COMPLETED);
	cr_assert_eq(news.at_us, SENT);
	cr_assert_not(carrier_telnyx.seen(bad, &news));
	json_decref(ended);
	json_decref(telnyx);
	json_decref(bad);
}

Test(carrier, telnyx_dials_under_its_command_and_links_the_other_leg)
{
	struct carrier_dial dial = a_dial(PROVIDER_CUSTOMER);
	json_t *body;

	vp_strcopy(dial.other, sizeof(dial.other), "v3:agent");
	cr_assert_eq(carrier_telnyx.dial(&request, &account, &dial), 0);
	cr_assert(request.repeatable);
	body = json_loads(request.body, 0, NULL);
	cr_assert_str_eq(json_string_value(json_object_get(body, "command_id")), CALL);
	cr_assert_str_eq(json_string_value(json_object_get(body, "link_to")), "v3:agent");
	cr_assert(json_is_true(json_object_get(body, "bridge_on_answer")));
	cr_assert_str_eq(json_string_value(json_object_get(body, "webhook_url")),
		"https://voip.example.org/voip/webhook/p/01890000-0000-7000-8000-000000000022/"
		"events");
	json_decref(body);
}

Test(carrier, a_telnyx_phone_is_told_which_call_rings_it)
{
	struct carrier_dial agent = a_dial(PROVIDER_AGENT), customer = a_dial(PROVIDER_CUSTOMER);
	json_t *body, *header;

	cr_assert_eq(carrier_telnyx.dial(&request, &account, &agent), 0);
	body = json_loads(request.body, 0, NULL);
	header = json_array_get(json_object_get(body, "custom_headers"), 0);
	cr_assert_str_eq(json_string_value(json_object_get(header, "name")), "X-Call-Id");
	cr_assert_str_eq(json_string_value(json_object_get(header, "value")), agent.call);
	json_decref(body);
	vp_api_request_clear(&request);
	cr_assert_eq(carrier_telnyx.dial(&request, &account, &customer), 0);
	cr_assert_not(strstr(request.body, "custom_headers"), "nothing of ours goes outside");
}

Test(carrier, the_users_phone_at_twilio_is_his_identity)
{
	struct vp_uuid user;
	char text[64], small[20];

	cr_assert(vp_uuid_parse(CALL, &user));
	cr_assert(carrier_twilio.client(user, text, sizeof(text)));
	cr_assert_str_eq(text, "client:user_01890000000070008000000000000061");
	cr_assert_not(carrier_twilio.client(user, small, sizeof(small)));
}
