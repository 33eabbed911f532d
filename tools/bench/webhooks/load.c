#include "tools/bench/webhooks/load.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "libcommon/base/base.h"

#define ANSWER_MAX 16384
#define RETRY_US 20000
#define TICK_US 2000
#define SAMPLES_MAX 4000000
#define EVENTS 128

struct conn {
	int fd; /* -1: to be made */
	bool busy;
	uint64_t id;
	int64_t from_us, retry_us;
	size_t n;
	char answer[ANSWER_MAX + 1];
};

struct load {
	const struct load_cfg *cfg;
	struct load_result *result;
	int epoll;
	struct conn *conns;
	uint64_t sent;
	unsigned busy;
	int64_t began_us;
	bool dry; /* next had none */
	float *samples;
	size_t n_samples;
};

static int connect_to(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
	struct sockaddr_in addr = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
		close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static bool open_conn(struct load *load, struct conn *conn, int64_t now)
{
	if (conn->fd >= 0) {
		return true;
	}
	if (now < conn->retry_us) {
		return false;
	}
	conn->fd = connect_to(load->cfg->port);
	conn->retry_us = now + RETRY_US;
	if (conn->fd < 0) {
		return false;
	}
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
	vp_assert(epoll_ctl(load->epoll, EPOLL_CTL_ADD, conn->fd, &event) == 0);
	return true;
}

static void tell(struct load *load, struct conn *conn, int status)
{
	struct load_result *result = load->result;
	conn->busy = false;
	load->busy--;
	if (status >= 200 && status < 300) {
		result->good++;
	} else if (status != 0) {
		result->bad++;
	} else {
		result->broken++;
	}
	if (status != 0 && load->n_samples < SAMPLES_MAX) {
		load->samples[load->n_samples++] = (float)(vp_mono_us() - conn->from_us);
	}
	if (load->cfg->answered) {
		load->cfg->answered(conn->id, status, load->cfg->arg);
	}
}

static void break_conn(struct load *load, struct conn *conn)
{
	close(conn->fd);
	conn->fd = -1;
	if (conn->busy) {
		tell(load, conn, 0);
	}
}

static void send_next(struct load *load, struct conn *conn, int64_t now)
{
	char text[LOAD_REQUEST_MAX];
	size_t len = load->cfg->next(&conn->id, text, load->cfg->arg);
	load->dry = len == 0;
	if (load->dry) {
		return;
	}
	double step = load->cfg->rate > 0 ? (double)load->sent * 1e6 / load->cfg->rate : 0;
	conn->from_us = load->cfg->rate > 0 ? load->began_us + (int64_t)step : now;
	conn->busy = true;
	conn->n = 0;
	load->busy++;
	load->sent++;
	if (send(conn->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len) {
		break_conn(load, conn);
	}
}

static bool is_due(const struct load *load, int64_t now)
{
	const struct load_cfg *cfg = load->cfg;
	if (cfg->last_us && now - load->began_us >= cfg->last_us) {
		return false;
	}
	return cfg->rate <= 0 ||
	       (double)load->sent * 1e6 / cfg->rate <= (double)(now - load->began_us);
}

static void send_due(struct load *load)
{
	load->dry = false;
	for (unsigned i = 0; i < load->cfg->conns && !load->dry; i++) {
		int64_t now = vp_mono_us();
		struct conn *conn = &load->conns[i];
		if (!is_due(load, now)) {
			return;
		}
		if (!conn->busy && open_conn(load, conn, now)) {
			send_next(load, conn, now);
		}
	}
}

/* The status once the whole answer is there; 0: not yet. */
static int status_of(const struct conn *conn)
{
	const char *end = strstr(conn->answer, "\r\n\r\n");
	const char *length = end ? strcasestr(conn->answer, "content-length:") : NULL;
	if (!end) {
		return 0;
	}
	size_t body = length && length < end ? strtoul(length + 15, NULL, 10) : 0;
	bool whole = (size_t)(end + 4 - conn->answer) + body <= conn->n;
	return whole ? (int)strtol(conn->answer + 9, NULL, 10) : 0;
}

static void on_readable(struct load *load, struct conn *conn)
{
	ssize_t n = read(conn->fd, conn->answer + conn->n, ANSWER_MAX - conn->n);
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			break_conn(load, conn);
		}
		return;
	}
	conn->n += (size_t)n;
	conn->answer[conn->n] = '\0';
	int status = conn->busy ? status_of(conn) : 0;
	if (status != 0) {
		bool ends = strcasestr(conn->answer, "connection: close") != NULL;
		tell(load, conn, status);
		if (ends) {
			break_conn(load, conn);
		}
	}
}

static bool is_over(const struct load *load)
{
	const struct load_cfg *cfg = load->cfg;
	if (load->busy > 0) {
		return false;
	}
	if (cfg->last_us) {
		return vp_mono_us() - load->began_us >= cfg->last_us;
	}
	return cfg->finished ? cfg->finished(cfg->arg) : load->dry;
}

static int compare(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;
	return x < y ? -1 : x > y;
}

static void sum_up(struct load *load)
{
	struct load_result *result = load->result;
	result->seconds = (double)(vp_mono_us() - load->began_us) / 1e6;
	size_t n = load->n_samples;
	if (n > 0) {
		qsort(load->samples, n, sizeof(*load->samples), compare);
		result->p50_ms = (double)load->samples[n / 2] / 1e3;
		result->p99_ms = (double)load->samples[n * 99 / 100] / 1e3;
		result->max_ms = (double)load->samples[n - 1] / 1e3;
	}
}

void load_run(const struct load_cfg *cfg, struct load_result *ret)
{
	struct load load = {.cfg = cfg, .result = ret, .began_us = vp_mono_us()};
	*ret = (struct load_result){0};
	load.epoll = epoll_create1(EPOLL_CLOEXEC);
	load.conns = calloc(cfg->conns, sizeof(*load.conns));
	load.samples = malloc(SAMPLES_MAX * sizeof(*load.samples));
	vp_assert(load.epoll >= 0 && load.conns && load.samples && cfg->conns <= LOAD_CONNS_MAX);
	for (unsigned i = 0; i < cfg->conns; i++) {
		load.conns[i].fd = -1;
	}
	int64_t tick_us = 0;
	do {
		struct epoll_event events[EVENTS];
		send_due(&load);
		const struct timespec wait = {0, cfg->rate > 0 ? 200000 : TICK_US * 1000};
		int n = epoll_pwait2(load.epoll, events, EVENTS, &wait, NULL);
		for (int i = 0; i < n; i++) {
			on_readable(&load, events[i].data.ptr);
		}
		if (cfg->tick && vp_mono_us() >= tick_us) {
			tick_us = vp_mono_us() + TICK_US;
			cfg->tick(cfg->arg);
		}
	} while (!is_over(&load));
	sum_up(&load);
	for (unsigned i = 0; i < cfg->conns; i++) {
		if (load.conns[i].fd >= 0) {
			close(load.conns[i].fd);
		}
	}
	close(load.epoll);
	free(load.conns);
	free(load.samples);
}
