/* What is measured. A case is a list of requests as a browser would send them; the same list goes
 * to the statements themselves and to the gateway over HTTP. */
#ifndef BENCH_CASES_H
#define BENCH_CASES_H
#include <stddef.h>

#define BENCH_ORG "00000000-0000-7000-8000-00000000000a"

struct bench_case {
	const char *name;
	const char *sql;  /* rows: user's id, path with query, may see all calls */
	double goal_ms;   /* of p99; 0: none set */
	const char *peer; /* SQL of the peer, $1 user, $2 offset; NULL: none */
	const char *peer_count;
	long peer_page;
};
extern const struct bench_case bench_cases[];
extern const size_t bench_n_cases;
#endif
