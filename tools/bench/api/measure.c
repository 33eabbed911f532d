#include <stdlib.h>
#include "libcommon/base/base.h"
#include "tools/bench/api/measure.h"

enum { FIRST_ROOM = 1024 };

void series_add(struct series *series, int64_t us)
{
	if (series->count == series->room) {
		series->room = series->room ? series->room * 2 : FIRST_ROOM;
		series->us = reallocarray(series->us, series->room, sizeof(*series->us));
		vp_assert(series->us);
	}
	series->us[series->count++] = us;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

double series_ms(struct series *series, double q)
{
	if (series->count == 0) {
		return 0;
	}
	qsort(series->us, series->count, sizeof(*series->us), by_size);
	size_t at = (size_t)(q * (double)series->count);
	return (double)series->us[at < series->count ? at : series->count - 1] / 1000;
}

void series_free(struct series *series)
{
	free(series->us);
	*series = (struct series){0};
}
