/* The service object: brings its parts up on libre's loop, keeps its presence, drains and goes. */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#define DEBUG_MODULE "call-controller"
#define DEBUG_LEVEL 3
#include <re.h>
#include <re_dbg.h>
#include <malloc.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "libcommon/vault/vault.h"
#include "proto/route.pb-c.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

#define FDS_MAX 4096
#define NODE_BEAT_MS 10000
#define HEALTH_BEAT_MS 10000 /* routers that started later learn it then */
#define LEAVE_MS 3000        /* for BYEs, unregistrations and the last rows, at most */
#define LEAVE_TICK_MS 200
#define DB_QUEUE_MAX 100000 /* changes of calls, and the ends of all (call_tell.c) */
#define STRANGER_LOG_US 10000000
#define DB_GATHER_MS 5 /* between commits: fewer of them under load, none late for a reader */
#define KEEP_BYTES (64 * 1024 * 1024)

/* --- SIP --- */

static bool on_known(const struct sa *peer, void *arg)
{
	struct controller *cc = arg;

	return trunks_know(cc->trunks, peer);
}

static void on_message(struct ua_msg *msg, void *arg)
{
	struct controller *cc = arg;

	ua_stack_input(cc->stack, msg);
}

static void on_junk(const struct sa *peer, bool stranger, void *arg)
{
	static struct vp_log_limit limit;
	struct controller *cc = arg;
	uint64_t held_back;
	char addr[64];

	vp_metric_add(stranger ? cc->metrics.strangers : cc->metrics.junk, 1);
	if (vp_log_limit_pass(&limit, STRANGER_LOG_US, &held_back)) {
		(void)re_snprintf(addr, sizeof(addr), "%J", peer);
		vp_log(WARN, stranger ? "sip.stranger" : "sip.junk", VP_KV_STR("peer", addr),
			VP_KV_INT("held_back", held_back));
	}
}

static void on_conn_lost(uint64_t conn, void *arg)
{
	struct controller *cc = arg;

	ua_stack_lost(cc->stack, conn);
}

static int on_send(struct ua_flow *flow, const char *data, size_t len, void *arg)
{
	struct controller *cc = arg;

	return ua_wire_send(cc->wire, flow, data, len);
}

static void on_local(enum ua_tp tp, const struct sa *peer, char *buf, void *arg)
{
	struct controller *cc = arg;

	ua_wire_local(cc->wire, tp, peer, buf);
}

static void on_request(struct ua_server *server, const struct ua_msg *msg, void *arg)
{
	struct controller *cc = arg;

	ua_agent_request(cc->agent, server, msg);
}

static void on_refused(unsigned status, const struct ua_msg *msg, void *arg)
{
	static struct vp_log_limit limit;
	struct controller *cc = arg;
	uint64_t held_back;
	char addr[64];

	vp_metric_add(cc->metrics.refused, 1);
	if (status && vp_log_limit_pass(&limit, STRANGER_LOG_US, &held_back)) {
		(void)re_snprintf(addr, sizeof(addr), "%J", &msg->flow.peer);
		vp_log(INFO, "sip.refused", VP_KV_STR("peer", addr), VP_KV_INT("status", status),
			VP_KV_INT("held_back", held_back));
	}
}

static unsigned on_options(const struct ua_msg *msg, void *arg)
{
	const struct controller *cc = arg;

	(void)msg;
	return cc->draining ? 503 : 200;
}

/* --- trunks --- */

static void send_health(const struct trunk *trunk, const char *reason, struct controller *cc)
{
	Ringmain__V1__TrunkHealth msg = RINGMAIN__V1__TRUNK_HEALTH__INIT;
	char id[VP_UUID_TEXT_SIZE];
	uint8_t buf[512];
	struct vp_event event = {
		.type = "trunk.health", .org = trunk->org, .subject = id, .data = buf};

	vp_uuid_text(trunk->id, id);
	msg.trunk_id = id;
	msg.up = trunk->up;
	msg.registered = ua_register_up(trunk->registration);
	msg.sip_status = trunk->last_status;
	msg.reason = (char *)(uintptr_t)reason;
	msg.node = (char *)(uintptr_t)cc->node;
	if (ringmain__v1__trunk_health__get_packed_size(&msg) <= sizeof(buf)) {
		event.len = ringmain__v1__trunk_health__pack(&msg, buf);
		(void)vp_bus_publish(cc->bus, "rt.trunk", &event);
	}
}

