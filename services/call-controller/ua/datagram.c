#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "services/call-controller/ua/datagram.h"

#define BATCH 8
#define BATCHES_A_WAKE 8 /* then others have their turn */
#define BUFFER (4 * 1024 * 1024)

struct ua_datagram {
	int fd;
	ua_datagram_h *handler;
	void *arg;
	struct sa peers[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr msgs[BATCH];
	char data[BATCH][UA_DATAGRAM_MAX];
};

static int receive(struct ua_datagram *datagram)
{
	for (size_t i = 0; i < BATCH; i++) {
		datagram->iov[i] = (struct iovec){datagram->data[i], UA_DATAGRAM_MAX};
		datagram->msgs[i].msg_hdr = (struct msghdr){.msg_name = &datagram->peers[i].u,
			.msg_namelen = sizeof(datagram->peers[i].u),
			.msg_iov = &datagram->iov[i],
			.msg_iovlen = 1};
	}
	return recvmmsg(datagram->fd, datagram->msgs, BATCH, MSG_DONTWAIT, NULL);
}

static void on_readable(int flags, void *arg)
{
	struct ua_datagram *datagram = arg;

	(void)flags;
	for (int round = 0; round < BATCHES_A_WAKE; round++) {
		const int n = receive(datagram);

		for (int i = 0; i < n; i++) {
			datagram->peers[i].len = datagram->msgs[i].msg_hdr.msg_namelen;
			/* longer than we take: the end is missing */
			if (!(datagram->msgs[i].msg_hdr.msg_flags & MSG_TRUNC)) {
				datagram->handler(&datagram->peers[i], datagram->data[i],
					datagram->msgs[i].msg_len, datagram->arg);
			}
		}
		if (n < BATCH) {
			return; /* nothing more, or an error of an earlier send */
		}
	}
}

int ua_datagram_open(struct ua_datagram **ret, const struct sa *local, ua_datagram_h *h, void *arg)
{
	struct ua_datagram *datagram = calloc(1, sizeof(*datagram));
	const int size = BUFFER;
	int err;

	if (!datagram) {
		return ENOMEM;
	}
	datagram->handler = h;
	datagram->arg = arg;
	datagram->fd = socket(sa_af(local), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (datagram->fd < 0 || bind(datagram->fd, &local->u.sa, local->len) != 0) {
		err = errno;
		ua_datagram_close(datagram);
		return err;
	}
	/* as much as the system allows */
	(void)setsockopt(datagram->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	err = fd_listen(datagram->fd, FD_READ, on_readable, datagram);
	if (err) {
		ua_datagram_close(datagram);
		return err;
	}
	*ret = datagram;
	return 0;
}

struct ua_datagram *ua_datagram_close(struct ua_datagram *datagram)
{
	if (datagram) {
		if (datagram->fd >= 0) {
			fd_close(datagram->fd);
			(void)close(datagram->fd);
		}
		free(datagram);
	}
	return NULL;
}

int ua_datagram_send(
	struct ua_datagram *datagram, const struct sa *peer, const char *data, size_t len)
{
	if (sendto(datagram->fd, data, len, MSG_DONTWAIT, &peer->u.sa, peer->len) < 0) {
		return errno;
	}
	return 0;
}

int ua_datagram_local(const struct ua_datagram *datagram, struct sa *ret)
{
	sa_init(ret, AF_UNSPEC);
	ret->len = sizeof(ret->u);
	return getsockname(datagram->fd, &ret->u.sa, &ret->len) == 0 ? 0 : errno;
}
