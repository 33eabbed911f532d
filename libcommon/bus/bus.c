/* The client as a whole: its descriptor and clock, and where each arriving message goes. Everything
 * happens in the caller's thread; libzmq's own thread moves the bytes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <zmq.h>
#include "libcommon/bus/bus_int.h"
#include "libcommon/bus/metrics.h"

void bus_wake(struct vp_bus *bus)
{
	eventfd_write(bus->wake_fd, 1);
}

void bus_due(struct vp_bus *bus, int64_t at_us)
{
	if (at_us >= bus->timer_us || bus->timer_fd < 0) {
		return;
	}
	int64_t at = at_us > 0 ? at_us : 1; /* zero would stop the timer */
	const struct itimerspec when = {
		.it_value = {.tv_sec = at / BUS_SEC, .tv_nsec = at % BUS_SEC * 1000}};
	if (timerfd_settime(bus->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0) {
		bus->timer_us = at_us;
	}
}

struct bus_link *bus_link_ref(struct bus_link *link)
{
	link->refs++;
	return link;
}

void bus_link_deref(struct bus_link *link)
{
	if (link && --link->refs == 0) {
		free(link);
	}
}

static int set_names(struct vp_bus *bus, const struct vp_bus_cfg *cfg)
{
	if (!cfg->service || !cfg->node || !bus_wire_name_ok(cfg->service) ||
		!bus_wire_name_ok(cfg->node)) {
		return EINVAL;
	}
	vp_strcopy(bus->service, sizeof(bus->service), cfg->service);
	vp_strcopy(bus->node, sizeof(bus->node), cfg->node);
	snprintf(bus->source, sizeof(bus->source), "/%s/%s", cfg->service, cfg->node);
	snprintf(bus->hb_topic, sizeof(bus->hb_topic), "hb.%s.%s", cfg->service, cfg->node);
	snprintf(bus->cmd_topic, sizeof(bus->cmd_topic), "cmd.%s.%s", cfg->service, cfg->node);
	snprintf(bus->rpl_topic, sizeof(bus->rpl_topic), "rpl.%s", cfg->node);
	if (cfg->consumer) {
		bus->consumer_name = strdup(cfg->consumer);
		return bus->consumer_name ? 0 : ENOMEM;
	}
	return 0;
}

static int make_tables(struct vp_bus *bus)
{
	struct bus_map *const maps[] = {&bus->live_streams, &bus->ops_by_id, &bus->handlers,
		&bus->served, &bus->calls_by_id, &bus->calls_by_key, &bus->consumer.streams};
	for (size_t i = 0; i < VP_ARRAY_LEN(maps); i++) {
		int err = bus_map_init(maps[i]);
		if (err) {
			return err;
		}
	}
	bus->link = calloc(1, sizeof(*bus->link));
	if (!bus->link) {
		return ENOMEM;
	}
	*bus->link = (struct bus_link){.bus = bus, .refs = 1};
	return bus_arena_init(&bus->arena);
}

static int watch(struct vp_bus *bus, int fd, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.fd = fd};
	return epoll_ctl(bus->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : errno;
}

static int open_fds(struct vp_bus *bus)
{
	bus->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	bus->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	bus->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (bus->epoll_fd < 0 || bus->wake_fd < 0 || bus->timer_fd < 0) {
		return errno;
	}
	/* edges: nobody needs to read the two counters */
	int err = watch(bus, bus->wake_fd, EPOLLIN | EPOLLET);
	return err ? err : watch(bus, bus->timer_fd, EPOLLIN | EPOLLET);
}

static int open_sockets(struct vp_bus *bus, const struct vp_bus_cfg *cfg)
{
	int err = bus_socket_open(bus, cfg);
	int fd = -1;
	size_t size = sizeof(fd);
	if (!err && zmq_getsockopt(bus->sub, ZMQ_FD, &fd, &size) != 0) {
		err = zmq_errno();
	}
	if (!err) {
		err = watch(bus, fd, EPOLLIN);
	}
	/* our own heartbeat last: when it comes back, the others stand */
	const char *const topics[] = {bus->cmd_topic, bus->rpl_topic, "hb."};
	for (size_t i = 0; !err && i < VP_ARRAY_LEN(topics); i++) {
		err = bus_socket_subscribe(bus, topics[i]);
	}
	return err;
}

static void free_handler(struct bus_map_node *node, void *arg)
{
	(void)arg;
	free(BUS_OF(node, struct bus_handler, node));
}

static void free_tables(struct vp_bus *bus)
{
	struct bus_map *const of_handlers[] = {&bus->handlers, &bus->served};
	for (size_t i = 0; i < VP_ARRAY_LEN(of_handlers); i++) {
		if (of_handlers[i]->slots) {
			bus_map_each(of_handlers[i], free_handler, NULL);
			bus_map_free(of_handlers[i]);
		}
	}
	if (bus->live_streams.slots) {
		bus_live_sweep(bus, INT64_MAX);
		bus_map_free(&bus->live_streams);
	}
	bus_consume_free(bus);
	bus_request_free(bus);
	bus_replies_free(bus);
	bus_presence_free(bus);
	bus_map_free(&bus->ops_by_id);
	bus_map_free(&bus->calls_by_id);
	bus_map_free(&bus->calls_by_key);
}

