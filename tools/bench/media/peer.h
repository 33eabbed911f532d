/* The three that media talks to, for tests and load: a controller, a browser (STUN client, DTLS
 * client, SRTP) and a trunk (RTP, RTCP, SDES). Everything waits with a deadline. */
#ifndef MEDIA_PEER_H
#define MEDIA_PEER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>
#include "libcommon/base/uuid.h"
#include "proto/media.pb-c.h"
#include "tools/bench/media/ref_srtp.h"

typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_st SSL;

#define PEER_SDP 4096
#define PEER_WAIT_MS 5000
#define PEER_PACKET 1600

/* --- controller --- */
struct peer_ctl;
int peer_ctl_open(struct peer_ctl **ret, const char *path);
struct peer_ctl *peer_ctl_close(struct peer_ctl *ctl);
/* Sends and waits for the reply to it; NULL: none came. The caller frees with peer_free. */
Ringmain__V1__MediaMessage *peer_ask(struct peer_ctl *ctl, Ringmain__V1__MediaRequest *req);
/* The next event of this kind (leg 0: any), also one that came meanwhile; NULL: none in time. */
Ringmain__V1__MediaMessage *peer_event(
	struct peer_ctl *ctl, struct vp_uuid call, uint32_t leg, int kind, int timeout_ms);
void peer_free(Ringmain__V1__MediaMessage *msg);
int peer_ctl_fd(const struct peer_ctl *ctl);
/* Reads and forgets what has come: for load, where nobody looks at events. */
void peer_ctl_discard(struct peer_ctl *ctl);

/* --- a received RTP packet, opened --- */
struct peer_rtp {
	uint8_t pt;
	bool marker;
	uint16_t seq;
	uint32_t ts, ssrc;
	const uint8_t *payload;
	size_t len;
};

/* One side's stream out and how it opens what comes in. */
struct peer_stream {
	int fd;
	bool secure;
	struct ref_srtp tx, rx;
	uint32_t ssrc, ts;
	uint16_t seq;
	uint8_t buf[PEER_PACKET];
	size_t len;   /* of the last datagram received or sent, as on the wire */
	unsigned bad; /* tags that did not fit */
};

/* Sends one packet; ts_step is added to the clock before. 0 or errno. */
int peer_send(struct peer_stream *s, uint8_t pt, bool marker, const void *payload, size_t len,
	uint32_t ts_step);
/* The next RTP packet; false: none in time. */
bool peer_recv(struct peer_stream *s, struct peer_rtp *ret, int timeout_ms);
/* The same without waiting, one datagram: false when it was none of RTP or nothing was there. */
bool peer_take(struct peer_stream *s, struct peer_rtp *ret);
/* Reads away what is queued. */
void peer_flush(struct peer_stream *s);

/* --- browser --- */
struct peer_browser {
	struct peer_stream s;
	char ufrag[5], pwd[25];
	char remote_ufrag[64], remote_pwd[64], remote_fingerprint[96];
	struct sockaddr_in remote;
	SSL *ssl;
	char profile[32];
};
int peer_browser_open(struct peer_browser *b, const char *ip);
void peer_browser_close(struct peer_browser *b);
/* formats: of the m= line, "0 8 126"; rtpmaps of 0, 8, 111 (opus), 110 and 126 (events) follow. */
void peer_browser_offer(const struct peer_browser *b, const char *formats, char sdp[PEER_SDP]);
int peer_browser_answer(struct peer_browser *b, const char *sdp);
/* A connectivity check; EACCES: no answer. */
int peer_browser_check(struct peer_browser *b, bool use_candidate, int timeout_ms);
/* Only sends one; the answer is for whoever reads. */
void peer_browser_send_check(const struct peer_browser *b);
int peer_browser_dtls(struct peer_browser *b, int timeout_ms);
/* New ICE credentials, as after restartIce(). */
void peer_browser_restart(struct peer_browser *b);
/* Another socket (and port), the same credentials and keys: a new network. */
int peer_browser_move(struct peer_browser *b, const char *ip);
/* The SRTP profiles that browsers offer from now on; NULL: GCM, then SHA1_80. */
void peer_browser_profiles(const char *profiles);
const char *peer_fingerprint(void); /* of all browsers here */

/* --- trunk --- */
struct peer_trunk {
	struct peer_stream s;
	int rtcp_fd;
	uint16_t port;
	struct sockaddr_in remote;
	uint8_t key[30];
};
int peer_trunk_open(struct peer_trunk *t, const char *ip, bool secure);
void peer_trunk_close(struct peer_trunk *t);
void peer_trunk_sdp(
	const struct peer_trunk *t, const char *formats, const char *dir, char sdp[PEER_SDP]);
/* Reads where media is (and its key). */
int peer_trunk_take(struct peer_trunk *t, const char *sdp);

/* Finds "a=NAME:" (or any prefix) and copies what follows to the end of the line. */
bool peer_sdp_value(const char *sdp, const char *prefix, char *buf, size_t size);
#endif