static void count_down(const struct trunk *trunk, void *arg)
{
	*(unsigned *)arg += trunk->announced && !trunk->up;
}

static void on_health(const struct trunk *trunk, const char *reason, void *arg)
{
	struct controller *cc = arg;
	unsigned down = 0;

	trunks_each(cc->trunks, count_down, &down);
	vp_metric_set(cc->metrics.trunks_down, down);
	send_health(trunk, reason, cc);
}

static void repeat_health(const struct trunk *trunk, void *arg)
{
	if (trunk->announced) {
		send_health(trunk, "", arg);
	}
}

static void on_health_beat(void *arg)
{
	struct controller *cc = arg;

	controller_carriers_beat(cc);
	trunks_each(cc->trunks, repeat_health, cc);
	ua_timer_start(cc->timers, &cc->health_beat, HEALTH_BEAT_MS, on_health_beat, cc);
}

static void on_trunks_loaded(void *arg)
{
	struct controller *cc = arg;

	vp_app_ready(cc->app, "trunks", true);
}

/* --- media --- */

void controller_drop_in_media(struct controller *cc, struct vp_uuid id)
{
	Ringmain__V1__MediaRequest req = RINGMAIN__V1__MEDIA_REQUEST__INIT;
	Ringmain__V1__DropCall drop = RINGMAIN__V1__DROP_CALL__INIT;

	req.call_id.data = id.b;
	req.call_id.len = sizeof(id.b);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_DROP_CALL;
	req.drop_call = &drop;
	(void)media_ask(cc->media, &req, NULL, NULL, NULL);
}

static void on_media_up(const struct vp_uuid *calls, size_t n, void *arg)
{
	struct controller *cc = arg;

	for (size_t i = 0; i < n; i++) {
		if (!controller_find(cc, calls[i])) {
			controller_drop_in_media(cc, calls[i]); /* of a controller that died */
		}
	}
	vp_log(INFO, "media.up", VP_KV_INT("calls", n));
	vp_app_ready(cc->app, "media", true);
}

static struct call *first_here(const struct controller *cc)
{
	for (struct le *le = list_head(&cc->list); le; le = le->next) {
		struct call *call = le->data;

		if (!call->carrier) {
			return call;
		}
	}
	return NULL;
}

/* Ends every call whose audio is here with this event; calls may end others' places in the list, so
 * it starts again. */
static void end_all(struct controller *cc, enum call_event event)
{
	struct call *call;

	while ((call = first_here(cc)) != NULL) {
		call_event(call, event, NULL, NULL);
	}
}

/* Calls at carriers go on without us; whoever comes next takes them over. */
static void leave_carriers(struct controller *cc)
{
	while (list_head(&cc->list)) {
		call_leave(list_head(&cc->list)->data);
	}
}

static void on_media_down(void *arg)
{
	struct controller *cc = arg;

	vp_log(ERROR, "media.down", VP_KV_INT("calls", cc->n_calls));
	vp_app_ready(cc->app, "media", false);
	end_all(cc, CALL_EV_MEDIA_LOST);
}

/* --- presence --- */

static void on_second(void *arg)
{
	struct controller *cc = arg;

	vp_app_alive(cc->app);
	vp_app_ready(cc->app, "bus", vp_bus_ready(cc->bus));
	vp_app_ready(cc->app, "database", vp_db_connected(cc->db));
	vp_metric_set(cc->metrics.trunks_shut, (int64_t)trunks_shut(cc->trunks));
	ua_timer_start(cc->timers, &cc->second, 1000, on_second, cc);
}

static void on_node_written(int err, const struct vp_db_result *res, void *arg)
{
	(void)res;
	(void)arg;
	if (err) {
		vp_log(WARN, "node.not_stored", VP_KV_ERR(err));
	}
}

