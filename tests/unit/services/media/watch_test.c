/* What media notices by itself: silence, orphans, quality; and who may control it. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include "libcommon/base/base.h"
#include "tests/unit/services/media/rig.h"

enum {
	SILENT = RINGMAIN__V1__MEDIA_EVENT__EV_SILENT,
	STATS = RINGMAIN__V1__MEDIA_EVENT__EV_STATS,
};

#define MS 1000LL

static struct rig rig;

static void open_rig(void)
{
	struct md_engine_cfg fast = {
		.browser_silent_us = 400 * MS,
		.trunk_silent_us = 600 * MS,
		.orphan_us = 500 * MS,
		.stats_us = 200 * MS,
		.rtcp_us = 100 * MS,
		.tick_us = 50 * MS,
		.max_calls = 3,
	};
	rig_open(&rig, &fast);
}

static void close_rig(void)
{
	rig_close(&rig);
}

TestSuite(watch, .init = open_rig, .fini = close_rig);

static void keep_alive(void)
{
	uint8_t p[160] = {1};
	peer_browser_check(&rig.b, false, SOON_MS);
	peer_send(&rig.t.s, 0, false, p, 160, 160);
}

Test(watch, a_browser_without_stun_is_told_once_and_again_after_it_came_back)
{
	rig_browser(&rig, "0 126", "PCMU");
	rig_event(&rig, AGENT, SILENT);
	rig_no_event(&rig, AGENT, SILENT);
	cr_assert_eq(peer_browser_check(&rig.b, false, SOON_MS), 0);
	rig_event(&rig, AGENT, SILENT);
}

Test(watch, a_browser_that_never_comes_is_silent_too)
{
	char answer[PEER_SDP];
	cr_assert_eq(peer_browser_open(&rig.b, "127.0.0.1"), 0);
	rig.has_browser = true;
	cr_assert_eq(rig_browser_offer(&rig, &rig.b, "0 126", "PCMU", answer), 0);
	rig_event(&rig, AGENT, SILENT);
}

Test(watch, a_browser_that_only_checks_and_never_makes_keys_is_silent_too)
{
	char answer[PEER_SDP];
	Ringmain__V1__MediaMessage *msg = NULL;
	cr_assert_eq(peer_browser_open(&rig.b, "127.0.0.1"), 0);
	rig.has_browser = true;
	cr_assert_eq(rig_browser_offer(&rig, &rig.b, "0 126", "PCMU", answer), 0);
	cr_assert_eq(peer_browser_answer(&rig.b, answer), 0);
	for (int i = 0; i < 40 && !msg; i++) { /* far more often than any browser checks */
		cr_assert_eq(peer_browser_check(&rig.b, true, SOON_MS), 0);
		msg = peer_event(rig.ctl, rig.call, AGENT, SILENT, 50);
	}
	cr_assert_not_null(msg);
	ringmain__v1__media_message__free_unpacked(msg, NULL);
}

Test(watch, a_trunk_is_silent_when_neither_rtp_nor_rtcp_come)
{
	rig_call(&rig);
	for (int i = 0; i < 20; i++) {
		keep_alive();
		rig_sleep_ms(50);
	}
	Ringmain__V1__MediaMessage *msg = peer_event(rig.ctl, rig.call, 0, SILENT, 0);
	cr_assert_null(msg);
	rig_event(&rig, CUSTOMER, SILENT);
}

Test(watch, a_held_trunk_may_be_silent)
{
	char sdp[PEER_SDP];
	rig_call(&rig);
	rig_hold(&rig, CUSTOMER, true, sdp);
	rig_event(&rig, AGENT, SILENT);
	cr_assert_eq(peer_browser_check(&rig.b, false, SOON_MS), 0);
	rig_event(&rig, AGENT, SILENT); /* well over the trunk's time */
	Ringmain__V1__MediaMessage *msg = peer_event(rig.ctl, rig.call, CUSTOMER, SILENT, 0);
	cr_assert_null(msg);
}

/* --- RTCP and statistics --- */

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return ntohl(v);
}

static size_t recv_rtcp(uint8_t *p, size_t size)
{
	struct pollfd pfd = {.fd = rig.t.rtcp_fd, .events = POLLIN};
	cr_assert_eq(poll(&pfd, 1, SOON_MS), 1);
	return (size_t)recv(rig.t.rtcp_fd, p, size, 0);
}

