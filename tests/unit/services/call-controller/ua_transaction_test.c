#include "ua_kit.h"

static struct ua_server *got_server;
static unsigned got_requests, got_acks;

static void kit_request(struct ua_server *server, const struct ua_msg *msg, void *arg)
{
	(void)arg;
	got_requests++;
	got_acks += ua_msg_is(msg, "ACK");
	if (server) {
		got_server = server;
	}
}

static int got_err;
static unsigned got_status, got_calls;

static void on_response(int err, const struct ua_msg *msg, void *arg)
{
	(void)arg;
	got_err = err;
	got_status = msg ? msg->status : 0;
	got_calls++;
}

static void reset(void)
{
	kit_up();
	got_server = NULL;
	got_requests = got_acks = got_calls = got_status = 0;
	got_err = 0;
}

static void start(struct ua_client **client, const char *method)
{
	static struct ua_text text;

	ua_text_reset(&text);
	ua_text_fmt(&text,
		"%s sip:x@203.0.113.5 SIP/2.0\r\nVia: SIP/2.0/UDP "
		"198.51.100.1:5060;branch=z9hG4bKq1\r\n"
		"Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: q\r\n"
		"CSeq: 1 %s\r\nContent-Length: 0\r\n\r\n",
		method, method);
	cr_assert_eq(
		ua_client_start(client, stack, &flow, "z9hG4bKq1", &text, on_response, NULL), 0);
}

static void ask(const char *method, const char *branch)
{
	char text[1024];

	snprintf(text, sizeof(text),
		"%s sip:us@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.5:5060;branch=%s\r\n"
		"Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:us@y>\r\nCall-ID: s\r\n"
		"CSeq: 1 %s\r\nContact: <sip:a@203.0.113.5>\r\nContent-Length: 0\r\n\r\n",
		method, branch, method);
	input(text);
}

TestSuite(client, .init = reset, .fini = kit_down);
TestSuite(server, .init = reset, .fini = kit_down);

Test(client, an_invite_is_repeated_for_half_a_minute_and_then_given_up)
{
	struct ua_client *client;

	start(&client, "INVITE");
	ua_timers_advance(timers, 31999);
	cr_assert_eq(n_sent, 7, "at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s: %zu", n_sent);
	cr_assert_eq(got_calls, 0);
	ua_timers_advance(timers, 2);
	cr_assert_eq(got_err, ETIMEDOUT);
	cr_assert_null(client, "the owner's pointer is cleared");
}

Test(client, another_request_is_repeated_at_most_each_four_seconds)
{
	struct ua_client *client;

	start(&client, "OPTIONS");
	ua_timers_advance(timers, 32001);
	cr_assert_eq(n_sent, 11, "%zu", n_sent);
	cr_assert_eq(got_err, ETIMEDOUT);
	cr_assert_eq(got_calls, 1);
}

Test(client, a_provisional_answer_ends_the_repetition_of_an_invite)
{
	struct ua_client *client;

	start(&client, "INVITE");
	answer(sent[0], 180, "z", "");
	ua_timers_advance(timers, 60000);
	cr_assert_eq(n_sent, 1);
	cr_assert_eq(got_status, 180);
	cr_assert_not_null(client);
}

Test(client, a_refusal_is_acknowledged_each_time_it_comes)
{
	struct ua_client *client;

	start(&client, "INVITE");
	answer(sent[0], 486, "z", "");
	cr_assert(starts(last_sent(), "ACK sip:x@203.0.113.5 SIP/2.0"));
	cr_assert_str_eq(header(last_sent(), "Via"), header(sent[0], "Via"));
	cr_assert_str_eq(header(last_sent(), "To"), "<sip:x@y>;tag=z");
	answer(sent[0], 486, "z", "");
	cr_assert_eq(count_sent("ACK"), 2);
	cr_assert_eq(got_calls, 1, "the owner hears it once");
	cr_assert_null(client);
}

Test(client, a_success_goes_up_each_time_and_is_not_acknowledged_here)
{
	struct ua_client *client;

	start(&client, "INVITE");
	answer(sent[0], 200, "z", "");
	answer(sent[0], 200, "z", "");
	cr_assert_eq(got_calls, 2);
	cr_assert_eq(count_sent("ACK"), 0);
	ua_timers_advance(timers, 32001);
	cr_assert_null(client, "over after timer M");
}

