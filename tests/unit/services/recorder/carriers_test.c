/* What is asked of carriers, where their audio may be, what their webhooks say, how long one waits.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/provider.h"
#include "services/recorder/carriers/carrier.h"
#include "services/recorder/domain/patience.h"
#include "services/recorder/domain/place.h"
#include "services/recorder/domain/recording_news.h"

#define AC "AC0123456789abcdef0123456789abcdef"
#define RE "RE0123456789abcdef0123456789abcdef"
#define CA "CA0123456789abcdef0123456789abcdef"

static struct vp_provider_config *config;
static struct vp_api_request request;

static void start(void)
{
	config = vp_provider_config_create();
	cr_assert_eq(vp_provider_set(config, "account_sid", AC), 0);
	cr_assert_eq(vp_provider_set(config, "auth_token", "0123456789abcdef0123456789abcdef"), 0);
	cr_assert_eq(vp_provider_set(config, "api_key", "KEY0123"), 0);
}

static void stop(void)
{
	vp_api_request_clear(&request);
	vp_provider_config_destroy(config);
}

TestSuite(carriers, .init = start, .fini = stop);

static bool parse(const struct carrier *carrier, const char *text, struct carrier_recording *ret)
{
	json_t *json = json_loads(text, 0, NULL);
	bool ok = carrier->seen(json, ret);

	json_decref(json);
	return ok;
}

static int media(const struct carrier *carrier, const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	int err = carrier->media(&request, config, json);

	json_decref(json);
	return err;
}

Test(carriers, are_found_by_name)
{
	cr_assert_eq(carrier_find("twilio"), &carrier_twilio);
	cr_assert_eq(carrier_find("telnyx"), &carrier_telnyx);
	cr_assert_null(carrier_find("sip"));
	cr_assert_null(carrier_find(""));
}

Test(carriers, twilio_says_how_a_recording_is)
{
	static const struct {
		const char *status;
		enum carrier_state state;
	} cases[] = {{"completed", CARRIER_READY}, {"processing", CARRIER_MAKING},
		{"in-progress", CARRIER_MAKING}, {"paused", CARRIER_MAKING},
		{"absent", CARRIER_NEVER}, {"deleted", CARRIER_NEVER}, {"failed", CARRIER_NEVER}};
	struct carrier_recording recording;

	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		VP_CLEANUP(vp_freep)
		char *text =
			vp_strf("{\"sid\": \"" RE "\", \"status\": \"%s\", \"duration\": \"12\"}",
				cases[i].status);
		cr_assert(parse(&carrier_twilio, text, &recording));
		cr_expect_eq(recording.state, cases[i].state, "%s", cases[i].status);
		cr_expect_eq(recording.duration_ms, 12000);
		cr_expect_str_eq(recording.id, RE);
	}
	cr_assert_not(parse(
		&carrier_twilio, "{\"sid\": \"RE1\", \"status\": \"completed\"}", &recording));
	cr_assert_not(parse(&carrier_twilio, "{}", &recording));
}

Test(carriers, twilio_gives_both_sides_apart_to_who_logs_in)
{
	cr_assert_eq(media(&carrier_twilio, "{\"sid\": \"" RE "\", \"status\": \"completed\"}"), 0);
	cr_assert_str_eq(request.url, "https://api.twilio.com/2010-04-01/Accounts/" AC
				      "/Recordings/" RE ".wav?RequestedChannels=2");
	cr_assert_str_eq(request.user, AC);
	cr_assert_not(request.allow_private);
	vp_api_request_clear(&request);
	cr_assert_eq(media(&carrier_twilio, "{\"sid\": \"" RE "\", \"status\": \"completed\", "
					    "\"channels\": 1}"),
		0);
	cr_assert_null(strstr(request.url, "Channels"), "one that has one channel");
	cr_assert_eq(carrier_twilio.list(&request, config, "CF1"), EINVAL);
	vp_api_request_clear(&request);
	cr_assert_eq(carrier_twilio.list(&request, config, CA), 0);
	cr_assert(strstr(request.url, "/Recordings.json?CallSid=" CA));
}

Test(carriers, telnyx_gives_a_fresh_address_that_needs_no_key)
{
	struct carrier_recording recording;

	cr_assert(parse(&carrier_telnyx,
		"{\"data\": {\"id\": \"r1\", \"duration_millis\": 1234, \"recording_started_at\": "
		"\"2026-11-26T10:00:00Z\", \"download_urls\": {\"wav\": \"https://x/1\"}}}",
		&recording));
	cr_assert_eq(recording.state, CARRIER_READY);
	cr_assert_eq(recording.duration_ms, 1234);
	cr_assert_eq(recording.started_us, 1795687200000000);
	cr_assert(parse(&carrier_telnyx, "{\"data\": {\"id\": \"r1\"}}", &recording));
	cr_assert_eq(recording.state, CARRIER_MAKING);
	cr_assert_not(parse(&carrier_telnyx, "{\"data\": {}}", &recording));
	cr_assert_eq(media(&carrier_telnyx, "{\"data\": {\"id\": \"r1\"}}"), EINVAL);
	cr_assert_eq(
		media(&carrier_telnyx, "{\"data\": {\"id\": \"r1\", \"download_urls\": {\"mp3\": "
				       "\"https://s3.amazonaws.com/b/1.mp3?sig=1\"}}}"),
		0);
	cr_assert_str_eq(request.url, "https://s3.amazonaws.com/b/1.mp3?sig=1");
	cr_assert_null(request.headers[0], "no key to the store");
	cr_assert_null(request.user);
	cr_assert_not(request.allow_private);
}

Test(carriers, only_the_operators_own_host_may_be_private)
{
	cr_assert_eq(vp_provider_set(config, "api_base", "http://127.0.0.1:5095/v2"), 0);
	cr_assert_eq(carrier_plain_get(&request, config, "http://127.0.0.1:5095/media/x"), 0);
	cr_assert(request.allow_private);
	vp_api_request_clear(&request);
	cr_assert_eq(carrier_plain_get(&request, config, "http://127.0.0.1:5096/media/x"), 0);
	cr_assert_not(request.allow_private);
}

Test(place, only_listed_hosts_by_https)
{
	static const char hosts[] = ".twilio.com s3.amazonaws.com";
	static const char *const good[] = {"https://api.twilio.com/x", "https://API.Twilio.COM",
		"https://api.dublin.ie1.twilio.com:443/x?y#z", "https://s3.amazonaws.com/b"};
	static const char *const bad[] = {"http://api.twilio.com/x", "https://twilio.com/x",
		"https://api.twilio.com.evil.example/", "https://eviltwilio.com/",
		"https://evil.example/api.twilio.com", "https://api.twilio.com@evil.example/",
		"https://evil.example#@api.twilio.com/", "https://evil.example\\.twilio.com/",
		"https://x.s3.amazonaws.com/", "https://api.twilio.com:x/", "https://",
		"https:///x", "ftp://api.twilio.com/", "file:///etc/passwd", "api.twilio.com/x",
		"https://api.twilio.com/a b", "https://[::1]/", "https://api.twilio.com\t/", ""};

	for (size_t i = 0; i < VP_ARRAY_LEN(good); i++) {
		cr_expect(place_is_listed(good[i], hosts), "%s", good[i]);
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_expect_not(place_is_listed(bad[i], hosts), "%s", bad[i]);
	}
	cr_assert_not(place_is_listed("https://a.b/", ""));
	cr_assert_not(place_is_listed("https://a.b/", NULL));
}

Test(place, of_amazons_store_only_the_carriers_bucket)
{
	static const char *const good[] = {"https://s3.amazonaws.com/telephony-recorder-prod/a/"
					   "2022-02-04/b-1.wav?X-Amz-Expires=600",
		"https://s3.eu-central-1.amazonaws.com/telephony-recorder-prod-fr5/a/b.wav?X=a%2Fb",
		"https://api.telnyx.com/x/%2e"};
	static const char *const bad[] = {"https://s3.amazonaws.com/thieves/b.wav",
		"https://s3.amazonaws.com/", "https://s3.amazonaws.com",
		"https://s3.amazonaws.com?/telephony-recorder-prod/",
		"https://s3.amazonaws.com/thieves/telephony-recorder-prod/",
		"https://s3.amazonaws.com/telephony-recorder-prod/../thieves/b.wav",
		"https://s3.amazonaws.com/telephony-recorder-prod/%2e%2e/thieves/b.wav",
		"https://s3.amazonaws.com//telephony-recorder-prod/",
		"https://s3.a.b.amazonaws.com/telephony-recorder-prod/x",
		"https://s3..amazonaws.com/telephony-recorder-prod/x",
		"https://s3.eu-central-1.amazonaws.com.evil.example/telephony-recorder-prod/x",
		"https://thieves.s3.amazonaws.com/telephony-recorder-prod/x",
		"https://ec2-1-2-3-4.compute.amazonaws.com/telephony-recorder-prod/x"};

	for (size_t i = 0; i < VP_ARRAY_LEN(good); i++) {
		cr_expect(place_is_listed(good[i], carrier_telnyx.hosts), "%s", good[i]);
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_expect_not(place_is_listed(bad[i], carrier_telnyx.hosts), "%s", bad[i]);
	}
}

Test(place, under_the_operators_base)
{
	static const char base[] = "http://127.0.0.1:5095/v2";

	cr_assert(place_is_under("http://127.0.0.1:5095/media/x", base));
	cr_assert(place_is_under("http://127.0.0.1:5095", base));
	cr_assert_not(place_is_under("http://127.0.0.1:50951/x", base));
	cr_assert_not(place_is_under("https://127.0.0.1:5095/x", base));
	cr_assert_not(place_is_under("http://127.0.0.1:5095@evil.example/", base));
	cr_assert_not(place_is_under("http://127.0.0.1:5095/x", NULL));
}

Test(place, a_name_or_an_url_without_end_is_none)
{
	char url[PLACE_URL_MAX + 64], host[PLACE_HOST_SIZE];

	memset(url, 'a', sizeof(url));
	memcpy(url, "https://", 8);
	url[sizeof(url) - 1] = '\0';
	place_host(url, host);
	cr_assert_str_eq(host, "");
	memcpy(url, "https://x.y/", 12);
	place_host(url, host);
	cr_assert_str_eq(host, "");
	place_host("https://X.y:8443/z", host);
	cr_assert_str_eq(host, "x.y");
}

Test(patience, waits_longer_each_time_and_ends)
{
	cr_assert_eq(patience_wait_s(PATIENCE_PASSING, 1, 0), 5);
	cr_assert_eq(patience_wait_s(PATIENCE_PASSING, 3, 0), 20);
	cr_assert_eq(patience_wait_s(PATIENCE_PASSING, 299, 0), PATIENCE_LONGEST_S);
	cr_assert_eq(patience_wait_s(PATIENCE_PASSING, 300, 0), -1);
	cr_assert_eq(patience_wait_s(PATIENCE_PASSING, 1, 90), 90, "what the carrier asks for");
	cr_assert_eq(patience_wait_s(PATIENCE_STUBBORN, 4, 0), 40);
	cr_assert_eq(patience_wait_s(PATIENCE_STUBBORN, 5, 0), -1);
	cr_assert_eq(patience_wait_s(PATIENCE_ABSENT, 1, 0), 10);
	cr_assert_eq(patience_wait_s(PATIENCE_ABSENT, 16, 0), -1);
	cr_assert_eq(patience_wait_s(PATIENCE_FINAL, 1, 90), -1);
}

Test(patience, lengths_are_rounded_by_carriers)
{
	uint32_t min, max;

	patience_length(-1, &min, &max);
	cr_assert(min == 0 && max == 0);
	patience_length(0, &min, &max);
	cr_assert(min == 0 && max == 2000);
	patience_length(60000, &min, &max);
	cr_assert(min == 56800 && max == 63200, "%u %u", min, max);
	patience_length(INT64_C(1) << 40, &min, &max);
	cr_assert_eq(max, 0);
}

Test(patience, what_is_called_audio)
{
	cr_assert(patience_is_audio("audio/x-wav"));
	cr_assert(patience_is_audio("AUDIO/mpeg; charset=x"));
	cr_assert(patience_is_audio("binary/octet-stream"));
	cr_assert(patience_is_audio(""));
	cr_assert_not(patience_is_audio("text/html"));
	cr_assert_not(patience_is_audio("application/json"));
	cr_assert_not(patience_is_audio("audiobook"));
}

static struct recording_news read_twilio(const char *sid, const char *status, const char *code)
{
	static Ringmain__V1__ProviderField fields[3];
	static Ringmain__V1__ProviderField *list[3] = {&fields[0], &fields[1], &fields[2]};
	const char *const texts[3][2] = {
		{"RecordingSid", sid}, {"RecordingStatus", status}, {"ErrorCode", code}};
	Ringmain__V1__ProviderEvent event = RINGMAIN__V1__PROVIDER_EVENT__INIT;
	struct recording_news news;

	for (size_t i = 0; i < 3; i++) {
		ringmain__v1__provider_field__init(&fields[i]);
		fields[i].name = (char *)(uintptr_t)texts[i][0];
		fields[i].value = (char *)(uintptr_t)texts[i][1];
	}
	event.driver = (char *)(uintptr_t) "twilio";
	event.kind = (char *)(uintptr_t) "recording";
	event.leg = (char *)(uintptr_t) "customer";
	event.external_id = (char *)(uintptr_t)CA;
	event.n_fields = 3;
	event.fields = list;
	recording_news_read(&event, &news);
	return news;
}

Test(news, of_twilio)
{
	struct recording_news news = read_twilio(RE, "completed", "");

	cr_assert_eq(news.said, RECORDING_SAID_READY);
	cr_assert_str_eq(news.id, RE);
	cr_assert_str_eq(news.session, CA);
	cr_assert_str_eq(news.leg, "customer");
	cr_assert_eq(read_twilio(RE, "in-progress", "").said, RECORDING_SAID_NOTHING);
	cr_assert_eq(read_twilio("RE/../x", "completed", "").said, RECORDING_SAID_STRANGE);
	cr_assert_eq(read_twilio("", "completed", "").said, RECORDING_SAID_STRANGE);
	news = read_twilio(RE, "absent", "16102");
	cr_assert_eq(news.said, RECORDING_SAID_NONE);
	cr_assert(strstr(news.error, "nothing was said"));
	cr_assert(strstr(read_twilio(RE, "failed", "7").error, "failed there"));
}

static struct recording_news read_telnyx(const char *kind, const char *session, const char *body)
{
	Ringmain__V1__ProviderEvent event = RINGMAIN__V1__PROVIDER_EVENT__INIT;
	struct recording_news news;

	event.driver = (char *)(uintptr_t) "telnyx";
	event.kind = (char *)(uintptr_t)kind;
	event.parent_id = (char *)(uintptr_t)session;
	event.leg = (char *)(uintptr_t) "evil";
	event.body = (ProtobufCBinaryData){strlen(body), (uint8_t *)(uintptr_t)body};
	recording_news_read(&event, &news);
	return news;
}

Test(news, of_telnyx)
{
	struct recording_news news = read_telnyx("call.recording.saved", "s-1", "");

	cr_assert_eq(news.said, RECORDING_SAID_READY);
	cr_assert_str_eq(news.id, "", "it does not say which");
	cr_assert_str_eq(news.session, "s-1");
	cr_assert_str_eq(news.leg, "", "only legs that we know");
	cr_assert_eq(read_telnyx("call.recording.saved", "", "").said, RECORDING_SAID_STRANGE);
	cr_assert_eq(read_telnyx("call.hangup", "s-1", "{}").said, RECORDING_SAID_NOTHING);
	news = read_telnyx("call.recording.error", "s-1",
		"{\"data\": {\"payload\": {\"reason\": \"no space\"}}}");
	cr_assert_eq(news.said, RECORDING_SAID_NONE);
	cr_assert(strstr(news.error, "no space"));
	cr_assert(strstr(
		read_telnyx("call.recording.error", "s", "garbage").error, "it does not say why"));
}
