/* The bus's end of a SIP test: a line of JSON on standard input is a request ("call.dial" ...), a
 * line on standard output is its reply or a live hint for the watched user. It stands in for the
 * gateway; with
 * --router it also stands in for the router, with answers that the test sets. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/log/log.h"
#include "proto/call.pb-c.h"
#include "proto/route.pb-c.h"
#include "proto/trunk.pb-c.h"

#define LINE_MAX_BYTES 65536
#define DATA_MAX 65536
#define USERS_MAX 16

struct driver {
	struct vp_bus *bus;
	struct vp_uuid org;
	char user[VP_UUID_TEXT_SIZE];
	bool alerts;    /* answer each ringing call with call.alerting, as a gateway does */
	json_t *routes; /* "route.inbound", "route.outbound": what the stand-in replies */
	char line[LINE_MAX_BYTES];
	size_t len;
	bool eof;
};

struct pending {
	struct driver *driver;
	json_int_t id;
	char type[32];
};

static void print(json_t *obj)
{
	char *text = json_dumps(obj, JSON_COMPACT);

	if (text) {
		puts(text);
		fflush(stdout);
	}
	free(text);
	json_decref(obj);
}

static char *field(json_t *obj, const char *name)
{
	const char *text = json_string_value(json_object_get(obj, name));

	return (char *)(uintptr_t)(text ? text : "");
}

/* --- what comes in --- */

static json_t *changed_json(const Ringmain__V1__CallChanged *call)
{
	static const char *const words[] = {"", "initiated", "ringing", "in-progress", "completed",
		"failed", "busy", "no-answer", "canceled"};

	return json_pack("{s:s,s:i,s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:b,s:b,s:i,s:i,s:s,s:s,s:s,"
			 "s:s,s:b,s:s,s:b}",
		"call_id", call->call_id, "version", (int)call->version, "direction",
		(int)call->direction, "status", words[call->status], "from", call->from_number,
		"to", call->to_number, "cause", call->cause, "message", call->message, "by",
		call->hangup_by, "user", call->user_id, "session", call->session, "held",
		call->held, "early", call->early_media, "sip", (int)call->sip_status, "duration",
		(int)call->duration_s, "contact", call->contact ? call->contact->name : "", "did",
		call->did, "driver", call->driver, "provider_id", call->provider_id,
		"click_to_call", call->click_to_call, "user_name", call->user_name, "recording",
		call->recording);
}

static void alert(struct driver *driver, const Ringmain__V1__CallChanged *call);

static void on_live(const struct vp_bus_msg *msg, void *arg)
{
	struct driver *driver = arg;
	json_t *data = NULL;

	if (strcmp(msg->type, "call.changed") == 0) {
		Ringmain__V1__CallChanged *call =
			ringmain__v1__call_changed__unpack(NULL, msg->len, msg->data);

		if (!call) {
			return;
		}
		data = changed_json(call);
		if (driver->alerts && call->status == RINGMAIN__V1__CALL_STATUS__RINGING &&
			call->direction == RINGMAIN__V1__DIRECTION__INBOUND && call->version == 1) {
			alert(driver, call);
		}
		ringmain__v1__call_changed__free_unpacked(call, NULL);
	} else if (strcmp(msg->type, "call.media") == 0) {
		Ringmain__V1__CallMediaReady *media =
			ringmain__v1__call_media_ready__unpack(NULL, msg->len, msg->data);

		data = json_pack("{s:s,s:s}", "call_id", media->call_id, "sdp", media->sdp_answer);
		ringmain__v1__call_media_ready__free_unpacked(media, NULL);
	} else if (strcmp(msg->type, "call.dtmf_received") == 0) {
		Ringmain__V1__CallDtmfReceived *key =
			ringmain__v1__call_dtmf_received__unpack(NULL, msg->len, msg->data);

		data = json_pack("{s:s,s:s}", "call_id", key->call_id, "digit", key->digit);
		ringmain__v1__call_dtmf_received__free_unpacked(key, NULL);
	} else if (strcmp(msg->type, "trunk.health") == 0) {
		Ringmain__V1__TrunkHealth *health =
			ringmain__v1__trunk_health__unpack(NULL, msg->len, msg->data);

		data = json_pack("{s:s,s:b,s:b,s:i,s:s}", "trunk", health->trunk_id, "up",
			health->up, "registered", health->registered, "sip",
			(int)health->sip_status, "reason", health->reason);
		ringmain__v1__trunk_health__free_unpacked(health, NULL);
	}
	print(json_pack("{s:s,s:o}", "live", msg->type, "data", data ? data : json_object()));
}

