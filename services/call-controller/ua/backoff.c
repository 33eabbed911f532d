#include "services/call-controller/ua/backoff.h"

int64_t ua_backoff_ms(unsigned failures, uint32_t random, unsigned asked_s)
{
	int64_t wait_s = UA_BACKOFF_FIRST_S;

	while (failures-- > 1 && wait_s < UA_BACKOFF_MAX_S) {
		wait_s *= 2;
	}
	if (wait_s > UA_BACKOFF_MAX_S) {
		wait_s = UA_BACKOFF_MAX_S;
	}
	if (asked_s > wait_s) {
		wait_s = asked_s < UA_BACKOFF_MAX_S ? asked_s : UA_BACKOFF_MAX_S;
	}
	/* between 100 and 120 % */
	return wait_s * 1000 + wait_s * (int64_t)(random % 201);
}
