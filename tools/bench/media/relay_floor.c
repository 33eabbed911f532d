/* The floor: one thread, one connected socket a leg, receive, decrypt or encrypt, send. No
 * statistics, no control, nothing that a product needs: the least that a relay can cost. */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include "libcommon/base/base.h"
#include "tools/bench/media/relay.h"

#define EVENTS 256

struct side { /* of the relay */
	int fd, other;
	bool secure;
	struct ref_srtp rx, tx;
};

struct floor {
	struct side *sides;
	struct peer_stream *streams; /* of the load */
	unsigned n;
};

static void relay_one(struct floor *f, unsigned i)
{
	uint8_t p[PEER_PACKET];
	struct side *in = &f->sides[i], *out = &f->sides[in->other];
	ssize_t n = recv(in->fd, p, 1500, 0);
	size_t len = n > 0 ? (size_t)n : 0;
	if (len && p[0] >> 6 != 2) {
		return; /* a browser's check */
	}
	if (len && in->secure) {
		len = (p[1] >= 192 && p[1] <= 223) ? 0 : ref_unprotect(&in->rx, p, len);
	}
	if (len && out->secure) {
		len = ref_protect(&out->tx, p, len);
	}
	if (len) {
		(void)!send(out->fd, p, len, 0);
	}
}

static _Noreturn void floor_main(struct floor *f)
{
	struct epoll_event events[EVENTS];
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int ep = epoll_create1(0);
	for (unsigned i = 0; i < f->n; i++) {
		struct epoll_event ev = {.events = EPOLLIN, .data.u32 = i};
		epoll_ctl(ep, EPOLL_CTL_ADD, f->sides[i].fd, &ev);
	}
	for (;;) {
		int n = epoll_wait(ep, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			relay_one(f, events[i].data.u32);
		}
	}
}

static int udp(struct sockaddr_in *ret)
{
	socklen_t len = sizeof(*ret);
	*ret = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (bind(fd, (struct sockaddr *)ret, len) < 0 ||
			       getsockname(fd, (struct sockaddr *)ret, &len) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_leg(struct floor *f, unsigned i)
{
	struct sockaddr_in a, b;
	struct side *side = &f->sides[i];
	struct peer_stream *s = &f->streams[i];
	side->fd = udp(&a);
	s->fd = udp(&b);
	if (side->fd < 0 || s->fd < 0 || connect(side->fd, (struct sockaddr *)&b, sizeof(b)) < 0 ||
		connect(s->fd, (struct sockaddr *)&a, sizeof(a)) < 0) {
		return errno;
	}
	side->other = (int)(i ^ 1);
	s->ssrc = i + 1;
	if (i % 2 == 0) {
		uint8_t up[30], down[30];
		vp_random(up, sizeof(up));
		vp_random(down, sizeof(down));
		side->secure = s->secure = true;
		ref_srtp_init(&s->tx, REF_CM_SHA1_80, up);
		ref_srtp_init(&side->rx, REF_CM_SHA1_80, up);
		ref_srtp_init(&s->rx, REF_CM_SHA1_80, down);
		ref_srtp_init(&side->tx, REF_CM_SHA1_80, down);
	}
	return 0;
}

int relay_floor_start(struct relay *relay)
{
	struct floor *f = calloc(1, sizeof(*f));
	relay->own = f;
	if (!f) {
		return ENOMEM;
	}
	f->n = 2 * relay->cfg.calls;
	f->sides = calloc(f->n, sizeof(*f->sides));
	f->streams = calloc(f->n, sizeof(*f->streams));
	int err = f->sides && f->streams ? 0 : ENOMEM;
	for (unsigned i = 0; i < f->n && !err; i++) {
		err = open_leg(f, i);
		relay->legs[i] = (struct load_leg){.s = &f->streams[i], .rtcp_fd = -1};
		relay->n_legs = i + 1;
	}
	if (!err) {
		relay->pid = fork();
		if (relay->pid == 0) {
			floor_main(f);
		}
		for (unsigned i = 0; i < f->n; i++) {
			close(f->sides[i].fd);
		}
		relay->base_rss = load_rss(relay->pid);
	}
	return err;
}

void relay_floor_stop(struct relay *relay)
{
	struct floor *f = relay->own;
	if (!f) {
		return;
	}
	relay_end(relay->pid);
	for (unsigned i = 0; i < relay->n_legs; i++) {
		close(f->streams[i].fd);
		ref_srtp_free(&f->streams[i].tx);
		ref_srtp_free(&f->streams[i].rx);
		ref_srtp_free(&f->sides[i].tx);
		ref_srtp_free(&f->sides[i].rx);
	}
	free(f->sides);
	free(f->streams);
	free(f);
	relay->own = NULL;
}
