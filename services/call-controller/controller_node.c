/* This node among the others: how it is, and how it goes. */
#include <re.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/call-controller/controller.h"

#define NODE_BEAT_MS 10000
#define LEAVE_MS 3000 /* for BYEs, unregistrations and the last rows, at most */
#define LEAVE_TICK_MS 200
#define DRAIN_TICK_MS 200

/* --- presence --- */

void controller_second(void *arg)
{
	struct controller *cc = arg;

	vp_app_alive(cc->app);
	vp_app_ready(cc->app, "bus", vp_bus_ready(cc->bus));
	vp_app_ready(cc->app, "database", vp_db_connected(cc->db));
	vp_metric_set(cc->metrics.trunks_shut, (int64_t)trunks_shut(cc->trunks));
	ua_timer_start(cc->timers, &cc->second, 1000, controller_second, cc);
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

void controller_node_beat(void *arg)
{
	struct controller *cc = arg;

	write_node(cc, cc->draining ? "draining" : "up");
	ua_timer_start(cc->timers, &cc->node_beat, NODE_BEAT_MS, controller_node_beat, cc);
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
	controller_end_all(cc, CALL_EV_STOP);
	controller_leave_carriers(cc);
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
		ua_timer_start(cc->timers, &cc->drain, DRAIN_TICK_MS, on_drain_tick, cc);
	}
}

void controller_on_stop(int flags, void *arg)
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
