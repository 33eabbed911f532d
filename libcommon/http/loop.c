/* The loop's other work: descriptors of other clients, and timers. Timers are timerfds on the
 * monotonic clock; h2o's own follow the wall clock. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http_int.h"

static void on_readable(h2o_socket_t *sock, const char *err)
{
	struct vp_watch *watch = sock->data;
	(void)err;
	if (watch->timer) {
		uint64_t ticks;
		if (read(h2o_socket_get_fd(sock), &ticks, sizeof(ticks)) != sizeof(ticks)) {
			return;
		}
	}
	watch->h(watch->arg);
}

/* Takes fd over: h2o closes it with its socket. */
static void watch_fd(struct vp_http *http, int fd, bool timer, void (*h)(void *arg), void *arg)
{
	struct vp_watch *watch = h2o_mem_alloc(sizeof(*watch));
	*watch = (struct vp_watch){.next = http->watches, .timer = timer, .h = h, .arg = arg};
	http->watches = watch;
	watch->sock = h2o_evloop_socket_create(http->ctx.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
	watch->sock->data = watch;
	h2o_socket_read_start(watch->sock, on_readable);
}

int vp_http_watch(struct vp_http *http, int fd, void (*h)(void *arg), void *arg)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0) {
		return errno;
	}
	watch_fd(http, own, false, h, arg);
	return 0;
}

int vp_http_every(struct vp_http *http, unsigned interval_ms, void (*h)(void *arg), void *arg)
{
	if (interval_ms == 0) {
		return EINVAL;
	}
	struct timespec step = {interval_ms / 1000, (long)(interval_ms % 1000) * 1000000};
	struct itimerspec when = {.it_interval = step, .it_value = step};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (fd < 0) {
		return errno;
	}
	if (timerfd_settime(fd, 0, &when, NULL) != 0) {
		int err = errno;
		close(fd);
		return err;
	}
	watch_fd(http, fd, true, h, arg);
	return 0;
}

void vp_loop_unwatch_all(struct vp_http *http)
{
	while (http->watches != NULL) {
		struct vp_watch *watch = http->watches;
		http->watches = watch->next;
		h2o_socket_read_stop(watch->sock);
		h2o_socket_close(watch->sock);
		free(watch);
	}
}

int vp_loop_once(struct vp_http *http, int32_t max_wait_ms)
{
	if (h2o_evloop_run(http->ctx.loop, max_wait_ms) != 0 && errno != EINTR) {
		return errno != 0 ? errno : EIO;
	}
	vp_ws_flush(http);
	return 0;
}
