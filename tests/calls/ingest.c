/* The bus's end of webhook-ingest for tests of calls at carriers. A line of JSON on standard input
 * is
 * {"event": {provider.event ...}}, emitted as a durable event, or {"voice": {route.voice ...},
 * "id": n}, whose reply is a line on standard output. ingest BUS DATABASE-URL ORG ingest --seal
 * KEYFILE CONTEXT    seals standard input */
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
#include "libcommon/crypto/crypto.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "proto/provider.pb-c.h"

#define LINE_BYTES 65536
#define FIELDS_MAX 32

struct ingest {
	struct vp_bus *bus;
	struct vp_db *db;
	struct vp_uuid org;
	char line[LINE_BYTES];
	size_t len;
	bool eof;
};

static void print(json_t *obj)
{
	char *text = json_dumps(obj, JSON_COMPACT);

	puts(text);
	fflush(stdout);
	free(text);
	json_decref(obj);
}

static char *text_of(json_t *obj, const char *name)
{
	const char *text = json_string_value(json_object_get(obj, name));

	return (char *)(uintptr_t)(text ? text : "");
}

static size_t fields_of(
	json_t *obj, Ringmain__V1__ProviderField *fields, Ringmain__V1__ProviderField **list)
{
	const char *name;
	json_t *value;
	size_t n = 0;

	json_object_foreach(json_object_get(obj, "fields"), name, value)
	{
		vp_assert(n < FIELDS_MAX);
		ringmain__v1__provider_field__init(&fields[n]);
		fields[n].name = (char *)(uintptr_t)name;
		fields[n].value = (char *)(uintptr_t)json_string_value(value);
		list[n] = &fields[n];
		n++;
	}
	return n;
}

/* --- provider.event --- */

static void on_stored(int err, void *arg)
{
	(void)arg;
	vp_assert(err == 0);
}

static void emit(struct ingest *ingest, json_t *in)
{
	Ringmain__V1__ProviderEvent msg = RINGMAIN__V1__PROVIDER_EVENT__INIT;
	Ringmain__V1__ProviderField fields[FIELDS_MAX], *list[FIELDS_MAX];
	struct vp_db_tx *tx = vp_db_tx_create();
	static uint8_t buf[LINE_BYTES];
	struct vp_event event = {.type = "provider.event", .org = ingest->org, .data = buf};

	msg.provider_id = text_of(in, "provider");
	msg.driver = text_of(in, "driver");
	msg.kind = text_of(in, "kind");
	msg.external_id = text_of(in, "external_id");
	msg.parent_id = text_of(in, "parent_id");
	msg.call_id = text_of(in, "call_id");
	msg.leg = text_of(in, "leg");
	msg.occurred_us = json_integer_value(json_object_get(in, "occurred_us"));
	msg.body.data = (uint8_t *)text_of(in, "body");
	msg.body.len = strlen(text_of(in, "body"));
	msg.n_fields = fields_of(in, fields, list);
	msg.fields = list;
	event.subject = msg.call_id;
	event.len = ringmain__v1__provider_event__pack(&msg, buf);
	vp_assert(tx && vp_bus_emit(ingest->bus, tx, &event) == 0);
	vp_assert(vp_db_write(ingest->db, tx, on_stored, NULL) == 0);
}

/* --- route.voice --- */

static void on_reply(const struct vp_bus_reply *reply, void *arg)
{
	json_t *out = json_pack("{s:I,s:i,s:s}", "reply", (json_int_t)(intptr_t)arg, "status",
		reply->status, "error", reply->error);
	Ringmain__V1__RouteVoiceReply *msg;

	if (reply->status < 300) {
		msg = ringmain__v1__route_voice_reply__unpack(NULL, reply->len, reply->data);
		json_object_update_new(
			out, json_pack("{s:s,s:s,s:s,s:s,s:b,s:b,s:s}", "call_id", msg->call_id,
				     "action", msg->action, "room", msg->conference, "label",
				     msg->label, "start_on_enter", msg->start_on_enter,
				     "end_on_exit", msg->end_on_exit, "say", msg->say));
		ringmain__v1__route_voice_reply__free_unpacked(msg, NULL);
	}
	print(out);
}

