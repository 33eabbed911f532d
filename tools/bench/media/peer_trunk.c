/* A SIP trunk's media side. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include <openssl/evp.h>
#include "libcommon/base/base.h"
#include "tools/bench/media/peer.h"

static int bind_at(const struct in_addr *ip, uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = *ip, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int peer_trunk_open(struct peer_trunk *t, const char *ip, bool secure)
{
	struct in_addr addr;
	memset(t, 0, sizeof(*t));
	inet_pton(AF_INET, ip, &addr);
	t->s.fd = t->rtcp_fd = -1;
	for (int i = 0; i < 100 && t->rtcp_fd < 0; i++) {
		uint16_t random;
		vp_random(&random, sizeof(random));
		t->port = (uint16_t)(34000 + random % 10000 * 2 % 20000);
		t->port &= 0xfffe;
		t->s.fd = bind_at(&addr, t->port);
		t->rtcp_fd = t->s.fd < 0 ? -1 : bind_at(&addr, (uint16_t)(t->port + 1));
		if (t->rtcp_fd < 0 && t->s.fd >= 0) {
			close(t->s.fd);
		}
	}
	vp_random(&t->s.ssrc, sizeof(t->s.ssrc));
	vp_random(&t->s.ts, sizeof(t->s.ts));
	vp_random(t->key, sizeof(t->key));
	t->s.secure = secure;
	if (secure) {
		ref_srtp_init(&t->s.tx, REF_CM_SHA1_80, t->key);
	}
	return t->rtcp_fd < 0 ? EADDRINUSE : 0;
}

void peer_trunk_close(struct peer_trunk *t)
{
	close(t->s.fd);
	close(t->rtcp_fd);
	ref_srtp_free(&t->s.tx);
	ref_srtp_free(&t->s.rx);
}

void peer_trunk_sdp(
	const struct peer_trunk *t, const char *formats, const char *dir, char sdp[PEER_SDP])
{
	struct sockaddr_in own;
	socklen_t len = sizeof(own);
	char ip[INET_ADDRSTRLEN], crypto[128] = "";
	uint8_t key[41];
	getsockname(t->s.fd, (struct sockaddr *)&own, &len);
	inet_ntop(AF_INET, &own.sin_addr, ip, sizeof(ip));
	if (t->s.secure) {
		EVP_EncodeBlock(key, t->key, sizeof(t->key));
		snprintf(crypto, sizeof(crypto), "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%s\r\n",
			key);
	}
	snprintf(sdp, PEER_SDP,
		"v=0\r\no=carrier 1 1 IN IP4 %s\r\ns=call\r\nc=IN IP4 %s\r\nt=0 0\r\n"
		"m=audio %u %s %s\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
		"a=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n"
		"a=fmtp:101 0-15\r\n%sa=%s\r\na=ptime:20\r\n",
		ip, ip, t->port, t->s.secure ? "RTP/SAVP" : "RTP/AVP", formats, crypto, dir);
}

/* "1 AES_CM_128_HMAC_SHA1_80 inline:KEY" */
static bool read_key(const char *crypto, uint8_t key[30])
{
	const char *text = strstr(crypto, "AES_CM_128_HMAC_SHA1_80 inline:");
	uint8_t raw[48];
	if (!text || strlen(text) < 31 + 40 ||
		EVP_DecodeBlock(raw, (const uint8_t *)text + 31, 40) != 30) {
		return false;
	}
	memcpy(key, raw, 30);
	return true;
}

int peer_trunk_take(struct peer_trunk *t, const char *sdp)
{
	char ip[64], media[128], crypto[128];
	uint8_t key[30];
	if (!peer_sdp_value(sdp, "c=IN IP4 ", ip, sizeof(ip)) ||
		!peer_sdp_value(sdp, "m=audio ", media, sizeof(media))) {
		return EBADMSG;
	}
	uint16_t port = (uint16_t)strtoul(media, NULL, 10);
	t->remote = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
	if (inet_pton(AF_INET, ip, &t->remote.sin_addr) != 1) {
		return EBADMSG;
	}
	if (t->s.secure) {
		if (!peer_sdp_value(sdp, "a=crypto:", crypto, sizeof(crypto)) ||
			!read_key(crypto, key)) {
			return EBADMSG;
		}
		ref_srtp_free(&t->s.rx);
		ref_srtp_init(&t->s.rx, REF_CM_SHA1_80, key);
	}
	struct sockaddr_in rtcp = t->remote;
	rtcp.sin_port = htons((uint16_t)(port + 1));
	if (connect(t->s.fd, (struct sockaddr *)&t->remote, sizeof(t->remote)) < 0 ||
		connect(t->rtcp_fd, (struct sockaddr *)&rtcp, sizeof(rtcp)) < 0) {
		return errno;
	}
	return 0;
}
