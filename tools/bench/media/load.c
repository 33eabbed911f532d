/* See load.h. Packets carry the moment they were sent; legs are spread over 20 ticks of 1 ms. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/epoll.h>
#include "libcommon/base/base.h"
#include "tools/bench/media/load.h"

#define SLOTS 20
#define TICK_US 1000
#define PAYLOAD 160
#define MAX_DELAY_US 200000
#define CHECK_TICKS 2500 /* a browser's connectivity check (Chromium: 2.5 s) */
#define RTCP_TICKS 5000
#define EVENTS 256
#define MAX_LAG_US 50000
#define TAIL_US 300000

struct load {
	const struct load_cfg *cfg;
	int epoll_fd;
	uint64_t tick;
	bool counting;
	int64_t from_us; /* counted is what was sent since */
	uint64_t sent, received, bad;
	uint32_t *delays; /* histogram, us */
	unsigned max_us;
};

int64_t load_cpu_us(pid_t pid)
{
	clockid_t clock;
	struct timespec t;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) < 0) {
		return -1;
	}
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

int64_t load_rss(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;
	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (strncmp(line, "Rss:", 4) == 0) {
			kib = strtol(line + 4, NULL, 10);
			break;
		}
	}
	if (f) {
		fclose(f);
	}
	return kib * 1024;
}

static void send_rtcp(struct load_leg *leg)
{
	uint8_t p[64] = {0x80, 200, 0, 6};
	uint32_t ssrc = htonl(leg->s->ssrc);
	memcpy(p + 4, &ssrc, 4);
	size_t len = 28;
	int fd = leg->rtcp_fd;
	if (fd < 0) {
		fd = leg->s->fd;
		if (leg->s->secure) {
			len = ref_rtcp_protect(&leg->s->tx, p, len, true);
		}
	}
	(void)!send(fd, p, len, MSG_NOSIGNAL);
}

static void send_tick(struct load *l)
{
	uint8_t payload[PAYLOAD];
	memset(payload, 0xd5, sizeof(payload));
	for (unsigned i = (unsigned)(l->tick % SLOTS); i < l->cfg->n_legs; i += SLOTS) {
		int64_t now = vp_mono_us();
		memcpy(payload, &now, sizeof(now));
		if (peer_send(l->cfg->legs[i].s, 0, false, payload, PAYLOAD, PAYLOAD) == 0 &&
			l->counting) {
			l->sent++;
		}
	}
	for (unsigned i = (unsigned)(l->tick % CHECK_TICKS); i < l->cfg->n_legs; i += CHECK_TICKS) {
		if (l->cfg->legs[i].browser) {
			peer_browser_send_check(l->cfg->legs[i].browser);
		}
	}
	for (unsigned i = (unsigned)(l->tick % RTCP_TICKS); i < l->cfg->n_legs; i += RTCP_TICKS) {
		send_rtcp(&l->cfg->legs[i]);
	}
	l->tick++;
}

static void receive(struct load *l, struct load_leg *leg)
{
	struct peer_rtp rtp;
	int64_t sent;
	unsigned bad = leg->s->bad;
	if (!peer_take(leg->s, &rtp)) {
		l->bad += leg->s->bad - bad;
		return;
	}
	if (rtp.len != PAYLOAD) {
		l->bad++;
		return;
	}
	memcpy(&sent, rtp.payload, sizeof(sent));
	int64_t delay = vp_mono_us() - sent;
	if (delay < 0 || delay > 5000000) {
		l->bad++;
		return;
	}
	if (l->counting && sent >= l->from_us) {
		l->received++;
		l->max_us = delay > l->max_us ? (unsigned)delay : l->max_us;
		l->delays[delay < MAX_DELAY_US ? delay : MAX_DELAY_US - 1]++;
	}
}

/* Waits until then at most; takes all there is before more is sent, so that a slow machine shows as
 * a lower rate and not as an endless queue. */
static void wait_and_receive(struct load *l, int64_t until_us)
{
	struct epoll_event events[EVENTS];
	int64_t left = until_us - vp_mono_us();
	struct timespec t = {0, left > 0 ? left % 1000000 * 1000 : 0};
	int n;
	do {
		n = epoll_pwait2(l->epoll_fd, events, EVENTS, &t, NULL);
		for (int i = 0; i < n; i++) {
			receive(l, &l->cfg->legs[events[i].data.u32]);
		}
		t.tv_nsec = 0;
	} while (n == EVENTS);
}

static unsigned percentile(const struct load *l, double part)
{
	uint64_t seen = 0;
	for (unsigned i = 0; i < MAX_DELAY_US; i++) {
		seen += l->delays[i];
		if ((double)seen >= part * (double)l->received && seen) {
			return i;
		}
	}
	return MAX_DELAY_US;
}

static void run_for(struct load *l, int64_t ms)
{
	int64_t next = vp_mono_us(), end = next + ms * 1000, idle = next;
	while (vp_mono_us() < end) {
		int64_t now = vp_mono_us();
		if (now - next > MAX_LAG_US) { /* a machine too busy for this load: it shows as a
						  lower rate */
			next = now;
		}
		for (; now >= next; next += TICK_US) {
			send_tick(l);
		}
		wait_and_receive(l, next);
		if (l->cfg->idle && vp_mono_us() > idle) {
			l->cfg->idle(l->cfg->arg);
			idle = vp_mono_us() + 100000;
		}
	}
}

static int watch(struct load *l)
{
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (unsigned i = 0; i < l->cfg->n_legs; i++) {
		struct epoll_event ev = {.events = EPOLLIN, .data.u32 = i};
		if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->cfg->legs[i].s->fd, &ev) < 0) {
			return errno;
		}
	}
	return 0;
}

int load_run(const struct load_cfg *cfg, struct load_result *ret)
{
	struct load l = {.cfg = cfg, .delays = calloc(MAX_DELAY_US, sizeof(uint32_t))};
	int err = l.delays ? watch(&l) : ENOMEM;
	if (!err) {
		run_for(&l, cfg->warm_ms);
		int64_t cpu = load_cpu_us(cfg->pid), start = vp_mono_us();
		l.counting = true;
		l.from_us = start;
		run_for(&l, cfg->measure_ms);
		cpu = load_cpu_us(cfg->pid) - cpu;
		int64_t took = vp_mono_us() - start, end = vp_mono_us() + TAIL_US;
		while (l.received < l.sent &&
			vp_mono_us() < end) { /* what is on its way; no new ones */
			wait_and_receive(&l, vp_mono_us() + TICK_US);
		}
		*ret = (struct load_result){
			.cpu_us_per_packet = l.received ? (double)cpu / (double)l.received : 0,
			.cpu_share = (double)cpu / (double)took,
			.sent = l.sent,
			.received = l.received,
			.bad = l.bad,
			.loss_percent =
				l.sent ? 100.0 * (double)(l.sent - l.received) / (double)l.sent : 0,
			.p50_us = percentile(&l, 0.5),
			.p99_us = percentile(&l, 0.99),
			.max_us = l.max_us,
		};
	}
	if (l.epoll_fd > 0) {
		close(l.epoll_fd);
	}
	free(l.delays);
	return err;
}
