#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/auth/jwt.h"
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "proto/token.pb-c.h"
#include "tests/integration/gateway/scene.h"
#include "tests/lib/child.h"

struct scene scene;
static bool has_peers;

int64_t scene_sql(const char *fmt, ...)
{
	char sql[4096];
	va_list args;
	va_start(args, fmt);
	vsnprintf(sql, sizeof(sql), fmt, args);
	va_end(args);
	return kit_db_number(sql);
}

/* --- people --- */

static void add_person(struct person *p, const char *email, const char *name, const char *role)
{
	char hash[VP_PASSWORD_HASH_SIZE], hex[65];
	uint8_t digest[VP_SHA256_SIZE];
	p->id = vp_uuid_new();
	vp_uuid_text(p->id, p->id_text);
	KIT_CHECK(vp_password_hash(SCENE_PASSWORD, hash) == 0);
	scene_sql("insert into users (org_id, id, email, name, password_hash) values "
		  "('%s','%s','%s','%s','%s')",
		scene.org_text, p->id_text, email, name, hash);
	if (role != NULL) {
		scene_sql("insert into user_roles select org_id, '%s', id from roles where name = "
			  "'%s'",
			p->id_text, role);
	}
	snprintf(p->token, sizeof(p->token), "vpt_%s", p->id_text);
	vp_sha256(p->token, strlen(p->token), digest);
	vp_hex(digest, sizeof(digest), hex);
	scene_sql("insert into api_tokens (org_id, id, user_id, name, token_hash) values "
		  "('%s', gen_random_uuid(), '%s', 't', '\\x%s')",
		scene.org_text, p->id_text, hex);
}

static void add_role(const char *name, const char *permissions)
{
	scene_sql("insert into roles (org_id, id, name) values ('%s', gen_random_uuid(), '%s')",
		scene.org_text, name);
	scene_sql("insert into role_permissions select r.org_id, r.id, p from roles r, "
		  "unnest(string_to_array('%s', ' ')) p where r.name = '%s'",
		permissions, name);
}

static void seed(void)
{
	scene.org = vp_uuid_new();
	vp_uuid_text(scene.org, scene.org_text);
	scene_sql("select ensure_partitions(current_date)");
	scene_sql("insert into orgs (id, name, default_region) values ('%s', 'Acme', 'DE')",
		scene.org_text);
	add_role("Agent", "voip voip.calls.initiate voip.recordings.play voip.contacts");
	add_role("Admin", "voip voip.calls.initiate voip.all_calls voip.recordings.play "
			  "voip.recordings.download voip.contacts voip.contacts.edit");
	add_person(&scene.agent, "agent@example.com", "Ann Agent", "Agent");
	add_person(&scene.admin, "admin@example.com", "Ada Admin", "Admin");
	add_person(&scene.nobody, "nobody@example.com", "No Body", NULL);
	scene_sql("insert into providers (org_id, id, name, driver, is_active) values "
		  "('%s', gen_random_uuid(), 'Trunk', 'sip', true)",
		scene.org_text);
}

/* --- processes --- */

static void write_key(void)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/jwt.key", scene.dir);
	FILE *f = fopen(path, "w");
	KIT_CHECK(f != NULL);
	fputs(SCENE_JWT_KEY "\n", f);
	fclose(f);
	chmod(path, 0600);
}

