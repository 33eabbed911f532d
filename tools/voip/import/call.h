/* One call of the dump as ours: what its row says, put right where it cannot be true. Pure. */
#ifndef VOIP_IMPORT_CALL_H
#define VOIP_IMPORT_CALL_H
#include <stdbool.h>
#include <stdint.h>

/* The row's cells; NULL: nothing there. */
struct call_cells {
	const char *direction, *status, *duration;
	bool has_end;
	int64_t started_us, ended_us, updated_us; /* updated_us 0: not known */
};

#define CALL_REPAIRS_MAX 8
struct call_facts {
	const char *direction, *status; /* ours */
	const char *cause, *message;
	int64_t answered_us, ended_us; /* answered_us 0: nobody answered */
	long duration_s;
	const char *repairs[CALL_REPAIRS_MAX]; /* sentences */
	unsigned n_repairs;
};

/* "inbound" or "outbound"; NULL: neither can be meant. */
const char *call_direction(const char *word);
void call_facts(const struct call_cells *cells, struct call_facts *ret);
#endif
