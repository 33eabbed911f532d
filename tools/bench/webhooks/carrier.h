/* What a carrier sends, signed, as whole HTTP requests: Twilio's status callbacks with the thirty
 * fields that they have, and Telnyx' events. Every number is another event. */
#ifndef BENCH_CARRIER_H
#define BENCH_CARRIER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CARRIER_REQUEST_MAX 4096

struct carrier {
	const char *url;    /* public base, then target: what is signed */
	const char *target; /* path */
	const char *account_sid;
	struct vp_twilio_key *key;  /* twilio */
	const uint8_t *telnyx_seed; /* telnyx, when key is NULL */
	bool wrong;                 /* a signature that is not right */
	char run[9];                /* eight digits that no other run has */
};
void carrier_start(struct carrier *carrier);
/* Event seq (0..3) of a call; the length of the request. */
size_t carrier_request(
	const struct carrier *carrier, uint64_t call, unsigned seq, char text[CARRIER_REQUEST_MAX]);
#endif
