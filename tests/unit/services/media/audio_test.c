/* What a call sounds like: transcoding, tones, digits, hold. */
#include <arpa/inet.h>
#include <string.h>
#include <opus/opus.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/codec.h"
#include "services/call-controller/media/dtmf.h"
#include "services/call-controller/media/tone.h"
#include "tests/unit/services/media/rig.h"

enum { DTMF = RINGMAIN__V1__MEDIA_EVENT__EV_DTMF };
enum { RINGBACK = 1, BUSY = 2, CONGESTION = 3, STOP = 0 };

static struct rig rig;

static void open_rig(void)
{
	rig_open(&rig, NULL);
}

static void close_rig(void)
{
	rig_close(&rig);
}

TestSuite(audio, .init = open_rig, .fini = close_rig);

/* --- Opus --- */

static size_t opus_tone(OpusEncoder *enc, unsigned hz, uint32_t at, uint8_t out[400])
{
	int16_t pcm[160], wide[960];
	uint8_t law[160];
	rig_tone(law, hz, at, false);
	md_g711_decode(MD_PCMU, law, 160, pcm);
	for (int i = 0; i < 960; i++) { /* a browser's encoder runs at 48 kHz */
		wide[i] = pcm[i / 6];
	}
	int n = opus_encode(enc, wide, 960, out, 400);
	cr_assert_gt(n, 0);
	return (size_t)n;
}

/* A tone in at the browser in Opus; what the trunk gets in PCMU. lose: every so many packets. */
static double opus_to_trunk(unsigned hz, unsigned lose, uint32_t *ret_samples)
{
	int err;
	uint8_t frame[400], got[160 * 120];
	size_t n = 0;
	struct peer_rtp rtp;
	uint32_t last_ts = 0;
	OpusEncoder *enc = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &err);
	opus_encoder_ctl(enc, OPUS_SET_INBAND_FEC(1));
	opus_encoder_ctl(enc, OPUS_SET_PACKET_LOSS_PERC(10));
	for (uint32_t i = 0; i < 100; i++) {
		size_t len = opus_tone(enc, hz, i * 160, frame);
		if (lose && i % lose == lose - 1) {
			rig.b.s.seq++;
			rig.b.s.ts += 960;
			continue;
		}
		cr_assert_eq(peer_send(&rig.b.s, 111, i == 0, frame, len, 960), 0);
		while (peer_recv(&rig.t.s, &rtp, lose ? 5 : SOON_MS)) {
			cr_assert_eq(rtp.pt, 0);
			cr_assert_eq(rtp.len, 160);
			cr_assert(n == 0 || rtp.ts - last_ts == 160, "packet %u: %d", i,
				(int)(rtp.ts - last_ts));
			last_ts = rtp.ts;
			memcpy(got + n, rtp.payload, rtp.len);
			n += rtp.len;
			if (!lose) {
				break;
			}
		}
	}
	opus_encoder_destroy(enc);
	*ret_samples = (uint32_t)n;
	double sum = 0; /* after the codec has settled; in pieces, since a concealed gap may shift
			   the phase */
	size_t pieces = n / 800 - 2;
	for (size_t i = 0; i < pieces; i++) {
		sum += rig_share(got + 1600 + i * 800, 800, hz, false);
	}
	return sum / (double)pieces;
}

Test(audio, a_tone_survives_from_opus_to_pcmu)
{
	uint32_t samples;
	rig_browser(&rig, "111 110", "opus");
	rig_trunk(&rig, "PCMU", "0 101", false);
	rig_bridge(&rig);
	cr_assert_gt(opus_to_trunk(440, 0, &samples), 0.9);
	cr_assert_eq(samples, 16000);
}

Test(audio, lost_opus_packets_are_concealed)
{
	uint32_t samples;
	rig_browser(&rig, "111 110", "opus");
	rig_trunk(&rig, "PCMU", "0 101", false);
	rig_bridge(&rig);
	cr_assert_gt(opus_to_trunk(440, 10, &samples), 0.8);
	cr_assert_geq(samples, 160 * 96, "the gaps are filled: %u samples", samples);
}

