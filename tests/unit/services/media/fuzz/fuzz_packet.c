/* libFuzzer: any datagrams at the ports of live calls, through real sockets: a PCMU trunk bridged
 * to an Opus trunk (so that everything plain is decoded and played on), their RTCP, and a browser's
 * port. The input is a row of datagrams: which port, length, bytes. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/browser.h"
#include "services/call-controller/media/call.h"
#include "services/call-controller/media/engine_int.h"
#include "services/call-controller/media/trunk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define PORTS 5
#define FRESH_EVERY 500 /* inputs, then new calls */

static struct md_engine *engine;
static struct md_worker worker;
static struct md_call *call;
static struct md_leg *a, *b, *browser;
static int out[PORTS];
static struct md_sock *in[PORTS];
static unsigned runs;

static int udp(struct sockaddr_in *own)
{
	socklen_t len = sizeof(*own);
	*own = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	vp_assert(bind(fd, (struct sockaddr *)own, len) == 0);
	vp_assert(getsockname(fd, (struct sockaddr *)own, &len) == 0);
	return fd;
}

static void aim(unsigned i, struct md_sock *sock, uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port)};
	vp_assert(connect(out[i], (struct sockaddr *)&to, sizeof(to)) == 0);
	in[i] = sock;
}

static struct md_leg *open_trunk(unsigned i, uint32_t id, enum md_codec codec)
{
	struct md_leg *leg;
	struct md_sdp sdp;
	char text[512], answer[MD_TRUNK_SDP_SIZE], reason[MD_SDP_REASON_SIZE];
	struct sockaddr_in own;
	close(out[i]);
	close(out[i + 1]);
	out[i] = udp(&own);
	out[i + 1] = udp(&(struct sockaddr_in){0});
	snprintf(text, sizeof(text),
		"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio %u RTP/AVP %u 101\r\n"
		"a=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/8000\r\n",
		ntohs(own.sin_port), md_codec_pt(codec));
	vp_assert(md_sdp_parse(&sdp, text, strlen(text), reason) == 0);
	vp_assert(md_leg_create(&leg, call, id, MD_LEG_TRUNK) == 0);
	vp_assert(md_trunk_remote_offer(leg, &sdp, &codec, 1, false, NULL, answer, reason) == 0);
	aim(i, &leg->rtp, leg->port);
	aim(i + 1, &leg->u.t.rtcp, (uint16_t)(leg->port + 1));
	return leg;
}

static void open_browser(void)
{
	static const char offer[] =
		"v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0 126\r\na=ice-ufrag:abcd\r\na=rtcp-mux\r\n"
		"a=ice-pwd:0123456789012345678901\r\na=rtpmap:126 telephone-event/8000\r\n"
		"a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
		"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\na=setup:actpass\r\n";
	struct md_sdp sdp;
	enum md_codec codec = MD_PCMU;
	char answer[MD_SDP_ANSWER_SIZE], reason[MD_SDP_REASON_SIZE];
	struct sockaddr_in own;
	close(out[4]);
	out[4] = udp(&own);
	vp_assert(md_sdp_parse(&sdp, offer, sizeof(offer) - 1, reason) == 0);
	vp_assert(md_leg_create(&browser, call, 3, MD_LEG_BROWSER) == 0);
	vp_assert(md_browser_offer(browser, &sdp, &codec, 1, answer, reason) == 0);
	/* as if a check had come: DTLS is heard from here */
	struct md_addr src;
	md_addr_parse(&src, "127.0.0.1", ntohs(own.sin_port));
	browser->u.b.ice.valid[0] = src;
	browser->u.b.ice.n_valid = 1;
	memcpy(browser->u.b.ice.now.ufrag, "ourufrag", MD_ICE_UFRAG_SIZE);
	memcpy(browser->u.b.ice.now.pwd, "ourpasswordourpasswordourpasswo", 32);
	aim(4, &browser->u.b.any, browser->port);
}

static void fresh_calls(void)
{
	if (call) {
		md_call_drop(call);
	}
	struct vp_uuid id = vp_uuid_new();
	vp_assert(md_call_create(&call, &worker, id) == 0);
	a = open_trunk(0, 1, MD_PCMU);
	b = open_trunk(2, 2, MD_OPUS);
	md_leg_bridge(a, b);
	open_browser();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[64];
	(void)argc;
	(void)argv;
	snprintf(path, sizeof(path), "/tmp/fuzz_packet.%d.sock", (int)getpid());
	struct md_engine_cfg cfg = {.socket_path = path,
		.threads = 1,
		.addr = "127.0.0.1",
		.port_lo = 20000,
		.port_hi = 29999};
	vp_assert(md_engine_create(&engine, &cfg) == 0);
	vp_assert(md_worker_init(&worker, engine, 0) == 0);
	for (unsigned i = 0; i < PORTS; i++) {
		out[i] = -1;
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (runs++ % FRESH_EVERY == 0) {
		fresh_calls();
		md_worker_turn(&worker);
	}
	while (size > 2) {
		unsigned port = data[0] % PORTS;
		size_t len = data[1] * 8U < size - 2 ? data[1] * 8U : size - 2;
		(void)!send(out[port], data + 2, len, MSG_NOSIGNAL);
		in[port]->ready(in[port], &worker);
		data += 2 + len;
		size -= 2 + len;
	}
	worker.now_us = vp_mono_us();
	md_wheel_run(&worker.wheel, worker.now_us);
	return 0;
}
