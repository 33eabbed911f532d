/* The small parts: timers, sequence numbers, RTCP, keys, order, ports, G.711, placement. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <criterion/criterion.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/codec.h"
#include "services/call-controller/media/dtmf.h"
#include "services/call-controller/media/outbox.h"
#include "services/call-controller/media/placement.h"
#include "services/call-controller/media/ports.h"
#include "services/call-controller/media/reorder.h"
#include "services/call-controller/media/rtcp.h"
#include "services/call-controller/media/rtp.h"
#include "services/call-controller/media/tone.h"
#include "services/call-controller/media/wheel.h"

/* --- wheel --- */

#define TIMERS 5000
static struct {
	struct md_timer t;
	int64_t fired_us;
	unsigned times;
} timers[TIMERS];

static void note(struct md_timer *t, int64_t now_us)
{
	size_t i = (size_t)((char *)t - (char *)timers) / sizeof(timers[0]);
	timers[i].fired_us = now_us;
	timers[i].times++;
}

Test(wheel, timers_fire_once_never_early_and_within_a_millisecond)
{
	struct md_wheel *w = malloc(sizeof(*w));
	int64_t start = 123456789, now = start;
	md_wheel_init(w, now);
	srand(1);
	for (int i = 0; i < TIMERS; i++) {
		timers[i].t.fire = note;
		md_timer_start(
			w, &timers[i].t, start + rand() % 10000000); /* five turns of the wheel */
	}
	for (int i = 0; i < TIMERS; i += 7) {
		md_timer_stop(&timers[i].t);
	}
	while (now < start + 10100000) {
		now += 1 + rand() % 900;
		md_wheel_run(w, now);
	}
	for (int i = 0; i < TIMERS; i++) {
		cr_assert_eq(timers[i].times, i % 7 != 0);
		int64_t late = timers[i].fired_us - timers[i].t.due_us;
		cr_assert(i % 7 == 0 || (late >= 0 && late <= 2000), "%d late", (int)late);
	}
	cr_assert_eq(md_wheel_wait_ms(w, now), -1, "nothing waits");
	free(w);
}

Test(wheel, a_long_sleep_misses_no_timer)
{
	struct md_wheel *w = malloc(sizeof(*w));
	md_wheel_init(w, 0);
	for (int i = 0; i < 100; i++) {
		timers[i].t.fire = note;
		md_timer_start(w, &timers[i].t, i * 70000);
	}
	md_wheel_run(w, 60 * 1000000LL);
	for (int i = 0; i < 100; i++) {
		cr_assert_eq(timers[i].times, 1);
	}
	free(w);
}

static struct md_wheel *the_wheel;

static void restart(struct md_timer *t, int64_t now_us)
{
	note(t, now_us);
	md_timer_stop(&timers[1].t); /* due in the same slot */
	md_timer_start(the_wheel, t, now_us + 5000);
}

Test(wheel, a_timer_may_stop_others_and_start_itself)
{
	the_wheel = malloc(sizeof(*the_wheel));
	md_wheel_init(the_wheel, 0);
	timers[1].t.fire = note;
	timers[0].t.fire = restart;
	md_timer_start(the_wheel, &timers[0].t, 10000);
	md_timer_start(the_wheel, &timers[1].t, 10000);
	for (int64_t now = 0; now <= 31000; now += 500) {
		md_wheel_run(the_wheel, now);
	}
	cr_assert_eq(timers[1].times, 0);
	cr_assert_eq(timers[0].times, 5);
	int wait = md_wheel_wait_ms(the_wheel, 31000);
	cr_assert(wait >= 3 && wait <= 5, "%d", wait);
	free(the_wheel);
}

