/* RTP (RFC 3550): the header, what a receiver counts, and the one stream a leg sends. */
#ifndef MD_RTP_H
#define MD_RTP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MD_RTP_HEADER 12

struct md_rtp {
	bool marker;
	uint8_t pt;
	uint16_t seq;
	uint32_t ts;
	uint32_t ssrc;
	size_t payload_at;
	size_t payload_len;
};

/* Reads the header with CSRCs, extension and padding; false when a length leaves the packet. */
bool md_rtp_parse(const uint8_t *p, size_t len, struct md_rtp *ret);
/* Writes the plain 12-byte header. */
void md_rtp_write(uint8_t p[MD_RTP_HEADER], const struct md_rtp *h);

/* --- receiving side: RFC 3550 appendices A.1, A.3, A.8 --- */
struct md_rx {
	bool started;
	uint32_t ssrc;
	uint16_t max_seq;
	uint32_t cycles; /* sequence number wraps, shifted by 16 */
	uint32_t base_seq;
	uint32_t bad_seq;
	uint32_t received; /* of this source */
	uint32_t expected_prior, received_prior;
	uint32_t transit;
	uint32_t jitter;      /* sixteenths of a timestamp unit */
	uint32_t lost_before; /* lost of sources that came before this one */
	uint64_t packets, bytes;
};

void md_rx_update(struct md_rx *rx, const struct md_rtp *h, int64_t now_us, uint32_t rate);
uint32_t md_rx_lost(const struct md_rx *rx);
uint32_t md_rx_jitter_us(const struct md_rx *rx, uint32_t rate);
/* Share of packets lost since the last call, in 1/256 (RFC 3550 A.3). */
uint8_t md_rx_fraction_lost(struct md_rx *rx);

/* --- sending side: whatever sources feed a leg (its peer, a tone, digits, a new peer), its
 * receiver sees one SSRC with numbers and timestamps that run on --- */
struct md_tx {
	uint32_t ssrc;
	bool started;
	uint16_t seq;    /* the highest sent */
	uint64_t window; /* bit n: seq - n was sent; SRTP must never use a number twice */
	uint32_t ts;     /* the newest sent, */
	int64_t ts_us;   /* and when */
	bool src_valid, src_resume;
	uint32_t src_ssrc;
	uint16_t seq_off;
	uint32_t ts_off;
	uint16_t src_bad_seq;
	uint64_t packets, bytes;
};

/* A fresh stream: random SSRC, timestamp and a low sequence number (RFC 3711 section 3.3.1). */
void md_tx_init(struct md_tx *tx);
/* Rewrites ssrc, seq and ts of a relayed packet (ts already in this stream's clock). False: too
 * old, sent before or out of all order; drop it. */
bool md_tx_map(struct md_tx *tx, struct md_rtp *h, int64_t now_us, uint32_t rate);
/* A packet of our own that takes `samples` of time since the one before (0: same timestamp). */
void md_tx_own(struct md_tx *tx, struct md_rtp *h, uint32_t samples);
/* The timestamp that fits now, after a pause or before anything of our own. */
uint32_t md_tx_ts_now(const struct md_tx *tx, int64_t now_us, uint32_t rate);
/* Sets the clock of the next own packet. */
void md_tx_set_ts(struct md_tx *tx, uint32_t ts, int64_t now_us);
/* Forgets the source: the next relayed packet starts a new one (new peer, codec or tone before). */
void md_tx_new_source(struct md_tx *tx);
#endif