static void write_node(struct controller *cc, const char *state)
{
	char local[UA_LOCAL_SIZE];
	struct sa any;

	(void)sa_set_str(&any, "192.0.2.1", 5060);
	ua_wire_local(cc->wire, UA_TP_UDP, &any, local);
	(void)vp_db_query(cc->db,
		"insert into voip.nodes (node_id, service, epoch, addr, state, capacity, load, "
		"started_at,"
		" last_seen) values ($1, 'call-controller', $2, $3, $4, $5, $6, $7, now())"
		" on conflict (node_id) do update set epoch = $2, addr = $3, state = $4,"
		" capacity = $5, load = $6, started_at = $7, last_seen = now()",
		VP_PARAMS(VP_P_TEXT(cc->node), VP_P_UUID(cc->epoch), VP_P_TEXT(local),
			VP_P_TEXT(state), VP_P_INT(cc->cfg->max_calls), VP_P_INT(cc->n_calls),
			VP_P_TIME(cc->started_us)),
		on_node_written, cc, NULL);
}

static void on_node_beat(void *arg)
{
	struct controller *cc = arg;

	write_node(cc, cc->draining ? "draining" : "up");
	ua_timer_start(cc->timers, &cc->node_beat, NODE_BEAT_MS, on_node_beat, cc);
}

/* --- going --- */

/* Gone when the last BYE was answered and the last row stored, or after LEAVE_MS. */
static void on_leave(void *arg)
{
	struct controller *cc = arg;
	const bool quiet = ua_agent_legs(cc->agent) == 0 && vp_db_write_backlog(cc->db) == 0;

	if (quiet || vp_mono_us() >= cc->drain_until_us) {
		re_cancel();
	} else {
		ua_timer_start(cc->timers, &cc->drain, LEAVE_TICK_MS, on_leave, cc);
	}
}

static void leave(struct controller *cc)
{
	if (cc->stopping) {
		re_cancel(); /* told twice */
		return;
	}
	cc->stopping = true;
	cc->draining = true;
	end_all(cc, CALL_EV_STOP);
	leave_carriers(cc);
	write_node(cc, "down");
	trunks_retire(cc->trunks);
	cc->drain_until_us = vp_mono_us() + LEAVE_MS * 1000;
	ua_timer_start(cc->timers, &cc->drain, LEAVE_TICK_MS, on_leave, cc);
}

/* A few times a second while draining: gone when the last call is. */
static void on_drain_tick(void *arg)
{
	struct controller *cc = arg;

	if (cc->n_calls == 0 || vp_mono_us() >= cc->drain_until_us) {
		leave(cc);
	} else {
		ua_timer_start(cc->timers, &cc->drain, 200, on_drain_tick, cc);
	}
}

static void on_stop(int flags, void *arg)
{
	struct controller *cc = arg;
	const int level = vp_app_stop_level(cc->app);

	(void)flags;
	if (level >= 2) {
		leave(cc);
	} else if (level == 1 && !cc->draining) {
		vp_log(INFO, "drain.started", VP_KV_INT("calls", cc->n_calls));
		cc->draining = true;
		cc->drain_until_us = vp_mono_us() + cc->cfg->drain_s * 1000000;
		vp_bus_set_load(cc->bus, cc->n_calls, true);
		write_node(cc, "draining");
		on_drain_tick(cc);
	}
}

/* --- start --- */

static void on_bus(int flags, void *arg)
{
	struct controller *cc = arg;

	(void)flags;
	vp_bus_drain(cc->bus);
}

static void on_db(int flags, void *arg)
{
	struct controller *cc = arg;

	(void)flags;
	vp_db_drain(cc->db);
}

