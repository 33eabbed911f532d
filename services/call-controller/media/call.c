/* See call.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/call.h"
#include "services/call-controller/media/engine_int.h"

unsigned md_call_bucket(struct vp_uuid id)
{
	uint16_t low; /* the random end of a UUIDv7 */
	memcpy(&low, id.b + 14, sizeof(low));
	return low % MD_CALL_BUCKETS;
}

static void tell_stats(struct md_call *call)
{
	for (struct md_leg *leg = call->legs; leg; leg = leg->next) {
		if (!leg->peer) {
			continue;
		}
		Ringmain__V1__LegStats stats = RINGMAIN__V1__LEG_STATS__INIT;
		Ringmain__V1__MediaEvent ev = RINGMAIN__V1__MEDIA_EVENT__INIT;
		md_leg_stats(leg, &stats);
		stats.call_id.data = call->id.b;
		stats.call_id.len = sizeof(call->id.b);
		ev.ev_case = RINGMAIN__V1__MEDIA_EVENT__EV_STATS;
		ev.stats = &stats;
		md_leg_tell(leg, &ev);
	}
}

static void on_tick(struct md_timer *timer, int64_t now_us)
{
	struct md_call *call = MD_CONTAINER(timer, struct md_call, tick);
	struct md_engine *engine = call->worker->engine;
	call->worker->now_us = now_us;
	for (struct md_leg *leg = call->legs; leg; leg = leg->next) {
		md_leg_tick(leg);
	}
	if (now_us >= call->stats_us) {
		call->stats_us = now_us + engine->cfg.stats_us;
		tell_stats(call);
	}
	bool orphan = !atomic_load(&engine->controlled) &&
		      now_us - call->heard_us > engine->cfg.orphan_us;
	if (orphan) {
		md_call_drop(call);
		return;
	}
	md_timer_start(&call->worker->wheel, timer, now_us + engine->cfg.tick_us);
}

int md_call_create(struct md_call **ret, struct md_worker *worker, struct vp_uuid id)
{
	struct md_engine *engine = worker->engine;
	if (atomic_load(&engine->draining)) {
		return EDQUOT;
	}
	if (atomic_fetch_add(&engine->calls, 1) >= engine->cfg.max_calls) {
		atomic_fetch_sub(&engine->calls, 1);
		return EDQUOT;
	}
	struct md_call *call = calloc(1, sizeof(*call));
	if (!call) {
		atomic_fetch_sub(&engine->calls, 1);
		return ENOMEM;
	}
	struct md_call **bucket = &worker->calls[md_call_bucket(id)];
	call->worker = worker;
	call->id = id;
	call->heard_us = worker->now_us;
	call->stats_us = worker->now_us + engine->cfg.stats_us;
	call->next = *bucket;
	*bucket = call;
	worker->n_calls++;
	md_placement_began(engine->placement, id, worker->index);
	call->tick.fire = on_tick;
	/* ticks of many calls spread over the period */
	int64_t phase = (int64_t)id.b[15] * engine->cfg.tick_us / 256;
	md_timer_start(&worker->wheel, &call->tick, worker->now_us + phase);
	*ret = call;
	return 0;
}

void md_call_drop(struct md_call *call)
{
	struct md_worker *w = call->worker;
	while (call->legs) {
		md_leg_drop(call->legs);
	}
	md_timer_stop(&call->tick);
	call->tap = md_tap_close(call->tap);
	struct md_call **at = &w->calls[md_call_bucket(call->id)];
	while (*at != call) {
		at = &(*at)->next;
	}
	*at = call->next;
	w->n_calls--;
	md_placement_ended(w->engine->placement, call->id);
	atomic_fetch_sub(&w->engine->calls, 1);
	free(call);
}

struct md_leg *md_call_leg(const struct md_call *call, uint32_t id)
{
	struct md_leg *leg = call->legs;
	while (leg && leg->id != id) {
		leg = leg->next;
	}
	return leg;
}

void md_call_tap(struct md_call *call, const struct md_leg *from, enum md_codec codec, uint32_t ts,
	const uint8_t *payload, size_t len)
{
	static const enum vp_spool_kind kinds[MD_CODEC_MAX] = {
		VP_SPOOL_PCMU, VP_SPOOL_PCMA, VP_SPOOL_OPUS};
	if (call->tap_paused) {
		return;
	}
	struct vp_spool_frame frame = {
		.kind = kinds[codec],
		.channel = from->id != MD_LEG_AGENT,
		.len = (uint16_t)len,
		.rtp_ts = ts,
		.mono_us = call->worker->now_us,
		.payload = payload,
	};
	md_tap_put(call->tap, &frame);
}
