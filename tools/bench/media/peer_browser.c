/* A browser without the browser. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <re.h>
#include "libcommon/base/base.h"
#include "tools/bench/media/peer.h"

#define DEFAULT_PROFILES "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80"

static SSL_CTX *ctx;
static char own_fingerprint[96];

static void fingerprint_text(X509 *cert, char text[96])
{
	unsigned char md[32];
	unsigned n;
	vp_assert(X509_digest(cert, EVP_sha256(), md, &n) == 1);
	for (unsigned i = 0; i < n; i++) {
		snprintf(text + (size_t)3 * i, 4, "%02X%s", md[i], i + 1 < n ? ":" : "");
	}
}

static int accept_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static void make_ctx(void)
{
	if (ctx) {
		return;
	}
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	vp_assert(key && cert);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
		(const unsigned char *)"WebRTC", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	vp_assert(X509_sign(cert, key, EVP_sha256()) > 0);
	ctx = SSL_CTX_new(DTLS_client_method());
	vp_assert(ctx);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, accept_any);
	SSL_CTX_use_certificate(ctx, cert);
	SSL_CTX_use_PrivateKey(ctx, key);
	SSL_CTX_set_tlsext_use_srtp(ctx, DEFAULT_PROFILES);
	fingerprint_text(cert, own_fingerprint);
	X509_free(cert);
	EVP_PKEY_free(key);
}

void peer_browser_profiles(const char *profiles)
{
	make_ctx();
	SSL_CTX_set_tlsext_use_srtp(ctx, profiles ? profiles : DEFAULT_PROFILES);
}

const char *peer_fingerprint(void)
{
	make_ctx();
	return own_fingerprint;
}

static void random_text(char *text, size_t size)
{
	vp_random(text, size - 1);
	for (size_t i = 0; i + 1 < size; i++) {
		text[i] = "abcdefghijklmnopqrstuvwxyzABCDEF0123456789+/"[(uint8_t)text[i] % 44];
	}
	text[size - 1] = '\0';
}

void peer_browser_restart(struct peer_browser *b)
{
	random_text(b->ufrag, sizeof(b->ufrag));
	random_text(b->pwd, sizeof(b->pwd));
}

static int udp(const char *ip)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	inet_pton(AF_INET, ip, &a.sin_addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int peer_browser_open(struct peer_browser *b, const char *ip)
{
	make_ctx();
	memset(b, 0, sizeof(*b));
	b->s.fd = udp(ip);
	if (b->s.fd < 0) {
		return errno;
	}
	vp_random(&b->s.ssrc, sizeof(b->s.ssrc));
	vp_random(&b->s.ts, sizeof(b->s.ts));
	peer_browser_restart(b);
	return 0;
}

int peer_browser_move(struct peer_browser *b, const char *ip)
{
	int fd = udp(ip);
	if (fd < 0 || connect(fd, (struct sockaddr *)&b->remote, sizeof(b->remote)) < 0) {
		return errno;
	}
	close(b->s.fd);
	b->s.fd = fd;
	return 0;
}

void peer_browser_close(struct peer_browser *b)
{
	if (b->s.fd >= 0) {
		close(b->s.fd);
	}
	SSL_free(b->ssl);
	if (b->s.secure) {
		ref_srtp_free(&b->s.tx);
		ref_srtp_free(&b->s.rx);
	}
	memset(b, 0, sizeof(*b));
	b->s.fd = -1;
}

void peer_browser_offer(const struct peer_browser *b, const char *formats, char sdp[PEER_SDP])
{
	snprintf(sdp, PEER_SDP,
		"v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
		"a=group:BUNDLE 0\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS stream\r\n"
		"m=audio 9 UDP/TLS/RTP/SAVPF %s\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
		"a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:trickle\r\n"
		"a=fingerprint:sha-256 %s\r\na=setup:actpass\r\na=mid:0\r\n"
		"a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
		"a=sendrecv\r\na=msid:stream track\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
		"a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:111 opus/48000/2\r\n"
		"a=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
		"a=rtpmap:63 red/48000/2\r\na=rtpmap:110 telephone-event/48000\r\n"
		"a=rtpmap:126 telephone-event/8000\r\na=ssrc:%u cname:peer\r\n",
		formats, b->ufrag, b->pwd, peer_fingerprint(), b->s.ssrc);
}

/* "1 1 udp 2130706431 192.0.2.1 5000 typ host" */
static bool read_candidate(const char *text, struct sockaddr_in *ret)
{
	char copy[128], *save = NULL, *ip = NULL, *port = NULL;
	if (!vp_strcopy(copy, sizeof(copy), text)) {
		return false;
	}
	char *word = strtok_r(copy, " ", &save);
	for (int i = 0; word; i++, word = strtok_r(NULL, " ", &save)) {
		ip = i == 4 ? word : ip;
		port = i == 5 ? word : port;
	}
	if (!port) {
		return false;
	}
	*ret = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
	return inet_pton(AF_INET, ip, &ret->sin_addr) == 1;
}

