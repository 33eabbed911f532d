/* Parts of the client that a forwarder would only stand in the way of: presence, choice, kept
 * answers, live numbers, and every allocation failing once. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "alloc_fault.h"
#include "libcommon/bus/bus_int.h"

static struct vp_bus *bus;

static const struct vp_bus_cfg cfg = {
	.endpoints = "127.0.0.1:1+2", .service = "gateway", .node = "g1", .capacity = 10};

static void set_up(void)
{
	cr_assert_eq(vp_bus_create(&bus, &cfg), 0);
}

static void tear_down(void)
{
	bus = vp_bus_destroy(bus);
}

TestSuite(bus_inside, .init = set_up, .fini = tear_down, .timeout = 60);

/* --- presence --- */

struct beat {
	const char *topic, *service, *node;
	struct vp_uuid epoch;
	unsigned load, capacity;
	Ringmain__V1__Heartbeat__State state;
};

static void hear(struct beat b)
{
	Ringmain__V1__Heartbeat beat = RINGMAIN__V1__HEARTBEAT__INIT;
	Ringmain__V1__Envelope env = RINGMAIN__V1__ENVELOPE__INIT;
	uint8_t data[512];
	struct bus_in in = {.env = &env};
	char topic[128];
	snprintf(topic, sizeof(topic), "hb.%s.%s", b.service, b.node);
	vp_strcopy(in.topic, sizeof(in.topic), b.topic ? b.topic : topic);
	beat.service = (char *)b.service;
	beat.node = (char *)b.node;
	beat.epoch = bus_wire_id(&b.epoch);
	beat.load = b.load;
	beat.capacity = b.capacity;
	beat.state = b.state;
	env.data.len = ringmain__v1__heartbeat__pack(&beat, data);
	env.data.data = data;
	bus->arena.used = 0;
	bus_presence_on(bus, &in);
}

static struct bus_node *node_of(const char *name)
{
	return bus_presence_find(bus, "router", name);
}

Test(bus_inside, heartbeats_make_and_change_nodes)
{
	struct vp_uuid epoch = vp_uuid_new();
	hear((struct beat){
		.service = "router", .node = "a", .epoch = epoch, .load = 3, .capacity = 9});
	cr_assert_not_null(node_of("a"));
	cr_assert_eq(node_of("a")->load, 3);
	hear((struct beat){
		.service = "router", .node = "a", .epoch = epoch, .load = 4, .capacity = 9});
	cr_assert_eq(node_of("a")->load, 4);
	cr_assert_eq(bus->n_nodes, 1);
	cr_assert_null(bus_presence_find(bus, "recorder", "a"));
}

Test(bus_inside, a_heartbeat_must_be_what_its_topic_says)
{
	struct vp_uuid epoch = vp_uuid_new();
	hear((struct beat){
		.topic = "hb.recorder.a", .service = "router", .node = "a", .epoch = epoch});
	hear((struct beat){
		.topic = "hb.router.a", .service = "router", .node = "a.b", .epoch = epoch});
	hear((struct beat){.service = "", .node = "a", .epoch = epoch});
	hear((struct beat){.service = "router", .node = "a"}); /* no epoch */
	cr_assert_eq(bus->n_nodes, 0);
}

Test(bus_inside, an_earlier_process_of_the_name_is_ignored)
{
	struct vp_uuid old = vp_uuid_new(), new = vp_uuid_new();
	hear((struct beat){.service = "router", .node = "a", .epoch = new, .load = 1});
	hear((struct beat){.service = "router", .node = "a", .epoch = old, .load = 2});
	hear((struct beat){.service = "router",
		.node = "a",
		.epoch = old,
		.state = RINGMAIN__V1__HEARTBEAT__STATE__GONE});
	cr_assert_not_null(node_of("a"));
	cr_assert_eq(node_of("a")->load, 1);
}

Test(bus_inside, there_is_a_limit_to_nodes)
{
	for (int i = 0; i < BUS_NODES_MAX + 50; i++) {
		char name[16];
		snprintf(name, sizeof(name), "n%d", i);
		hear((struct beat){.service = "router", .node = name, .epoch = vp_uuid_new()});
	}
	cr_assert_eq(bus->n_nodes, BUS_NODES_MAX);
}

static void three_nodes(void)
{
	struct vp_uuid epoch = vp_uuid_new();
	hear((struct beat){
		.service = "router", .node = "a", .epoch = epoch, .load = 5, .capacity = 10});
	hear((struct beat){
		.service = "router", .node = "b", .epoch = epoch, .load = 8, .capacity = 100});
	hear((struct beat){
		.service = "router", .node = "c", .epoch = epoch, .load = 0, .capacity = 0});
	hear((struct beat){
		.service = "recorder", .node = "d", .epoch = epoch, .load = 0, .capacity = 9});
}