static void ask(struct ingest *ingest, json_t *in, json_int_t id)
{
	Ringmain__V1__RouteVoice msg = RINGMAIN__V1__ROUTE_VOICE__INIT;
	Ringmain__V1__ProviderField fields[FIELDS_MAX], *list[FIELDS_MAX];
	static uint8_t buf[LINE_BYTES];
	struct vp_bus_req req = {
		.service = "router", .type = "route.voice", .org = ingest->org, .data = buf};
	struct vp_bus_op *op;

	msg.provider_id = text_of(in, "provider");
	msg.driver = text_of(in, "driver");
	msg.kind = text_of(in, "kind");
	msg.external_id = text_of(in, "external_id");
	msg.from = text_of(in, "from");
	msg.to = text_of(in, "to");
	msg.n_fields = fields_of(in, fields, list);
	msg.fields = list;
	req.len = ringmain__v1__route_voice__pack(&msg, buf);
	vp_assert(vp_bus_request(ingest->bus, &req, on_reply, (void *)(intptr_t)id, &op) == 0);
}

/* --- input --- */

static void on_line(struct ingest *ingest, const char *line)
{
	json_error_t err;
	json_t *in = json_loads(line, 0, &err);

	if (!in) {
		fprintf(stderr, "ingest: not JSON: %s\n", line);
		exit(1);
	}
	if (json_object_get(in, "event")) {
		emit(ingest, json_object_get(in, "event"));
	} else {
		ask(ingest, json_object_get(in, "voice"),
			json_integer_value(json_object_get(in, "id")));
	}
	json_decref(in);
}

static void on_stdin(struct ingest *ingest)
{
	const ssize_t n =
		read(0, ingest->line + ingest->len, sizeof(ingest->line) - ingest->len - 1);
	char *lf;

	if (n <= 0) {
		ingest->eof = n == 0 || errno != EAGAIN;
		return;
	}
	ingest->len += (size_t)n;
	ingest->line[ingest->len] = '\0';
	while ((lf = strchr(ingest->line, '\n')) != NULL) {
		*lf = '\0';
		on_line(ingest, ingest->line);
		ingest->len -= (size_t)(lf + 1 - ingest->line);
		memmove(ingest->line, lf + 1, ingest->len + 1);
	}
}

static void say_ready(struct ingest *ingest)
{
	static bool said;

	if (!said && vp_bus_ready(ingest->bus) && vp_db_connected(ingest->db)) {
		said = true;
		print(json_pack("{s:b}", "ready", 1));
	}
}

static int seal(const char *file, const char *context)
{
	char plain[LINE_BYTES], *sealed;
	struct vp_keyring *ring;
	const ssize_t n = read(0, plain, sizeof(plain));

	vp_assert(n > 0 && vp_crypto_init() == 0 && vp_keyring_load(&ring, file) == 0);
	vp_assert(vp_seal(ring, context, plain, (size_t)n, &sealed) == 0);
	puts(sealed);
	free(sealed);
	vp_keyring_destroy(ring);
	return 0;
}

static int serve(struct ingest *ingest, const char *bus, const char *url)
{
	const struct vp_db_cfg db = {.url = url, .app_name = "ingest"};
	struct vp_bus_cfg cfg = {.node = "ingest", .service = "webhook-ingest", .endpoints = bus};

	vp_assert(vp_db_create(&ingest->db, &db) == 0);
	cfg.db = ingest->db;
	vp_assert(vp_bus_create(&ingest->bus, &cfg) == 0);
	(void)fcntl(0, F_SETFL, O_NONBLOCK);
	while (!ingest->eof) {
		struct pollfd fds[] = {{.fd = 0, .events = POLLIN},
			{.fd = vp_bus_fd(ingest->bus), .events = POLLIN},
			{.fd = vp_db_fd(ingest->db), .events = POLLIN}};

		(void)poll(fds, 3, 200);
		vp_db_drain(ingest->db);
		vp_bus_drain(ingest->bus);
		on_stdin(ingest);
		say_ready(ingest);
	}
	vp_bus_destroy(ingest->bus);
	vp_db_destroy(ingest->db);
	return 0;
}

int main(int argc, char **argv)
{
	static struct ingest ingest;

	if (argc == 4 && strcmp(argv[1], "--seal") == 0) {
		return seal(argv[2], argv[3]);
	}
	if (argc != 4 || !vp_uuid_parse(argv[3], &ingest.org)) {
		fprintf(stderr, "usage: ingest BUS DATABASE-URL ORG | --seal KEYFILE CONTEXT\n");
		return 2;
	}
	vp_log_init("ingest", "ingest", VP_LOG_WARN);
	return serve(&ingest, argv[1], argv[2]);
}