Test(wheel, nobody_waits_for_timers_that_were_stopped)
{
	struct md_wheel *w = malloc(sizeof(*w));
	md_wheel_init(w, 0);
	for (int i = 0; i < 500; i++) {
		timers[i].t.fire = note;
		md_timer_start(w, &timers[i].t, (i + 1) * 3000);
	}
	for (int i = 0; i < 499; i++) {
		md_timer_stop(&timers[i].t);
	}
	cr_assert_eq(md_wheel_wait_ms(w, 0), 1500, "the one that is left");
	md_timer_start(w, &timers[7].t, 24000);
	cr_assert_eq(md_wheel_wait_ms(w, 0), 24, "a slot that was empty is used again");
	md_timer_stop(&timers[7].t);
	md_timer_stop(&timers[499].t);
	cr_assert_eq(md_wheel_wait_ms(w, 0), -1);
	free(w);
}

/* --- RTP --- */

Test(rtp, headers_with_everything_are_read)
{
	uint8_t p[64] = {0xb2, 0x80 | 8, 0x12, 0x34, 0, 0, 0, 5, 0, 0, 0, 9};
	struct md_rtp h;
	memcpy(p + 20, "\xbe\xde\x00\x01", 4);
	p[63] = 4;
	cr_assert(md_rtp_parse(p, 64, &h));
	cr_assert(h.marker);
	cr_assert_eq(h.pt, 8);
	cr_assert_eq(h.seq, 0x1234);
	cr_assert_eq(h.ts, 5);
	cr_assert_eq(h.ssrc, 9);
	cr_assert_eq(h.payload_at, 28);
	cr_assert_eq(h.payload_len, 32);
	p[63] = 37; /* more padding than payload */
	cr_assert_not(md_rtp_parse(p, 64, &h));
	p[63] = 0;
	cr_assert_not(md_rtp_parse(p, 64, &h));
	p[23] = 200; /* an extension that leaves the packet */
	cr_assert_not(md_rtp_parse(p, 64, &h));
}

Test(rtp, no_cut_is_read_beyond)
{
	static const uint8_t whole[40] = {0xb3, 0, 0, 1, [24] = 0xbe, 0xde, 0, 1, [39] = 1};
	for (size_t n = 0; n <= sizeof(whole); n++) {
		uint8_t *p = malloc(n + 1);
		struct md_rtp h;
		memcpy(p, whole, n);
		if (md_rtp_parse(p, n, &h)) {
			cr_assert_leq(h.payload_at + h.payload_len, n);
		}
		free(p);
	}
}

static void get(struct md_rx *rx, uint16_t seq, uint32_t ssrc, int64_t now_us)
{
	struct md_rtp h = {
		.seq = seq, .ssrc = ssrc, .ts = (uint32_t)(now_us / 125), .payload_len = 160};
	md_rx_update(rx, &h, now_us, 8000);
}

Test(rtp, losses_are_counted_across_wraps_and_sources)
{
	struct md_rx rx = {0};
	for (uint32_t i = 65000; i < 65000 + 2000; i++) {
		if (i % 10) {
			get(&rx, (uint16_t)i, 1, i * 20000LL);
		}
	}
	cr_assert_eq(md_rx_lost(&rx), 199, "the very first was not expected");
	cr_assert_eq(md_rx_jitter_us(&rx, 8000), 0);
	get(&rx, 5, 2, 0); /* another source */
	get(&rx, 7, 2, 0);
	cr_assert_eq(md_rx_lost(&rx), 200);
	cr_assert_eq(md_rx_fraction_lost(&rx), 256 / 3);
	get(&rx, 8, 2, 0);
	cr_assert_eq(md_rx_fraction_lost(&rx), 0);
}

Test(rtp, a_single_wild_number_restarts_nothing)
{
	struct md_rx rx = {0};
	for (uint16_t i = 0; i < 100; i++) {
		get(&rx, i, 1, 0);
	}
	get(&rx, 40000, 1, 0);
	get(&rx, 100, 1, 0);
	cr_assert_eq(md_rx_lost(&rx), 0);
	get(&rx, 40000, 1, 0);
	get(&rx, 40001, 1, 0); /* two in order: it began anew */
	get(&rx, 40003, 1, 0);
	cr_assert_eq(md_rx_lost(&rx), 1);
}

