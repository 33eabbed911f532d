/* How long to wait after the n-th failure in a row: 30 s, doubling to 30 min, with 20 % of chance
 * so that many do not come back at once. Pure: the chance is an argument. */
#ifndef UA_BACKOFF_H
#define UA_BACKOFF_H
#include <stdint.h>

#define UA_BACKOFF_FIRST_S 30
#define UA_BACKOFF_MAX_S 1800

/* failures >= 1; random: any number; asked_s: Retry-After, 0 when there was none. */
int64_t ua_backoff_ms(unsigned failures, uint32_t random, unsigned asked_s);
#endif
