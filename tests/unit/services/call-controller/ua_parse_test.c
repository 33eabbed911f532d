#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "services/call-controller/ua/backoff.h"
#include "services/call-controller/ua/digest.h"
#include "services/call-controller/ua/dtmf_info.h"
#include "services/call-controller/ua/precheck.h"
#include "services/call-controller/ua/session.h"

static struct ua_msg msg;
static char data[70000];

static enum ua_scan scan(const char *text, bool stream, size_t *used)
{
	const size_t len = strlen(text);

	memcpy(data, text, len);
	return ua_msg_scan(&msg, data, len, stream, used);
}

static struct pl pl(const char *text)
{
	struct pl p;

	pl_set_str(&p, text);
	return p;
}

#define HEAD                                                                                       \
	"Via: SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKabc;rport\r\n"                              \
	"From: \"A\" <sip:a@example.com>;tag=f1\r\n"                                               \
	"To: <sip:b@example.com>\r\n"                                                              \
	"Call-ID: c1@example.com\r\n"

Test(msg, a_request_is_taken_apart)
{
	size_t used;

	cr_assert_eq(scan("INVITE sip:+4930@192.0.2.9;x=1 SIP/2.0\r\n" HEAD
			  "CSeq: 7 INVITE\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\n"
			  "Content-Length: 4\r\n\r\nv=0\n",
			     false, &used),
		UA_SCAN_OK);
	cr_assert_null(msg.fault, "%s", msg.fault);
	cr_assert(msg.request && ua_msg_is(&msg, "INVITE"));
	cr_assert_eq(pl_strcmp(&msg.uri.user, "+4930"), 0);
	cr_assert_eq(pl_strcmp(&msg.uri.host, "192.0.2.9"), 0);
	cr_assert_eq(msg.via.port, 5062);
	cr_assert(msg.via.rport && msg.via.rfc3261);
	cr_assert_eq(pl_strcmp(&msg.from.tag, "f1"), 0);
	cr_assert_eq(msg.to.tag.l, 0);
	cr_assert_eq(msg.cseq.num, 7);
	cr_assert_eq(pl_strcmp(&msg.body, "v=0\n"), 0);
	cr_assert_eq(ua_precheck(&msg).status, 0);
}

Test(msg, a_response_is_taken_apart)
{
	size_t used;

	cr_assert_eq(
		scan("SIP/2.0 180 Ringing now\r\n" HEAD "CSeq: 7 INVITE\r\n\r\n", false, &used),
		UA_SCAN_OK);
	cr_assert(!msg.request);
	cr_assert_eq(msg.status, 180);
	cr_assert_eq(pl_strcmp(&msg.reason, "Ringing now"), 0);
}

Test(msg, a_stream_gives_one_message_after_the_other)
{
	const char *two =
		"OPTIONS sip:x@y SIP/2.0\r\n" HEAD "CSeq: 1 OPTIONS\r\nContent-Length: 3\r\n\r\nabc"
		"OPTIONS sip:x@y SIP/2.0\r\n" HEAD "CSeq: 2 OPTIONS\r\nContent-Length: 0\r\n\r\n";
	const size_t len = strlen(two);
	size_t first = 0, used;

	/* however it is cut, nothing comes too early */
	for (size_t cut = 1; cut < len; cut++) {
		memcpy(data, two, cut);
		if (ua_msg_scan(&msg, data, cut, true, &used) == UA_SCAN_OK && first == 0) {
			first = cut;
			cr_assert_eq(used, cut);
			cr_assert_eq(msg.cseq.num, 1);
		}
	}
	cr_assert_gt(first, 0);
	memcpy(data, two + first, len - first);
	cr_assert_eq(ua_msg_scan(&msg, data, len - first, true, &used), UA_SCAN_OK);
	cr_assert_eq(msg.cseq.num, 2);
	cr_assert_eq(used, len - first);
}

Test(msg, a_stream_without_length_is_lost)
{
	size_t used;

	cr_assert_eq(
		scan("OPTIONS sip:x@y SIP/2.0\r\n" HEAD "CSeq: 1 OPTIONS\r\n\r\n", true, &used),
		UA_SCAN_JUNK);
}