Test(rtp, jitter_is_that_of_rfc3550)
{
	struct md_rx rx = {0};
	for (uint16_t i = 0; i < 500; i++) {
		struct md_rtp h = {.seq = i, .ssrc = 1, .ts = i * 160U, .payload_len = 160};
		md_rx_update(&rx, &h, 1000000 + i * 20000LL + i % 2 * 4000, 8000);
	}
	uint32_t us = md_rx_jitter_us(&rx, 8000);
	cr_assert(us > 3500 && us <= 4000, "%u", us); /* each step is 4 ms off */
}

static bool map(struct md_tx *tx, uint16_t seq, uint32_t ts, uint32_t ssrc, struct md_rtp *h)
{
	*h = (struct md_rtp){.seq = seq, .ts = ts, .ssrc = ssrc, .payload_len = 160};
	return md_tx_map(tx, h, 1000000, 8000);
}

Test(rtp, a_number_is_never_sent_twice)
{
	static uint8_t seen[65536];
	struct md_tx tx;
	struct md_rtp h;
	uint32_t sent = 0, roc_guard = 0;
	md_tx_init(&tx);
	srand(2);
	uint16_t seq = (uint16_t)rand(), last = 0;
	uint32_t ssrc = 1;
	for (int i = 0; i < 60000; i++) {
		int what = rand() % 100;
		seq = (uint16_t)(seq + (what < 80 ? 1 : what < 90 ? -(rand() % 80) : rand() % 50));
		ssrc += what == 99;
		if (what == 98) {
			struct md_rtp own = {.payload_len = 160};
			md_tx_own(&tx, &own, 160);
			h = own;
		} else if (!map(&tx, seq, seq * 160U, ssrc, &h)) {
			continue;
		}
		if (sent && (uint16_t)(h.seq - last) < 0x8000 && h.seq < last) {
			memset(seen, 0, sizeof(seen)); /* the next round of numbers */
			roc_guard++;
		}
		last = (uint16_t)(h.seq - last) < 0x8000 || !sent ? h.seq : last;
		cr_assert_not(seen[h.seq], "number %u again after %u packets", h.seq, sent);
		seen[h.seq] = 1;
		cr_assert_eq(h.ssrc, tx.ssrc);
		sent++;
	}
	cr_assert_gt(sent, 40000);
	cr_assert_gt(roc_guard, 0);
}

Test(rtp, late_packets_do_not_cross_the_wrap)
{
	struct md_tx tx;
	struct md_rtp h;
	md_tx_init(&tx);
	tx.seq = 65533;
	cr_assert(map(&tx, 10, 0, 1, &h));
	cr_assert_eq(h.seq, 65534);
	cr_assert(map(&tx, 13, 480, 1, &h));
	cr_assert_eq(h.seq, 1);
	cr_assert_not(map(&tx, 11, 160, 1, &h), "65535 would confuse every rollover counter now");
	cr_assert(map(&tx, 12, 320, 1, &h));
	cr_assert_eq(h.seq, 0);
}

Test(rtp, digits_in_between_leave_the_speakers_clock)
{
	struct md_tx tx;
	struct md_rtp h, own = {.payload_len = 4};
	md_tx_init(&tx);
	cr_assert(map(&tx, 10, 1000, 1, &h));
	uint32_t ts = h.ts;
	uint16_t seq = h.seq;
	md_tx_set_ts(&tx, md_tx_ts_now(&tx, 1000000, 8000), 1000000);
	for (int i = 0; i < 8; i++) {
		md_tx_own(&tx, &own, 0);
	}
	cr_assert(map(&tx, 20, 1000 + 1600, 1, &h));
	cr_assert_eq(h.seq, (uint16_t)(seq + 9));
	cr_assert_eq(h.ts, ts + 1600);
	cr_assert(h.marker);
}

/* --- RTCP --- */

