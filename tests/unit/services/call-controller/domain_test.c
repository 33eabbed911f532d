#include <criterion/criterion.h>
#include <string.h>
#include "services/call-controller/domain/caller_id.h"
#include "services/call-controller/domain/cidr.h"
#include "services/call-controller/domain/quality.h"
#include "services/call-controller/domain/sip_status.h"
#include "services/call-controller/domain/trunk_advice.h"

Test(sip_status, answers_of_a_trunk_mean_what_a_person_expects)
{
	static const struct {
		unsigned status;
		enum call_event event;
		const char *cause;
		bool next;
	} cases[] = {
		{486, CALL_EV_TRUNK_BUSY, "busy", false},
		{600, CALL_EV_TRUNK_BUSY, "busy", false},
		{603, CALL_EV_TRUNK_BUSY, "declined", false},
		{480, CALL_EV_TRUNK_NO_ANSWER, "no_answer", false},
		{487, CALL_EV_TRUNK_NO_ANSWER, "no_answer", false},
		{408, CALL_EV_TRUNK_NO_ANSWER, "no_answer", true},
		{404, CALL_EV_TRUNK_FAILED, "invalid_number", false},
		{484, CALL_EV_TRUNK_FAILED, "invalid_number", false},
		{604, CALL_EV_TRUNK_FAILED, "invalid_number", false},
		{401, CALL_EV_TRUNK_FAILED, "provider_refused", false},
		{403, CALL_EV_TRUNK_FAILED, "provider_refused", false},
		{407, CALL_EV_TRUNK_FAILED, "provider_refused", false},
		{488, CALL_EV_TRUNK_FAILED, "media", false},
		{606, CALL_EV_TRUNK_FAILED, "media", false},
		{500, CALL_EV_TRUNK_FAILED, "trunk_down", true},
		{503, CALL_EV_TRUNK_FAILED, "trunk_down", true},
		{504, CALL_EV_TRUNK_FAILED, "trunk_down", true},
		{502, CALL_EV_TRUNK_FAILED, "trunk_down", false},
		{302, CALL_EV_TRUNK_FAILED, "redirected", false},
		{499, CALL_EV_TRUNK_FAILED, "rejected", false},
		{SIP_NO_RESPONSE, CALL_EV_TRUNK_FAILED, "trunk_down", true},
		{SIP_WRONG_PASSWORD, CALL_EV_TRUNK_FAILED, "provider_refused", false},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct sip_outcome got = sip_outcome_of(cases[i].status, false);

		cr_assert_eq(got.event, cases[i].event, "%u", cases[i].status);
		cr_assert_str_eq(got.cause, cases[i].cause, "%u", cases[i].status);
		cr_assert_eq(got.next, cases[i].next, "%u", cases[i].status);
	}
}

Test(sip_status, after_it_rang_no_other_target_is_tried)
{
	for (unsigned status = 0; status < 700; status++) {
		cr_assert_not(sip_outcome_of(status, true).next, "%u", status);
	}
}

Test(sip_status, every_answer_ends_in_one_of_three_events_with_a_sentence)
{
	for (unsigned status = 0; status < 700; status++) {
		const struct sip_outcome got = sip_outcome_of(status, false);

		cr_assert(got.event == CALL_EV_TRUNK_BUSY || got.event == CALL_EV_TRUNK_NO_ANSWER ||
			  got.event == CALL_EV_TRUNK_FAILED);
		cr_assert_gt(strlen(call_cause_text(got.cause)), 5);
	}
	cr_assert_gt(strlen(call_cause_text("a word of the future")), 5);
}

Test(sip_status, an_answered_call_whose_leg_fails_has_lost_its_trunk)
{
	for (unsigned status = 0; status < 700; status++) {
		const struct sip_outcome got = sip_end_of(status, false, true);
		const struct call_step step = call_fsm(CALL_TALKING, got.event);

		cr_assert_not(got.next, "%u: another target is dialled", status);
		cr_assert(step.taken, "%u: the call lives on without its leg", status);
		cr_assert_eq(step.next, CALL_COMPLETED, "%u", status);
		cr_assert_str_eq(
			step.cause, status == SIP_HUNG_UP ? "hangup" : "trunk_lost", "%u", status);
	}
}

Test(sip_status, a_leg_that_ends_before_the_answer_says_why)
{
	cr_assert_eq(sip_end_of(486, true, false).event, CALL_EV_TRUNK_BUSY);
	cr_assert(sip_end_of(SIP_NO_RESPONSE, false, false).next);
	cr_assert_not(sip_end_of(SIP_NO_RESPONSE, true, false).next);
	cr_assert_eq(sip_end_of(SIP_HUNG_UP, false, false).event, CALL_EV_TRUNK_HANGUP);
	cr_assert_eq(sip_end_of(SIP_GONE, false, false).event, CALL_EV_TRUNK_GONE);
}

Test(sip_status, a_trunk_that_called_gets_a_fitting_refusal)
{
	cr_assert_eq(sip_refusal_of(CALL_BUSY, "declined").status, 486);
	cr_assert_eq(sip_refusal_of(CALL_NO_ANSWER, "no_answer").status, 480);
	cr_assert_eq(sip_refusal_of(CALL_NO_ANSWER, "nobody_available").status, 480);
	cr_assert_eq(sip_refusal_of(CALL_FAILED, "no_route").status, 404);
	cr_assert_eq(sip_refusal_of(CALL_FAILED, "media").status, 488);
	cr_assert_eq(sip_refusal_of(CALL_FAILED, "shutdown").status, 503);
	cr_assert_eq(sip_refusal_of(CALL_FAILED, "whatever").status, 500);
	cr_assert_eq(sip_refusal_of(CALL_CANCELED, "hangup").status, 480);
}