Test(msg, mutations_are_never_read_beyond_their_end)
{
	const char *seed = "INVITE sip:+4930@192.0.2.9 SIP/2.0\r\n" HEAD
			   "CSeq: 7 INVITE\r\nMax-Forwards: 70\r\nRoute: <sip:p;lr>, <sip:q>\r\n"
			   "Contact: \"x\" <sip:a@[2001:db8::1]:5060>;q=1\r\n"
			   "Content-Type: application/sdp\r\nContent-Length: 4\r\n\r\nv=0\n";
	const size_t len = strlen(seed);

	srand(99);
	for (int round = 0; round < 300000; round++) {
		const size_t n = 1 + (size_t)rand() % len;
		char *exact = malloc(n); /* so that a sanitizer sees one byte too many */
		struct ua_addr addr;
		size_t used;

		memcpy(exact, seed, n);
		for (int k = rand() % 6; k > 0; k--) {
			exact[(size_t)rand() % n] = (char)rand();
		}
		if (ua_msg_scan(&msg, exact, n, rand() % 2, &used) == UA_SCAN_OK) {
			cr_assert_leq(used, n);
			(void)ua_precheck(&msg);
			for (size_t i = 0; i < msg.n_headers; i++) {
				(void)ua_addr_decode(&addr, &msg.headers[i].val);
			}
		}
		free(exact);
	}
}

Test(grammar, uris)
{
	struct ua_uri uri;
	struct pl p;

	p = pl("sip:user;par=u%40example.net@example.com:5070;transport=tcp;lr?a=b");
	cr_assert_eq(ua_uri_decode(&uri, &p), 0);
	cr_assert_eq(pl_strcmp(&uri.user, "user;par=u%40example.net"), 0);
	cr_assert_eq(uri.port, 5070);
	cr_assert_eq(pl_strcmp(&uri.params, ";transport=tcp;lr"), 0);
	cr_assert_eq(pl_strcmp(&uri.headers, "?a=b"), 0);
	p = pl("sips:[2001:db8::1]:5061");
	cr_assert_eq(ua_uri_decode(&uri, &p), 0);
	cr_assert_eq(pl_strcmp(&uri.host, "2001:db8::1"), 0);
	p = pl("tel:+4930;phone-context=x");
	cr_assert_eq(ua_uri_decode(&uri, &p), 0);
	cr_assert_eq(uri.scheme, UA_SCHEME_TEL);
	cr_assert_eq(pl_strcmp(&uri.user, "+4930"), 0);
	static const char *const bad[] = {"", "sip:", "sip:@h", "sip:u@", "sip:u@h:0",
		"sip:u@h:65536", "sip:u@h:", "sip:u@[::1", "sip:u@[x]", "sip:u@h h", "u@h",
		"sip:u@h<x>", ":x"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		p = pl(bad[i]);
		cr_assert_eq(ua_uri_decode(&uri, &p), EBADMSG, "'%s'", bad[i]);
	}
}

Test(grammar, addresses)
{
	struct ua_addr addr;
	struct pl p;

	p = pl("\"A \\\" <x>\" <sip:a@b;lr>;tag=1;x");
	cr_assert_eq(ua_addr_decode(&addr, &p), 0);
	cr_assert_eq(pl_strcmp(&addr.display, "A \\\" <x>"), 0);
	cr_assert_eq(pl_strcmp(&addr.tag, "1"), 0);
	p = pl("sip:a@b;tag=2");
	cr_assert_eq(ua_addr_decode(&addr, &p), 0);
	cr_assert_eq(pl_strcmp(&addr.uri, "sip:a@b"), 0);
	cr_assert_eq(pl_strcmp(&addr.tag, "2"), 0);
	p = pl("\"open <sip:a@b>");
	cr_assert_eq(ua_addr_decode(&addr, &p), EBADMSG);
	p = pl("*");
	cr_assert_eq(ua_addr_decode(&addr, &p), EBADMSG);
}

