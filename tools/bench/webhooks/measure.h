/* CPU time of process trees, to the nanosecond. */
#ifndef BENCH_WEBHOOK_MEASURE_H
#define BENCH_WEBHOOK_MEASURE_H
#include <sys/types.h>

/* Microseconds that a process and its living descendants have used, and its children that ended (to
 * 10 ms). */
double measure_tree_us(pid_t top);
/* The server process that a connection of a backend belongs to. */
pid_t measure_parent(pid_t pid);
#endif
