/* A few threads for work that would hold the loop (a password hash takes 60 ms and 64 MiB). */
#ifndef GATEWAY_WORKERS_H
#define GATEWAY_WORKERS_H

struct workers;
int workers_create(struct workers **ret, unsigned n_threads, unsigned queue_max);
/* Waits for running work, drops the rest: their done is called too, so that they can free. */
struct workers *workers_destroy(struct workers *workers);
int workers_fd(const struct workers *workers);
void workers_drain(struct workers *workers);
/* work in a thread, then done from workers_drain, exactly once. EAGAIN: the queue is full. */
int workers_run(
	struct workers *workers, void (*work)(void *arg), void (*done)(void *arg), void *arg);
#endif
