#include "ua_kit.h"
#include "services/call-controller/ua/saved.h"

static struct {
	unsigned progress, answers, confirmed, offers, modified, ends, invites;
	unsigned status;
	char key;
	struct ua_end end;
	struct ua_leg *incoming;
} got;

static void kit_request(struct ua_server *server, const struct ua_msg *msg, void *arg)
{
	(void)arg;
	ua_agent_request(agent, server, msg);
}

static void on_progress(struct ua_leg *leg, unsigned status, const struct pl *sdp, void *arg)
{
	(void)leg;
	(void)sdp;
	(void)arg;
	got.progress++;
	got.status = status;
}
static void on_answer(struct ua_leg *leg, const struct pl *sdp, void *arg)
{
	(void)leg;
	(void)sdp;
	(void)arg;
	got.answers++;
}
static void on_confirmed(struct ua_leg *leg, const struct pl *sdp, void *arg)
{
	(void)leg;
	(void)sdp;
	(void)arg;
	got.confirmed++;
}
static void on_offer(struct ua_leg *leg, const struct pl *sdp, void *arg)
{
	(void)sdp;
	(void)arg;
	got.offers++;
	(void)ua_leg_answer_offer(leg, 200, "v=0\r\n", 5);
}
static void on_modified(struct ua_leg *leg, unsigned status, const struct pl *sdp, void *arg)
{
	(void)leg;
	(void)sdp;
	(void)arg;
	got.modified++;
	got.status = status;
}
static void on_dtmf(struct ua_leg *leg, char key, void *arg)
{
	(void)leg;
	(void)arg;
	got.key = key;
}
static void on_end(struct ua_leg *leg, const struct ua_end *end, void *arg)
{
	(void)leg;
	(void)arg;
	got.ends++;
	got.end = *end;
}
static const struct ua_leg_handlers handlers = {
	on_progress, on_answer, on_confirmed, on_offer, on_modified, on_dtmf, on_end};

static void on_invite(struct ua_leg *leg, const struct ua_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	got.invites++;
	got.incoming = leg;
	ua_leg_own(leg, &handlers, NULL);
}

static unsigned on_options(const struct ua_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return 200;
}

static void reset(void)
{
	struct ua_agent_cfg cfg = {.on_invite = on_invite, .on_options = on_options};

	kit_up();
	memset(&got, 0, sizeof(got));
	cfg.stack = stack;
	cr_assert_eq(ua_agent_create(&agent, &cfg), 0);
}

static struct ua_leg *dial(void)
{
	const struct ua_dial cfg = {.flow = flow,
		.request_uri = "sip:+4930@203.0.113.5",
		.local = "<sip:me@example.com>",
		.session_timer = true,
		.response_ms = 5000,
		.sdp = "v=0\r\n",
		.sdp_len = 5};
	struct ua_leg *leg;

	cr_assert_eq(ua_leg_dial(&leg, agent, &cfg, &handlers, NULL), 0);
	return leg;
}

static struct ua_leg *up(void)
{
	struct ua_leg *leg = dial();

	answer(sent[0], 200, "far",
		"Contact: <sip:far@203.0.113.5:5080>\r\nAllow: INVITE, UPDATE\r\n");
	cr_assert_eq(got.answers, 1);
	return leg;
}

/* A request of the far side in the dialog of the INVITE that was sent first. */
static void far_request(const char *method, unsigned seq, const char *more, const char *body)
{
	char text[4096];

	snprintf(text, sizeof(text),
		"%s sip:198.51.100.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP "
		"203.0.113.5:5060;branch=z9hG4bKf%u%s\r\n"
		"Max-Forwards: 70\r\nFrom: %s;tag=far\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n"
		"Contact: <sip:far@203.0.113.5:5080>\r\n%sContent-Length: %zu\r\n\r\n%s",
		method, seq, method, header(sent[0], "To"), header(sent[0], "From"),
		header(sent[0], "Call-ID"), seq, method, more, strlen(body), body);
	input(text);
}