Test(grammar, lists_respect_quotes_and_brackets)
{
	struct pl list = pl("<sip:a,b@c>;x=\"1,2\" , sip:d@e"), item;

	cr_assert(ua_list_next(&list, &item));
	cr_assert_eq(pl_strcmp(&item, "<sip:a,b@c>;x=\"1,2\""), 0);
	cr_assert(ua_list_next(&list, &item));
	cr_assert_eq(pl_strcmp(&item, "sip:d@e"), 0);
	cr_assert_not(ua_list_next(&list, &item));
}

Test(grammar, numbers_are_digits_below_a_limit)
{
	struct pl p = pl("4294967296");

	cr_assert_eq(ua_number(&p, INT64_MAX / 20), 4294967296);
	cr_assert_eq(ua_number(&p, 4294967295), -1);
	p = pl("1x");
	cr_assert_eq(ua_number(&p, 100), -1);
	p = pl("");
	cr_assert_eq(ua_number(&p, 100), -1);
}

Test(grammar, escapes_are_undone_but_no_zero_byte_comes_out)
{
	char buf[16];
	struct pl p = pl("%2B49%330");

	cr_assert(ua_unescape(&p, buf, sizeof(buf)));
	cr_assert_str_eq(buf, "+4930");
	p = pl("a%00b");
	cr_assert_not(ua_unescape(&p, buf, sizeof(buf)));
	p = pl("123456789012345678");
	cr_assert_not(ua_unescape(&p, buf, sizeof(buf)));
}

Test(dtmf_info, keys_in_all_their_dresses)
{
	struct pl relay = pl("application/dtmf-relay"), plain = pl("application/dtmf"),
		  other = pl("text/plain");
	struct pl body = pl("Signal=5\r\nDuration=160\r\n");

	cr_assert_eq(ua_dtmf_info(&relay, &body), '5');
	body = pl("Duration=1\r\nsignal = #\r\n");
	cr_assert_eq(ua_dtmf_info(&relay, &body), '#');
	body = pl("Signal=10\r\n");
	cr_assert_eq(ua_dtmf_info(&relay, &body), '*');
	body = pl(" d\r\n");
	cr_assert_eq(ua_dtmf_info(&plain, &body), 'D');
	body = pl("Signal=E\r\n");
	cr_assert_eq(ua_dtmf_info(&relay, &body), 0);
	body = pl("Signal=16\r\n");
	cr_assert_eq(ua_dtmf_info(&relay, &body), 0);
	body = pl("Signal=");
	cr_assert_eq(ua_dtmf_info(&relay, &body), 0);
	body = pl("5");
	cr_assert_eq(ua_dtmf_info(&other, &body), 0);
	cr_assert_eq(ua_dtmf_info(NULL, &body), 0);
}

Test(backoff, grows_from_half_a_minute_to_half_an_hour)
{
	int64_t last = 0;

	for (unsigned n = 1; n < 20; n++) {
		const int64_t least = ua_backoff_ms(n, 0, 0), most = ua_backoff_ms(n, 200, 0);

		cr_assert_geq(least, last);
		cr_assert_eq(most, least + least / 5);
		last = least;
	}
	cr_assert_eq(ua_backoff_ms(1, 0, 0), 30000);
	cr_assert_eq(ua_backoff_ms(2, 0, 0), 60000);
	cr_assert_eq(last, 1800000);
	cr_assert_eq(ua_backoff_ms(1, 0, 120), 120000);
	cr_assert_eq(ua_backoff_ms(1, 0, 999999), 1800000);
}

static void response(const char *headers)
{
	static char text[2048];
	size_t used;

	snprintf(text, sizeof(text), "SIP/2.0 200 OK\r\n" HEAD "CSeq: 1 INVITE\r\n%s\r\n", headers);
	cr_assert_eq(scan(text, false, &used), UA_SCAN_OK);
	cr_assert_null(msg.fault);
}

