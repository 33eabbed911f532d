/* What a webhook says: kinds, whom it speaks of, what makes two the same, and its event */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "proto/provider.pb-c.h"
#include "services/webhook-ingest/domain/facts.h"
#include "tests/unit/libcommon/base/alloc_fault.h"

#define CALL "0199a5f0-0000-7000-8000-000000000001"

static struct facts facts_of(
	enum hook_driver driver, const char *path_kind, const char *target, const char *body)
{
	struct facts facts;
	struct hook hook = {.driver = driver, .target = target, .body = body, .len = strlen(body)};
	cr_assert_eq(
		facts_read(&facts, &hook, &(struct facts_hints){.kind = path_kind, .token = "tok"}),
		0);
	return facts;
}

static struct vp_uuid key_of(const char *path_kind, const char *target, const char *body)
{
	struct facts facts = facts_of(HOOK_TWILIO, path_kind, target, body);
	facts_free(&facts);
	return facts.dedupe;
}

static void expect_kind(const char *path_kind, const char *body, const char *kind)
{
	struct facts facts = facts_of(HOOK_TWILIO, path_kind, "/x", body);
	cr_assert_str_eq(facts.kind, kind, "%s with %s", path_kind, body);
	facts_free(&facts);
}

Test(facts, kinds_are_those_of_the_address_or_of_the_fields)
{
	expect_kind("voice", "CallSid=CA1", "voice");
	expect_kind("status", "CallSid=CA1&CallStatus=ringing", "status");
	expect_kind("", "CallSid=CA1&CallStatus=ringing", "status");
	expect_kind(
		"status", "CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed", "recording");
	expect_kind("", "ConferenceSid=CF1&StatusCallbackEvent=participant-join", "conference");
	expect_kind("dial", "CallSid=CA1&RecordingStatus=x", "dial");
	expect_kind("", "CallS=idCA1", "unknown");
	expect_kind("", "", "unknown");
	expect_kind("status", "a=%zz", "unknown");
}

Test(facts, names_our_call_and_leg_only_in_their_form)
{
	struct facts facts = facts_of(HOOK_TWILIO, "status", "/x?call=" CALL "&leg=agent",
		"CallSid=CA1&ParentCallSid=CA0&Timestamp=Mon%2C+23+Nov+2026+06%3A08%3A00+%2B0000");
	cr_assert_str_eq(facts.call_id, CALL);
	cr_assert_str_eq(facts.leg, "agent");
	cr_assert_str_eq(facts.external_id, "CA1");
	cr_assert_str_eq(facts.parent_id, "CA0");
	cr_assert_eq(facts.occurred_us, 1795414080000000);
	facts_free(&facts);
	facts = facts_of(
		HOOK_TWILIO, "status", "/x?call=1' or 1&leg=%0d%0aX", "CallSid=%0aCA1&Timestamp=x");
	cr_assert_str_eq(facts.call_id, "");
	cr_assert_str_eq(facts.leg, "");
	cr_assert_str_eq(facts.external_id, "");
	cr_assert_eq(facts.occurred_us, 0);
	facts_free(&facts);
}

static int64_t moment(int64_t received_us)
{
	static const char body[] = "CallSid=CA1&Timestamp=Mon%2C+23+Nov+2026+06%3A08%3A00+%2B0000";
	struct hook hook = {.driver = HOOK_TWILIO,
		.target = "/x",
		.body = body,
		.len = strlen(body),
		.received_us = received_us};
	struct facts facts;
	cr_assert_eq(
		facts_read(&facts, &hook, &(struct facts_hints){.kind = "status", .token = "tok"}),
		0);
	facts_free(&facts);
	return facts.occurred_us;
}