static bool has(const char *range, const char *address)
{
	struct cidr cidr;
	uint8_t addr[16];

	cr_assert(cidr_parse(range, &cidr), "%s", range);
	cr_assert(cidr_addr(address, addr), "%s", address);
	return cidr_has(&cidr, addr);
}

Test(cidr, ranges_hold_what_is_in_them)
{
	cr_assert(has("203.0.113.0/24", "203.0.113.255"));
	cr_assert_not(has("203.0.113.0/24", "203.0.114.0"));
	cr_assert(has("203.0.113.128/25", "203.0.113.128"));
	cr_assert_not(has("203.0.113.128/25", "203.0.113.127"));
	cr_assert(has("198.51.100.7", "198.51.100.7"));
	cr_assert_not(has("198.51.100.7", "198.51.100.6"));
	cr_assert(has("0.0.0.0/0", "8.8.8.8"));
	cr_assert_not(has("0.0.0.0/0", "2001:db8::1"));
	cr_assert(has("2001:db8::/32", "2001:db8:ffff::1"));
	cr_assert_not(has("2001:db8::/33", "2001:db8:8000::1"));
	cr_assert(has("203.0.113.9", "::ffff:203.0.113.9"));
}

Test(cidr, nonsense_is_no_range)
{
	static const char *const bad[] = {"", "/", "1.2.3", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/x",
		"1.2.3.4/-1", "1.2.3.4/ 8", "::/129", "host.example.com", "1.2.3.4/8 ",
		"111111111111111111111111111111111111111111111111111111111111111111111111"};
	struct cidr cidr;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_assert_not(cidr_parse(bad[i], &cidr), "'%s'", bad[i]);
	}
}

Test(caller_id, a_display_name_cannot_break_out_of_its_quotes)
{
	char buf[64];

	cr_assert(caller_quote("Ann", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "\"Ann\"");
	cr_assert(caller_quote("A \"B\" \\", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "\"A \\\"B\\\" \\\\\"");
	cr_assert(caller_quote("x\r\nEvil: 1", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "\"xEvil: 1\"");
	cr_assert(caller_quote("", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "");
	cr_assert_not(caller_quote("a name that is too long", buf, 16));
}

Test(caller_id, a_user_part_is_escaped)
{
	char buf[64];

	cr_assert(caller_user("+4930123*#", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "+4930123*%23");
	cr_assert(caller_user("a@b>c d", buf, sizeof(buf)));
	cr_assert_str_eq(buf, "a%40b%3Ec%20d");
	cr_assert_not(caller_user("12345678901234567890", buf, 10));
}

Test(caller_id, withheld_numbers_are_recognised)
{
	cr_assert(caller_is_anonymous("anonymous"));
	cr_assert(caller_is_anonymous("Anonymous"));
	cr_assert(caller_is_anonymous(""));
	cr_assert_not(caller_is_anonymous("+4930123"));
}

Test(caller_id, bytes_that_are_no_text_are_recognised)
{
	cr_assert(
		caller_is_text("+4930123") && caller_is_text("O'Neill, 7~") && caller_is_text(""));
	cr_assert_not(caller_is_text("\xff"));
	cr_assert_not(caller_is_text("a\nb"));
	cr_assert_not(caller_is_text("\x7f"));
}

Test(quality, worse_networks_sound_worse)
{
	cr_assert_gt(quality_mos_x100(0, 2, 20), 430);
	for (unsigned lost = 10; lost <= 1000; lost += 10) {
		cr_assert_leq(quality_mos_x100(lost, 2, 20), quality_mos_x100(lost - 10, 2, 20));
	}
	for (unsigned rtt = 50; rtt <= 3000; rtt += 50) {
		cr_assert_leq(quality_mos_x100(0, 2, rtt), quality_mos_x100(0, 2, rtt - 50));
	}
	cr_assert_lt(quality_mos_x100(100, 30, 300), 350);
	cr_assert_geq(quality_mos_x100(1000, 5000, 60000), 100);
}

Test(trunk_advice, every_refusal_of_a_registrar_has_a_way_out)
{
	static const unsigned statuses[] = {0, 401, 403, 404, 407, 423, 429, 480, 500, 503, 603};

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		const char *advice = trunk_register_advice(statuses[i], "refused");

		cr_assert_gt(strlen(advice), 20, "%u", statuses[i]);
		cr_assert_eq(advice[strlen(advice) - 1], '.', "%s", advice);
	}
	cr_assert(strstr(trunk_register_advice(401, "wrong_password"), "password"));
	cr_assert(strstr(trunk_register_advice(401, "cannot_authenticate"), "realm"));
	cr_assert(strstr(trunk_register_advice(403, "refused"), "address"));
	cr_assert_str_neq(trunk_register_advice(403, "refused"), trunk_register_advice(404, ""));
}

Test(trunk_advice, most_answers_to_options_come_from_a_living_trunk)
{
	cr_assert(trunk_options_alive(200));
	cr_assert(trunk_options_alive(404));
	cr_assert(trunk_options_alive(405));
	cr_assert(trunk_options_alive(403));
	cr_assert_not(trunk_options_alive(0));
	cr_assert_not(trunk_options_alive(100));
	cr_assert_not(trunk_options_alive(408));
	cr_assert_not(trunk_options_alive(503));
	cr_assert(strstr(trunk_options_advice(0, true), "UDP"));
	cr_assert_null(strstr(trunk_options_advice(0, false), "UDP"));
	cr_assert(strstr(trunk_options_advice(503, true), "not available"));
}