Test(session, what_is_agreed_decides_who_refreshes)
{
	struct ua_session session = {.wanted_s = 1800};

	response("Session-Expires: 600;refresher=uac\r\nAllow: INVITE, UPDATE\r\n");
	ua_session_answered(&session, &msg);
	cr_assert(session.we_refresh && session.update);
	cr_assert_eq(ua_session_due_ms(&session), 300000);
	response("Session-Expires: 600;refresher=uas\r\n");
	ua_session_answered(&session, &msg);
	cr_assert_not(session.we_refresh);
	cr_assert_eq(ua_session_due_ms(&session), 568000);
	response("Session-Expires: 90;refresher=uas\r\n");
	ua_session_answered(&session, &msg);
	cr_assert_eq(ua_session_due_ms(&session), 60000);
	response("");
	ua_session_answered(&session, &msg);
	cr_assert_eq(ua_session_due_ms(&session), 0);
}

Test(session, a_422_raises_the_time_once)
{
	struct ua_session session = {.wanted_s = 1800};

	response("Min-SE: 3600\r\n");
	cr_assert(ua_session_too_small(&session, &msg));
	cr_assert_eq(session.wanted_s, 3600);
	cr_assert_not(ua_session_too_small(&session, &msg), "the same again is a loop");
	response("");
	cr_assert_not(ua_session_too_small(&session, &msg));
}

Test(session, a_leg_without_timers_asks_for_none_and_grants_none)
{
	struct ua_session session = {0};
	char lines[UA_SESSION_LINES];

	ua_session_ask(&session, lines);
	cr_assert_str_eq(lines, "");
	response("Session-Expires: 600;refresher=uac\r\n");
	ua_session_answered(&session, &msg);
	cr_assert_eq(ua_session_due_ms(&session), 0);
}

static enum ua_digest_verdict answer_as(const struct ua_credentials *cred, struct ua_digest *digest,
	const char *challenge, struct ua_text *text)
{
	static char copy[2048];
	size_t used;

	snprintf(copy, sizeof(copy),
		"SIP/2.0 401 Unauthorized\r\n" HEAD "CSeq: 1 REGISTER\r\n%s\r\n", challenge);
	cr_assert_eq(scan(copy, false, &used), UA_SCAN_OK);
	ua_text_reset(text);
	return ua_digest_answer(digest, cred, &msg, "REGISTER", "sip:x", text);
}

static enum ua_digest_verdict answer(
	struct ua_digest *digest, const char *challenge, struct ua_text *text)
{
	static const struct ua_credentials cred = {
		.username = "Mufasa", .password = "Circle of Life"};

	return answer_as(&cred, digest, challenge, text);
}

Test(digest, algorithms_and_protections_that_we_do_not_know_are_not_answered)
{
	static struct ua_text text;
	struct ua_digest digest = {0};

	cr_assert_eq(answer(&digest, "WWW-Authenticate: Basic realm=\"x\"\r\n", &text),
		UA_DIGEST_UNSUPPORTED);
	cr_assert_eq(
		answer(&digest,
			"WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", algorithm=MD5-sess\r\n",
			&text),
		UA_DIGEST_UNSUPPORTED);
	cr_assert_eq(
		answer(&digest,
			"WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"\r\n",
			&text),
		UA_DIGEST_UNSUPPORTED);
	cr_assert_eq(answer(&digest, "WWW-Authenticate: Digest realm=\"x\"\r\n", &text),
		UA_DIGEST_UNSUPPORTED);
	cr_assert_eq(answer(&digest, "", &text), UA_DIGEST_UNSUPPORTED);
}

Test(digest, an_answer_that_was_not_taken_is_not_given_again)
{
	static struct ua_text text;
	struct ua_digest digest = {0};
	const char *challenge = "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\"\r\n";

	cr_assert_eq(answer(&digest, challenge, &text), UA_DIGEST_OK);
	cr_assert_eq(answer(&digest, challenge, &text), UA_DIGEST_REFUSED);
}

