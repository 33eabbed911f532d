/* SIP: what the wire, the dialogs and the trunks tell the service. */
#include <errno.h>
#include <re.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "proto/route.pb-c.h"
#include "services/call-controller/controller.h"

#define HEALTH_BEAT_MS 10000 /* routers that started later learn it then */
#define STRANGER_LOG_US 10000000

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

void controller_health_beat(void *arg)
{
	struct controller *cc = arg;

	controller_carriers_beat(cc);
	trunks_each(cc->trunks, repeat_health, cc);
	ua_timer_start(cc->timers, &cc->health_beat, HEALTH_BEAT_MS, controller_health_beat, cc);
}

static void on_trunks_loaded(void *arg)
{
	struct controller *cc = arg;

	vp_app_ready(cc->app, "trunks", true);
}

/* --- start --- */

static void announce_sip(const struct controller *cc)
{
	const bool tls = cc->cfg->sip_tls_listen != NULL;

	vp_log(INFO, "sip.listening", VP_KV_INT("port", ua_wire_port(cc->wire, UA_TP_UDP)),
		VP_KV_INT("tls_port", tls ? ua_wire_port(cc->wire, UA_TP_TLS) : 0));
}

int controller_sip_start(struct controller *cc)
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
	int err;

	if (!vp_nets_parse(&cc->trunk_nets, cc->cfg->trunk_networks)) {
		return EINVAL; /* never: the table of settings has looked */
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