Test(watch, reports_tell_what_was_lost_and_sent)
{
	uint8_t p[256], speech[160] = {1};
	rig_call(&rig);
	for (int i = 0; i < 20; i++) {
		if (i % 4 == 3) {
			rig.t.s.seq++; /* lost */
		}
		cr_assert_eq(peer_send(&rig.t.s, 0, false, speech, 160, 160), 0);
		cr_assert_eq(peer_send(&rig.b.s, 0, false, speech, 160, 160), 0);
	}
	struct peer_rtp rtp;
	for (int i = 0; i < 20; i++) {
		cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
	}
	uint32_t lost = 0;
	for (int i = 0; i < 10 && lost != 5; i++) {
		size_t n = recv_rtcp(p, sizeof(p));
		cr_assert_geq(n, 52);
		cr_assert_eq(p[0], 0x81, "one block");
		if (p[1] != 200) {
			continue; /* before our first packet */
		}
		cr_assert_eq(get32(p + 4), rtp.ssrc);
		cr_assert_eq(get32(p + 28), rig.t.s.ssrc);
		lost = get32(p + 32) & 0xffffff;
		cr_assert_eq(get32(p + 20), 20, "packets sent");
		cr_assert_eq(p[52] >> 6, 2, "SDES follows");
		cr_assert_eq(p[53], 202);
	}
	cr_assert_eq(lost, 5);
}

Test(watch, what_the_far_side_reports_is_in_the_statistics)
{
	uint8_t p[256], rr[32] = {0x81, 201, 0, 7}, speech[160] = {1};
	struct peer_rtp rtp;
	rig_call(&rig);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, speech, 160, 160), 0);
	cr_assert_eq(peer_send(&rig.b.s, 0, false, speech, 160, 160), 0);
	cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
	do {
		recv_rtcp(p, sizeof(p));
	} while (p[1] != 200);
	uint32_t be = htonl(rtp.ssrc), lsr = htonl(get32(p + 8) << 16 | get32(p + 12) >> 16);
	memcpy(rr + 8, &be, 4);
	rr[12] = 64; /* a quarter lost */
	memcpy(rr + 24, &lsr, 4);
	be = htonl(65536 / 10); /* held for 100 ms */
	memcpy(rr + 28, &be, 4);
	rig_sleep_ms(150);
	cr_assert_eq(send(rig.t.rtcp_fd, rr, sizeof(rr), 0), (ssize_t)sizeof(rr));
	for (int i = 0; i < 20; i++) {
		Ringmain__V1__MediaEvent *ev = rig_event(&rig, CUSTOMER, STATS);
		if (ev->stats->remote_lost_permille) {
			cr_assert_eq(ev->stats->remote_lost_permille, 250);
			cr_assert(ev->stats->rtt_us >= 40000 && ev->stats->rtt_us < 500000, "%u us",
				ev->stats->rtt_us);
			cr_assert_eq(ev->stats->rx_packets, 1);
			cr_assert_eq(ev->stats->tx_packets, 1);
			return;
		}
	}
	cr_assert_fail("the report never showed");
}

Test(watch, reports_of_a_browser_are_encrypted_on_the_same_port)
{
	uint8_t p[256];
	rig_call(&rig);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	struct pollfd pfd = {.fd = rig.b.s.fd, .events = POLLIN};
	for (int i = 0; i < 20; i++) {
		cr_assert_eq(poll(&pfd, 1, SOON_MS), 1);
		ssize_t n = recv(rig.b.s.fd, p, sizeof(p), 0);
		if (n > 0 && p[1] >= 192 && p[1] <= 223) {
			cr_assert_gt(ref_rtcp_unprotect(&rig.b.s.rx, p, (size_t)n), 0);
			cr_assert(p[1] == 200 || p[1] == 201);
			return;
		}
	}
	cr_assert_fail("no report");
}

/* --- the controller --- */

static size_t list_calls(void)
{
	Ringmain__V1__MediaRequest req = RINGMAIN__V1__MEDIA_REQUEST__INIT;
	Ringmain__V1__ListCalls op = RINGMAIN__V1__LIST_CALLS__INIT;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_LIST;
	req.list = &op;
	Ringmain__V1__MediaReply *reply = rig_expect(&rig, &req, 0);
	for (size_t i = 0; i < reply->n_call_ids; i++) {
		cr_assert_eq(reply->call_ids[i].len, 16);
	}
	return reply->n_call_ids;
}