static void make_metrics(struct cc_metrics *metrics)
{
	static const char ended[] = "Calls that ended";
	static const char begun[] = "Calls that began";

	metrics->live = vp_gauge("voip_calls_live", "Calls under way on this node", NULL);
	metrics->dialled = vp_counter("voip_calls_total", begun, "direction=\"outbound\"");
	metrics->received = vp_counter("voip_calls_total", begun, "direction=\"inbound\"");
	metrics->completed = vp_counter("voip_calls_ended_total", ended, "result=\"completed\"");
	metrics->failed = vp_counter("voip_calls_ended_total", ended, "result=\"failed\"");
	metrics->unanswered = vp_counter("voip_calls_ended_total", ended, "result=\"unanswered\"");
	metrics->strangers = vp_counter("voip_sip_strangers_total",
		"SIP packets and connections of addresses that are no trunk", NULL);
	metrics->junk =
		vp_counter("voip_sip_junk_total", "Packets of trunks that are no SIP", NULL);
	metrics->refused = vp_counter("voip_sip_refused_total",
		"Requests refused at first sight, and responses that match nothing", NULL);
	metrics->trunks_shut = vp_gauge("voip_trunks_shut",
		"Trunks left out because their password cannot be opened", NULL);
	metrics->trunks_down = vp_gauge("voip_trunks_down", "Trunks that do not answer", NULL);
}

static int start_store(struct controller *cc)
{
	const struct vp_common_cfg *common = vp_app_common(cc->app);
	const struct vp_db_cfg db = {.url = common->db_url,
		.password = common->db_password,
		.app_name = "call-controller",
		.queue_max = DB_QUEUE_MAX,
		.gather_ms = DB_GATHER_MS};
	struct vp_bus_cfg bus = {.endpoints = common->bus,
		.cert = common->bus_cert,
		.server_key = common->bus_server_key,
		.service = "call-controller",
		.node = cc->node,
		.capacity = (unsigned)cc->cfg->max_calls};
	int err = vp_db_create(&cc->db, &db);

	if (err) {
		return err;
	}
	bus.db = cc->db;
	bus.consumer = "call-controller";
	err = vp_bus_create(&cc->bus, &bus);
	if (!err) {
		err = fd_listen(vp_db_fd(cc->db), FD_READ, on_db, cc);
	}
	return err ? err : fd_listen(vp_bus_fd(cc->bus), FD_READ, on_bus, cc);
}

/* After the database: data keys come from there. */
static int start_keys(struct controller *cc)
{
	int err = vp_crypto_init();

	return err || !cc->cfg->kek_file ? err
					 : vp_vault_create(&cc->vault, cc->db, cc->cfg->kek_file);
}

static void announce_sip(const struct controller *cc)
{
	const bool tls = cc->cfg->sip_tls_listen != NULL;

	vp_log(INFO, "sip.listening", VP_KV_INT("port", ua_wire_port(cc->wire, UA_TP_UDP)),
		VP_KV_INT("tls_port", tls ? ua_wire_port(cc->wire, UA_TP_TLS) : 0));
}

static int start_sip(struct controller *cc)
{
	const struct ua_wire_cfg wire = {.timers = cc->timers,
		.listen = cc->cfg->sip_listen,
		.tls_listen = cc->cfg->sip_tls_listen,
		.tls_cert = cc->cfg->sip_tls_cert,
		.advertise = cc->cfg->sip_advertise,
		.known = on_known,
		.on_message = on_message,
		.on_junk = on_junk,
		.on_lost = on_conn_lost,
		.arg = cc};
	const struct ua_stack_cfg stack = {.timers = cc->timers,
		.send = on_send,
		.local = on_local,
		.on_request = on_request,
		.on_refused = on_refused,
		.agent = "Ringmain",
		.arg = cc};
	struct ua_agent_cfg agent = {
		.on_invite = on_sip_invite, .on_options = on_options, .arg = cc};
	struct trunks_cfg trunks = {
		.links = {.timers = cc->timers, .on_health = on_health, .arg = cc},
		.db = cc->db,
		.vault = cc->vault,
		.on_loaded = on_trunks_loaded};
	int err = 0;

	if (!vp_nets_parse(&cc->trunk_nets, cc->cfg->trunk_networks)) {
		vp_log(ERROR, "trunk_networks.malformed",
			VP_KV_STR("hint",
				"VOIP_TRUNK_NETWORKS takes networks like 10.20.0.0/16, by "
				"spaces, at most 32"));
		return EINVAL;
	}
	err = ua_stack_create(&cc->stack, &stack);
	if (!err) {
		agent.stack = cc->stack;
		err = ua_agent_create(&cc->agent, &agent);
	}
	if (!err) {
		err = ua_resolver_create(&cc->resolver, cc->timers, &cc->trunk_nets);
	}
	if (!err) {
		err = ua_wire_create(&cc->wire, &wire);
	}
	if (!err) {
		announce_sip(cc);
		trunks.links.wire = cc->wire;
		trunks.links.stack = cc->stack;
		trunks.links.resolver = cc->resolver;
		err = trunks_create(&cc->trunks, &trunks);
	}
	return err;
}

