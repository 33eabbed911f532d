/* Latencies of one case. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H
#include <stddef.h>
#include <stdint.h>

struct series {
	int64_t *us;
	size_t count, room;
};
void series_add(struct series *series, int64_t us);
/* Sorts; q from 0 to 1. 0 when it is empty. */
double series_ms(struct series *series, double q);
void series_free(struct series *series);
#endif