int peer_browser_answer(struct peer_browser *b, const char *sdp)
{
	char candidate[128];
	if (!peer_sdp_value(sdp, "a=ice-ufrag:", b->remote_ufrag, sizeof(b->remote_ufrag)) ||
		!peer_sdp_value(sdp, "a=ice-pwd:", b->remote_pwd, sizeof(b->remote_pwd)) ||
		!peer_sdp_value(sdp, "a=fingerprint:sha-256 ", b->remote_fingerprint,
			sizeof(b->remote_fingerprint)) ||
		!peer_sdp_value(sdp, "a=candidate:", candidate, sizeof(candidate)) ||
		!read_candidate(candidate, &b->remote)) {
		return EBADMSG;
	}
	return connect(b->s.fd, (struct sockaddr *)&b->remote, sizeof(b->remote)) < 0 ? errno : 0;
}

static int send_check(const struct peer_browser *b, bool use_candidate, const uint8_t tid[12])
{
	char name[160];
	uint32_t priority = 1853824767;
	uint64_t tie = 1;
	uint8_t flag = 0;
	snprintf(name, sizeof(name), "%s:%s", b->remote_ufrag, b->ufrag);
	struct mbuf *mb = mbuf_alloc(512);
	vp_assert(mb);
	int err = stun_msg_encode(mb, STUN_METHOD_BINDING, STUN_CLASS_REQUEST, tid, NULL,
		(const uint8_t *)b->remote_pwd, strlen(b->remote_pwd), true, 0, 4,
		STUN_ATTR_USERNAME, name, STUN_ATTR_PRIORITY, &priority, STUN_ATTR_CONTROLLING,
		&tie, STUN_ATTR_USE_CAND, use_candidate ? &flag : NULL);
	if (!err && send(b->s.fd, mb->buf, mb->end, MSG_NOSIGNAL) < 0) {
		err = errno;
	}
	mem_deref(mb);
	return err;
}

void peer_browser_send_check(const struct peer_browser *b)
{
	uint8_t tid[12];
	vp_random(tid, sizeof(tid));
	(void)send_check(b, false, tid);
}

/* A success response to tid, signed with the password of the side that answers. */
static bool is_answer(
	const struct peer_browser *b, const uint8_t *p, size_t n, const uint8_t tid[12])
{
	struct stun_unknown_attr unknown;
	struct stun_msg *msg;
	struct mbuf *mb = mbuf_alloc(n + 1);
	vp_assert(mb);
	mbuf_write_mem(mb, p, n);
	mbuf_set_pos(mb, 0);
	bool ok = stun_msg_decode(&msg, mb, &unknown) == 0;
	if (ok) {
		ok = stun_msg_class(msg) == STUN_CLASS_SUCCESS_RESP &&
		     memcmp(stun_msg_tid(msg), tid, 12) == 0 &&
		     stun_msg_attr(msg, STUN_ATTR_XOR_MAPPED_ADDR) &&
		     stun_msg_chk_fingerprint(msg) == 0 &&
		     stun_msg_chk_mi(msg, (const uint8_t *)b->remote_pwd, strlen(b->remote_pwd)) ==
			     0;
		mem_deref(msg);
	}
	mem_deref(mb);
	return ok;
}

