/* RTCP (RFC 3550 section 6): reports out, and what the far side says of our stream. */
#ifndef MD_RTCP_H
#define MD_RTCP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "services/call-controller/media/rtp.h"

#define MD_RTCP_MAX 128 /* SR with one block, SDES with CNAME */
#define MD_RTCP_CNAME_SIZE 17

struct md_rtcp {
	char cname[MD_RTCP_CNAME_SIZE];
	uint32_t last_sr;      /* middle 32 bits of the NTP time in the far side's last SR, */
	int64_t last_sr_us;    /* and when it came (monotonic) */
	bool heard;            /* a report about our stream came */
	uint8_t fraction_lost; /* of our stream, in 1/256 */
	uint32_t rtt_us;
};

void md_rtcp_init(struct md_rtcp *rtcp);
/* SR (or RR while nothing was sent lately) with SDES; returns its length. wall_us: Unix time. */
size_t md_rtcp_write(const struct md_rtcp *rtcp, const struct md_tx *tx, struct md_rx *rx,
	uint32_t rate, int64_t now_us, int64_t wall_us, uint8_t buf[MD_RTCP_MAX]);
/* Takes a compound packet; false when its lengths make no sense (nothing is taken then). */
bool md_rtcp_read(struct md_rtcp *rtcp, const uint8_t *p, size_t len, uint32_t own_ssrc,
	int64_t now_us, int64_t wall_us);
/* Second byte of a packet on a shared port: RTCP types 192-223 look like payload types 64-95
 * (RFC 5761 section 4). */
bool md_rtcp_is(uint8_t second_byte);
#endif