Test(rtcp, what_we_write_the_far_side_reads)
{
	struct md_rtcp ours, theirs;
	struct md_tx tx = {.ssrc = 7, .started = true, .ts = 1000, .packets = 5, .bytes = 800};
	struct md_rx rx = {0};
	uint8_t p[MD_RTCP_MAX];
	int64_t wall = 1700000000000000;
	md_rtcp_init(&ours);
	md_rtcp_init(&theirs);
	for (uint16_t i = 0; i < 100; i++) {
		if (i % 2) {
			get(&rx, i, 9, i * 20000LL);
		}
	}
	size_t len = md_rtcp_write(&ours, &tx, &rx, 8000, 0, wall, p);
	cr_assert_leq(len, MD_RTCP_MAX);
	cr_assert_eq(len % 4, 0);
	cr_assert(md_rtcp_read(&theirs, p, len, 9, 0, wall));
	cr_assert(theirs.heard);
	cr_assert(theirs.fraction_lost > 120 && theirs.fraction_lost < 132, "%u",
		theirs.fraction_lost);
	/* they answer 30 ms later, after holding it for 20 ms */
	struct md_tx none = {.ssrc = 9};
	struct md_rx got = {.started = true, .ssrc = 7};
	len = md_rtcp_write(&theirs, &none, &got, 8000, 20000, wall, p);
	cr_assert_eq(p[1], 201, "a receiver report: it has sent nothing");
	cr_assert(md_rtcp_read(&ours, p, len, 7, 0, wall + 30000));
	cr_assert(ours.rtt_us > 9000 && ours.rtt_us < 11000, "%u us", ours.rtt_us);
}

Test(rtcp, lengths_that_lie_are_refused)
{
	struct md_rtcp r;
	uint8_t p[64] = {0x81, 200, 0, 12};
	md_rtcp_init(&r);
	for (size_t n = 0; n < 52; n++) {
		uint8_t *exact = malloc(n + 1);
		memcpy(exact, p, n);
		cr_assert_not(md_rtcp_read(&r, exact, n, 1, 0, 0), "%zu bytes", n);
		free(exact);
	}
	cr_assert(md_rtcp_read(&r, p, 52, 1, 0, 0));
	p[0] = 0x9f; /* 31 blocks in room for one */
	cr_assert(md_rtcp_read(&r, p, 52, 1, 0, 0));
	p[52] = 0x41; /* a second packet of version 1 */
	cr_assert_not(md_rtcp_read(&r, p, 60, 1, 0, 0));
}

/* --- keys --- */

Test(dtmf, digits_and_codes_are_each_others_inverse)
{
	for (unsigned i = 0; i < 16; i++) {
		cr_assert_eq(md_dtmf_event(md_dtmf_digit(i)), (int)i);
	}
	cr_assert_eq(md_dtmf_event('a'), 12);
	cr_assert_eq(md_dtmf_event('x'), -1);
	cr_assert_eq(md_dtmf_event('\0'), -1);
	cr_assert_eq(md_dtmf_digit(16), '\0');
}

Test(dtmf, a_key_that_never_ended_is_told_when_the_next_begins)
{
	struct md_dtmf_rx rx = {0};
	struct md_dtmf_key key;
	uint8_t p[4];
	md_dtmf_write(p, 1, false, 400);
	cr_assert_not(md_dtmf_input(&rx, p, 4, 100, 8000, 0, &key));
	md_dtmf_write(p, 2, false, 160);
	cr_assert(md_dtmf_input(&rx, p, 4, 2000, 8000, 0, &key));
	cr_assert_eq(key.event, 1);
	cr_assert_eq(key.duration_ms, 50);
	md_dtmf_write(p, 1, true, 400); /* the first one's end, late */
	cr_assert_not(md_dtmf_input(&rx, p, 4, 100, 8000, 0, &key));
	cr_assert_not(md_dtmf_timeout(&rx, 8000, MD_DTMF_GAP_US - 1, &key));
	cr_assert(md_dtmf_timeout(&rx, 8000, MD_DTMF_GAP_US, &key));
	cr_assert_eq(key.event, 2);
	cr_assert_not(md_dtmf_timeout(&rx, 8000, 2 * MD_DTMF_GAP_US, &key));
}

/* --- order --- */

static char order[256];
static size_t n_order;