Test(bus_inside, the_freest_node_is_chosen)
{
	three_nodes();
	cr_assert_str_eq(bus_presence_choose(bus, "router", NULL)->node, "c");
	node_of("c")->sent = 1; /* no capacity told: one fills it */
	cr_assert_str_eq(bus_presence_choose(bus, "router", NULL)->node, "b");
	node_of("b")->draining = true;
	cr_assert_str_eq(bus_presence_choose(bus, "router", NULL)->node, "a");
	node_of("a")->draining = true;
	node_of("c")->draining = true;
	cr_assert_null(bus_presence_choose(bus, "router", NULL));
	cr_assert_null(bus_presence_choose(bus, "nobody", NULL));
}

Test(bus_inside, a_quiet_node_is_the_last_choice)
{
	three_nodes();
	node_of("c")->heard_us -= BUS_SUSPECT_US + BUS_SEC;
	node_of("b")->heard_us -= BUS_SUSPECT_US + BUS_SEC;
	cr_assert_str_eq(bus_presence_choose(bus, "router", NULL)->node, "a");
	cr_assert_str_eq(bus_presence_choose(bus, "router", "k")->node, "a");
	node_of("a")->draining = true;
	cr_assert_not_null(bus_presence_choose(bus, "router", NULL), "better than none");
}

Test(bus_inside, sticky_keys_move_only_from_the_node_that_left)
{
	char before[300];
	int moved = 0, share[3] = {0};
	three_nodes();
	for (int i = 0; i < 300; i++) {
		char key[16];
		snprintf(key, sizeof(key), "%d", i);
		before[i] = bus_presence_choose(bus, "router", key)->node[0];
		share[before[i] - 'a']++;
	}
	node_of("b")->draining = true;
	for (int i = 0; i < 300; i++) {
		char key[16];
		snprintf(key, sizeof(key), "%d", i);
		moved += bus_presence_choose(bus, "router", key)->node[0] != before[i];
	}
	cr_assert_eq(moved, share[1]);
	for (int i = 0; i < 3; i++) {
		cr_assert(share[i] > 60, "%d of 300", share[i]);
	}
}

/* --- live numbers --- */

Test(bus_inside, the_second_copy_of_a_live_message_is_dropped)
{
	struct bus_mark a = {.stream = vp_uuid_new(), .seq = 5},
			b = {.stream = vp_uuid_new(), .seq = 5};
	cr_assert(bus_live_is_new(bus, &a));
	cr_assert_not(bus_live_is_new(bus, &a));
	cr_assert(bus_live_is_new(bus, &b), "each process counts for itself");
	a.seq = 4;
	cr_assert_not(bus_live_is_new(bus, &a), "overtaken");
	a.seq = 9;
	cr_assert(bus_live_is_new(bus, &a));
	bus_live_sweep(bus, vp_mono_us());
	cr_assert_not(bus_live_is_new(bus, &a));
	bus_live_sweep(bus, INT64_MAX);
	cr_assert(bus_live_is_new(bus, &a), "forgotten after long silence");
}

Test(bus_inside, there_is_a_limit_to_live_streams)
{
	for (int i = 0; i < BUS_LIVE_STREAMS_MAX; i++) {
		struct bus_mark mark = {.stream = vp_uuid_new(), .seq = 1};
		cr_assert(bus_live_is_new(bus, &mark));
	}
	struct bus_mark mark = {.stream = vp_uuid_new(), .seq = 1};
	cr_assert_not(bus_live_is_new(bus, &mark));
}

/* --- kept answers --- */

static struct vp_bus_call *add_call(const char *key, struct vp_uuid *ret_id)
{
	Ringmain__V1__Envelope env = RINGMAIN__V1__ENVELOPE__INIT;
	struct vp_bus_call *call = NULL;
	env.type = (char *)"call.dial";
	env.reply_to = (char *)"rpl.x";
	env.idempotency_key = (char *)key;
	struct bus_in in = {.id = vp_uuid_new(), .env = &env};
	*ret_id = in.id;
	return bus_replies_add(bus, &in, &call) == 0 ? call : NULL;
}

static struct vp_bus_call *find_call(const char *type, const char *key, struct vp_uuid id)
{
	Ringmain__V1__Envelope env = RINGMAIN__V1__ENVELOPE__INIT;
	env.type = (char *)type;
	env.idempotency_key = (char *)key;
	const struct bus_in in = {.id = id, .env = &env};
	return bus_replies_find(bus, &in);
}