Test(audio, a_tone_survives_from_pcma_to_opus)
{
	int err;
	uint8_t p[160];
	int16_t pcm[960];
	static uint8_t got[16000];
	struct peer_rtp rtp;
	size_t n = 0;
	uint32_t last_ts = 0;
	rig_browser(&rig, "111 110", "opus");
	rig_trunk(&rig, "PCMA", "8 101", false);
	rig_bridge(&rig);
	OpusDecoder *dec = opus_decoder_create(8000, 1, &err);
	for (uint32_t i = 0; i < 100; i++) {
		rig_tone(p, 600, i * 160, true);
		cr_assert_eq(peer_send(&rig.t.s, 8, false, p, 160, 160), 0);
		cr_assert(peer_recv(&rig.b.s, &rtp, SOON_MS));
		cr_assert_eq(rtp.pt, 111);
		cr_assert(i == 0 || rtp.ts - last_ts == 960);
		last_ts = rtp.ts;
		cr_assert_eq(opus_decode(dec, rtp.payload, (opus_int32)rtp.len, pcm, 960, 0), 160);
		md_g711_encode(MD_PCMA, pcm, 160, got + n);
		n += 160;
	}
	opus_decoder_destroy(dec);
	cr_assert_gt(rig_share(got + 1600, n - 1600, 600, true), 0.9);
}

Test(audio, packets_of_thirty_milliseconds_become_whole_opus_frames)
{
	uint8_t p[240];
	struct peer_rtp rtp;
	rig_browser(&rig, "111 110", "opus");
	rig_trunk(&rig, "PCMU", "0 101", false);
	rig_bridge(&rig);
	memset(p, 0xff, sizeof(p));
	uint32_t ts = 0;
	for (unsigned frames = 0, i = 0; i < 20; i++) {
		cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 240, 240), 0);
		for (unsigned due = (i + 1) * 3 / 2; frames < due; frames++) {
			cr_assert(peer_recv(&rig.b.s, &rtp, SOON_MS));
			cr_assert(frames == 0 || rtp.ts - ts == 960);
			ts = rtp.ts;
		}
	}
}

Test(audio, opus_both_sides_passes_as_it_is)
{
	uint8_t p[50] = {0x78, 1, 2, 3};
	struct peer_rtp rtp;
	rig_browser(&rig, "111 110", "opus");
	rig_trunk(&rig, "opus", "111", false);
	rig_bridge(&rig);
	cr_assert_eq(peer_send(&rig.b.s, 111, false, p, sizeof(p), 960), 0);
	cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
	cr_assert_eq(rtp.len, sizeof(p));
	cr_assert_eq(memcmp(rtp.payload, p, sizeof(p)), 0);
}

Test(audio, opus_that_is_no_opus_harms_nothing)
{
	uint8_t junk[300];
	struct peer_rtp rtp;
	uint32_t samples;
	rig_browser(&rig, "111 110", "opus");
	rig_trunk(&rig, "PCMU", "0 101", false);
	rig_bridge(&rig);
	for (size_t i = 0; i < 300; i++) {
		vp_random(junk, sizeof(junk));
		cr_assert_eq(peer_send(&rig.b.s, 111, false, junk, i, 960), 0);
		while (peer_recv(&rig.t.s, &rtp, 1)) { /* at the pace at which it is dealt with */
		}
	}
	while (peer_recv(&rig.t.s, &rtp, 20)) {
	}
	cr_assert_gt(opus_to_trunk(440, 0, &samples), 0.9);
}

/* --- tones --- */

static size_t collect(struct peer_stream *s, uint8_t pt, uint8_t *out, size_t packets)
{
	struct peer_rtp rtp;
	size_t n = 0;
	for (size_t i = 0; i < packets; i++) {
		cr_assert(peer_recv(s, &rtp, SOON_MS));
		cr_assert_eq(rtp.pt, pt);
		memcpy(out + n, rtp.payload, rtp.len);
		n += rtp.len;
	}
	return n;
}

Test(audio, ringback_is_425_hz_for_a_second_then_silence_and_paced)
{
	static uint8_t got[160 * 60];
	rig_browser(&rig, "0 126", "PCMU");
	int64_t start = vp_mono_us();
	rig_play(&rig, AGENT, RINGBACK);
	collect(&rig.b.s, 0, got, 60);
	int64_t ms = (vp_mono_us() - start) / 1000;
	cr_assert(ms >= 1150 && ms < 1600, "60 packets in %d ms", (int)ms);
	cr_assert_gt(rig_share(got, 8000, 425, false), 0.98);
	for (size_t i = 8000; i < sizeof(got); i++) {
		cr_assert_eq(got[i], 0xff, "silence from sample 8000 on, not at %zu", i);
	}
	rig_play(&rig, AGENT, STOP);
	peer_flush(&rig.b.s);
	struct peer_rtp rtp;
	cr_assert_not(peer_recv(&rig.b.s, &rtp, NEVER_MS));
}

