/* The engine inside the test process, a controller connected to it, and a call with real peers. */
#ifndef MEDIA_RIG_H
#define MEDIA_RIG_H
#include <pthread.h>
#ifdef RIG_PLAIN
#include "tests/unit/services/media/plain.h"
#else
#include <criterion/criterion.h>
#endif
#include "services/call-controller/media/engine.h"
#include "tools/bench/media/peer.h"

#define AGENT 1
#define CUSTOMER 2
#define SOON_MS 10000
#define NEVER_MS 150 /* long enough for what must not come; nothing else waits for it */

struct rig {
	struct md_engine *engine;
	pthread_t thread;
	int stop_fd;
	char dir[64], socket[80];
	struct peer_ctl *ctl;
	struct vp_uuid call;
	struct peer_browser b;
	struct peer_trunk t;
	bool has_browser, has_trunk;
	const char *sip_peer, *networks; /* of the trunk's SDP; NULL: not said */
};

/* cfg: NULL or what differs from the rig's defaults (two threads, loopback). */
void rig_open(struct rig *r, const struct md_engine_cfg *cfg);
void rig_close(struct rig *r);

/* Asks, expects this error and gives the reply (rig_done frees). */
Ringmain__V1__MediaReply *rig_expect(struct rig *r, Ringmain__V1__MediaRequest *req, int error);
void rig_done(void);
/* Requests of this rig's call, each expected to succeed. */
void rig_bridge(struct rig *r);
void rig_play(struct rig *r, uint32_t leg, int tone);
void rig_hold(struct rig *r, uint32_t leg, bool on, char sdp[PEER_SDP]);
void rig_digits(struct rig *r, uint32_t leg, const char *digits, unsigned ms);
void rig_record(struct rig *r, bool on, const char *path, int error);
void rig_drop_call(struct rig *r);
int rig_browser_offer(struct rig *r, struct peer_browser *b, const char *formats, const char *codec,
	char answer[PEER_SDP]);
int rig_trunk_answer(struct rig *r, const char *sdp);
int rig_trunk_remote_offer(struct rig *r, const char *sdp, char answer[PEER_SDP]);
void rig_stats(struct rig *r, uint32_t leg, Ringmain__V1__LegStats *ret);
/* Waits for an event; NULL is a failure of the test. rig_done frees. */
Ringmain__V1__MediaEvent *rig_event(struct rig *r, uint32_t leg, int kind);
void rig_no_event(struct rig *r, uint32_t leg, int kind);

/* A browser that answers with this codec and is connected; a trunk that answered ours. */
void rig_browser(struct rig *r, const char *formats, const char *codec);
void rig_trunk(struct rig *r, const char *codec, const char *formats, bool secure);
/* Both, bridged, PCMU: "0 126" and "0 101". */
void rig_call(struct rig *r);

void rig_request(struct rig *r, Ringmain__V1__MediaRequest *req, uint32_t leg);
/* 20 ms of a tone in PCMU or PCMA; at: samples so far. */
void rig_tone(uint8_t out[160], unsigned hz, uint32_t at, bool alaw);
/* Power of hz in PCMU (or PCMA) bytes, against the whole: 1 is a pure tone. */
double rig_share(const uint8_t *p, size_t n, unsigned hz, bool alaw);
void rig_sleep_ms(unsigned ms); /* paces packets as a clock does; never waits for a result */
#endif