Test(watch, calls_live_on_while_the_controller_is_away)
{
	uint8_t p[160] = {1};
	struct peer_rtp rtp;
	rig_call(&rig);
	rig.ctl = peer_ctl_close(rig.ctl);
	for (int i = 0; i < 30; i++) { /* three times as long as orphans get */
		keep_alive();
		cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
		cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
		rig_sleep_ms(50);
	}
	cr_assert_eq(peer_ctl_open(&rig.ctl, rig.socket), 0);
	cr_assert_eq(list_calls(), 1);
	rig_drop_call(&rig);
	cr_assert_eq(list_calls(), 0);
}

Test(watch, calls_without_controller_and_traffic_end)
{
	rig_call(&rig);
	rig.ctl = peer_ctl_close(rig.ctl);
	for (int i = 0; i < 100 && md_engine_calls(rig.engine); i++) {
		rig_sleep_ms(50);
	}
	cr_assert_eq(md_engine_calls(rig.engine), 0);
	cr_assert_eq(peer_ctl_open(&rig.ctl, rig.socket), 0);
}

Test(watch, a_newer_controller_replaces_the_older)
{
	struct peer_ctl *newer;
	char c;
	cr_assert_eq(list_calls(), 0);
	cr_assert_eq(peer_ctl_open(&newer, rig.socket), 0);
	struct pollfd pfd = {.fd = peer_ctl_fd(rig.ctl), .events = POLLIN};
	cr_assert_eq(poll(&pfd, 1, SOON_MS), 1);
	cr_assert_eq(recv(peer_ctl_fd(rig.ctl), &c, 1, 0), 0);
	peer_ctl_close(rig.ctl);
	rig.ctl = newer;
	cr_assert_eq(list_calls(), 0);
}

Test(watch, garbage_cuts_the_controller_off_and_the_next_one_is_served)
{
	uint8_t junk[65000];
	for (size_t len = 1; len < sizeof(junk); len = len * 3 + 1) {
		vp_random(junk, len);
		junk[0] = 0xff; /* no message begins so */
		cr_assert_eq(send(peer_ctl_fd(rig.ctl), junk, len, 0), (ssize_t)len);
		struct pollfd pfd = {.fd = peer_ctl_fd(rig.ctl), .events = POLLIN};
		cr_assert_eq(poll(&pfd, 1, SOON_MS), 1);
		peer_ctl_close(rig.ctl);
		cr_assert_eq(peer_ctl_open(&rig.ctl, rig.socket), 0);
	}
	cr_assert_eq(list_calls(), 0);
}

Test(watch, only_the_owner_may_open_the_socket)
{
	struct stat st;
	cr_assert_eq(stat(rig.socket, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
}

Test(watch, a_second_process_does_not_steal_the_socket)
{
	struct md_engine *second = NULL;
	struct md_engine_cfg cfg = {.socket_path = rig.socket,
		.addr = "127.0.0.1",
		.port_lo = 20000,
		.port_hi = 20100,
		.threads = 1};
	cr_assert_eq(md_engine_create(&second, &cfg), EADDRINUSE);
	cr_assert_null(second);
	cr_assert_eq(list_calls(), 0);
}

Test(watch, limits_are_said)
{
	char answer[PEER_SDP];
	struct peer_browser b;
	cr_assert_eq(peer_browser_open(&b, "127.0.0.1"), 0);
	for (int i = 0; i < 3; i++) {
		rig.call = vp_uuid_new();
		cr_assert_eq(rig_browser_offer(&rig, &b, "0 126", "PCMU", answer), 0);
	}
	rig.call = vp_uuid_new();
	cr_assert_eq(rig_browser_offer(&rig, &b, "0 126", "PCMU", answer),
		RINGMAIN__V1__MEDIA_ERROR__MEDIA_LIMIT);
	cr_assert_eq(list_calls(), 3);
	peer_browser_close(&b);
}

Test(watch, draining_refuses_new_calls_only)
{
	char answer[PEER_SDP];
	struct peer_browser b;
	rig_call(&rig);
	md_engine_drain(rig.engine);
	struct vp_uuid old = rig.call;
	cr_assert_eq(peer_browser_open(&b, "127.0.0.1"), 0);
	rig.call = vp_uuid_new();
	cr_assert_eq(rig_browser_offer(&rig, &b, "0 126", "PCMU", answer),
		RINGMAIN__V1__MEDIA_ERROR__MEDIA_LIMIT);
	rig.call = old;
	peer_browser_restart(&rig.b);
	cr_assert_eq(rig_browser_offer(&rig, &rig.b, "0 126", "PCMU", answer), 0);
	peer_browser_close(&b);
}

Test(watch, ports_that_run_out_are_said)
{
	struct md_engine_cfg few = {.port_lo = 19990, .port_hi = 19993};
	char answer[PEER_SDP];
	struct peer_browser b;
	rig_close(&rig);
	rig_open(&rig, &few);
	cr_assert_eq(peer_browser_open(&b, "127.0.0.1"), 0);
	for (int i = 0; i < 2; i++) {
		rig.call = vp_uuid_new();
		cr_assert_eq(rig_browser_offer(&rig, &b, "0 126", "PCMU", answer), 0);
	}
	rig.call = vp_uuid_new();
	cr_assert_eq(rig_browser_offer(&rig, &b, "0 126", "PCMU", answer),
		RINGMAIN__V1__MEDIA_ERROR__MEDIA_NO_PORT);
	cr_assert_eq(list_calls(), 2, "the failed one left nothing");
	peer_browser_close(&b);
}

Test(watch, requests_for_what_is_not_there_are_refused)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Bridge bridge = RINGMAIN__V1__BRIDGE__INIT;
	Ringmain__V1__Play play = RINGMAIN__V1__PLAY__INIT;
	Ringmain__V1__RemoteSdp remote = RINGMAIN__V1__REMOTE_SDP__INIT;
	rig_request(&rig, &req, 1);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_BRIDGE;
	req.bridge = &bridge;
	rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_UNKNOWN_CALL);
	rig_browser(&rig, "0 126", "PCMU");
	bridge.peer = 7;
	rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_UNKNOWN_LEG);
	bridge.peer = 1;
	rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_UNKNOWN_LEG);
	req.leg = 3;
	rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_UNKNOWN_LEG);
	rig_request(&rig, &req, 1);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_PLAY;
	req.play = &play;
	play.tone = (Ringmain__V1__Play__Tone)99;
	rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST);
	rig_request(&rig, &req, 1);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_ANSWER;
	req.trunk_answer = &remote;
	rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST);
	rig_request(&rig, &req, 1);
	req.call_id.len = 5;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_PLAY;
	req.play = &play;
	rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST);
	rig_request(&rig, &req, 1);
	rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST);
}

