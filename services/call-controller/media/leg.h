/* A leg: one far side, a browser or trunk, with its sockets, keys, streams and what plays to it */
#ifndef MD_LEG_H
#define MD_LEG_H
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/base/address.h"
#include "proto/media.pb-c.h"
#include "services/call-controller/media/codec.h"
#include "services/call-controller/media/dtls.h"
#include "services/call-controller/media/dtmf.h"
#include "services/call-controller/media/ice.h"
#include "services/call-controller/media/player.h"
#include "services/call-controller/media/rtcp.h"
#include "services/call-controller/media/rtp.h"
#include "services/call-controller/media/sdp.h"
#include "services/call-controller/media/srtp.h"
#include "services/call-controller/media/worker.h"

struct md_xcode;

enum md_leg_kind { MD_LEG_BROWSER, MD_LEG_TRUNK };

/* What SDP agreed on. */
struct md_agreed {
	bool done;
	enum md_codec codec;         /* what we send */
	uint8_t pt_tx;               /* its number */
	uint8_t pt_rx[MD_CODEC_MAX]; /* what may come; MD_PT_NONE: not */
	uint8_t te_rx, te_tx;        /* telephone-event */
	uint32_t te_rate;
};

struct md_browser {
	struct md_ice ice;
	struct md_sock any; /* hears everybody: checks, handshakes */
	struct md_dtls *dtls;
	struct md_timer dtls_timer;
	struct md_addr dtls_peer;
	struct md_flight *flight; /* our last one, until the far side is seen to have it */
	int64_t flight_end_us;
	unsigned flight_repeats;
	uint8_t fingerprint[32];
	bool keys_wanted; /* a handshake may begin: new fingerprint or ICE restart */
	bool bundle;
	char mid[MD_MID_SIZE];
};

/* Plain RTP is locked to one source, or strangers could talk and listen (RTP bleed): to the address
 * of the SDP when packets come from there; else (NAT) to the first source, once. */
enum md_latch { MD_LATCH_OPEN, MD_LATCH_FIRST, MD_LATCH_LOCKED };

struct md_trunk {
	struct md_pair *pair;
	struct md_sock rtcp;
	struct md_addr said, said_rtcp; /* by the far side's SDP; len 0: nothing yet */
	struct md_addr advertise;
	struct md_addr peer; /* where its SIP comes from; len 0: not said */
	struct vp_nets nets; /* of the operator, where audio may go to besides */
	enum md_latch latch;
	unsigned latch_packets;
	bool offered; /* our offer waits for its answer */
	bool secure;  /* RTP/SAVP */
	unsigned crypto_tag;
	uint8_t key_tx[MD_SDES_KEY], key_rx[MD_SDES_KEY];
	struct md_sdp_format formats[MD_CODEC_MAX]; /* of our offers */
	unsigned n_formats;
	enum md_sdp_dir said_dir; /* their view */
};

struct md_leg {
	struct md_leg *next; /* in its call, or buried */
	struct md_call *call;
	struct md_worker *worker;
	uint32_t id;
	enum md_leg_kind kind;
	uint16_t port;
	struct md_sock rtp; /* browser: connected to the selected path; trunk: bound, then locked */
	struct md_addr remote; /* where we send; len 0: nowhere yet */
	struct md_leg *peer;
	bool held;   /* hears the hold tone and is not heard */
	bool muted;  /* the far side wants nothing: sendonly, inactive or 0.0.0.0 */
	bool secure; /* nothing goes out without keys */
	struct md_agreed agreed;
	struct md_srtp *srtp_rx, *srtp_tx;
	enum md_srtp_suite suite;
	struct md_rx rx;
	struct md_tx tx;
	struct md_rtcp rtcp;
	int64_t rtcp_us; /* next report */
	uint64_t auth_failures;
	unsigned burst; /* good packets since the last tick */
	struct md_dtmf_rx dtmf;
	struct md_timer dtmf_timer;
	struct md_player player;
	struct md_xcode *xcode;   /* peer's codec to ours */
	struct OpusEncoder *opus; /* for tones */
	int64_t heard_us;         /* browser: last STUN; trunk: last RTP or RTCP */
	bool connected, silent;
	uint64_t sdp_id;
	unsigned sdp_version;
	union {
		struct md_browser b;
		struct md_trunk t;
	} u;
};

/* --- life --- */
int md_leg_create(struct md_leg **ret, struct md_call *call, uint32_t id, enum md_leg_kind kind);
/* Closes it and leaves it to be buried: events of this batch may still name it. */
void md_leg_drop(struct md_leg *leg);
void md_leg_free(struct md_leg *leg);

/* --- packets; p has MD_SRTP_TAIL bytes of room behind --- */
/* From an address that may speak. False: it was not what the far side would send. */
bool md_leg_input(struct md_leg *leg, uint8_t *p, size_t len);
/* payload has MD_RTP_HEADER bytes of room before. */
void md_leg_send(struct md_leg *leg, const struct md_rtp *h, uint8_t *payload);
bool md_leg_can_send(const struct md_leg *leg);
void md_leg_send_rtcp(struct md_leg *leg);
/* The datagram as it is, to the far side. */
void md_leg_send_raw(struct md_leg *leg, const uint8_t *p, size_t len, bool rtcp);

/* --- control --- */
void md_leg_bridge(struct md_leg *a, struct md_leg *b);
void md_leg_unbridge(struct md_leg *leg);
void md_leg_hold(struct md_leg *leg, bool on);
/* Each tick of its call: silence, reports, stale handshakes. */
void md_leg_tick(struct md_leg *leg);
void md_leg_set_agreed(struct md_leg *leg, const struct md_agreed *agreed);
/* Keys of both directions; replaces earlier ones. */
int md_leg_set_keys(
	struct md_leg *leg, enum md_srtp_suite suite, const uint8_t *rx, const uint8_t *tx);
void md_leg_stats(const struct md_leg *leg, Ringmain__V1__LegStats *ret);

/* --- events --- */
void md_leg_heard(struct md_leg *leg);
void md_leg_connected(struct md_leg *leg);
/* A key whose end was lost. */
void md_leg_dtmf_timeout(struct md_leg *leg);
void md_leg_tell(struct md_leg *leg, Ringmain__V1__MediaEvent *event);
#endif