Test(audio, tones_reach_opus_too)
{
	int err;
	int16_t pcm[960];
	static uint8_t got[160 * 30];
	struct peer_rtp rtp;
	rig_browser(&rig, "111 110", "opus");
	rig_play(&rig, AGENT, RINGBACK);
	OpusDecoder *dec = opus_decoder_create(8000, 1, &err);
	for (size_t i = 0; i < 30; i++) {
		cr_assert(peer_recv(&rig.b.s, &rtp, SOON_MS));
		cr_assert_eq(opus_decode(dec, rtp.payload, (opus_int32)rtp.len, pcm, 960, 0), 160);
		md_g711_encode(MD_PCMU, pcm, 160, got + i * 160);
	}
	opus_decoder_destroy(dec);
	cr_assert_gt(rig_share(got + 800, sizeof(got) - 800, 425, false), 0.9);
}

Test(audio, busy_alternates_each_half_second)
{
	static uint8_t got[160 * 55];
	rig_browser(&rig, "0 126", "PCMU");
	rig_play(&rig, AGENT, BUSY);
	collect(&rig.b.s, 0, got, 55);
	cr_assert_gt(rig_share(got, 4000, 425, false), 0.98);
	cr_assert_eq(got[4100], 0xff);
	cr_assert_gt(rig_share(got + 8000, 800, 425, false), 0.98);
}

Test(audio, american_ringback_has_two_tones)
{
	static uint8_t got[160 * 20];
	struct md_engine_cfg us = {.region = MD_REGION_US};
	rig_close(&rig);
	rig_open(&rig, &us);
	rig_browser(&rig, "0 126", "PCMU");
	rig_play(&rig, AGENT, RINGBACK);
	collect(&rig.b.s, 0, got, 20);
	double low = rig_share(got, sizeof(got), 440, false),
	       high = rig_share(got, sizeof(got), 480, false);
	cr_assert(low > 0.4 && high > 0.4 && low + high > 0.95, "%f %f", low, high);
}

Test(audio, bridging_ends_the_tone)
{
	uint8_t p[160] = {1};
	struct peer_rtp rtp;
	rig_browser(&rig, "0 126", "PCMU");
	rig_trunk(&rig, "PCMU", "0 101", false);
	rig_play(&rig, AGENT, RINGBACK);
	cr_assert(peer_recv(&rig.b.s, &rtp, SOON_MS));
	rig_bridge(&rig);
	peer_flush(&rig.b.s);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	cr_assert(peer_recv(&rig.b.s, &rtp, SOON_MS));
	cr_assert_eq(rtp.payload[0], 1);
	cr_assert_not(peer_recv(&rig.b.s, &rtp, NEVER_MS));
}

/* --- digits --- */

/* One key as a browser sends it: five updates, the end three times. */
static void press(struct peer_stream *s, uint8_t pt, uint8_t event, unsigned per_20ms)
{
	uint8_t p[MD_EVENT_SIZE];
	s->ts += 160;
	for (unsigned i = 1; i <= 8; i++) {
		unsigned units = (i < 6 ? i : 5) * per_20ms;
		md_dtmf_write(p, event, i >= 6, (uint16_t)units);
		cr_assert_eq(peer_send(s, pt, i == 1, p, sizeof(p), 0), 0);
	}
	s->ts += 5 * per_20ms;
}

static void expect_digit(uint32_t leg, const char *digit, unsigned ms)
{
	Ringmain__V1__MediaEvent *ev = rig_event(&rig, leg, DTMF);
	cr_assert_str_eq(ev->dtmf->digit, digit);
	cr_assert_eq(ev->dtmf->duration_ms, ms);
}

Test(audio, a_browsers_keys_reach_the_trunk_and_are_told_once)
{
	struct peer_rtp rtp;
	rig_call(&rig);
	for (uint8_t key = 0; key < 16; key++) {
		press(&rig.b.s, 126, key, 160);
		uint32_t ts = 0;
		for (int i = 1; i <= 8; i++) {
			cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
			cr_assert_eq(rtp.pt, 101, "each side has its own number for events");
			cr_assert_eq(rtp.len, 4);
			cr_assert_eq(rtp.payload[0], key);
			cr_assert_eq(rtp.payload[1] >> 7, i >= 6);
			cr_assert(i == 1 || rtp.ts == ts);
			cr_assert_eq(rtp.marker, i == 1);
			ts = rtp.ts;
		}
		char digit[2] = {"0123456789*#ABCD"[key], 0};
		expect_digit(AGENT, digit, 100);
	}
	rig_no_event(&rig, AGENT, DTMF);
}