static void pop_all(struct md_reorder *r)
{
	const struct md_reorder_packet *p;
	enum md_reorder_result got;
	unsigned lost;
	while ((got = md_reorder_pop(r, &p, &lost)) != MD_REORDER_NONE) {
		order[n_order++] =
			got == MD_REORDER_LOST ? (char)('0' + lost) : (char)p->payload[0];
	}
	order[n_order] = '\0';
}

static void push(struct md_reorder *r, uint16_t seq, char c)
{
	md_reorder_push(r, seq, 0, (const uint8_t *)&c, 1);
	pop_all(r);
}

Test(reorder, late_ones_are_put_in_place_and_lost_ones_given_up)
{
	struct md_reorder *r = calloc(1, sizeof(*r));
	push(r, 65534, 'a');
	push(r, 0, 'c');
	push(r, 65535, 'b');
	push(r, 0, 'C');     /* again */
	push(r, 65530, 'x'); /* far too late */
	cr_assert_str_eq(order, "abc");
	push(r, 3, 'f');
	push(r, 4, 'g');
	cr_assert_str_eq(order, "abc");
	push(r, 5, 'h');
	cr_assert_str_eq(order, "abc2fgh");
	push(r, 1, 'd');
	cr_assert_str_eq(order, "abc2fgh", "given up is given up");
	push(r, 30000, 'z'); /* a source that began anew */
	cr_assert_str_eq(order, "abc2fghz");
	free(r);
}

/* --- the rest --- */

Test(ports, pairs_are_given_once_and_rest_before_they_come_again)
{
	struct md_ports *p;
	bool seen[32] = {false};
	uint16_t even;
	cr_assert_eq(md_ports_create(&p, 1001, 1001), EINVAL);
	cr_assert_eq(md_ports_create(&p, 1001, 1002), EINVAL, "no whole pair");
	cr_assert_eq(md_ports_create(&p, 2001, 2062), 0);
	for (int i = 0; i < 30; i++) {
		cr_assert_eq(md_ports_take(p, &even), 0);
		cr_assert(even % 2 == 0 && even >= 2002 && even <= 2060);
		cr_assert_not(seen[(even - 2002) / 2]);
		seen[(even - 2002) / 2] = true;
	}
	cr_assert_eq(md_ports_take(p, &even), EADDRNOTAVAIL);
	cr_assert_eq(md_ports_in_use(p), 30);
	md_ports_give(p, 2010);
	cr_assert_eq(md_ports_take(p, &even), 0, "none is rested: the one there is");
	cr_assert_eq(even, 2010);
	md_ports_destroy(p);
}

Test(codec, g711_survives_the_way_there_and_back)
{
	for (int c = MD_PCMU; c <= MD_PCMA; c++) {
		for (int x = -32768; x <= 32767; x += 5) {
			int16_t in = (int16_t)x, out;
			uint8_t byte;
			md_g711_encode((enum md_codec)c, &in, 1, &byte);
			md_g711_decode((enum md_codec)c, &byte, 1, &out);
			int off = abs(out - x);
			cr_assert(off <= 16 + abs(x) / 20, "codec %d: %d became %d", c, x, out);
		}
	}
}

Test(codec, translating_keeps_the_sound)
{
	for (int i = 0; i < 256; i++) {
		uint8_t p = (uint8_t)i;
		int16_t before = md_pcmu_decode(p);
		md_g711_swap(MD_PCMU, &p, 1);
		int off = abs(md_pcma_decode(p) - before);
		cr_assert(off <= 16 + abs(before) / 16, "%d became %d", before, md_pcma_decode(p));
	}
}

Test(tone, cadences_have_their_pauses)
{
	int16_t pcm[MD_FRAME];
	md_tone_frame(MD_REGION_EU, MD_TONE_RINGBACK, 7840, pcm);
	cr_assert_neq(pcm[50], 0);
	md_tone_frame(MD_REGION_EU, MD_TONE_RINGBACK, 8000, pcm);
	cr_assert_eq(pcm[50], 0);
	md_tone_frame(MD_REGION_EU, MD_TONE_RINGBACK, 40000, pcm);
	cr_assert_neq(pcm[50], 0);
	md_tone_frame(MD_REGION_EU, MD_TONE_NONE, 0, pcm);
	cr_assert_eq(pcm[50], 0);
}