static int offer_with(const char *from, const char *to, char *reason)
{
	char sdp[PEER_SDP], out[2 * PEER_SDP];
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__BrowserOffer op = RINGMAIN__V1__BROWSER_OFFER__INIT;
	peer_browser_offer(&rig.b, "0 126", sdp);
	char *at = strstr(sdp, from);
	cr_assert_not_null(at, "%s", from);
	snprintf(out, sizeof(out), "%.*s%s%s", (int)(at - sdp), sdp, to, at + strlen(from));
	rig_request(&rig, &req, AGENT);
	op.sdp = out;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_BROWSER_OFFER;
	req.browser_offer = &op;
	Ringmain__V1__MediaMessage *msg = peer_ask(rig.ctl, &req);
	cr_assert_not_null(msg);
	int error = (int)msg->reply->error;
	snprintf(reason, 128, "%s", msg->reply->reason);
	peer_free(msg);
	return error;
}

Test(watch, offers_that_cannot_work_are_refused_with_a_reason)
{
	static const struct {
		const char *from, *to;
		int error;
		const char *reason;
	} cases[] = {
		{"a=rtcp-mux\r\n", "", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP, "rtcp-mux"},
		{"a=ice-ufrag:", "a=x:", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP, "ice-ufrag"},
		{"a=fingerprint:", "a=x:", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP, "fingerprint"},
		{"sha-256 ", "sha-256 G", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP, "line 14"},
		{"UDP/TLS/RTP/SAVPF", "RTP/AVP", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP, "SAVPF"},
		{"setup:actpass", "setup:passive", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP,
			"setup"},
		{"SAVPF 0 126", "SAVPF 18", RINGMAIN__V1__MEDIA_ERROR__MEDIA_NO_COMMON_CODEC,
			"codec"},
		{"m=audio", "m=video", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP, "without audio"},
		{"v=0\r\n", "", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP, "line 1"},
		{"s=-\r\n", "rubbish\r\n", RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP, "line 3"},
	};
	char reason[128];
	cr_assert_eq(peer_browser_open(&rig.b, "127.0.0.1"), 0);
	rig.has_browser = true;
	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		cr_assert_eq(offer_with(cases[i].from, cases[i].to, reason), cases[i].error,
			"case %zu: %s", i, reason);
		cr_assert(strstr(reason, cases[i].reason), "case %zu: %s", i, reason);
		cr_assert_eq(list_calls(), 0, "nothing stays");
	}
}