Test(audio, the_same_key_twice_is_told_twice)
{
	rig_call(&rig);
	press(&rig.t.s, 101, 5, 160);
	expect_digit(CUSTOMER, "5", 100);
	press(&rig.t.s, 101, 5, 160);
	expect_digit(CUSTOMER, "5", 100);
	rig_no_event(&rig, CUSTOMER, DTMF);
}

Test(audio, a_key_whose_end_is_lost_is_told_after_a_gap)
{
	uint8_t p[MD_EVENT_SIZE];
	rig_call(&rig);
	md_dtmf_write(p, 9, false, 320);
	cr_assert_eq(peer_send(&rig.t.s, 101, true, p, sizeof(p), 160), 0);
	expect_digit(CUSTOMER, "9", 40);
	rig_no_event(&rig, CUSTOMER, DTMF);
}

Test(audio, events_that_are_no_keys_are_not_told)
{
	uint8_t p[MD_EVENT_SIZE];
	rig_call(&rig);
	md_dtmf_write(p, 16, true, 320); /* a hook flash */
	cr_assert_eq(peer_send(&rig.t.s, 101, true, p, sizeof(p), 160), 0);
	cr_assert_eq(peer_send(&rig.t.s, 101, true, p, 2, 160), 0); /* cut off */
	rig_no_event(&rig, CUSTOMER, DTMF);
}

/* Reads one key as the far side sees it; returns its duration in clock units. */
static unsigned read_key(struct peer_stream *s, uint8_t pt, uint8_t event, uint16_t *seq)
{
	struct peer_rtp rtp;
	unsigned duration = 0, ends = 0;
	uint32_t ts = 0;
	bool first = true;
	while (ends < 3) {
		cr_assert(peer_recv(s, &rtp, SOON_MS));
		cr_assert_eq(rtp.pt, pt);
		cr_assert_eq(rtp.payload[0], event);
		cr_assert_eq(rtp.marker, first);
		cr_assert(first || rtp.ts == ts);
		cr_assert(*seq == 0 || rtp.seq == (uint16_t)(*seq + 1));
		unsigned d = (unsigned)(rtp.payload[2] << 8 | rtp.payload[3]);
		cr_assert(ends ? d == duration : d > duration);
		ends += rtp.payload[1] >> 7;
		duration = d;
		ts = rtp.ts;
		*seq = rtp.seq;
		first = false;
	}
	return duration;
}

Test(audio, asked_digits_are_sent_one_after_the_other_with_their_timing)
{
	uint16_t seq = 0;
	rig_call(&rig);
	int64_t start = vp_mono_us();
	rig_digits(&rig, CUSTOMER, "19#", 100);
	cr_assert_eq(read_key(&rig.t.s, 101, 1, &seq), 800);
	cr_assert_eq(read_key(&rig.t.s, 101, 9, &seq), 800);
	cr_assert_eq(read_key(&rig.t.s, 101, 11, &seq), 800);
	int64_t ms = (vp_mono_us() - start) / 1000;
	cr_assert(ms >= 3 * 120 + 2 * 60 && ms < 900, "%d ms", (int)ms);
	uint8_t p[160] = {3};
	struct peer_rtp rtp;
	rig_sleep_ms(120); /* the pause after the last key */
	cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
	cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS), "speech goes on after the digits");
	cr_assert_eq(rtp.seq, (uint16_t)(seq + 1));
}

Test(audio, speech_waits_while_digits_are_sent)
{
	uint8_t p[160] = {3};
	struct peer_rtp rtp;
	rig_call(&rig);
	rig_digits(&rig, CUSTOMER, "5", 200);
	cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
	cr_assert_eq(rtp.pt, 101);
	cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
	for (int i = 0; i < 5; i++) {
		cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
		cr_assert_eq(rtp.pt, 101);
	}
}

Test(audio, digits_sound_in_the_speech_where_the_far_side_takes_no_events)
{
	static uint8_t got[160 * 10];
	rig_browser(&rig, "0 126", "PCMU");
	rig_trunk(&rig, "PCMU", "0", false);
	rig_bridge(&rig);
	rig_digits(&rig, CUSTOMER, "5", 200);
	collect(&rig.t.s, 0, got, 10);
	cr_assert_gt(rig_share(got, sizeof(got), 770, false), 0.4);
	cr_assert_gt(rig_share(got, sizeof(got), 1336, false), 0.4);
}

Test(audio, keys_cross_between_clocks)
{
	uint16_t seq = 0;
	rig_browser(&rig, "111 110", "opus");
	rig_trunk(&rig, "PCMU", "0 101", false);
	rig_bridge(&rig);
	press(&rig.b.s, 110, 7, 960);
	expect_digit(AGENT, "7", 100);
	cr_assert_eq(read_key(&rig.t.s, 101, 7, &seq), 800);
	press(&rig.t.s, 101, 3, 160);
	expect_digit(CUSTOMER, "3", 100);
	seq = 0;
	cr_assert_eq(read_key(&rig.b.s, 110, 3, &seq), 4800);
}