static json_t *steps_json(const struct vp_bus_reply *reply)
{
	Ringmain__V1__TrunkTested *msg =
		ringmain__v1__trunk_tested__unpack(NULL, reply->len, reply->data);
	json_t *steps = json_array();

	for (size_t i = 0; i < msg->n_steps; i++) {
		json_array_append_new(
			steps, json_pack("{s:s,s:b,s:s,s:s}", "name", msg->steps[i]->name, "ok",
				       msg->steps[i]->ok, "message", msg->steps[i]->message, "hint",
				       msg->steps[i]->hint));
	}
	ringmain__v1__trunk_tested__free_unpacked(msg, NULL);
	return steps;
}

static void on_reply(const struct vp_bus_reply *reply, void *arg)
{
	struct pending *pending = arg;
	json_t *out = json_pack("{s:I,s:i,s:s,s:s}", "reply", pending->id, "status", reply->status,
		"error", reply->error, "message", reply->message);

	if (reply->status < 300 && strcmp(pending->type, "call.dial") == 0) {
		Ringmain__V1__CallDialed *msg =
			ringmain__v1__call_dialed__unpack(NULL, reply->len, reply->data);

		json_object_set_new(out, "call_id", json_string(msg->call_id));
		ringmain__v1__call_dialed__free_unpacked(msg, NULL);
	} else if (reply->status < 300 && (strcmp(pending->type, "call.answer") == 0 ||
						  strcmp(pending->type, "call.attach") == 0)) {
		Ringmain__V1__CallMedia *msg =
			ringmain__v1__call_media__unpack(NULL, reply->len, reply->data);

		json_object_set_new(out, "sdp", json_string(msg->sdp_answer));
		ringmain__v1__call_media__free_unpacked(msg, NULL);
	} else if (reply->status < 300 && strcmp(pending->type, "call.list") == 0) {
		Ringmain__V1__CallListed *msg =
			ringmain__v1__call_listed__unpack(NULL, reply->len, reply->data);
		json_t *calls = json_array();

		for (size_t i = 0; i < msg->n_calls; i++) {
			json_array_append_new(calls, changed_json(msg->calls[i]));
		}
		json_object_set_new(out, "calls", calls);
		ringmain__v1__call_listed__free_unpacked(msg, NULL);
	} else if (reply->status < 300 && strcmp(pending->type, "trunk.test") == 0) {
		json_object_set_new(out, "steps", steps_json(reply));
	}
	print(out);
	free(pending);
}

/* --- what goes out --- */

static size_t pack(const char *type, json_t *in, uint8_t *buf)
{
	if (strcmp(type, "call.dial") == 0) {
		Ringmain__V1__CallDial msg = RINGMAIN__V1__CALL_DIAL__INIT;

		msg.user_id = field(in, "user");
		msg.to_number = field(in, "to");
		msg.from_number = field(in, "from");
		msg.sdp_offer = field(in, "sdp");
		msg.session = field(in, "session");
		msg.default_region = field(in, "region");
		msg.user_name = field(in, "user_name");
		msg.entity_type = field(in, "entity_type");
		msg.entity_id = field(in, "entity_id");
		return ringmain__v1__call_dial__pack(&msg, buf);
	}
	if (strcmp(type, "call.answer") == 0 || strcmp(type, "call.attach") == 0) {
		Ringmain__V1__CallAnswer msg = RINGMAIN__V1__CALL_ANSWER__INIT;

		msg.call_id = field(in, "call_id");
		msg.user_id = field(in, "user");
		msg.session = field(in, "session");
		msg.sdp_offer = field(in, "sdp");
		return ringmain__v1__call_answer__pack(&msg, buf);
	}
	if (strcmp(type, "call.dtmf") == 0) {
		Ringmain__V1__CallDtmf msg = RINGMAIN__V1__CALL_DTMF__INIT;

		msg.call_id = field(in, "call_id");
		msg.user_id = field(in, "user");
		msg.digits = field(in, "digits");
		return ringmain__v1__call_dtmf__pack(&msg, buf);
	}
	if (strcmp(type, "call.list") == 0) {
		Ringmain__V1__CallList msg = RINGMAIN__V1__CALL_LIST__INIT;

		msg.user_id = field(in, "user");
		return ringmain__v1__call_list__pack(&msg, buf);
	}
	if (strcmp(type, "trunk.test") == 0) {
		Ringmain__V1__TrunkTest msg = RINGMAIN__V1__TRUNK_TEST__INIT;

		msg.trunk_id = field(in, "trunk");
		msg.version = json_integer_value(json_object_get(in, "version"));
		return ringmain__v1__trunk_test__pack(&msg, buf);
	}
	Ringmain__V1__CallRef msg = RINGMAIN__V1__CALL_REF__INIT;

	msg.call_id = field(in, "call_id");
	msg.user_id = field(in, "user");
	msg.session = field(in, "session");
	return ringmain__v1__call_ref__pack(&msg, buf);
}

