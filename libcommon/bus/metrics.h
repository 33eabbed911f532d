/* What the bus counts. */
#ifndef VP_BUS_METRICS_H
#define VP_BUS_METRICS_H
#include <stdint.h>

enum bus_drop {
	BUS_DROP_BAD,     /* damaged or not ours */
	BUS_DROP_LATE,    /* a request after its deadline */
	BUS_DROP_REPEAT,  /* the second copy (two forwarders): normal */
	BUS_DROP_UNKNOWN, /* an event type that nobody registered: normal */
	BUS_DROP_FULL,    /* a table of ours is full */
	BUS_DROP_MAX,
};

void bus_metrics_init(void); /* once is enough, more does no harm */
void bus_count_sent(const char *topic);
void bus_count_received(const char *topic); /* NULL: a bad one */
void bus_count_drop(enum bus_drop why);
void bus_count_gap(void); /* events were missed; the table is asked */
void bus_count_replayed(uint64_t n);
void bus_count_skipped(uint64_t n); /* events that the table does not have either */
#endif