Test(audio, wrong_digits_are_refused)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Dtmf op = RINGMAIN__V1__DTMF__INIT;
	rig_call(&rig);
	rig_request(&rig, &req, CUSTOMER);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_DTMF;
	req.dtmf = &op;
	const char *const bad[] = {"", "12x", "1 2",
		"00000000000000000000000000000000000000000000000000000000000000000"};
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		op.digits = (char *)bad[i];
		rig_expect(&rig, &req, RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST);
	}
}

/* --- hold --- */

Test(audio, a_held_trunk_hears_the_hold_tone_and_is_not_heard)
{
	char sdp[PEER_SDP];
	static uint8_t got[160 * 10];
	uint8_t p[160] = {3};
	struct peer_rtp rtp;
	rig_call(&rig);
	rig_hold(&rig, CUSTOMER, true, sdp);
	cr_assert(strstr(sdp, "a=sendonly\r\n"), "%s", sdp);
	collect(&rig.t.s, 0, got, 10);
	cr_assert_gt(rig_share(got, 1280, 425, false), 0.95);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	cr_assert_not(peer_recv(&rig.b.s, &rtp, NEVER_MS));
	cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
	cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
	cr_assert_neq(rtp.payload[0], 3);
	rig_hold(&rig, CUSTOMER, false, sdp);
	cr_assert(strstr(sdp, "a=sendrecv\r\n"), "%s", sdp);
	peer_flush(&rig.t.s);
	cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
	cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
	cr_assert_eq(rtp.payload[0], 3);
	cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
	cr_assert(peer_recv(&rig.b.s, &rtp, SOON_MS));
}

struct remote_hold {
	const char *dir, *address, *answer;
	bool we_may_send, they_are_heard;
};

static struct remote_hold holds[] = {
	{"sendonly", NULL, "a=recvonly\r\n", false, true},
	{"inactive", NULL, "a=inactive\r\n", false, false},
	{"recvonly", NULL, "a=sendonly\r\n", true, false},
	{"sendrecv", "0.0.0.0", "a=recvonly\r\n", false, true},
	{"sendrecv", NULL, "a=sendrecv\r\n", true, true},
};

Test(audio, the_far_side_may_hold_in_every_way)
{
	char offer[PEER_SDP], answer[PEER_SDP], ip[] = "c=IN IP4 127.0.0.1";
	uint8_t p[160] = {3};
	struct peer_rtp rtp;
	rig_call(&rig);
	for (size_t i = 0; i < VP_ARRAY_LEN(holds); i++) {
		peer_trunk_sdp(&rig.t, "0 101", holds[i].dir, offer);
		if (holds[i].address) {
			memcpy(strstr(offer, ip), "c=IN IP4 0.0.0.0  ", sizeof(ip) - 1);
		}
		cr_assert_eq(rig_trunk_remote_offer(&rig, offer, answer), 0);
		cr_assert(strstr(answer, holds[i].answer), "%s: %s", holds[i].dir, answer);
		cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
		cr_assert_eq(peer_recv(&rig.t.s, &rtp, holds[i].we_may_send ? SOON_MS : NEVER_MS),
			holds[i].we_may_send, "case %zu", i);
		if (holds[i].they_are_heard) { /* music on hold */
			cr_assert_eq(peer_send(&rig.t.s, 0, false, p, 160, 160), 0);
			cr_assert(peer_recv(&rig.b.s, &rtp, SOON_MS));
		}
	}
}

Test(audio, a_reoffer_may_change_the_codec)
{
	char offer[PEER_SDP], answer[PEER_SDP];
	uint8_t p[160];
	struct peer_rtp rtp;
	rig_call(&rig);
	memset(p, 0xff, sizeof(p));
	peer_trunk_sdp(&rig.t, "8 101", "sendrecv", offer);
	cr_assert_eq(rig_trunk_remote_offer(&rig, offer, answer), 0);
	cr_assert(strstr(answer, "RTP/AVP 8 101\r\n"), "%s", answer);
	cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
	cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
	cr_assert_eq(rtp.pt, 8);
	cr_assert_eq(peer_send(&rig.t.s, 8, false, p, 160, 160), 0);
	cr_assert(peer_recv(&rig.b.s, &rtp, SOON_MS));
	cr_assert_eq(rtp.pt, 0);
}
