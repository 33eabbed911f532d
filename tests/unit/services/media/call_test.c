/* Calls between a browser and a trunk over real sockets. */
#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/codec.h"
#include "tests/unit/services/media/rig.h"

enum { CONNECTED = RINGMAIN__V1__MEDIA_EVENT__EV_CONNECTED };

static struct rig rig;

static void open_rig(void)
{
	rig_open(&rig, NULL);
}

static void close_rig(void)
{
	rig_close(&rig);
}

TestSuite(call, .init = open_rig, .fini = close_rig);

static void expect(struct peer_stream *to, uint8_t pt, const void *payload, size_t len)
{
	struct peer_rtp got;
	cr_assert(peer_recv(to, &got, SOON_MS), "nothing came");
	cr_assert_eq(got.pt, pt);
	cr_assert_eq(got.len, len);
	cr_assert_eq(memcmp(got.payload, payload, len), 0);
}

static void expect_silence(struct peer_stream *s)
{
	struct peer_rtp got;
	cr_assert_not(peer_recv(s, &got, NEVER_MS), "a packet of type %u", got.pt);
}

Test(call, browser_and_trunk_hear_each_other)
{
	uint8_t p[160];
	rig_call(&rig);
	cr_assert_str_eq(rig.b.profile, "SRTP_AEAD_AES_128_GCM");
	for (uint8_t i = 0; i < 100; i++) {
		memset(p, i, sizeof(p));
		cr_assert_eq(peer_send(&rig.b.s, 0, i == 0, p, sizeof(p), 160), 0);
		expect(&rig.t.s, 0, p, sizeof(p));
		memset(p, 0x80 | i, sizeof(p));
		cr_assert_eq(peer_send(&rig.t.s, 0, i == 0, p, sizeof(p), 160), 0);
		expect(&rig.b.s, 0, p, sizeof(p));
	}
	Ringmain__V1__MediaEvent *ev = rig_event(&rig, CUSTOMER, CONNECTED);
	cr_assert_str_eq(ev->connected->srtp_profile, "");
	cr_assert_eq(rig.b.s.bad, 0);
}

Test(call, connected_names_the_srtp_profile)
{
	char answer[PEER_SDP];
	cr_assert_eq(peer_browser_open(&rig.b, "127.0.0.1"), 0);
	rig.has_browser = true;
	cr_assert_eq(rig_browser_offer(&rig, &rig.b, "0 126", "PCMU", answer), 0);
	cr_assert_eq(peer_browser_answer(&rig.b, answer), 0);
	cr_assert_eq(peer_browser_check(&rig.b, true, SOON_MS), 0);
	rig_no_event(&rig, AGENT, CONNECTED);
	cr_assert_eq(peer_browser_dtls(&rig.b, SOON_MS), 0);
	Ringmain__V1__MediaEvent *ev = rig_event(&rig, AGENT, CONNECTED);
	cr_assert_str_eq(ev->connected->srtp_profile, "AEAD_AES_128_GCM");
}

Test(call, each_side_sees_one_stream_whatever_feeds_it)
{
	struct peer_rtp first, got;
	uint8_t p[160] = {0};
	rig_browser(&rig, "0 126", "PCMU");
	rig_trunk(&rig, "PCMU", "0 101", false);
	rig_play(&rig, AGENT, 1);
	cr_assert(peer_recv(&rig.b.s, &first, SOON_MS));
	uint16_t seq = first.seq;
	uint32_t ts = first.ts;
	for (int i = 0; i < 5; i++) {
		cr_assert(peer_recv(&rig.b.s, &got, SOON_MS));
		cr_assert_eq(got.seq, ++seq);
		ts += 160;
		cr_assert_eq(got.ts, ts);
		cr_assert_eq(got.ssrc, first.ssrc);
	}
	rig_bridge(&rig);
	for (int source = 0; source < 3; source++) {
		rig.t.s.ssrc += 77; /* the far side changes its source, numbers and clock */
		rig.t.s.seq = (uint16_t)(rig.t.s.seq + 20000);
		rig.t.s.ts += 999999;
		for (int i = 0; i < 5; i++) {
			cr_assert_eq(peer_send(&rig.t.s, 0, false, p, sizeof(p), 160), 0);
			do { /* tone packets that were on their way */
				cr_assert(peer_recv(&rig.b.s, &got, SOON_MS));
				cr_assert_eq(got.seq, ++seq);
				cr_assert_eq(got.ssrc, first.ssrc);
				cr_assert_gt((int32_t)(got.ts - ts), 0);
				cr_assert_lt((int32_t)(got.ts - ts), 8000 * 3);
				ts = got.ts;
			} while (got.payload[0] != 0);
			cr_assert_eq(got.marker, i == 0);
		}
	}
}