/* Of a GET all that it says stands in the query, what a browser's call brought along, too. */
Test(facts, a_query_that_is_what_the_carrier_says_names_no_call_of_ours)
{
	const char *query = "CallSid=CA1&From=client%3Auser_1&call=" CALL "&leg=customer";
	VP_CLEANUP(vp_freep) char *target = vp_strf("/voip/webhook/twilio/voice?%s", query);
	struct facts facts = facts_of(HOOK_TWILIO, "voice", target, query);

	cr_assert_str_eq(facts.call_id, "");
	cr_assert_str_eq(facts.leg, "");
	cr_assert_str_eq(facts.external_id, "CA1");
	facts_free(&facts);
}

Test(facts, a_whole_second_is_read_as_the_moment_in_it_that_fits_best)
{
	const int64_t second = 1795414080000000;
	cr_assert_eq(moment(second + 120000), second + 120000);
	cr_assert_eq(moment(second + 1100000), second + 999999);
	cr_assert_eq(moment(second + 90000000), second + 999999, "it was tried again");
	cr_assert_eq(moment(second - 1), second, "our clock is behind");
}

Test(facts, the_same_event_has_the_same_key_and_no_other)
{
	static const char *const bodies[][2] = {
		/* kind of the address, body: all of them are different events */
		{"status", "CallSid=CA1&SequenceNumber=0&CallStatus=ringing"},
		{"status", "CallSid=CA1&SequenceNumber=1&CallStatus=ringing"},
		{"status", "CallSid=CA1&SequenceNumber=0&CallStatus=completed"},
		{"status", "CallSid=CA1&SequenceNumber=0&CallStatus=ringing&CallbackSource=x"},
		{"status", "CallSid=CA2&SequenceNumber=0&CallStatus=ringing"},
		{"voice", "CallSid=CA1&SequenceNumber=0&CallStatus=ringing"},
		{"recording", "CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed"},
		{"recording", "CallSid=CA1&RecordingSid=RE1&RecordingStatus=in-progress"},
		{"conference",
			"ConferenceSid=CF1&StatusCallbackEvent=join&CallSid=CA1&Timestamp=1"},
		{"conference",
			"ConferenceSid=CF1&StatusCallbackEvent=join&CallSid=CA1&Timestamp=2"},
		{"dial", "CallSid=CA1&DialCallStatus=completed"},
		{"status", "Other=1"},
		{"status", "Other=2"},
		{"status", "CallS=idCA1&SequenceNumber=0&CallStatus=ringing"},
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(bodies); i++) {
		for (size_t k = 0; k < VP_ARRAY_LEN(bodies); k++) {
			bool same = vp_uuid_equal(key_of(bodies[i][0], "/x", bodies[i][1]),
				key_of(bodies[k][0], "/x", bodies[k][1]));
			cr_assert_eq(same, i == k, "%s and %s", bodies[i][1], bodies[k][1]);
		}
	}
	/* what is not part of what it is does not matter */
	cr_assert(vp_uuid_equal(
		key_of("status", "/x", "CallSid=CA1&SequenceNumber=0&CallStatus=ringing"),
		key_of("status", "/y?z",
			"SequenceNumber=0&To=%2B1&CallSid=CA1&CallStatus=ringing")));
	/* a voice webhook at another address is another question */
	cr_assert(!vp_uuid_equal(key_of("voice", "/x?leg=a", "CallSid=CA1"),
		key_of("voice", "/x?leg=b", "CallSid=CA1")));
}

Test(facts, another_provider_has_other_keys)
{
	struct facts a, b;
	struct hook hook = {.target = "/x", .body = "CallSid=CA1", .len = 11};
	facts_read(&a, &hook, &(struct facts_hints){.kind = "status", .token = ""});
	hook.provider = vp_uuid_new();
	facts_read(&b, &hook, &(struct facts_hints){.kind = "status", .token = ""});
	cr_assert(!vp_uuid_equal(a.dedupe, b.dedupe));
	facts_free(&a);
	facts_free(&b);
}