int peer_browser_check(struct peer_browser *b, bool use_candidate, int timeout_ms)
{
	uint8_t tid[12], p[PEER_PACKET];
	vp_random(tid, sizeof(tid));
	int err = send_check(b, use_candidate, tid);
	int64_t deadline = vp_mono_us() + timeout_ms * 1000LL;
	while (!err) {
		struct pollfd pfd = {.fd = b->s.fd, .events = POLLIN};
		int64_t left = (deadline - vp_mono_us()) / 1000;
		if (left < 0 || poll(&pfd, 1, (int)left) <= 0) {
			return EACCES;
		}
		ssize_t n = recv(b->s.fd, p, sizeof(p), MSG_DONTWAIT);
		if (n > 0 && p[0] == 1 && is_answer(b, p, (size_t)n, tid)) {
			return 0;
		}
	}
	return err;
}

static int take_keys(struct peer_browser *b)
{
	const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(b->ssl);
	char fingerprint[96];
	uint8_t all[60], client[30], server[30];
	X509 *cert = SSL_get0_peer_certificate(b->ssl);
	if (!profile || !cert) {
		return EPROTO;
	}
	fingerprint_text(cert, fingerprint);
	if (strcmp(fingerprint, b->remote_fingerprint) != 0) {
		return EACCES;
	}
	enum ref_suite suite = profile->id == SRTP_AEAD_AES_128_GCM ? REF_GCM_128 : REF_CM_SHA1_80;
	size_t salt = suite == REF_GCM_128 ? 12 : 14;
	SSL_export_keying_material(
		b->ssl, all, 2 * (16 + salt), "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0);
	memcpy(client, all, 16);
	memcpy(client + 16, all + 32, salt);
	memcpy(server, all + 16, 16);
	memcpy(server + 16, all + 32 + salt, salt);
	if (b->s.secure) {
		ref_srtp_free(&b->s.tx);
		ref_srtp_free(&b->s.rx);
	}
	ref_srtp_init(&b->s.tx, suite, client);
	ref_srtp_init(&b->s.rx, suite, server);
	b->s.secure = true;
	snprintf(b->profile, sizeof(b->profile), "%s", profile->name);
	return 0;
}

int peer_browser_dtls(struct peer_browser *b, int timeout_ms)
{
	SSL_free(b->ssl);
	b->ssl = SSL_new(ctx);
	BIO *bio = b->ssl ? BIO_new_dgram(b->s.fd, BIO_NOCLOSE) : NULL;
	vp_assert(bio);
	BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_CONNECTED, 0, &b->remote);
	struct timeval tv = {.tv_usec = 50000};
	BIO_ctrl(bio, BIO_CTRL_DGRAM_SET_RECV_TIMEOUT, 0, &tv);
	SSL_set_bio(b->ssl, bio, bio);
	SSL_set_options(b->ssl, SSL_OP_NO_QUERY_MTU);
	SSL_set_mtu(b->ssl, 1200);
	int64_t deadline = vp_mono_us() + timeout_ms * 1000LL;
	int n;
	while ((n = SSL_connect(b->ssl)) != 1) {
		if (SSL_get_error(b->ssl, n) != SSL_ERROR_WANT_READ) {
			return EPROTO;
		}
		if (vp_mono_us() > deadline) {
			return ETIMEDOUT;
		}
		DTLSv1_handle_timeout(b->ssl);
	}
	return take_keys(b);
}