static void far_invite(const char *more, const char *body)
{
	char text[4096];

	snprintf(text, sizeof(text),
		"INVITE sip:+49301@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
		"203.0.113.5:5060;branch=z9hG4bKi1\r\n"
		"Max-Forwards: 70\r\nFrom: <sip:far@x>;tag=ft\r\nTo: <sip:+49301@y>\r\nCall-ID: "
		"in1\r\nCSeq: 10 INVITE\r\n"
		"Contact: <sip:far@203.0.113.5:5080>\r\nRecord-Route: "
		"<sip:203.0.113.7;lr>\r\n%s%sContent-Length: %zu\r\n\r\n%s",
		more, body[0] ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
	input(text);
}

static void far_in(const char *method, unsigned seq)
{
	char text[2048];

	snprintf(text, sizeof(text),
		"%s sip:x@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
		"203.0.113.5:5060;branch=z9hG4bKj%u%s\r\n"
		"Max-Forwards: 70\r\nFrom: <sip:far@x>;tag=ft\r\nTo: %s\r\nCall-ID: in1\r\nCSeq: "
		"%u %s\r\nContent-Length: 0\r\n\r\n",
		method, seq, method, header(last_sent(), "To"), seq, method);
	input(text);
}

TestSuite(leg, .init = reset, .fini = kit_down);

Test(leg, a_call_out_is_answered_and_hung_up)
{
	struct ua_leg *leg = up();

	cr_assert(starts(last_sent(), "ACK sip:far@203.0.113.5:5080 SIP/2.0"));
	ua_leg_drop(leg, 0, "");
	cr_assert(starts(last_sent(), "BYE sip:far@203.0.113.5:5080"));
	cr_assert_str_eq(header(last_sent(), "CSeq"), "2 BYE");
	answer(last_sent(), 200, "", "");
	cr_assert_eq(ua_agent_legs(agent), 0);
	cr_assert_eq(got.ends, 0, "who drops it is not told");
}

Test(leg, the_far_side_hangs_up)
{
	(void)up();
	far_request("BYE", 1, "", "");
	cr_assert(starts(last_sent(), "SIP/2.0 200"));
	cr_assert_eq(got.ends, 1);
	cr_assert_eq(got.end.how, UA_END_BYE);
	cr_assert_eq(ua_agent_legs(agent), 0);
}

Test(leg, both_sides_hang_up_at_once)
{
	ua_leg_drop(up(), 0, "");
	const char *bye = last_sent();
	far_request("BYE", 1, "", "");
	cr_assert(starts(last_sent(), "SIP/2.0 200"));
	cr_assert_eq(ua_agent_legs(agent), 0);
	answer(bye, 481, "", "");
}

Test(leg, a_refusal_says_which)
{
	(void)dial();
	answer(sent[0], 486, "far", "Retry-After: 30\r\n");
	cr_assert_eq(got.end.how, UA_END_REJECTED);
	cr_assert_eq(got.end.status, 486);
	cr_assert_eq(got.end.retry_after_s, 30);
	cr_assert_eq(ua_agent_legs(agent), 0);
}

Test(leg, nobody_answers_in_time)
{
	(void)dial();
	ua_timers_advance(timers, 5001);
	cr_assert_eq(got.end.how, UA_END_NO_RESPONSE);
	cr_assert_eq(ua_agent_legs(agent), 1, "it may come alive yet");
	/* it does: hung up, and nobody is told any more */
	answer(sent[0], 200, "far", "Contact: <sip:far@203.0.113.5>\r\n");
	cr_assert_eq(count_sent("ACK"), 1);
	cr_assert_eq(count_sent("BYE"), 1);
	answer(last_sent(), 200, "", "");
	cr_assert_eq(ua_agent_legs(agent), 0);
	cr_assert_eq(got.ends, 1);
}

Test(leg, dropped_in_every_state_it_leaves_nothing_behind)
{
	ua_leg_drop(dial(), 0, ""); /* before any answer */
	ua_timers_advance(timers, 33000);
	cr_assert_eq(ua_agent_legs(agent), 0);

	ua_leg_drop(NULL, 0, "");
	far_invite("", "v=0\r\n");
	ua_leg_drop(got.incoming, 480, "Temporarily Unavailable"); /* unanswered */
	cr_assert(starts(last_sent(), "SIP/2.0 480"));
	cr_assert_eq(ua_agent_legs(agent), 0);
	ua_timers_advance(timers, 33000);
	cr_assert_eq(got.ends, 0);
}

Test(leg, dropped_before_the_ack_it_waits_for_it_and_then_hangs_up)
{
	far_invite("", "v=0\r\n");
	cr_assert_eq(ua_leg_accept(got.incoming, "v=0\r\n", 5), 0);
	ua_leg_drop(got.incoming, 0, "");
	cr_assert_eq(count_sent("BYE"), 0);
	far_in("ACK", 10);
	cr_assert_eq(count_sent("BYE"), 1);
	cr_assert_str_eq(header(last_sent(), "Route"), "<sip:203.0.113.7;lr>");
	cr_assert_eq(got.confirmed, 0);
}

Test(leg, a_call_in_is_accepted_confirmed_and_ended)
{
	far_invite("", "v=0\r\n");
	cr_assert_eq(ua_leg_progress(got.incoming, 180, "Ringing", NULL, 0), 0);
	cr_assert_str_eq(header(last_sent(), "Record-Route"), "<sip:203.0.113.7;lr>");
	cr_assert_eq(ua_leg_accept(got.incoming, "v=0\r\n", 5), 0);
	cr_assert(starts(last_sent(), "SIP/2.0 200"));
	far_in("ACK", 10);
	cr_assert_eq(got.confirmed, 1);
	far_in("BYE", 11);
	cr_assert_eq(got.end.how, UA_END_BYE);
	cr_assert_eq(ua_agent_legs(agent), 0);
}

Test(leg, without_an_ack_the_call_is_given_up_with_a_bye)
{
	far_invite("", "v=0\r\n");
	ua_leg_accept(got.incoming, "v=0\r\n", 5);
	ua_timers_advance(timers, 32001);
	cr_assert_eq(got.end.how, UA_END_EXPIRED);
	cr_assert_eq(count_sent("BYE"), 1);
}

Test(leg, the_caller_cancels)
{
	char text[1024];

	far_invite("", "v=0\r\n");
	snprintf(text, sizeof(text),
		"CANCEL sip:+49301@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
		"203.0.113.5:5060;branch=z9hG4bKi1\r\n"
		"Max-Forwards: 70\r\nFrom: <sip:far@x>;tag=ft\r\nTo: <sip:+49301@y>\r\nCall-ID: "
		"in1\r\nCSeq: 10 CANCEL\r\n\r\n");
	input(text);
	cr_assert_eq(got.end.how, UA_END_CANCELED);
	cr_assert(starts(last_sent(), "SIP/2.0 487"));
	cr_assert_eq(ua_agent_legs(agent), 0);
}

Test(leg, requests_out_of_order_are_refused)
{
	(void)up();
	far_request("INFO", 5, "Content-Type: application/dtmf\r\n", "7");
	cr_assert_eq(got.key, '7');
	far_request("INFO", 4, "Content-Type: application/dtmf\r\n", "8");
	cr_assert_eq(got.key, '7');
	cr_assert(starts(last_sent(), "SIP/2.0 500"));
}

Test(leg, an_offer_of_the_far_side_is_answered)
{
	(void)up();
	far_request("INVITE", 3, "Content-Type: application/sdp\r\n", "v=0\r\n");
	cr_assert_eq(got.offers, 1);
	cr_assert(starts(last_sent(), "SIP/2.0 200"));
	far_request("ACK", 3, "", "");
	ua_timers_advance(timers, 3000);
	cr_assert_eq(count_sent("SIP/2.0 200"), 1, "the ACK ended the repetition");
}

Test(leg, two_offers_at_once_get_491_and_ours_comes_again)
{
	struct ua_leg *leg = up();

	cr_assert_eq(ua_leg_modify(leg, "v=1\r\n", 5), 0);
	const char *ours = last_sent();
	cr_assert_eq(ua_leg_modify(leg, "v=2\r\n", 5), EBUSY);
	far_request("INVITE", 3, "Content-Type: application/sdp\r\n", "v=0\r\n");
	cr_assert(starts(last_sent(), "SIP/2.0 491"));
	answer(ours, 491, "", "");
	const size_t before = count_sent("INVITE");
	ua_timers_advance(timers, 2000);
	cr_assert_eq(count_sent("INVITE"), before, "who owns the Call-ID waits longer");
	ua_timers_advance(timers, 2100);
	cr_assert_gt(count_sent("INVITE"), before);
	for (size_t i = n_sent; i-- > 0;) {
		if (starts(sent[i], "INVITE")) {
			answer(sent[i], 200, "", "");
			break;
		}
	}
	cr_assert_eq(got.modified, 1);
	cr_assert_eq(got.status, 200);
}

Test(leg, a_refresh_that_cannot_be_sent_ends_it)
{
	struct ua_leg *leg = dial();

	answer(sent[0], 200, "far",
		"Contact: <sip:far@203.0.113.5:5080>\r\nSupported: timer\r\n"
		"Session-Expires: 1800;refresher=uac\r\n");
	cr_assert_eq(got.answers, 1, "%p", (void *)leg);
	send_result = EHOSTUNREACH;
	ua_timers_advance(timers, 900001);
	cr_assert_eq(got.ends, 1);
	cr_assert_eq(got.end.how, UA_END_TRANSPORT);
	cr_assert_eq(ua_agent_legs(agent), 0);
}

Test(leg, a_far_side_that_forgot_the_dialog_ends_it)
{
	struct ua_leg *leg = up();

	ua_leg_modify(leg, "v=1\r\n", 5);
	answer(last_sent(), 481, "", "");
	cr_assert_eq(got.end.how, UA_END_EXPIRED);
}

Test(leg, requests_of_another_dialog_do_not_touch_it)
{
	(void)up();
	input("BYE sip:198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP "
	      "203.0.113.5;branch=z9hG4bKx\r\nMax-Forwards: 70\r\n"
	      "From: <sip:z@z>;tag=z\r\nTo: <sip:y@y>;tag=y\r\nCall-ID: other\r\nCSeq: 1 "
	      "BYE\r\n\r\n");
	cr_assert(starts(last_sent(), "SIP/2.0 481"));
	cr_assert_eq(got.ends, 0);
}

Test(leg, a_route_set_is_kept_reversed_and_followed)
{
	struct ua_leg *leg = dial();

	answer(sent[0], 200, "far",
		"Contact: <sip:far@192.0.2.50>\r\nRecord-Route: <sip:203.0.113.8;lr>, "
		"<sip:203.0.113.9;lr>\r\n");
	cr_assert_not_null(strstr(
		last_sent(), "Route: <sip:203.0.113.9;lr>\r\nRoute: <sip:203.0.113.8;lr>\r\n"));
	cr_assert(starts(last_sent(), "ACK sip:far@192.0.2.50"));
	ua_leg_drop(leg, 0, "");
}

/* A carrier that would have us send into our own machine or its link. */
Test(leg, a_peer_cannot_point_us_at_ourselves)
{
	static const struct {
		const char *contact, *goes_to;
	} cases[] = {
		{"127.0.0.1:9200", "203.0.113.5"},
		{"169.254.169.254:80", "203.0.113.5"},
		{"0.0.0.0:5060", "203.0.113.5"},
		{"10.0.0.7", "203.0.113.5"},
		{"[::1]:5060", "203.0.113.5"},
		{"[fe80::1]", "203.0.113.5"},
		{"[::ffff:127.0.0.1]", "203.0.113.5"},
		{"203.0.113.99", "203.0.113.99"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char more[128], peer[64];
		struct ua_leg *leg = dial();

		snprintf(more, sizeof(more), "Contact: <sip:far@%s>\r\n", cases[i].contact);
		answer(last_sent(), 200, "far", more);
		cr_assert(starts(last_sent(), "ACK "), "%s: %s", cases[i].contact, last_sent());
		cr_assert(starts(last_sent(), "ACK "), "%s: %s", cases[i].contact, last_sent());
		(void)re_snprintf(peer, sizeof(peer), "%j", &last_peer);
		cr_expect_str_eq(peer, cases[i].goes_to, "%s", cases[i].contact);
		ua_leg_drop(leg, 0, "");
	}
}

static unsigned no_tls(const char *owner, void *arg)
{
	cr_assert_str_eq(owner, "trunk-1");
	(void)arg;
	return 0;
}

Test(leg, a_saved_dialog_is_hung_up_by_another_process)
{
	static struct ua_text text;
	struct ua_leg *leg = dial();

	answer(sent[0], 200, "far",
		"Contact: <sip:far@203.0.113.5:5080>\r\nRecord-Route: <sip:203.0.113.8;lr>, "
		"<sip:203.0.113.9;lr>\r\n");
	ua_text_reset(&text);
	ua_saved_write(leg, "trunk-1", &text);
	ua_text_mem(&text, "", 1);
	agent = ua_agent_destroy(agent); /* it died without a word */
	cr_assert_eq(count_sent("BYE"), 0);
	const struct ua_agent_cfg cfg = {
		.stack = stack, .on_invite = on_invite, .on_options = on_options};
	cr_assert_eq(ua_agent_create(&agent, &cfg), 0);
	cr_assert_eq(ua_saved_bye(agent, text.buf, no_tls, NULL), 0);
	cr_assert(starts(last_sent(), "BYE sip:far@203.0.113.5:5080 SIP/2.0"), "%s", last_sent());
	cr_assert_str_eq(header(last_sent(), "Call-ID"), header(sent[0], "Call-ID"));
	cr_assert_str_eq(header(last_sent(), "From"), header(sent[0], "From"));
	cr_assert_str_eq(header(last_sent(), "To"), "<sip:+4930@203.0.113.5>;tag=far");
	cr_assert_not_null(strstr(
		last_sent(), "Route: <sip:203.0.113.9;lr>\r\nRoute: <sip:203.0.113.8;lr>\r\n"));
	cr_assert_str_eq(header(last_sent(), "CSeq"), "1002 BYE");
	answer(last_sent(), 200, "", "");
	cr_assert_eq(ua_agent_legs(agent), 0);
}

static unsigned any_tls(const char *owner, void *arg)
{
	(void)owner;
	(void)arg;
	return 0;
}

Test(leg, nonsense_is_no_saved_dialog)
{
	static const char *const bad[] = {"x", "\x1e",
		"a\x1f"
		"b\x1e",
		"t\x1f"
		"SCTP\x1f"
		"1.2.3.4:5\x1f"
		"1\x1f"
		"c\x1f"
		"l\x1f"
		"lt\x1f"
		"r\x1f"
		"rt\x1f"
		"sip:x\x1f\x1e",
		"t\x1f"
		"UDP\x1f"
		"nowhere\x1f"
		"1\x1f"
		"c\x1f"
		"l\x1f"
		"lt\x1f"
		"r\x1f"
		"rt\x1f"
		"sip:x\x1f\x1e"};
	static struct ua_text text;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_assert_eq(ua_saved_bye(agent, bad[i], any_tls, NULL), EBADMSG, "%zu", i);
	}
	cr_assert_eq(ua_saved_bye(agent, "", no_tls, NULL), 0);
	ua_text_reset(&text);
	ua_saved_write(dial(), "trunk-1", &text);
	cr_assert_eq(text.len, 0, "an unanswered one is none");
}