static void request(struct driver *driver, json_t *in)
{
	static uint8_t buf[DATA_MAX];
	struct pending *pending = calloc(1, sizeof(*pending));
	const char *type = field(in, "type");
	struct vp_bus_op *op;
	struct vp_bus_req req = {.service = "call-controller",
		.type = type,
		.org = driver->org,
		.sticky = field(in, "key")[0] ? field(in, "key") : NULL,
		.idempotency_key = field(in, "key")[0] ? field(in, "key") : NULL,
		.node = field(in, "node")[0] ? field(in, "node") : NULL,
		.timeout_ms = strcmp(type, "trunk.test") == 0 ? 25000 : 5000};

	vp_assert(pending != NULL);
	pending->driver = driver;
	pending->id = json_integer_value(json_object_get(in, "id"));
	(void)vp_strcopy(pending->type, sizeof(pending->type), type);
	req.len = pack(type, in, buf);
	req.data = buf;
	vp_assert(vp_bus_request(driver->bus, &req, on_reply, pending, &op) == 0);
}

static void alert(struct driver *driver, const Ringmain__V1__CallChanged *call)
{
	json_t *in = json_pack("{s:i,s:s,s:s,s:s,s:s}", "id", 0, "type", "call.alerting", "call_id",
		call->call_id, "user", driver->user, "node", call->node);

	request(driver, in);
	json_decref(in);
}

/* --- the stand-in for the router --- */

static size_t targets_of(json_t *route, Ringmain__V1__TrunkTarget *targets,
	Ringmain__V1__TrunkTarget **list, size_t max)
{
	json_t *array = json_object_get(route, "targets");
	size_t n = 0;

	for (; n < json_array_size(array) && n < max; n++) {
		json_t *one = json_array_get(array, n);

		ringmain__v1__trunk_target__init(&targets[n]);
		targets[n].trunk_id = field(one, "trunk");
		targets[n].request_user = field(one, "to");
		targets[n].from_user = field(one, "from");
		targets[n].display_name = field(one, "name");
		list[n] = &targets[n];
	}
	return n;
}

/* Who is rung: the driver's own user, or whom the route names as [[id, name], ...]. */
static size_t users_of(
	const struct driver *driver, json_t *route, char *ids[USERS_MAX], char *names[USERS_MAX])
{
	json_t *array = json_object_get(route, "users");
	size_t n = 0;

	ids[0] = (char *)(uintptr_t)driver->user;
	names[0] = (char *)(uintptr_t) "";
	for (; n < json_array_size(array) && n < USERS_MAX; n++) {
		json_t *one = json_array_get(array, n);

		ids[n] = (char *)(uintptr_t)json_string_value(json_array_get(one, 0));
		names[n] = (char *)(uintptr_t)json_string_value(json_array_get(one, 1));
		vp_assert(ids[n] && names[n]);
	}
	return n > 0 ? n : 1;
}

/* "trunk": the call is another organisation's, whose trunk the controller named as well. */
static char *trunk_of(json_t *route, const struct vp_bus_msg *msg)
{
	Ringmain__V1__RouteInbound *in =
		ringmain__v1__route_inbound__unpack(NULL, msg->len, msg->data);
	char *trunk = field(route, "trunk");
	bool named = false;

	for (size_t i = 0; in && i < in->n_also_trunk_ids; i++) {
		named = named || strcmp(in->also_trunk_ids[i], trunk) == 0;
	}
	ringmain__v1__route_inbound__free_unpacked(in, NULL);
	return named ? trunk : (char *)(uintptr_t) "";
}

static void on_route(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	struct driver *driver = arg;
	json_t *route = json_object_get(driver->routes, msg->type);
	Ringmain__V1__TrunkTarget targets[8], *list[8];
	uint8_t buf[4096];

	if (!route || field(route, "error")[0]) {
		vp_bus_reply_error(call, 404, route ? field(route, "error") : "no_route",
			"There is no route.");
		return;
	}
	if (strcmp(msg->type, "route.inbound") == 0) {
		Ringmain__V1__RouteInboundReply out = RINGMAIN__V1__ROUTE_INBOUND_REPLY__INIT;
		char *ids[USERS_MAX], *names[USERS_MAX];

		out.did_e164 = field(route, "did");
		out.from_e164 = field(route, "from");
		out.action = field(route, "action");
		out.trunk_id = trunk_of(route, msg);
		if (strcmp(out.action, "user") == 0) {
			out.n_user_ids = out.n_user_names = users_of(driver, route, ids, names);
			out.user_ids = ids;
			out.user_names = names;
		}
		out.ring_timeout_s = (uint32_t)json_integer_value(json_object_get(route, "ring_s"));
		out.n_targets = targets_of(route, targets, list, 8);
		out.targets = list;
		vp_bus_reply_ok(call, buf, ringmain__v1__route_inbound_reply__pack(&out, buf));
	} else {
		Ringmain__V1__RouteOutboundReply out = RINGMAIN__V1__ROUTE_OUTBOUND_REPLY__INIT;

		out.to_e164 = field(route, "to");
		out.from_e164 = field(route, "from");
		out.ring_timeout_s = (uint32_t)json_integer_value(json_object_get(route, "ring_s"));
		out.n_targets = targets_of(route, targets, list, 8);
		out.targets = list;
		vp_bus_reply_ok(call, buf, ringmain__v1__route_outbound_reply__pack(&out, buf));
	}
}