Test(client, cancel_waits_for_a_provisional_answer)
{
	struct ua_client *client;

	start(&client, "INVITE");
	ua_client_cancel(client);
	cr_assert_eq(count_sent("CANCEL"), 0);
	answer(sent[0], 100, "", "");
	cr_assert_eq(count_sent("CANCEL"), 1);
	cr_assert_str_eq(header(last_sent(), "CSeq"), "1 CANCEL");
	answer(last_sent(), 200, "", "");
	answer(sent[0], 487, "z", "");
	cr_assert_eq(got_status, 487);
	cr_assert_eq(count_sent("ACK"), 1);
}

Test(client, a_cancelled_invite_that_is_never_answered_ends)
{
	struct ua_client *client;

	start(&client, "INVITE");
	answer(sent[0], 180, "z", "");
	ua_client_cancel(client);
	ua_timers_advance(timers, 32001);
	cr_assert_eq(got_err, ETIMEDOUT);
	cr_assert_null(client);
}

Test(client, a_forgotten_one_says_nothing_any_more)
{
	struct ua_client *client;

	start(&client, "OPTIONS");
	ua_client_forget(client);
	cr_assert_null(client);
	answer(sent[0], 200, "z", "");
	ua_timers_advance(timers, 40000);
	cr_assert_eq(got_calls, 0);
}

Test(client, a_lost_connection_fails_what_waits_on_it)
{
	struct ua_client *client;

	flow.tp = UA_TP_TCP;
	flow.conn = 7;
	start(&client, "OPTIONS");
	ua_stack_lost(stack, 8);
	cr_assert_eq(got_calls, 0);
	ua_stack_lost(stack, 7);
	cr_assert_eq(got_err, ECONNRESET);
	flow.tp = UA_TP_UDP;
	flow.conn = 0;
}

Test(client, a_message_that_cannot_be_sent_is_an_error_at_once)
{
	static struct ua_text text;
	struct ua_client *client = NULL;

	ua_text_reset(&text);
	ua_text_add(&text, "OPTIONS sip:x SIP/2.0\r\n\r\n");
	send_result = EHOSTUNREACH;
	cr_assert_eq(ua_client_start(&client, stack, &flow, "z9hG4bKq", &text, on_response, NULL),
		EHOSTUNREACH);
	cr_assert_null(client);
	cr_assert_eq(got_calls, 0);
}

Test(server, a_repeated_request_gets_the_same_answer_and_is_not_seen_twice)
{
	ask("OPTIONS", "z9hG4bKs1");
	cr_assert_eq(got_requests, 1);
	cr_assert_eq(ua_server_refuse(got_server, 404, "Not Found"), 0);
	ask("OPTIONS", "z9hG4bKs1");
	cr_assert_eq(got_requests, 1);
	cr_assert_eq(n_sent, 2);
	cr_assert_str_eq(sent[0], sent[1]);
	cr_assert_eq(ua_server_refuse(got_server, 200, "OK"), EALREADY);
	ua_timers_advance(timers, 32001);
	ask("OPTIONS", "z9hG4bKs1");
	cr_assert_eq(got_requests, 2, "forgotten after timer J");
}

Test(server, an_invite_gets_trying_when_nobody_answers_at_once)
{
	ask("INVITE", "z9hG4bKs2");
	ua_timers_advance(timers, 149);
	cr_assert_eq(n_sent, 0);
	ua_timers_advance(timers, 1);
	cr_assert(starts(last_sent(), "SIP/2.0 100 Trying"));
	cr_assert_null(strstr(header(last_sent(), "To"), "tag="), "100 makes no dialog");
}

Test(server, a_refused_invite_is_repeated_until_its_ack)
{
	ask("INVITE", "z9hG4bKs3");
	ua_server_refuse(got_server, 486, "Busy Here");
	ua_timers_advance(timers, 1600);
	cr_assert_eq(n_sent, 3);
	ask("ACK", "z9hG4bKs3");
	cr_assert_eq(got_acks, 0, "that ACK ends here");
	ua_timers_advance(timers, 10000);
	cr_assert_eq(n_sent, 3);
}