static void set(const char *key, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void set(const char *key, const char *fmt, ...)
{
	char value[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(value, sizeof(value), fmt, args);
	va_end(args);
	setenv(key, value, 1);
}

static void exec_gateway(unsigned i)
{
	const char *program = getenv("VOIP_GATEWAY_BIN");
	char log[192];
	snprintf(log, sizeof(log), "%s/gateway-%u.log", scene.dir, i);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (getenv("KIT_LOUD") == NULL) {
		dup2(fd, STDOUT_FILENO);
	}
	set("VOIP_ENV_FILE", "/dev/null");
	set("VOIP_DB_URL", "%s", scene.role_url);
	set("VOIP_BUS", "%s", kit_endpoints(&scene.forwarder, 1));
	set("VOIP_BUS_CERT", "%s/private/gateway.key", kit_keys());
	set("VOIP_BUS_SERVER_KEY", "%s/server.pub", kit_keys());
	set("VOIP_NODE", "gw%u", i + 1);
	set("VOIP_HTTP_LISTEN", "127.0.0.1:%d", scene.ports[i]);
	set("VOIP_JWT_KEY_FILE", "%s/jwt.key", scene.dir);
	set("VOIP_WEB_ROOT", "%s/web", scene.dir);
	set("VOIP_RECORDING_DIR", "%s/recordings", scene.dir);
	execl(program, program, (char *)NULL);
	_exit(127);
}

static void start_gateway(unsigned i)
{
	scene.ports[i] = kit_free_port();
	scene.gateways[i] = child_fork();
	if (scene.gateways[i] == 0) {
		exec_gateway(i);
	}
}

void scene_stop_gateway(unsigned i, int sig)
{
	int status;
	if (scene.gateways[i] <= 0) {
		return;
	}
	kill(scene.gateways[i], sig);
	int64_t until = vp_mono_us() + 20000000;
	while (waitpid(scene.gateways[i], &status, WNOHANG) == 0) {
		KIT_CHECK(vp_mono_us() < until, "gateway %u does not stop", i);
		wire_turn(10);
	}
	scene.gateways[i] = 0;
	KIT_CHECK(sig == SIGKILL || (WIFEXITED(status) && WEXITSTATUS(status) == 0),
		"gateway %u ended with %#x, see %s/gateway-%u.log", i, (unsigned)status, scene.dir,
		i);
}

/* --- fakes --- */

static void copy(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

static struct taken *note(const struct vp_bus_msg *msg, const char *node)
{
	KIT_CHECK(scene.n_taken < VP_ARRAY_LEN(scene.taken));
	struct taken *t = &scene.taken[scene.n_taken++];
	*t = (struct taken){0};
	copy(t->type, sizeof(t->type), msg->type);
	copy(t->node, sizeof(t->node), node);
	return t;
}

static bool refused(struct vp_bus_call *call)
{
	if (scene.silent) {
		return true;
	}
	if (scene.refuse_error != NULL) {
		vp_bus_reply_error(
			call, scene.refuse_status, scene.refuse_error, "The fake says no.");
		return true;
	}
	return false;
}

#define REPLY(call, Type, type, ...)                                                               \
	do {                                                                                       \
		Ringmain__V1__##Type reply_ = RINGMAIN__V1__##type##__INIT;                        \
		__VA_ARGS__                                                                        \
		uint8_t *data_ = malloc(protobuf_c_message_get_packed_size(&reply_.base) + 1);     \
		size_t len_ = protobuf_c_message_pack(&reply_.base, data_);                        \
		vp_bus_reply_ok(call, data_, len_);                                                \
		free(data_);                                                                       \
	} while (0)

static void on_dial(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__CallDial *m = ringmain__v1__call_dial__unpack(NULL, msg->len, msg->data);
	struct taken *t = note(msg, arg);
	copy(t->user, sizeof(t->user), m->user_id);
	copy(t->to, sizeof(t->to), m->to_number);
	copy(t->text, sizeof(t->text), m->sdp_offer);
	copy(t->session, sizeof(t->session), m->session);
	copy(t->entity_type, sizeof(t->entity_type), m->entity_type);
	copy(t->entity_id, sizeof(t->entity_id), m->entity_id);
	copy(t->region, sizeof(t->region), m->default_region);
	copy(t->name, sizeof(t->name), m->user_name);
	ringmain__v1__call_dial__free_unpacked(m, NULL);
	vp_uuid_text(vp_uuid_new(), t->call);
	if (!refused(call)) {
		REPLY(call, CallDialed, CALL_DIALED, reply_.call_id = t->call;
			reply_.status = RINGMAIN__V1__CALL_STATUS__INITIATED;);
	}
}

static void on_answer(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__CallAnswer *m = ringmain__v1__call_answer__unpack(NULL, msg->len, msg->data);
	struct taken *t = note(msg, arg);
	copy(t->user, sizeof(t->user), m->user_id);
	copy(t->call, sizeof(t->call), m->call_id);
	copy(t->session, sizeof(t->session), m->session);
	copy(t->text, sizeof(t->text), m->sdp_offer);
	ringmain__v1__call_answer__free_unpacked(m, NULL);
	if (!refused(call)) {
		REPLY(call, CallMedia, CALL_MEDIA, reply_.call_id = t->call;
			reply_.sdp_answer = "answer-sdp";);
	}
}

static void on_ref(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__CallRef *m = ringmain__v1__call_ref__unpack(NULL, msg->len, msg->data);
	struct taken *t = note(msg, arg);
	copy(t->user, sizeof(t->user), m->user_id);
	copy(t->call, sizeof(t->call), m->call_id);
	copy(t->session, sizeof(t->session), m->session);
	ringmain__v1__call_ref__free_unpacked(m, NULL);
	if (!refused(call)) {
		vp_bus_reply_ok(call, "", 0);
	}
}

static void on_dtmf(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__CallDtmf *m = ringmain__v1__call_dtmf__unpack(NULL, msg->len, msg->data);
	struct taken *t = note(msg, arg);
	copy(t->call, sizeof(t->call), m->call_id);
	copy(t->text, sizeof(t->text), m->digits);
	ringmain__v1__call_dtmf__free_unpacked(m, NULL);
	if (!refused(call)) {
		vp_bus_reply_ok(call, "", 0);
	}
}

static void on_list(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	note(msg, arg);
	bool first = strcmp(arg, "cc1") == 0;
	REPLY(call, CallListed, CALL_LISTED, reply_.n_calls = first ? scene.n_live : 0;
		reply_.calls = scene.live;);
}

static void on_token(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__TokenIssue *m = ringmain__v1__token_issue__unpack(NULL, msg->len, msg->data);
	struct vp_jwt_claims claims = {
		.iat = vp_time_us() / 1000000, .exp = vp_time_us() / 1000000 + 60};
	char *token = NULL, *url = "turn:turn.example:3478";
	note(msg, arg);
	copy(claims.sub, sizeof(claims.sub), m->user_id);
	copy(claims.org, sizeof(claims.org), scene.org_text);
	copy(claims.name, sizeof(claims.name), m->user_name);
	vp_uuid_text(vp_uuid_new(), claims.jti);
	KIT_CHECK(
		vp_jwt_sign(SCENE_JWT_KEY, strlen(SCENE_JWT_KEY), "voip-ws", &claims, &token) == 0);
	Ringmain__V1__IceServer server = RINGMAIN__V1__ICE_SERVER__INIT, *servers[] = {&server};
	server.n_urls = 1;
	server.urls = &url;
	server.username = "u";
	server.credential = "c";
	if (scene.driver != NULL) {
		REPLY(call, TokenIssued, TOKEN_ISSUED, reply_.provider = (char *)scene.driver;
			reply_.token = "of the carrier"; reply_.identity = "user_1";
			reply_.ticket = token; reply_.edge = "dublin"; reply_.connection_id = "77";
			reply_.expires_at = claims.exp;);
	} else if (!refused(call)) {
		REPLY(call, TokenIssued, TOKEN_ISSUED, reply_.provider = "sip";
			reply_.token = token; reply_.identity = m->user_id;
			reply_.expires_at = claims.exp; reply_.n_ice_servers = 1;
			reply_.ice_servers = servers;);
	}
	ringmain__v1__token_issue__free_unpacked(m, NULL);
	free(token);
}

static void serve_calls(struct kit_peer *peer, char *node)
{
	static const char *const refs[] = {
		"call.alerting", "call.decline", "call.hangup", "call.hold", "call.unhold"};
	vp_bus_serve(peer->bus, "call.dial", on_dial, node);
	vp_bus_serve(peer->bus, "call.answer", on_answer, node);
	vp_bus_serve(peer->bus, "call.attach", on_answer, node);
	vp_bus_serve(peer->bus, "call.dtmf", on_dtmf, node);
	vp_bus_serve(peer->bus, "call.list", on_list, node);
	for (size_t i = 0; i < VP_ARRAY_LEN(refs); i++) {
		vp_bus_serve(peer->bus, refs[i], on_ref, node);
	}
}

static void turn(int ms)
{
	if (has_peers) {
		kit_pump_once(scene.peers, VP_ARRAY_LEN(scene.peers), ms);
	} else {
		poll(NULL, 0, ms);
	}
}

static bool is_ready(int port)
{
	struct answer a = wire_ask(port, "GET", "/api/auth/me", bearer(&scene.agent), NULL);
	bool ok = a.status == 200;
	wire_free(&a);
	return ok;
}

static void wait_gateway(unsigned i)
{
	int64_t until = vp_mono_us() + 20000000;
	int fd;
	struct answer a;
	do {
		KIT_CHECK(vp_mono_us() < until, "gateway %u does not start, see %s", i, scene.dir);
		turn(20);
		char *probe = vp_strf("exec 3<>/dev/tcp/127.0.0.1/%d", scene.ports[i]);
		fd = kit_run((const char *const[]){"bash", "-c", probe, NULL});
		free(probe);
	} while (fd != 0);
	while (!is_ready(scene.ports[i])) {
		KIT_CHECK(vp_mono_us() < until, "gateway %u is not ready", i);
		turn(50);
	}
	/* the bus too: a token comes through */
	for (bool ok = false; !ok;) {
		KIT_CHECK(vp_mono_us() < until, "gateway %u hears nothing on the bus", i);
		a = wire_ask(scene.ports[i], "POST", "/api/voip/token", bearer(&scene.agent), NULL);
		ok = a.status == 200;
		wire_free(&a);
	}
}

static void make_web(void)
{
	char path[192];
	snprintf(path, sizeof(path), "%s/web", scene.dir);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/recordings", scene.dir);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/web/index.html", scene.dir);
	FILE *f = fopen(path, "w");
	KIT_CHECK(f != NULL);
	fputs("<app>", f);
	fclose(f);
}

static void start_record(void)
{
	char *path = vp_strf("%s/messages", scene.dir);
	wire_record = fopen(path, "w");
	KIT_CHECK(wire_record != NULL);
	free(path);
}

void scene_begin(unsigned n_gateways)
{
	static char cc1[] = "cc1", cc2[] = "cc2", ti[] = "ti1";
	wire_turn = turn;
	KIT_CHECK(vp_crypto_init() == 0);
	copy(scene.db_url, sizeof(scene.db_url), kit_db_make(NULL));
	const char *at = strstr(scene.db_url, "@");
	KIT_CHECK(at != NULL, "VOIP_TEST_DB_URL wants a user: postgresql://postgres@...");
	snprintf(scene.role_url, sizeof(scene.role_url), "postgresql://voip_gateway%s", at);
	copy(scene.dir, sizeof(scene.dir), kit_dir());
	kit_keys();
	scene.forwarder.curve = true;
	kit_forwarder_start(&scene.forwarder);
	write_key();
	make_web();
	start_record();
	seed();
	for (unsigned i = 0; i < n_gateways; i++) {
		start_gateway(i);
	}
	const char *endpoints = kit_endpoints(&scene.forwarder, 1);
	kit_peer_open(&scene.peers[0], endpoints, scene.db_url, "call-controller", cc1, NULL);
	kit_peer_open(&scene.peers[1], endpoints, scene.db_url, "call-controller", cc2, NULL);
	kit_peer_open(&scene.peers[2], endpoints, NULL, "token-issuer", ti, NULL);
	serve_calls(&scene.peers[0], cc1);
	serve_calls(&scene.peers[1], cc2);
	vp_bus_serve(scene.peers[2].bus, "token.issue", on_token, ti);
	has_peers = true;
	kit_pump_ready(scene.peers, VP_ARRAY_LEN(scene.peers));
	for (unsigned i = 0; i < n_gateways; i++) {
		wait_gateway(i);
	}
	scene.n_taken = 0;
}

/* Everything that the gateways said on WebSockets must fit the contract. */
static void check_messages(void)
{
	char *path = vp_strf("%s/messages", scene.dir);
	char *check = vp_strf(
		"%s/tests/integration/gateway/check_messages.mjs", getenv("RINGMAIN_SOURCE_DIR"));
	fclose(VP_TAKE(wire_record));
	setenv("KIT_LOUD", "1", 1);
	KIT_CHECK(kit_run((const char *const[]){"node", check, path, NULL}) == 0,
		"messages do not fit proto/asyncapi.yaml");
	free(check);
	free(path);
}

void scene_end(void)
{
	check_messages();
	for (unsigned i = 0; i < SCENE_GATEWAYS; i++) {
		scene_stop_gateway(i, SIGTERM);
	}
	has_peers = false;
	for (size_t i = 0; i < VP_ARRAY_LEN(scene.peers); i++) {
		kit_peer_close(&scene.peers[i]);
	}
	kit_forwarder_kill(&scene.forwarder);
	kit_db_drop();
}

const struct taken *scene_take(const char *type, size_t *from)
{
	int64_t until = vp_mono_us() + WIRE_WAIT_MS * 1000LL;
	for (;;) {
		for (; *from < scene.n_taken; ++*from) {
			if (strcmp(scene.taken[*from].type, type) == 0) {
				return &scene.taken[(*from)++];
			}
		}
		KIT_CHECK(vp_mono_us() < until, "nobody asked %s", type);
		turn(10);
	}
}

/* --- signing in --- */

const char *bearer(const struct person *person)
{
	static char text[128];
	snprintf(text, sizeof(text), "Authorization: Bearer %s\r\n", person->token);
	return text;
}

char *sign_in(unsigned gateway, const char *email)
{
	int port = scene.ports[gateway];
	char *body = vp_strf("{\"email\":\"%s\",\"password\":\"%s\"}", email, SCENE_PASSWORD);
	struct answer a = wire_ask(port, "POST", "/api/auth/login", NULL, body);
	KIT_CHECK(a.status == 200, "%d %s", a.status, a.body);
	const char *cookie = wire_header(&a, "set-cookie");
	KIT_CHECK(cookie != NULL);
	char *headers =
		vp_strf("Cookie: %.*s\r\nX-CSRF-Token: %s\r\nOrigin: http://localhost:%d\r\n",
			(int)strcspn(cookie, ";"), cookie, wire_text(a.json, "csrf_token"), port);
	wire_free(&a);
	free(body);
	return headers;
}

/* --- calls --- */

Ringmain__V1__CallChanged *make_call(const struct person *user, const char *node, unsigned version,
	Ringmain__V1__CallStatus status)
{
	char id[VP_UUID_TEXT_SIZE];
	Ringmain__V1__CallChanged *c = calloc(1, sizeof(*c));
	ringmain__v1__call_changed__init(c);
	vp_uuid_text(vp_uuid_new(), id);
	c->call_id = strdup(id);
	c->version = version;
	c->direction = RINGMAIN__V1__DIRECTION__INBOUND;
	c->status = status;
	c->from_number = strdup("+4930123456");
	c->to_number = strdup("+4940123456");
	c->user_id = strdup(user->id_text);
	c->node = strdup(node);
	c->started_us = vp_time_us();
	return c;
}

void call_free(Ringmain__V1__CallChanged *c)
{
	free(c->call_id);
	free(c->from_number);
	free(c->to_number);
	free(c->user_id);
	free(c->node);
	if (c->session != NULL && c->session[0] != '\0') {
		free(c->session);
	}
	free(c);
}

void tell(const char *user, const char *type, const ProtobufCMessage *message)
{
	char topic[64];
	uint8_t data[4096];
	size_t len = protobuf_c_message_pack(message, data);
	snprintf(topic, sizeof(topic), "rt.u.%s", user);
	KIT_CHECK(vp_bus_publish(scene.peers[0].bus, topic,
			  &(struct vp_event){.type = type,
				  .org = scene.org,
				  .subject = "x",
				  .data = data,
				  .len = len}) == 0);
}

void tell_live(const Ringmain__V1__CallChanged *call)
{
	tell(call->user_id, "call.changed", &call->base);
}

static void on_written(int err, void *arg)
{
	(void)arg;
	KIT_CHECK(err == 0);
}

void tell_durable(const Ringmain__V1__CallChanged *call)
{
	uint8_t data[4096];
	size_t len = protobuf_c_message_pack(&call->base, data);
	struct vp_db_tx *tx = vp_db_tx_create();
	KIT_CHECK(vp_bus_emit(scene.peers[0].bus, tx,
			  &(struct vp_event){.type = "call.changed",
				  .org = scene.org,
				  .subject = call->call_id,
				  .data = data,
				  .len = len}) == 0);
	KIT_CHECK(vp_db_write(scene.peers[0].db, tx, on_written, NULL) == 0);
}