Test(bus_inside, answers_are_found_by_id_and_by_key_of_their_type)
{
	struct vp_uuid id, other = vp_uuid_new();
	struct vp_bus_call *call = add_call("k", &id);
	cr_assert_eq(find_call("call.dial", "", id), call);
	cr_assert_eq(find_call("call.dial", "k", other), call);
	cr_assert_null(find_call("call.answer", "k", other), "an answer of another kind");
	cr_assert_null(find_call("call.dial", "", other), "no key is no key");
	cr_assert_null(find_call("call.dial", "kk", other));
}

Test(bus_inside, old_answers_make_room_and_open_calls_do_not)
{
	struct vp_uuid first_id, id;
	struct vp_bus_call *open = add_call("", &first_id);
	for (int i = 0; i < 2 * BUS_REPLIES_MAX; i++) {
		struct vp_bus_call *call = add_call("", &id);
		cr_assert_not_null(call);
		vp_bus_reply_ok(call, "x", 1);
	}
	cr_assert_leq(bus->n_calls, BUS_REPLIES_MAX);
	cr_assert_eq(find_call("call.dial", "", first_id), open);
	cr_assert_not_null(find_call("call.dial", "", id), "the newest is there");
}

Test(bus_inside, answers_are_bounded_in_bytes_too)
{
	static char big[512 << 10];
	struct vp_uuid id;
	for (int i = 0; i < 200; i++) {
		vp_bus_reply_ok(add_call("", &id), big, sizeof(big));
	}
	cr_assert_leq(bus->calls_size, BUS_REPLY_BYTES_MAX + sizeof(big) + 4096);
	cr_assert_lt(bus->n_calls, 80);
}

Test(bus_inside, too_many_open_calls_are_refused)
{
	struct vp_uuid id;
	for (int i = 0; i < BUS_REPLIES_MAX; i++) {
		cr_assert_not_null(add_call("", &id));
	}
	cr_assert_null(add_call("", &id));
}

Test(bus_inside, answers_are_forgotten_after_five_minutes)
{
	struct vp_uuid id, open_id;
	vp_bus_reply_error(add_call("k", &id), 403, "no", "No.");
	add_call("", &open_id);
	bus_replies_sweep(bus, vp_mono_us() + BUS_REPLY_KEEP_US - BUS_SEC);
	cr_assert_not_null(find_call("call.dial", "k", vp_uuid_new()));
	bus_replies_sweep(bus, vp_mono_us() + BUS_REPLY_KEEP_US + BUS_SEC);
	cr_assert_null(find_call("call.dial", "k", vp_uuid_new()));
	cr_assert_not_null(find_call("call.dial", "", open_id), "who still works may still answer");
	cr_assert_eq(bus->n_calls, 1);
}

/* --- without memory --- */

static void never(const struct vp_bus_reply *reply, void *arg)
{
	(void)reply;
	(void)arg;
}

static void use_everything(void)
{
	struct vp_bus *one = NULL;
	struct vp_db *db = NULL;
	struct vp_db_tx *tx = NULL;
	const struct vp_event event = {.type = "contact.changed", .data = "x", .len = 1};
	const struct vp_bus_req req = {
		.service = "router", .type = "route.x", .sticky = "s", .idempotency_key = "k"};
	struct vp_bus_cfg full = cfg;
	if (vp_db_create(&db, &(struct vp_db_cfg){.url = "postgresql://x@127.0.0.1:1/x"}) != 0) {
		return;
	}
	full.db = db;
	full.consumer = "name";
	if (vp_bus_create(&one, &full) == 0) {
		vp_bus_publish(one, "rt.u.1", &event);
		vp_bus_request(one, &req, never, NULL, NULL);
		vp_bus_on_event(one, "call.changed", NULL, NULL);
		vp_bus_drain(one);
		tx = vp_db_tx_create();
		if (tx && (vp_bus_emit(one, tx, &event) != 0 ||
				  vp_db_write(db, tx, NULL, NULL) != 0)) {
			vp_db_tx_destroy(tx);
		}
	}
	vp_bus_destroy(one);
	vp_db_destroy(db);
}

Test(bus_inside, each_allocation_may_fail)
{
	long n = 0;
	bool failed = true;
	use_everything(); /* the counters are made once, and there memory must be */
	while (failed) {
		alloc_fault_at(n++);
		use_everything();
		failed = alloc_fault_end();
	}
	cr_assert_gt(n, 30);
}
