#include "tests/integration/webhook/world.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/telnyx/signature.h"
#include "libcommon/provider/twilio/signature.h"
#include "tests/lib/child.h"

#define READY_MS 20000
#define EVENT_MS 20000
#define FORM "application/x-www-form-urlencoded; charset=UTF-8"

struct world world;

int64_t world_sql(const char *fmt, ...)
{
	char sql[8192];
	va_list args;
	va_start(args, fmt);
	vsnprintf(sql, sizeof(sql), fmt, args);
	va_end(args);
	return kit_db_number(sql);
}

void world_turn(int ms)
{
	kit_pump_once(world.peers, VP_ARRAY_LEN(world.peers), ms);
}

/* --- the others on the bus --- */

static void on_route_voice(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	(void)arg;
	Ringmain__V1__RouteVoice *ask =
		ringmain__v1__route_voice__unpack(NULL, msg->len, msg->data);
	KIT_CHECK(ask);
	world.asked++;
	vp_strcopy(world.asked_kind, sizeof(world.asked_kind), ask->kind);
	vp_strcopy(world.asked_from, sizeof(world.asked_from), ask->from);
	vp_strcopy(world.asked_call, sizeof(world.asked_call), ask->call_id);
	ringmain__v1__route_voice__free_unpacked(ask, NULL);
	if (world.router == WORLD_ROUTER_ANSWERS) {
		uint8_t data[4096];
		size_t len = ringmain__v1__route_voice_reply__pack(&world.reply, data);
		vp_bus_reply_ok(call, data, len);
	}
}

static void on_event(const struct vp_bus_msg *msg, void *arg)
{
	(void)arg;
	Ringmain__V1__ProviderEvent *event =
		ringmain__v1__provider_event__unpack(NULL, msg->len, msg->data);
	KIT_CHECK(event);
	world.events++;
	vp_strcopy(world.last_kind, sizeof(world.last_kind), event->kind);
	vp_strcopy(world.last_call, sizeof(world.last_call), event->call_id);
	vp_strcopy(world.last_leg, sizeof(world.last_leg), event->leg);
	vp_strcopy(world.last_external, sizeof(world.last_external), event->external_id);
	world.last_occurred_us = event->occurred_us;
	ringmain__v1__provider_event__free_unpacked(event, NULL);
}

static void open_peers(void)
{
	const char *endpoints = kit_endpoints(&world.forwarder, 1);
	if (world.router != WORLD_ROUTER_AWAY) {
		kit_peer_open(&world.peers[0], endpoints, NULL, "router", "router-1", NULL);
		KIT_CHECK(
			vp_bus_serve(world.peers[0].bus, "route.voice", on_route_voice, NULL) == 0);
	}
	if (!world.no_consumer) {
		world_consume();
	}
}

void world_consume(void)
{
	const char *endpoints = kit_endpoints(&world.forwarder, 1);
	kit_peer_open(&world.peers[1], endpoints, world.db_url, "call-controller", "cc-1", "test");
	KIT_CHECK(vp_bus_on_event(world.peers[1].bus, "provider.event", on_event, NULL) == 0);
	kit_pump_ready(world.peers, VP_ARRAY_LEN(world.peers));
}

static bool enough(void *arg)
{
	return world.events >= *(unsigned *)arg;
}

void world_await_events(unsigned n)
{
	kit_pump(world.peers, VP_ARRAY_LEN(world.peers), enough, &n, EVENT_MS, "events");
}

void world_await_number(const char *sql, int64_t wanted)
{
	int64_t until = vp_mono_us() + EVENT_MS * 1000LL, found;
	while ((found = kit_db_number(sql)) != wanted) {
		KIT_CHECK(vp_mono_us() < until, "%s: %lld, wanted %lld", sql, (long long)found,
			(long long)wanted);
		world_turn(20);
	}
}

/* --- providers --- */

static char *key_file(void)
{
	char *path = vp_strf("%s/kek", kit_dir());
	if (access(path, F_OK) != 0) {
		KIT_CHECK(vp_keyring_create_file(path) == 0);
	}
	return path;
}