static int start_media(struct controller *cc)
{
	const struct media_cfg cfg = {.timers = cc->timers,
		.path = cc->cfg->media_socket,
		.on_event = on_media_event,
		.on_up = on_media_up,
		.on_down = on_media_down,
		.arg = cc};

	return media_create(&cc->media, &cfg);
}

static void serve(struct controller *cc)
{
	on_call_dial(cc);
	on_call_answer(cc);
	on_call_attach(cc);
	on_call_alerting(cc);
	on_call_decline(cc);
	on_call_hangup(cc);
	on_call_hold(cc);
	on_call_dtmf(cc);
	on_call_list(cc);
	on_call_provider_start(cc);
	on_provider_event(cc);
	on_config_changed(cc);
	on_node_lost(cc);
	on_trunk_test(cc);
	on_second(cc);
	on_node_beat(cc);
	on_health_beat(cc);
}

static void stop_all(struct controller *cc)
{
	end_all(cc, CALL_EV_STOP);
	on_trunk_test_stop(cc);
	leave_carriers(cc);
	controller_carriers_stop(cc);
	cc->trunks = trunks_destroy(cc->trunks);
	cc->agent = ua_agent_destroy(cc->agent);
	cc->media = media_destroy(cc->media);
	cc->stack = ua_stack_destroy(cc->stack);
	cc->wire = ua_wire_destroy(cc->wire);
	cc->resolver = ua_resolver_destroy(cc->resolver);
	if (cc->bus) {
		fd_close(vp_bus_fd(cc->bus));
		cc->bus = vp_bus_destroy(cc->bus);
	}
	cc->vault = vp_vault_destroy(cc->vault);
	if (cc->db) {
		fd_close(vp_db_fd(cc->db));
		cc->db = vp_db_destroy(cc->db);
	}
	mem_deref(cc->calls);
	cc->timers = ua_timers_destroy(cc->timers);
}

static int start_all(struct controller *cc, const char **step)
{
	int err;

	*step = "loop";
	err = fd_setsize(FDS_MAX);
	if (!err) {
		err = hash_alloc(&cc->calls, 4096);
	}
	if (!err) {
		err = ua_timers_create(&cc->timers, false);
	}
	if (!err) {
		*step = "bus";
		err = start_store(cc);
	}
	if (!err) {
		*step = "keys";
		err = start_keys(cc);
	}
	if (!err) {
		*step = "carriers";
		err = controller_carriers_start(cc);
	}
	if (!err) {
		*step = "media";
		err = start_media(cc);
	}
	if (!err) {
		*step = "sip";
		err = start_sip(cc);
	}
	return err;
}

int controller_run(struct vp_app *app, const void *cfg)
{
	struct controller *cc = calloc(1, sizeof(*cc));
	const char *step;
	int err;

	if (!cc) {
		return EX_OSERR;
	}
	cc->app = app;
	cc->cfg = cfg;
	cc->node = vp_app_node(app);
	cc->epoch = vp_uuid_new();
	cc->started_us = vp_time_us();
	make_metrics(&cc->metrics);
	vp_app_ready(app, "media", false);
	vp_app_ready(app, "trunks", false);
	/* memory of ended calls is kept for the next ones, not given back and asked for again */
	(void)mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
	(void)libre_init();
	dbg_init(DBG_ERR, DBG_NONE);
	err = start_all(cc, &step);
	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_STR("step", step), VP_KV_ERR(err));
	} else {
		serve(cc);
		err = fd_listen(vp_app_stop_fd(app), FD_READ, on_stop, cc);
	}
	if (!err) {
		err = re_main(NULL);
	}
	fd_close(vp_app_stop_fd(app));
	stop_all(cc);
	fd_setsize(0);
	libre_close();
	free(cc);
	return err ? EX_UNAVAILABLE : EX_OK;
}