/* --- input --- */

static void on_line(struct driver *driver, const char *line)
{
	json_error_t err;
	json_t *in = json_loads(line, 0, &err);

	if (!in) {
		fprintf(stderr, "driver: not JSON: %s\n", line);
		exit(1);
	}
	if (strcmp(field(in, "type"), "route") == 0) {
		json_object_update(driver->routes, json_object_get(in, "routes"));
	} else if (strcmp(field(in, "type"), "alerts") == 0) {
		driver->alerts = json_is_true(json_object_get(in, "on"));
	} else {
		request(driver, in);
	}
	json_decref(in);
}

static void on_stdin(struct driver *driver)
{
	const ssize_t n =
		read(0, driver->line + driver->len, sizeof(driver->line) - driver->len - 1);
	char *lf;

	if (n <= 0) {
		driver->eof = n == 0 || errno != EAGAIN;
		return;
	}
	driver->len += (size_t)n;
	driver->line[driver->len] = '\0';
	while ((lf = strchr(driver->line, '\n')) != NULL) {
		*lf = '\0';
		on_line(driver, driver->line);
		driver->len -= (size_t)(lf + 1 - driver->line);
		memmove(driver->line, lf + 1, driver->len + 1);
	}
}

static void say_ready(struct driver *driver)
{
	static bool said;

	if (!said && vp_bus_ready(driver->bus)) {
		said = true;
		print(json_pack("{s:b}", "ready", 1));
	}
}

static void on_node(const char *node, unsigned load, unsigned capacity, void *arg)
{
	(void)node;
	(void)load;
	(void)capacity;
	(*(unsigned *)arg)++;
}

/* Says how many controllers are there, each time that changes. */
static void say_nodes(struct driver *driver)
{
	static unsigned last;
	unsigned n = 0;

	vp_bus_nodes(driver->bus, "call-controller", on_node, &n);
	if (n != last) {
		last = n;
		print(json_pack("{s:i}", "controllers", (int)n));
	}
}

int main(int argc, char **argv)
{
	static struct driver driver;
	const bool router = argc == 5 && strcmp(argv[4], "--router") == 0;
	struct vp_bus_cfg cfg = {.node = "driver", .service = router ? "router" : "gateway"};
	char topic[64];

	if (argc < 4 || !vp_uuid_parse(argv[2], &driver.org)) {
		fprintf(stderr, "usage: driver BUS ORG USER [--router]\n");
		return 2;
	}
	vp_log_init("driver", "driver", VP_LOG_WARN);
	cfg.endpoints = argv[1];
	(void)vp_strcopy(driver.user, sizeof(driver.user), argv[3]);
	driver.routes = json_object();
	vp_assert(vp_bus_create(&driver.bus, &cfg) == 0);
	vp_bus_on_live(driver.bus, on_live, &driver);
	(void)snprintf(topic, sizeof(topic), "rt.u.%s", driver.user);
	vp_assert(vp_bus_subscribe(driver.bus, topic) == 0);
	vp_assert(vp_bus_subscribe(driver.bus, "rt.trunk") == 0);
	if (router) {
		vp_bus_serve(driver.bus, "route.inbound", on_route, &driver);
		vp_bus_serve(driver.bus, "route.outbound", on_route, &driver);
	}
	(void)fcntl(0, F_SETFL, O_NONBLOCK);
	while (!driver.eof) {
		struct pollfd fds[] = {{.fd = 0, .events = POLLIN},
			{.fd = vp_bus_fd(driver.bus), .events = POLLIN}};

		(void)poll(fds, 2, 200);
		vp_bus_drain(driver.bus);
		on_stdin(&driver);
		say_ready(&driver);
		say_nodes(&driver);
	}
	vp_bus_destroy(driver.bus);
	json_decref(driver.routes);
	return 0;
}
