/* The two sockets of a trunk leg: RTP on an even port, RTCP on the next. When the leg ends they
 * rest, bound and watched, and go to a later leg of the same worker: to open and close them costs
 * more than all else that media does for a short call. What comes while they rest is dropped. */
#ifndef MD_PAIR_H
#define MD_PAIR_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include "services/call-controller/media/worker.h"

struct md_pair {
	TAILQ_ENTRY(md_pair) link; /* in rested, or in dead */
	struct md_seat seats[2];
	uint16_t even;
	int64_t since_us; /* rests since */
};

/* For a leg: one that has rested long enough, else a new one, else the one that rested longest. */
int md_pair_open(
	struct md_pair **ret, struct md_worker *worker, struct md_sock *rtp, struct md_sock *rtcp);
/* The leg ends. Neither socket may be connected; reuse false: they are closed. */
void md_pair_leave(struct md_pair *pair, struct md_worker *worker, struct md_sock *rtp,
	struct md_sock *rtcp, bool reuse);
/* Once a second: closes what nobody has needed for a while, and all when ports get scarce. */
void md_pair_sweep(struct md_worker *worker, int64_t now_us);
/* After the batch: none of its events can point at them any more. */
void md_pair_bury(struct md_worker *worker);
void md_pair_close_all(struct md_worker *worker);
#endif
