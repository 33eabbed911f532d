/* The media process without its main: workers, ports, disk, control socket. Tests run it inside. */
#ifndef MD_ENGINE_H
#define MD_ENGINE_H
#include <stdbool.h>
#include <stdint.h>
#include "services/call-controller/media/tone.h"

struct md_engine;

struct md_engine_cfg {
	const char *socket_path;
	unsigned threads;      /* 0: one a core */
	const char *addr;      /* bind address */
	const char *advertise; /* address in SDP; NULL or "": addr */
	uint16_t port_lo, port_hi;
	enum md_region region;
	unsigned max_calls; /* at most MD_MAX_CALLS: the list of them must fit a message */
	/* microseconds; 0: the default */
	int64_t browser_silent_us; /* 10 s */
	int64_t trunk_silent_us;   /* 30 s */
	int64_t orphan_us;         /* 60 s */
	int64_t stats_us;          /* 2 s */
	int64_t rtcp_us;           /* 5 s */
	int64_t tick_us;           /* 1 s: how often a call looks at all these */
};
#define MD_MAX_CALLS 3500

/* Binds the socket and starts the threads. */
int md_engine_create(struct md_engine **ret, const struct md_engine_cfg *cfg);
/* Serves the controller until stop_fd is readable and on_stop says so; tick runs each second.
 * on_stop is asked again each second after the first time. */
struct md_engine_hooks {
	int stop_fd;
	bool (*done)(struct md_engine *engine, void *arg); /* told to stop: may it end now? */
	void (*tick)(struct md_engine *engine, void *arg);
	void *arg;
};
int md_engine_run(struct md_engine *engine, const struct md_engine_hooks *hooks);
struct md_engine *md_engine_destroy(struct md_engine *engine);

/* No new calls from now on. */
void md_engine_drain(struct md_engine *engine);
unsigned md_engine_calls(const struct md_engine *engine);
#endif
