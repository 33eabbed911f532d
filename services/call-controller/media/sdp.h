/* SDP (RFC 8866) of one audio stream: a strict reader with limits and a writer of our own lines. */
#ifndef MD_SDP_H
#define MD_SDP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "services/call-controller/media/addr.h"
#include "services/call-controller/media/codec.h"

#define MD_SDP_MAX_BYTES 32768
#define MD_SDP_MAX_LINES 600
#define MD_SDP_MAX_MEDIA 8
#define MD_SDP_MAX_CODECS 16
#define MD_SDP_REASON_SIZE 80
#define MD_ICE_TEXT_SIZE 257 /* RFC 8839 section 5.4: up to 256 characters */
#define MD_MID_SIZE 33
#define MD_SDES_KEY 30

enum md_sdp_proto { MD_PROTO_OTHER, MD_PROTO_AVP, MD_PROTO_SAVP, MD_PROTO_DTLS };
enum md_sdp_dir { MD_SENDRECV, MD_SENDONLY, MD_RECVONLY, MD_INACTIVE };
enum md_sdp_setup { MD_SETUP_NONE, MD_SETUP_ACTIVE, MD_SETUP_PASSIVE, MD_SETUP_ACTPASS };

struct md_sdp_format {
	enum md_codec codec;
	uint8_t pt;
};

/* What one m= line and its attributes say; session-level values fill the gaps. */
struct md_sdp_media {
	char kind[16], proto_text[24], format[24]; /* echoed when the stream is refused */
	enum md_sdp_proto proto;
	bool avpf;
	struct md_addr rtp;  /* len 0: none given; port 0: refused or bundled away */
	struct md_addr rtcp; /* len 0: rtp's port + 1 */
	enum md_sdp_dir dir;
	struct md_sdp_format formats[MD_SDP_MAX_CODECS]; /* in the order of the m= line */
	unsigned n_formats;
	uint8_t te_pt_8000, te_pt_48000; /* telephone-event, MD_PT_NONE: none */
	char mid[MD_MID_SIZE];
	char ufrag[MD_ICE_TEXT_SIZE], pwd[MD_ICE_TEXT_SIZE];
	bool has_fingerprint;
	uint8_t fingerprint[32]; /* SHA-256 */
	enum md_sdp_setup setup;
	bool rtcp_mux;
	bool has_crypto;
	unsigned crypto_tag;
	uint8_t crypto_key[MD_SDES_KEY]; /* AES_CM_128_HMAC_SHA1_80 */
};

struct md_sdp {
	struct md_sdp_media media[MD_SDP_MAX_MEDIA];
	unsigned n_media;
	unsigned audio; /* index of the one we use */
	bool bundle;    /* a=group:BUNDLE was there */
};

/* 0, or EBADMSG with what is wrong in reason. text need not end with NUL. */
int md_sdp_parse(struct md_sdp *ret, const char *text, size_t len, char reason[MD_SDP_REASON_SIZE]);

/* What we say. NULL or zero leaves a line out. */
struct md_sdp_out {
	uint64_t id;
	unsigned version;
	const struct md_addr *addr; /* address and RTP port */
	enum md_sdp_proto proto;
	bool avpf;
	enum md_sdp_dir dir;
	const struct md_sdp_format *formats;
	unsigned n_formats;
	uint8_t te_pt_8000, te_pt_48000;
	const char *mid;
	bool bundle;
	const char *ufrag, *pwd, *fingerprint; /* "AB:CD:..." */
	const uint8_t *crypto_key;
	unsigned crypto_tag;
	const struct md_sdp *answer_to; /* the offer: its other streams are refused in place */
};

/* Writes NUL-ended text; false when it does not fit. */
bool md_sdp_write(const struct md_sdp_out *out, char *buf, size_t size);
#endif
