/* Speed of the bus and of durable units: see the functions' rows in the table that main.c prints */
#ifndef BENCH_BUS_H
#define BENCH_BUS_H
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One figure, printed and kept for the JSON. */
void row(const char *name, double value, const char *unit);

double cpu_self_us(void);    /* user and system time of this process */
double cpu_of_us(pid_t pid); /* of another one, to 10 ms */
double percentile(double *values, size_t n, double share); /* sorts */
void *shared(size_t size);                                 /* zeroed memory that children share */

/* Messages through a forwarder: what names it in the rows. */
void bench_carry(const char *what, pid_t forwarder, const char *endpoints);
void bench_ask(const char *endpoints);
void bench_store(const char *endpoints, const char *url);
/* zmq_proxy with the same CURVE key, without rules: the floor. */
pid_t start_bare_proxy(int pub_port, int sub_port);
#endif