Test(facts, telnyx_events_are_known_by_their_id)
{
	struct facts a = facts_of(HOOK_TELNYX, "", "/x",
		"{\"data\":{\"id\":\"e1\",\"event_type\":\"call.hangup\",\"occurred_at\":"
		"\"2026-11-23T06:08:00.5Z\",\"payload\":{\"call_control_id\":\"v3:a-b_c\","
		"\"call_session_id\":\"s\",\"client_state\":"
		"\"Y2FsbD0wMTk5YTVmMC0wMDAwLTcwMDAtODAwMC0wMDAwM"
		"DAwMDAwMDEmbGVnPWN1c3RvbWVy\"}}}");
	cr_assert_str_eq(a.kind, "call.hangup");
	cr_assert_str_eq(a.external_id, "v3:a-b_c");
	cr_assert_str_eq(a.parent_id, "s");
	cr_assert_str_eq(a.call_id, CALL);
	cr_assert_str_eq(a.leg, "customer");
	cr_assert_eq(a.occurred_us, 1795414080500000);
	struct facts b = facts_of(
		HOOK_TELNYX, "", "/y", "{\"data\":{\"id\":\"e1\"},\"meta\":{\"attempt\":2}}");
	cr_assert(vp_uuid_equal(a.dedupe, b.dedupe));
	cr_assert_str_eq(b.kind, "unknown");
	facts_free(&a);
	facts_free(&b);
}

Test(facts, nonsense_of_telnyx_is_unknown_and_nothing_else)
{
	static const char *const bodies[] = {"", "x", "[]", "{", "{\"data\":7}",
		"{\"data\":{\"id\":{}}}",
		"{\"data\":{\"event_type\":\"a b\",\"payload\":[],\"occurred_at\":\"yesterday\"}}",
		"{\"data\":{\"payload\":{\"client_state\":\"!!!\",\"call_control_id\":\"\\u0000\"}}"
		"}"};
	for (size_t i = 0; i < VP_ARRAY_LEN(bodies); i++) {
		struct facts facts = facts_of(HOOK_TELNYX, "", "/x", bodies[i]);
		cr_assert_str_eq(facts.kind, "unknown");
		cr_assert_str_eq(facts.external_id, "");
		cr_assert_eq(facts.occurred_us, 0);
		facts_free(&facts);
	}
}

static Ringmain__V1__ProviderEvent *event_of(struct hook *hook, const char *path_kind)
{
	struct facts facts;
	uint8_t *data;
	size_t len;
	cr_assert_eq(
		facts_read(&facts, hook, &(struct facts_hints){.kind = path_kind, .token = ""}), 0);
	cr_assert_eq(facts_event(&facts, hook, &data, &len), 0);
	facts_free(&facts);
	Ringmain__V1__ProviderEvent *event = ringmain__v1__provider_event__unpack(NULL, len, data);
	free(data);
	cr_assert(event);
	return event;
}

Test(facts, the_event_has_the_fields_that_came)
{
	const char *body = "CallSid=CA1&Event=a&Event=b&Name=Zo%C3%AB+M&Bad=%00%ff&Empty=&Alone";
	struct hook hook = {.id = vp_uuid_new(), .target = "/x", .body = body, .len = strlen(body)};
	Ringmain__V1__ProviderEvent *event = event_of(&hook, "status");
	static const char *const fields[][2] = {{"CallSid", "CA1"}, {"Event", "a"}, {"Event", "b"},
		{"Name", "Zo\xC3\xAB M"}, {"Bad", "??"}, {"Empty", ""}, {"Alone", ""}};
	cr_assert_eq(event->n_fields, VP_ARRAY_LEN(fields));
	for (size_t i = 0; i < VP_ARRAY_LEN(fields); i++) {
		cr_assert_str_eq(event->fields[i]->name, fields[i][0]);
		cr_assert_str_eq(event->fields[i]->value, fields[i][1]);
	}
	cr_assert_str_eq(event->driver, "twilio");
	cr_assert_eq(event->body.len, 0);
	ringmain__v1__provider_event__free_unpacked(event, NULL);
}

