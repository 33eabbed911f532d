/* rtpengine in user space, commanded by its "ng" protocol (bencode over UDP): leg A SRTP by SDES,
 * leg B plain. SDES instead of DTLS costs the same a packet: the transform is the same. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>
#include <openssl/evp.h>
#include "libcommon/base/base.h"
#include "tools/bench/media/relay.h"

#define NG_PORT 22223
#define REPLY_MS 3000

struct engine {
	int fd;
	unsigned cookie;
	struct peer_trunk *trunks; /* both legs look like trunks */
};

struct text {
	char buf[4096];
	size_t len;
};

static void put(struct text *t, const char *what)
{
	t->len += (size_t)snprintf(t->buf + t->len, sizeof(t->buf) - t->len, "%s", what);
}

/* A bencoded string. */
static void put_pair(struct text *t, const char *key, const char *value)
{
	t->len += (size_t)snprintf(t->buf + t->len, sizeof(t->buf) - t->len, "%zu:%s%zu:%s",
		strlen(key), key, strlen(value), value);
}

static int ng(struct engine *e, const struct text *cmd, char reply[8192])
{
	char out[4200];
	int n = snprintf(out, sizeof(out), "%u_%u %s", (unsigned)getpid(), e->cookie++, cmd->buf);
	struct pollfd p = {.fd = e->fd, .events = POLLIN};
	if (send(e->fd, out, (size_t)n, 0) != n || poll(&p, 1, REPLY_MS) <= 0) {
		return ETIMEDOUT;
	}
	ssize_t got = recv(e->fd, reply, 8191, 0);
	reply[got > 0 ? got : 0] = '\0';
	return got > 0 ? 0 : EPROTO;
}

/* The SDP in a reply: "3:sdpNNN:..." */
static int sdp_of(const char *reply, char sdp[PEER_SDP])
{
	const char *at = strstr(reply, "3:sdp");
	unsigned long len = at ? strtoul(at + 5, NULL, 10) : 0;
	at = at ? strchr(at + 5, ':') : NULL;
	if (!at || len == 0 || len >= PEER_SDP || strlen(at + 1) < len) {
		return EPROTO;
	}
	memcpy(sdp, at + 1, len);
	sdp[len] = '\0';
	return 0;
}

/* Keys of a bencoded dictionary must be in order. */
static int command(struct engine *e, const char *name, unsigned call, const char *sdp, bool savp,
	char answer[PEER_SDP])
{
	struct text t = {.len = 0};
	char id[32], reply[8192];
	snprintf(id, sizeof(id), "bench-%u", call);
	put(&t, "d");
	put_pair(&t, "ICE", "remove");
	put_pair(&t, "call-id", id);
	put_pair(&t, "command", name);
	put(&t, "5:flagsl13:trust-addresse");
	put_pair(&t, "from-tag", "f");
	put(&t, "7:replacel6:origin18:session-connectione");
	put_pair(&t, "sdp", sdp);
	if (strcmp(name, "answer") == 0) {
		put_pair(&t, "to-tag", "t");
	}
	put_pair(&t, "transport-protocol", savp ? "RTP/SAVP" : "RTP/AVP");
	put(&t, "e");
	int err = ng(e, &t, reply);
	if (!err && !strstr(reply, "6:result2:ok")) {
		fprintf(stderr, "rtpengine: %s\n", reply);
		err = EPROTO;
	}
	return err ? err : sdp_of(reply, answer);
}

static int open_call(struct relay *relay, struct engine *e, unsigned i)
{
	char sdp[PEER_SDP], answer[PEER_SDP];
	struct peer_trunk *a = &e->trunks[2 * i], *b = &e->trunks[2 * i + 1];
	int err = peer_trunk_open(a, "127.0.0.1", true);
	if (!err) {
		err = peer_trunk_open(b, "127.0.0.1", false);
	}
	if (err) {
		return err;
	}
	peer_trunk_sdp(a, "0", "sendrecv", sdp);
	err = command(e, "offer", i, sdp, false, answer);
	if (!err) {
		err = peer_trunk_take(b, answer);
	}
	if (!err) {
		peer_trunk_sdp(b, "0", "sendrecv", sdp);
		err = command(e, "answer", i, sdp, true, answer);
	}
	if (!err) {
		err = peer_trunk_take(a, answer);
	}
	relay->legs[2 * i] = (struct load_leg){.s = &a->s, .rtcp_fd = a->rtcp_fd};
	relay->legs[2 * i + 1] = (struct load_leg){.s = &b->s, .rtcp_fd = b->rtcp_fd};
	relay->n_legs = 2 * (i + 1);
	return err;
}

static int connect_to(struct engine *e)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_port = htons(NG_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct text ping = {.len = 0};
	char reply[8192];
	e->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (e->fd < 0 || connect(e->fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		return errno;
	}
	put(&ping, "d7:command4:pinge");
	int err = ETIMEDOUT;
	for (int i = 0; i < 100 && err; i++) {
		struct timespec t = {0, 50000000};
		nanosleep(&t, NULL);
		err = ng(e, &ping, reply);
	}
	return err;
}

int relay_rtpengine_start(struct relay *relay)
{
	struct engine *e = calloc(1, sizeof(*e));
	char log[256], pidfile[256];
	relay->own = e;
	if (!e || !(e->trunks = calloc(2 * (size_t)relay->cfg.calls, sizeof(*e->trunks)))) {
		return ENOMEM;
	}
	snprintf(log, sizeof(log), "%s/rtpengine.log", relay->cfg.dir);
	snprintf(pidfile, sizeof(pidfile), "--pidfile=%s/rtpengine.pid", relay->cfg.dir);
	char *argv[] = {(char *)"rtpengine", (char *)"--config-file=none", (char *)"--table=-1",
		(char *)"--interface=127.0.0.1", (char *)"--listen-ng=127.0.0.1:22223",
		(char *)"--foreground", (char *)"--log-stderr", (char *)"--log-level=3",
		(char *)"--port-min=10000", (char *)"--port-max=17999", (char *)"--timeout=600",
		pidfile, NULL};
	char *env[] = {NULL};
	relay->pid = relay_spawn(argv, env, log);
	int err = connect_to(e);
	relay->base_rss = load_rss(relay->pid);
	int64_t cpu = load_cpu_us(relay->pid);
	for (unsigned i = 0; i < relay->cfg.calls && !err; i++) {
		err = open_call(relay, e, i);
	}
	relay->setup_cpu_us = load_cpu_us(relay->pid) - cpu;
	return err;
}

void relay_rtpengine_stop(struct relay *relay)
{
	struct engine *e = relay->own;
	if (!e) {
		return;
	}
	relay_end(relay->pid);
	for (unsigned i = 0; i < relay->n_legs; i++) {
		peer_trunk_close(&e->trunks[i]);
	}
	if (e->fd > 0) {
		close(e->fd);
	}
	free(e->trunks);
	free(e);
	relay->own = NULL;
}
