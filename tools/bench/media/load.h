/* Load on media: legs that send G.711 at 50 packets a second and look at what comes back. */
#ifndef MEDIA_LOAD_H
#define MEDIA_LOAD_H
#include <sys/types.h>
#include "tools/bench/media/peer.h"

struct load_leg {
	struct peer_stream *s;
	int rtcp_fd;                        /* -1: on the same socket */
	const struct peer_browser *browser; /* sends checks too; NULL: none */
};

struct load_cfg {
	struct load_leg *legs;
	unsigned n_legs;
	pid_t pid; /* whose CPU is measured */
	unsigned warm_ms, measure_ms;
	void (*idle)(void *arg); /* each 100 ms or so */
	void *arg;
};

struct load_result {
	double cpu_us_per_packet;
	double cpu_share; /* of one core */
	uint64_t sent, received, bad;
	double loss_percent;
	unsigned p50_us, p99_us, max_us;
};

int load_run(const struct load_cfg *cfg, struct load_result *ret);
/* CPU time of a process so far, all its threads, in us; -1: gone. */
int64_t load_cpu_us(pid_t pid);
/* Resident bytes. */
int64_t load_rss(pid_t pid);
#endif