static void free_all(struct vp_bus *bus)
{
	bus_socket_close(bus);
	free_tables(bus);
	const int fds[] = {bus->epoll_fd, bus->wake_fd, bus->timer_fd};
	for (size_t i = 0; i < VP_ARRAY_LEN(fds); i++) {
		if (fds[i] >= 0) {
			close(fds[i]);
		}
	}
	if (bus->link) {
		bus->link->bus = NULL;
		bus_link_deref(bus->link);
	}
	bus_arena_free(&bus->arena);
	free(bus->consumer_name);
	free(bus);
}

int vp_bus_create(struct vp_bus **ret, const struct vp_bus_cfg *cfg)
{
	if (!cfg->endpoints) {
		return EINVAL;
	}
	struct vp_bus *bus = calloc(1, sizeof(*bus));
	if (!bus) {
		return ENOMEM;
	}
	bus_metrics_init();
	bus->epoll_fd = bus->wake_fd = bus->timer_fd = -1;
	bus->timer_us = INT64_MAX;
	LIST_INIT(&bus->nodes);
	LIST_INIT(&bus->ops);
	LIST_INIT(&bus->failed);
	TAILQ_INIT(&bus->calls);
	bus->db = cfg->db;
	bus->capacity = cfg->capacity;
	bus->epoch = vp_uuid_new();
	bus->producer = (struct bus_producer){.stream = vp_uuid_new(), .started_us = vp_mono_us()};
	int err = set_names(bus, cfg);
	if (!err) {
		err = make_tables(bus);
	}
	if (!err) {
		err = open_fds(bus);
	}
	if (!err) {
		err = open_sockets(bus, cfg);
	}
	if (err) {
		free_all(bus);
		return err;
	}
	bus_due(bus, vp_mono_us());
	*ret = bus;
	return 0;
}

struct vp_bus *vp_bus_destroy(struct vp_bus *bus)
{
	if (bus) {
		bus->on_node_lost = NULL;
		bus_presence_bye(bus);
		bus_produce_close(bus);
		free_all(bus);
	}
	return NULL;
}

int vp_bus_fd(const struct vp_bus *bus)
{
	return bus->epoll_fd;
}

const char *vp_bus_node(const struct vp_bus *bus)
{
	return bus->node;
}

bool vp_bus_ready(const struct vp_bus *bus)
{
	const struct bus_consumer *consumer = &bus->consumer;
	int64_t now = vp_mono_us();
	if (!bus_presence_up(bus, now)) {
		return false;
	}
	if (consumer->stage == BUS_CONSUMER_OFF) {
		return bus->started || bus->handlers.n == 0;
	}
	return consumer->caught_up &&
	       (!consumer->behind_us || now - consumer->behind_us < BUS_BEHIND_US);
}

/* Of the two copies that two forwarders bring, one is not even decoded. */
static bool wants(struct vp_bus *bus, const struct bus_in *in)
{
	bool is_event = strncmp(in->topic, "ev.", 3) == 0;
	return is_event ? bus_consume_wants(bus, in) : bus_live_is_new(bus, &in->mark);
}

static void dispatch(struct vp_bus *bus, const struct bus_in *in)
{
	if (strncmp(in->topic, "ev.", 3) == 0) {
		bus_consume_on(bus, in);
	} else if (strncmp(in->topic, "rt.", 3) == 0) {
		bus_live_on(bus, in);
	} else if (strncmp(in->topic, "hb.", 3) == 0) {
		bus_presence_on(bus, in);
	} else if (strncmp(in->topic, "cmd.", 4) == 0) {
		bus_serve_on(bus, in);
	} else if (strncmp(in->topic, "rpl.", 4) == 0) {
		bus_request_on_reply(bus, in);
	}
}

static void tick(struct vp_bus *bus)
{
	int64_t now = vp_mono_us();
	bus->timer_us = INT64_MAX;
	bus_presence_tick(bus, now);
	bus_request_tick(bus, now);
	bus_consume_tick(bus, now);
	bus_replies_sweep(bus, now);
	bus_live_sweep(bus, now);
}

void vp_bus_drain(struct vp_bus *bus)
{
	struct epoll_event events[4];
	struct bus_in in;
	if (!bus->started) {
		bus->started = true;
		bus_consume_start(bus);
	}
	epoll_wait(bus->epoll_fd, events, VP_ARRAY_LEN(events), 0); /* takes the edges */
	int n = 0;
	enum bus_recv got = BUS_RECV_MESSAGE;
	while (n < BUS_DRAIN_MAX && got != BUS_RECV_NONE) {
		got = bus_recv(bus, &in, wants);
		if (got == BUS_RECV_MESSAGE) {
			dispatch(bus, &in);
		}
		n++;
	}
	if (n == BUS_DRAIN_MAX) {
		bus_wake(bus); /* there may be more */
	}
	if (vp_mono_us() >= bus->timer_us) {
		tick(bus);
	}
	bus_request_report(bus);
}