Test(facts, what_is_no_time_of_twilios_is_none)
{
	static const char *const bad[] = {"", "Mon", "Mon, 23 Nov 2026 06:08:00",
		"Mon, 23 Nov 2026 06:08:00 %2B0100", "Mon, 23 Nov 2026 06:08:00 %2B00000",
		"Mon, 23 Nov 2026 24:08:00 %2B0000", "Mon, 23 Nov 2026 06:60:00 %2B0000",
		"Mon, 23 Nov 2026 06:08:61 %2B0000", "Mon, 32 Nov 2026 06:08:00 %2B0000",
		"Mon, 00 Nov 2026 06:08:00 %2B0000", "Mon, 2x Nov 2026 06:08:00 %2B0000",
		"Mon, 23 Nox 2026 06:08:00 %2B0000", "Mon, 23 Nov 20:6 06:08:00 %2B0000",
		"Mon; 23 Nov 2026 06:08:00 %2B0000", "1764137280"};
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		VP_CLEANUP(vp_freep) char *body = vp_strf("CallSid=CA1&Timestamp=%s", bad[i]);
		struct facts facts = facts_of(HOOK_TWILIO, "status", "/x", body);
		cr_assert_eq(facts.occurred_us, 0, "%s", bad[i]);
		facts_free(&facts);
	}
}

Test(facts, places_of_numbers_stay_in_the_inbox)
{
	const char *body = "CallSid=CA1&FromCity=SAN+FRANCISCO&FromState=CA&FromZip=94105&"
			   "FromCountry=US&ToCity=&CallerZip=1&CalledCountry=DE&From=%2B1&To=%2B2&"
			   "Caller=%2B1&City=x&ToCityHall=y&FromTo=z&CallerName=Zo";
	struct hook hook = {.id = vp_uuid_new(), .target = "/x", .body = body, .len = strlen(body)};
	Ringmain__V1__ProviderEvent *event = event_of(&hook, "status");
	static const char *const names[] = {
		"CallSid", "From", "To", "Caller", "City", "ToCityHall", "FromTo", "CallerName"};
	cr_assert_eq(event->n_fields, VP_ARRAY_LEN(names), "%zu", event->n_fields);
	for (size_t i = 0; i < VP_ARRAY_LEN(names); i++) {
		cr_assert_str_eq(event->fields[i]->name, names[i]);
	}
	ringmain__v1__provider_event__free_unpacked(event, NULL);
}

Test(facts, an_event_too_large_for_a_message_goes_without_its_body)
{
	static char body[HOOK_BODY_MAX + 1];
	memset(body, 'x', HOOK_BODY_MAX);
	struct hook hook = {
		.driver = HOOK_TELNYX, .target = "/x", .body = body, .len = HOOK_BODY_MAX};
	Ringmain__V1__ProviderEvent *event = event_of(&hook, "");
	cr_assert_eq(event->body.len, 0);
	ringmain__v1__provider_event__free_unpacked(event, NULL);
	hook.len = 200000;
	event = event_of(&hook, "");
	cr_assert_eq(event->body.len, 200000);
	ringmain__v1__provider_event__free_unpacked(event, NULL);
}

Test(facts, only_memory_can_be_missing)
{
	const char *body = "CallSid=CA1&a=b&c=d";
	const struct hook hook = {.target = "/x?call=" CALL, .body = body, .len = strlen(body)};
	int err = -1;
	for (long n = 0; err != 0; n++) {
		struct facts facts;
		uint8_t *data = NULL;
		size_t len;
		cr_assert_lt(n, 100);
		alloc_fault_at(n);
		err = facts_read(
			&facts, &hook, &(struct facts_hints){.kind = "status", .token = ""});
		err = err ? err : facts_event(&facts, &hook, &data, &len);
		alloc_fault_end();
		cr_assert(err == 0 || err == 12);
		facts_free(&facts);
		free(data);
	}
}