void world_add_provider_of(const char *org, const char *id, const char *driver, const char *config)
{
	struct vp_keyring *ring;
	char *path = key_file(), *sealed;
	char *context = vp_strf("providers/config/%s", id);
	KIT_CHECK(vp_keyring_load(&ring, path) == 0);
	KIT_CHECK(vp_seal(ring, context, config, strlen(config), &sealed) == 0);
	world_sql("insert into providers (org_id, id, name, driver, config) values "
		  "('%s', '%s', 'P', '%s', '%s')",
		org, id, driver, sealed);
	vp_keyring_destroy(ring);
	free(sealed);
	free(context);
	free(path);
}

void world_add_provider(const char *driver, const char *config, char ret_id[VP_UUID_TEXT_SIZE])
{
	vp_uuid_text(vp_uuid_new(), ret_id);
	world_add_provider_of(world.org, ret_id, driver, config);
}

static void add_providers(void)
{
	char key[VP_TELNYX_KEY_TEXT_SIZE], config[512];
	world_add_provider("twilio",
		"{\"account_sid\":\"" WORLD_SID "\",\"auth_token\":\"" WORLD_TOKEN "\"}",
		world.twilio);
	world_add_provider("twilio",
		"{\"account_sid\":\"" WORLD_SID_2 "\",\"auth_token\":\"" WORLD_TOKEN_2 "\"}",
		world.twilio_2);
	vp_random(world.telnyx_seed, sizeof(world.telnyx_seed));
	vp_telnyx_key_text(world.telnyx_seed, key);
	snprintf(config, sizeof(config), "{\"api_key\":\"KEY0\",\"public_key\":\"%s\"}", key);
	world_add_provider("telnyx", config, world.telnyx);
}

/* --- the service --- */

static void set(const char *key, char *value)
{
	setenv(key, value, 1);
	free(value);
}

static void exec_ingest(void)
{
	const char *program = getenv("VOIP_WEBHOOK_INGEST_BIN");
	const char *at = strrchr(world.db_url, '@');
	char *log = vp_strf("%s/ingest.log", kit_dir());
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (!getenv("KIT_LOUD")) {
		dup2(fd, STDOUT_FILENO);
	}
	set("VOIP_ENV_FILE", strdup("/dev/null"));
	set("VOIP_DB_URL", vp_strf("postgresql://voip_webhook%s", at));
	set("VOIP_BUS", strdup(kit_endpoints(&world.forwarder, 1)));
	set("VOIP_BUS_CERT", vp_strf("%s/private/webhook-ingest.key", kit_keys()));
	set("VOIP_BUS_SERVER_KEY", vp_strf("%s/server.pub", kit_keys()));
	set("VOIP_WEBHOOK_LISTEN", vp_strf("127.0.0.1:%d", world.port));
	set("VOIP_ADMIN_LISTEN", vp_strf("127.0.0.1:%d", world.admin));
	setenv("VOIP_WEBHOOK_URL", "https://old.example.net/, " WORLD_URL, 0);
	set("VOIP_WEBHOOK_SPOOL_DIR", strdup(world.spool));
	set("VOIP_KEK_FILE", key_file());
	setenv("VOIP_WEBHOOK_SPOOL_MIB", "1", 0);
	setenv("VOIP_WEBHOOK_VOICE_TIMEOUT_MS", "700", 0);
	setenv("VOIP_TRUSTED_PROXIES", "127.0.0.1", 0);
	setenv("VOIP_WEBHOOK_BAD_PER_MINUTE", "20", 0);
	execl(program, program, (char *)NULL);
	_exit(127);
}

static bool is_ready(void)
{
	struct answer answer = wire_ask(world.admin, "GET", "/readyz", NULL, NULL);
	bool ready = answer.status == 200;
	wire_free(&answer);
	return ready;
}

void world_fork_ingest(void)
{
	fflush(stdout);
	world.ingest = child_fork();
	if (world.ingest == 0) {
		exec_ingest();
	}
}

void world_start_ingest(void)
{
	int64_t until = vp_mono_us() + READY_MS * 1000LL;
	world_fork_ingest();
	kit_await_port(world.admin);
	while (!is_ready()) {
		KIT_CHECK(vp_mono_us() < until, "not ready, see ingest.log");
		KIT_CHECK(waitpid(world.ingest, NULL, WNOHANG) == 0, "ended, see ingest.log");
		world_turn(20);
	}
}

