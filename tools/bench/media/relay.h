/* The three relays that are compared: ours, rtpengine, and a floor that does the least possible. */
#ifndef MEDIA_RELAY_H
#define MEDIA_RELAY_H
#include <sys/types.h>
#include "tools/bench/media/load.h"

enum relay_kind { RELAY_OURS, RELAY_RTPENGINE, RELAY_FLOOR };

struct relay_cfg {
	enum relay_kind kind;
	unsigned calls;
	bool tap;          /* ours: record every call */
	const char *dir;   /* scratch */
	const char *media; /* our program */
};

/* A running relay with all its calls set up, and the legs that speak through it. */
struct relay {
	struct relay_cfg cfg;
	pid_t pid;
	struct load_leg *legs;
	unsigned n_legs;
	int64_t base_rss, setup_cpu_us;
	void *own;
};

int relay_start(struct relay *relay, const struct relay_cfg *cfg);
void relay_idle(void *relay);
void relay_stop(struct relay *relay);

int relay_ours_start(struct relay *relay);
void relay_ours_stop(struct relay *relay);
void relay_ours_idle(struct relay *relay);
int relay_rtpengine_start(struct relay *relay);
void relay_rtpengine_stop(struct relay *relay);
int relay_floor_start(struct relay *relay);
void relay_floor_stop(struct relay *relay);

/* Starts a program (environment: NAME=value..., NULL at the end), output to log. */
pid_t relay_spawn(char *const argv[], char *const env[], const char *log);
/* SIGTERM, then waits; SIGKILL after 5 s. */
void relay_end(pid_t pid);
#endif