Test(call, losses_stay_losses_and_repeats_go_once)
{
	struct peer_rtp got;
	uint8_t p[160] = {0};
	rig_call(&rig);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, sizeof(p), 160), 0);
	cr_assert(peer_recv(&rig.b.s, &got, SOON_MS));
	uint16_t seq = got.seq;
	rig.t.s.seq = (uint16_t)(rig.t.s.seq + 2); /* two lost */
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, sizeof(p), 480), 0);
	cr_assert(peer_recv(&rig.b.s, &got, SOON_MS));
	cr_assert_eq((uint16_t)(got.seq - seq), 3);
	rig.t.s.seq = (uint16_t)(rig.t.s.seq - 2); /* one of them, late */
	rig.t.s.ts -= 320;
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, sizeof(p), 160), 0);
	cr_assert(peer_recv(&rig.b.s, &got, SOON_MS));
	cr_assert_eq((uint16_t)(got.seq - seq), 2);
	rig.t.s.seq--; /* and again: SRTP must never use a number twice */
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, sizeof(p), 0), 0);
	expect_silence(&rig.b.s);
}

Test(call, pcmu_and_pcma_are_translated)
{
	uint8_t p[160], got[1600];
	struct peer_rtp rtp;
	rig_browser(&rig, "0 126", "PCMU");
	rig_trunk(&rig, "PCMA", "8 101", false);
	rig_bridge(&rig);
	size_t n = 0;
	for (uint32_t i = 0; i < 10; i++) {
		rig_tone(p, 1000, i * 160, false);
		cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
		cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
		cr_assert_eq(rtp.pt, 8);
		memcpy(got + n, rtp.payload, rtp.len);
		n += rtp.len;
	}
	cr_assert_eq(n, 1600);
	cr_assert_gt(rig_share(got, n, 1000, true), 0.98);
	n = 0;
	for (uint32_t i = 0; i < 10; i++) {
		rig_tone(p, 600, i * 160, true);
		cr_assert_eq(peer_send(&rig.t.s, 8, false, p, 160, 160), 0);
		cr_assert(peer_recv(&rig.b.s, &rtp, SOON_MS));
		cr_assert_eq(rtp.pt, 0);
		memcpy(got + n, rtp.payload, rtp.len);
		n += rtp.len;
	}
	cr_assert_gt(rig_share(got, n, 600, false), 0.98);
}

Test(call, a_trunk_that_answers_with_two_codecs_may_speak_both)
{
	uint8_t p[160];
	rig_browser(&rig, "0 126", "PCMU");
	rig_trunk(&rig, NULL, "0 8 101", false);
	rig_bridge(&rig);
	memset(p, 0xd5, sizeof(p)); /* silence in PCMA */
	cr_assert_eq(peer_send(&rig.t.s, 8, false, p, 160, 160), 0);
	struct peer_rtp got;
	cr_assert(peer_recv(&rig.b.s, &got, SOON_MS));
	cr_assert_eq(got.pt, 0);
	cr_assert_leq(md_pcmu_decode(got.payload[0]), 8);
	memset(p, 0xff, sizeof(p));
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	expect(&rig.b.s, 0, p, 160);
	cr_assert_eq(peer_send(&rig.t.s, 18, false, p, 20, 160), 0); /* G.729 was not agreed */
	expect_silence(&rig.b.s);
}

Test(call, sdes_trunks_are_encrypted_both_ways)
{
	uint8_t p[160] = {7};
	rig_browser(&rig, "0 126", "PCMU");
	rig_trunk(&rig, "PCMU", "0 101", true);
	rig_bridge(&rig);
	for (int i = 0; i < 20; i++) {
		cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
		expect(&rig.t.s, 0, p, 160);
		cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
		expect(&rig.b.s, 0, p, 160);
	}
	rig.t.s.secure = false; /* plain RTP is not heard */
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	expect_silence(&rig.b.s);
	Ringmain__V1__LegStats stats;
	rig_stats(&rig, CUSTOMER, &stats);
	cr_assert_eq(stats.srtp_auth_failures, 1);
	rig.t.s.secure = true;
}

