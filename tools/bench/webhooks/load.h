/* HTTP/1.1 requests over kept connections: as fast as answers come (closed loop), or at a fixed
 * rate with latencies from the scheduled instant. Connections that break are made again. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOAD_REQUEST_MAX 4096
#define LOAD_CONNS_MAX 1024

struct load_cfg {
	int port;
	unsigned conns;
	double rate;     /* a second; 0: closed loop */
	int64_t last_us; /* how long new requests are sent; 0: until next has no more */
	/* The next request; 0: there is none now. */
	size_t (*next)(uint64_t *ret_id, char text[LOAD_REQUEST_MAX], void *arg);
	/* status 0: the connection broke, nobody knows whether it was taken. May be NULL. */
	void (*answered)(uint64_t id, int status, void *arg);
	bool (*finished)(void *arg); /* nothing will come any more; NULL: when next has none */
	void (*tick)(void *arg);     /* each few milliseconds; may be NULL */
	void *arg;
};
struct load_result {
	uint64_t good, bad, broken; /* 2xx, others, connections that broke under a request */
	double seconds, p50_ms, p99_ms, max_ms;
};
void load_run(const struct load_cfg *cfg, struct load_result *ret);
#endif
