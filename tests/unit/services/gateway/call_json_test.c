/* A call as the browser sees it. */
#include <criterion/criterion.h>
#include <string.h>
#include "services/gateway/domain/call_json.h"

static Ringmain__V1__CallChanged call(void)
{
	Ringmain__V1__CallChanged c = RINGMAIN__V1__CALL_CHANGED__INIT;
	c.call_id = "c1";
	c.version = 3;
	c.direction = RINGMAIN__V1__DIRECTION__INBOUND;
	c.status = RINGMAIN__V1__CALL_STATUS__IN_PROGRESS;
	c.started_us = 1763877600123456;
	c.session = "gw1/7";
	return c;
}

static const char *text(const json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

Test(call_json, says_what_is_known_and_null_for_the_rest)
{
	Ringmain__V1__CallChanged c = call();
	Ringmain__V1__Contact contact = RINGMAIN__V1__CONTACT__INIT;
	contact.type = "lead";
	contact.id = "l1";
	contact.name = "Anna";
	c.contact = &contact;
	json_t *json = call_json(&c, "gw1/7");
	cr_assert_not_null(json);
	cr_assert_str_eq(text(json, "direction"), "inbound");
	cr_assert_str_eq(text(json, "status"), "in-progress");
	cr_assert_str_eq(text(json, "started_at"), "2025-11-23T06:00:00.123Z");
	cr_assert(json_is_null(json_object_get(json, "answered_at")));
	cr_assert(json_is_null(json_object_get(json, "hangup_by")));
	cr_assert(json_is_null(json_object_get(json, "cause")));
	cr_assert_str_eq(text(json_object_get(json, "contact"), "name"), "Anna");
	cr_assert(json_is_null(json_object_get(json_object_get(json, "contact"), "company")));
	cr_assert(json_is_true(json_object_get(json, "mine")));
	cr_assert(json_is_null(json_object_get(json, "driver")), "our own audio");
	cr_assert_eq(json_object_size(json), 25, "every member of the schema");
	json_decref(json);
}

Test(call_json, only_the_tab_with_the_audio_has_it)
{
	Ringmain__V1__CallChanged c = call();
	json_t *json = call_json(&c, "gw1/8");
	cr_assert(json_is_false(json_object_get(json, "mine")));
	json_decref(json);
	c.session = "";
	json = call_json(&c, "");
	cr_assert(json_is_false(json_object_get(json, "mine")), "nobody has it while it rings");
	json_decref(json);
}

Test(call_json, text_that_is_no_utf8_gives_no_message)
{
	Ringmain__V1__CallChanged c = call();
	c.from_number = "\xC3\x28";
	cr_assert_null(call_json(&c, "gw1/7"));
	c = call();
	c.message = "\xFF";
	cr_assert_null(call_json(&c, "gw1/7"));
}

Test(call_json, status_words_are_those_of_the_guide)
{
	static const char *const words[] = {"failed", "initiated", "ringing", "in-progress",
		"completed", "failed", "busy", "no-answer", "canceled"};
	for (int i = 0; i < 9; i++) {
		Ringmain__V1__CallChanged c = call();
		c.status = (Ringmain__V1__CallStatus)i;
		cr_assert_str_eq(call_status_word(c.status), words[i]);
		cr_assert_eq(call_is_over(&c), i >= 4);
	}
	cr_assert_str_eq(call_status_word((Ringmain__V1__CallStatus)99), "failed");
	cr_assert_str_eq(call_status_word((Ringmain__V1__CallStatus)-1), "failed");
}