Test(call, an_incoming_call_is_answered_and_heard)
{
	char sdp[PEER_SDP], answer[PEER_SDP];
	uint8_t p[160] = {1};
	cr_assert_eq(peer_trunk_open(&rig.t, "127.0.0.1", false), 0);
	rig.has_trunk = true;
	peer_trunk_sdp(&rig.t, "8 0 96", "sendrecv", sdp);
	snprintf(sdp + strlen(sdp), sizeof(sdp) - strlen(sdp),
		"a=rtpmap:96 telephone-event/8000\r\n");
	cr_assert_eq(rig_trunk_remote_offer(&rig, sdp, answer), 0);
	cr_assert(strstr(answer, "RTP/AVP 0 96\r\n"), "%s", answer);
	cr_assert_eq(peer_trunk_take(&rig.t, answer), 0);
	rig_browser(&rig, "0 126", "PCMU");
	rig_bridge(&rig);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	expect(&rig.b.s, 0, p, 160);
	cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
	expect(&rig.t.s, 0, p, 160);
}

Test(call, who_is_patient_is_answered_too_also_with_a_refusal)
{
	char sdp[PEER_SDP];
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__RemoteSdp op = RINGMAIN__V1__REMOTE_SDP__INIT;
	rig_call(&rig);
	peer_trunk_sdp(&rig.t, "0 101", "sendrecv", sdp);
	rig_request(&rig, &req, CUSTOMER);
	op.sdp = sdp;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_ANSWER;
	req.trunk_answer = &op;
	req.patient = true;
	cr_assert_str_eq(rig_expect(&rig, &req, 0)->codec, "PCMU");
	op.sdp = "v=0";
	rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_SDP);
}

Test(call, early_media_is_heard_and_the_final_answer_may_come_from_elsewhere)
{
	char sdp[PEER_SDP];
	uint8_t p[160] = {1};
	struct peer_trunk other;
	rig_call(&rig); /* the answer so far is that of a 183 */
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	expect(&rig.b.s, 0, p, 160);
	cr_assert_eq(peer_trunk_open(&other, "127.0.0.1", false), 0);
	peer_trunk_sdp(&other, "0 101", "sendrecv", sdp);
	cr_assert_eq(rig_trunk_answer(&rig, sdp), 0);
	cr_assert_eq(
		connect(other.s.fd, (struct sockaddr *)&rig.t.remote, sizeof(rig.t.remote)), 0);
	p[0] = 2;
	cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
	expect(&other.s, 0, p, 160);
	cr_assert_eq(peer_send(&other.s, 0, false, p, 160, 160), 0);
	expect(&rig.b.s, 0, p, 160);
	peer_trunk_close(&other);
}

Test(call, nothing_is_heard_before_the_far_side_said_where_it_is)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__TrunkOffer op = RINGMAIN__V1__TRUNK_OFFER__INIT;
	uint8_t p[160] = {1};
	rig_browser(&rig, "0 126", "PCMU");
	cr_assert_eq(peer_trunk_open(&rig.t, "127.0.0.1", false), 0);
	rig.has_trunk = true;
	rig_request(&rig, &req, CUSTOMER);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_OFFER;
	req.trunk_offer = &op;
	cr_assert_eq(peer_trunk_take(&rig.t, rig_expect(&rig, &req, 0)->sdp), 0);
	rig_bridge(&rig);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	expect_silence(&rig.b.s);
	rig_no_event(&rig, CUSTOMER, CONNECTED);
}

Test(call, unbridged_legs_hear_nothing_of_each_other)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Unbridge op = RINGMAIN__V1__UNBRIDGE__INIT;
	uint8_t p[160] = {1};
	rig_call(&rig);
	rig_request(&rig, &req, CUSTOMER);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_UNBRIDGE;
	req.unbridge = &op;
	rig_expect(&rig, &req, 0);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	expect_silence(&rig.b.s);
	rig_bridge(&rig);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	expect(&rig.b.s, 0, p, 160);
}

Test(call, a_dropped_leg_frees_its_port_and_the_other_lives_on)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__DropLeg op = RINGMAIN__V1__DROP_LEG__INIT;
	uint8_t p[160] = {1};
	rig_call(&rig);
	rig_request(&rig, &req, AGENT);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_DROP_LEG;
	req.drop_leg = &op;
	rig_expect(&rig, &req, 0);
	rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_UNKNOWN_LEG);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	rig_event(&rig, CUSTOMER, CONNECTED);
	peer_browser_close(&rig.b);
	rig_browser(&rig, "0 126", "PCMU"); /* a new agent */
	rig_bridge(&rig);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	expect(&rig.b.s, 0, p, 160);
	rig_drop_call(&rig);
	cr_assert_eq(md_engine_calls(rig.engine), 0);
}