Test(server, an_accepted_invite_is_repeated_until_the_owner_heard_the_ack)
{
	ask("INVITE", "z9hG4bKs4");
	ua_server_refuse(got_server, 200, "OK");
	ua_timers_advance(timers, 1600);
	cr_assert_eq(n_sent, 3);
	ask("ACK", "z9hG4bKs4other");
	cr_assert_eq(got_acks, 1, "that ACK goes up");
	ua_server_acked(got_server);
	ua_timers_advance(timers, 10000);
	cr_assert_eq(n_sent, 3);
}

static int no_acks, gones, cancels;
static void on_no_ack(void *arg)
{
	(void)arg;
	no_acks++;
}
static void on_gone(void *arg)
{
	(void)arg;
	gones++;
}
static void on_cancel(void *arg)
{
	(void)arg;
	cancels++;
	ua_server_refuse(got_server, 487, "Request Terminated");
}
static const struct ua_server_handlers handlers = {on_cancel, on_no_ack, on_gone};

Test(server, the_owner_learns_that_no_ack_came)
{
	no_acks = gones = 0;
	ask("INVITE", "z9hG4bKs5");
	ua_server_own(got_server, &handlers, NULL);
	ua_server_refuse(got_server, 200, "OK");
	ua_timers_advance(timers, 32001);
	cr_assert_eq(no_acks, 1);
	cr_assert_eq(gones, 1);
}

Test(server, cancel_is_answered_and_ends_the_invite)
{
	cancels = 0;
	ask("INVITE", "z9hG4bKs6");
	struct ua_server *invite = got_server;
	ua_server_own(invite, &handlers, NULL);
	ask("CANCEL", "z9hG4bKs6");
	cr_assert_eq(cancels, 1);
	cr_assert(starts(sent[0], "SIP/2.0 200"));
	cr_assert_str_eq(header(sent[0], "CSeq"), "1 CANCEL");
	cr_assert(starts(sent[1], "SIP/2.0 487"));
	cr_assert_str_eq(header(sent[1], "CSeq"), "1 INVITE");
	cr_assert_str_eq(
		header(sent[0], "To"), header(sent[1], "To"), "the same tag (section 9.2)");
}

Test(server, a_late_cancel_changes_nothing)
{
	cancels = 0;
	ask("INVITE", "z9hG4bKs7");
	ua_server_own(got_server, &handlers, NULL);
	ua_server_refuse(got_server, 200, "OK");
	ask("CANCEL", "z9hG4bKs7");
	cr_assert_eq(cancels, 0);
	cr_assert(starts(last_sent(), "SIP/2.0 200"));
}

Test(server, peers_without_branch_are_told_apart_by_everything_else)
{
	ask("OPTIONS", "old");
	ask("OPTIONS", "old");
	cr_assert_eq(got_requests, 1);
	ask("OPTIONS", "older");
	cr_assert_eq(got_requests, 2);
}

Test(server, answers_say_where_the_request_really_came_from)
{
	input("OPTIONS sip:us@198.51.100.1 SIP/2.0\r\n"
	      "Via: SIP/2.0/UDP host.example.com:5099;rport;branch=z9hG4bKv1, SIP/2.0/TCP "
	      "p.example.com;branch=z9hG4bKv0\r\n"
	      "Via: SIP/2.0/TLS last.example.com;branch=z9hG4bKv\r\n"
	      "Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:us@y>\r\nCall-ID: v\r\nCSeq: "
	      "1 OPTIONS\r\n\r\n");
	ua_server_refuse(got_server, 200, "OK");
	cr_assert_str_eq(header(last_sent(), "Via"),
		"SIP/2.0/UDP "
		"host.example.com:5099;rport=5060;branch=z9hG4bKv1;received=203.0.113.5");
	cr_assert_not_null(
		strstr(last_sent(), "\r\nVia: SIP/2.0/TCP p.example.com;branch=z9hG4bKv0\r\nVia: "
				    "SIP/2.0/TLS last.example.com"));
}