Test(placement, calls_fill_one_worker_before_the_next)
{
	struct md_placement *p;
	unsigned n[3] = {0};
	struct vp_uuid id = {{0}};
	cr_assert_eq(md_placement_create(&p, 3), 0);
	cr_assert_eq(md_placement_find(p, id, false), -1);
	for (unsigned i = 0; i < 3 * MD_CALLS_BEFORE_NEXT + 30; i++) {
		id = vp_uuid_new();
		int worker = md_placement_find(p, id, true);
		cr_assert_eq(worker,
			i < 3 * MD_CALLS_BEFORE_NEXT ? (int)(i / MD_CALLS_BEFORE_NEXT) : worker);
		cr_assert_eq(md_placement_find(p, id, false), worker);
		md_placement_began(p, id, (unsigned)worker);
		n[worker]++;
	}
	for (int i = 0; i < 3; i++) { /* beyond that evenly */
		cr_assert_eq(n[i], MD_CALLS_BEFORE_NEXT + 10);
	}
	md_placement_ended(p, id);
	md_placement_sweep(p);
	cr_assert_neq(md_placement_find(p, id, false), -1, "requests on their way still find it");
	md_placement_destroy(p);
}

/* --- outbox --- */

static bool is_readable(int fd)
{
	struct pollfd pfd = {.fd = fd, .events = POLLIN};
	return poll(&pfd, 1, 0) == 1;
}

Test(outbox, what_is_put_while_corked_leaves_with_the_flush_in_order)
{
	struct md_outbox *o;
	char got[8];
	int fd[2];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	cr_assert_eq(md_outbox_create(&o), 0);
	md_outbox_attach(o, fd[0]);
	md_outbox_cork(o, true);
	for (char c = 'a'; c < 'a' + 20; c++) { /* more than one call of the kernel takes */
		md_outbox_put(o, &c, 1);
	}
	cr_assert_not(is_readable(fd[1]));
	cr_assert_not(is_readable(md_outbox_fd(o)), "who corked flushes: nobody is woken");
	md_outbox_cork(o, false);
	cr_assert_eq(md_outbox_flush(o), 0);
	for (char c = 'a'; c < 'a' + 20; c++) {
		cr_assert_eq(recv(fd[1], got, sizeof(got), 0), 1);
		cr_assert_eq(got[0], c);
	}
	md_outbox_put(o, "z", 1);
	cr_assert_eq(recv(fd[1], got, sizeof(got), 0), 1, "and now at once again");
	cr_assert_eq(md_outbox_queued(o), 0);
	md_outbox_destroy(o);
	close(fd[0]);
	close(fd[1]);
}

static char next_of(int fd)
{
	char got[8];
	return recv(fd, got, sizeof(got), 0) == 1 ? got[0] : '-';
}

Test(outbox, what_may_wait_goes_before_the_next_or_when_it_is_hurried)
{
	struct md_outbox *o;
	int fd[2];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	cr_assert_eq(md_outbox_create(&o), 0);
	md_outbox_put_later(o, "-", 1);
	cr_assert_eq(md_outbox_queued(o), 0, "nobody is there");
	md_outbox_attach(o, fd[0]);
	md_outbox_put_later(o, "a", 1);
	md_outbox_put_later(o, "b", 1);
	cr_assert_eq(md_outbox_flush(o), 0, "nothing that must go");
	cr_assert_not(is_readable(fd[1]));
	cr_assert_not(is_readable(md_outbox_fd(o)), "nobody is woken for it");
	md_outbox_put(o, "c", 1);
	for (char c = 'a'; c <= 'c'; c++) {
		cr_assert_eq(next_of(fd[1]), c);
	}
	md_outbox_put_later(o, "d", 1);
	cr_assert_not(is_readable(fd[1]), "it waits anew");
	md_outbox_hurry(o);
	cr_assert_eq(next_of(fd[1]), 'd');
	md_outbox_put_later(o, "e", 1);
	md_outbox_attach(o, fd[0]);
	md_outbox_put(o, "f", 1);
	cr_assert_eq(next_of(fd[1]), 'f', "what was meant for the one before is gone");
	md_outbox_destroy(o);
	close(fd[0]);
	close(fd[1]);
}