Test(digest, quotes_and_backslashes_are_escaped_and_hashed_as_they_are)
{
	/* MD5(HA1:n:HA2), HA1 = MD5(a"b\c:r"1\2:pass), HA2 = MD5(REGISTER:sip:x) */
	static const struct ua_credentials cred = {
		.username = "a\"b\\c", .password = "pass", .realm = "r\"1\\2"};
	static struct ua_text text;
	struct ua_digest digest = {0};
	const char *challenge = "WWW-Authenticate: Digest realm=\"r\\\"1\\\\2\", nonce=\"n\"\r\n";

	cr_assert_eq(answer_as(&cred, &digest, challenge, &text), UA_DIGEST_OK);
	ua_text_mem(&text, "", 1);
	cr_assert_not_null(
		strstr(text.buf, "username=\"a\\\"b\\\\c\", realm=\"r\\\"1\\\\2\", nonce=\"n\""),
		"%s", text.buf);
	cr_assert_not_null(
		strstr(text.buf, "response=\"8a33b240ba697b0f2764f78d0e4de5e8\""), "%s", text.buf);
	cr_assert_eq(answer_as(&cred, &digest, challenge, &text), UA_DIGEST_REFUSED);
}

Test(digest, a_user_name_ends_no_line)
{
	static const struct ua_credentials cred = {
		.username = "a\r\nEvil: 1\r\n", .password = "pass"};
	static struct ua_text text;
	struct ua_digest digest = {0};

	(void)answer_as(
		&cred, &digest, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n", &text);
	ua_text_mem(&text, "", 1);
	cr_assert_null(strstr(text.buf, "\nEvil"), "%s", text.buf);
}

Test(digest, the_values_of_rfc_2617_come_out)
{
	/* section 3.5, without qop, whose response can be computed by hand: MD5(HA1:nonce:HA2) with
	 * HA1 = MD5(Mufasa:testrealm@host.com:Circle of Life), HA2 = MD5(REGISTER:sip:x) */
	static struct ua_text text;
	struct ua_digest digest = {0};

	cr_assert_eq(answer(&digest,
			     "WWW-Authenticate: Digest realm=\"testrealm@host.com\", "
			     "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc\"\r\n",
			     &text),
		UA_DIGEST_OK);
	ua_text_mem(&text, "", 1);
	cr_assert_not_null(
		strstr(text.buf, "response=\"22c6f81a8b4e76ee19d9c347f1a5f224\""), "%s", text.buf);
	cr_assert_not_null(strstr(text.buf, "opaque=\"5ccc\""));
	cr_assert_null(strstr(text.buf, "qop"));
}

Test(text, what_is_written_by_a_format_is_what_printf_writes)
{
	static struct ua_text text;
	char as_printf[128];

	ua_text_reset(&text);
	ua_text_fmt(&text, "%s=%u;%.*s%s|", "a", 4294967295U, 2, "bcd", "");
	(void)snprintf(
		as_printf, sizeof(as_printf), "%s=%u;%.*s%s|", "a", 4294967295U, 2, "bcd", "");
	cr_assert_str_eq(text.buf, as_printf, "and it ends like a string");
	cr_assert_eq(text.len, strlen(as_printf));
	ua_text_fmt(&text, "%u", 0U);
	cr_assert_eq(text.buf[text.len - 1], '0');
	cr_assert_not(text.full);
}

Test(text, a_format_that_does_not_fit_makes_it_full)
{
	static struct ua_text text;
	static char much[UA_TEXT_MAX];

	memset(much, 'x', sizeof(much) - 1);
	ua_text_reset(&text);
	ua_text_fmt(&text, "%s", much);
	cr_assert_not(text.full, "its end fits just so");
	ua_text_fmt(&text, "%s", "y");
	cr_assert(text.full);
	ua_text_fmt(&text, "%u", 1U);
	cr_assert(text.full);
}

Test(grammar, a_token_is_of_the_characters_that_the_rfc_names)
{
	for (int c = 0; c < 256; c++) {
		const char byte = (char)c;
		const struct pl text = {.p = &byte, .l = 1};
		const bool named = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
				   (c >= 'a' && c <= 'z') || (c && strchr("-.!%*_+`'~", c));

		cr_assert_eq(ua_is_token(&text), named, "%d", c);
	}
}