void world_stop_ingest(int sig)
{
	int status;
	int64_t until = vp_mono_us() + READY_MS * 1000LL;
	kill(world.ingest, sig);
	while (waitpid(world.ingest, &status, WNOHANG) == 0) {
		KIT_CHECK(vp_mono_us() < until, "it does not end");
		world_turn(10);
	}
	KIT_CHECK(sig == SIGKILL || status == 0, "ended with %#x", (unsigned)status);
	world.ingest = 0;
}

void world_make(const char *server, enum world_router router)
{
	world.router = router;
	world.reply = (Ringmain__V1__RouteVoiceReply)RINGMAIN__V1__ROUTE_VOICE_REPLY__INIT;
	world.db_url = kit_db_make(server);
	snprintf(world.spool, sizeof(world.spool), "%s/spool", kit_dir());
	world_sql("select ensure_partitions(current_date)");
	vp_uuid_text(vp_uuid_new(), world.org);
	world_sql("insert into orgs (id, name) values ('%s', 'Acme')", world.org);
	add_providers();
	world.forwarder.curve = true;
	kit_forwarder_start(&world.forwarder);
	open_peers();
	wire_turn = world_turn;
	world.port = kit_free_port();
	world.admin = kit_free_port();
	world_start_ingest();
}

void world_end(void)
{
	if (world.ingest > 0) {
		world_stop_ingest(SIGTERM);
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(world.peers); i++) {
		if (world.peers[i].bus) {
			kit_peer_close(&world.peers[i]);
		}
	}
	kit_forwarder_kill(&world.forwarder);
	kit_db_drop();
}

long world_metric(const char *name)
{
	struct answer answer = wire_ask(world.admin, "GET", "/metrics", NULL, NULL);
	long value = 0;
	char *line = vp_strf("\n%s ", name);
	const char *at = strstr(answer.body, line);
	if (at) {
		value = strtol(at + strlen(line), NULL, 10);
	}
	free(line);
	wire_free(&answer);
	return value;
}

/* --- the carrier --- */

struct answer world_twilio(
	const char *token, const char *sid, const char *target, const char *fields)
{
	struct vp_twilio_key *key;
	char signature[VP_TWILIO_SIGNATURE_SIZE];
	char *url = vp_strf(WORLD_URL "%s", target),
	     *body = vp_strf("AccountSid=%s&%s", sid, fields);
	KIT_CHECK(vp_twilio_key_create(&key, token) == 0);
	const struct vp_twilio_request request = {.url = url,
		.method = "POST",
		.content_type = FORM,
		.body = body,
		.len = strlen(body)};
	KIT_CHECK(vp_twilio_sign(key, &request, signature) == 0);
	char *headers =
		vp_strf("Content-Type: " FORM "\r\nX-Twilio-Signature: %s\r\n"
			"I-Twilio-Idempotency-Token: 4d2ee8a1-5d8b-4d0d-9f0e-1d9c7a2b3c4d\r\n",
			signature);
	struct answer answer = wire_ask(world.port, "POST", target, headers, body);
	vp_twilio_key_destroy(key);
	free(headers);
	free(body);
	free(url);
	return answer;
}

struct answer world_telnyx(const char *target, const char *body, int64_t time_s)
{
	char signature[VP_TELNYX_SIGNATURE_SIZE], timestamp[24];
	snprintf(timestamp, sizeof(timestamp), "%lld", (long long)time_s);
	KIT_CHECK(vp_telnyx_sign(world.telnyx_seed, timestamp, body, strlen(body), signature) == 0);
	char *headers = vp_strf("Content-Type: application/json\r\ntelnyx-timestamp: %s\r\n"
				"telnyx-signature-ed25519: %s\r\n",
		timestamp, signature);
	struct answer answer = wire_ask(world.port, "POST", target, headers, body);
	free(headers);
	return answer;
}

unsigned world_logged(const char *event, const char *text)
{
	static char line[1 << 16];
	VP_CLEANUP(vp_freep) char *path = vp_strf("%s/ingest.log", kit_dir());
	FILE *log = fopen(path, "r");
	unsigned n = 0;
	KIT_CHECK(log != NULL);
	while (fgets(line, sizeof(line), log)) {
		n += strstr(line, event) && strstr(line, text);
	}
	fclose(log);
	return n;
}