Test(outbox, what_may_wait_does_so_through_a_cork_unless_others_go)
{
	struct md_outbox *o;
	int fd[2];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	cr_assert_eq(md_outbox_create(&o), 0);
	md_outbox_attach(o, fd[0]);
	md_outbox_cork(o, true);
	md_outbox_put_later(o, "a", 1);
	md_outbox_cork(o, false);
	cr_assert_eq(md_outbox_flush(o), 0);
	cr_assert_not(is_readable(fd[1]));
	md_outbox_cork(o, true);
	md_outbox_put(o, "b", 1);
	md_outbox_put_later(o, "c", 1);
	md_outbox_cork(o, false);
	cr_assert_eq(md_outbox_flush(o), 0);
	for (char c = 'a'; c <= 'c'; c++) {
		cr_assert_eq(next_of(fd[1]), c);
	}
	cr_assert_eq(md_outbox_queued(o), 0);
	md_outbox_destroy(o);
	close(fd[0]);
	close(fd[1]);
}

Test(outbox, what_may_wait_behind_a_full_socket_is_sent_by_who_watches)
{
	struct md_outbox *o;
	int fd[2];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	cr_assert_eq(md_outbox_create(&o), 0);
	md_outbox_attach(o, fd[0]);
	while (send(fd[0], "-", 1, MSG_DONTWAIT) == 1) {
	}
	md_outbox_put_later(o, "a", 1);
	md_outbox_hurry(o);
	cr_assert(is_readable(md_outbox_fd(o)), "something waits");
	cr_assert_eq(md_outbox_flush(o), EAGAIN);
	md_outbox_put_later(o, "b", 1);
	while (next_of(fd[1]) == '-' && is_readable(fd[1])) {
	}
	cr_assert_eq(md_outbox_flush(o), 0);
	cr_assert_eq(next_of(fd[1]), 'a');
	cr_assert_eq(next_of(fd[1]), 'b');
	md_outbox_destroy(o);
	close(fd[0]);
	close(fd[1]);
}

Test(outbox, a_socket_that_broke_takes_what_waits_with_it)
{
	struct md_outbox *o;
	int fd[2];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	cr_assert_eq(md_outbox_create(&o), 0);
	md_outbox_attach(o, fd[0]);
	md_outbox_cork(o, true);
	md_outbox_put(o, "event", 5);
	md_outbox_put(o, "event", 5);
	md_outbox_cork(o, false);
	close(fd[1]);
	cr_assert_eq(md_outbox_flush(o), 0);
	cr_assert_eq(md_outbox_queued(o), 0);
	md_outbox_destroy(o);
	close(fd[0]);
}

Test(outbox, a_controller_that_does_not_read_is_noticed_without_its_help)
{
	struct md_outbox *o;
	int fd[2];
	cr_assert_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fd), 0);
	cr_assert_eq(md_outbox_create(&o), 0);
	md_outbox_attach(o, fd[0]);
	while (md_outbox_queued(o) == 0) {
		md_outbox_put(o, "event", 5);
	}
	cr_assert(is_readable(md_outbox_fd(o)), "something waits");
	cr_assert_eq(md_outbox_flush(o), EAGAIN);
	cr_assert_not(is_readable(md_outbox_fd(o)));
	while (md_outbox_queued(o) <= MD_OUTBOX_MAX) {
		md_outbox_put(o, "event", 5);
	}
	cr_assert(is_readable(md_outbox_fd(o)), "nobody reads: the queue would grow for ever");
	md_outbox_attach(o, -1);
	cr_assert_eq(md_outbox_queued(o), 0);
	md_outbox_destroy(o);
	close(fd[0]);
	close(fd[1]);
}
