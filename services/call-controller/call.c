#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"
#include "services/call-controller/domain/sip_status.h"

#define ROUTE_MS 5000 /* the router's own deadline is shorter */
#define MEDIA_MS 4000
#define ALERT_MS 2000 /* a gateway must show the call to a tab */
#define RING_DEFAULT_S 30
#define RING_MAX_S 300
#define CARRIER_JOIN_MS 20000 /* a browser's leg enters its room */
#define CARRIER_LATE_MS 15000 /* its own word that nobody answered comes first */

static uint32_t id_hash(struct vp_uuid id)
{
	return hash_joaat(id.b, sizeof(id.b));
}

static bool same_id(struct le *le, void *arg)
{
	const struct call *call = le->data;

	return vp_uuid_equal(call->id, *(struct vp_uuid *)arg);
}

struct call *controller_find(struct controller *cc, struct vp_uuid id)
{
	struct le *le = hash_lookup(cc->calls, id_hash(id), same_id, &id);

	return le ? le->data : NULL;
}

/* --- waits --- */

static void on_wait_over(void *arg)
{
	struct call *call = arg;

	call->waiting = CALL_WAIT_NONE;
	call_event(call, CALL_EV_TIMEOUT, NULL, NULL);
}

static void on_too_old(void *arg)
{
	call_event(arg, CALL_EV_TOO_OLD, NULL, NULL);
}

unsigned controller_ring_s(const struct call *call)
{
	return MIN(call->ring_s ? call->ring_s : RING_DEFAULT_S, RING_MAX_S);
}

/* A carrier tells by webhooks, and ends the ringing by itself. */
static int64_t carrier_wait_ms(const struct call *call, enum call_wait wait)
{
	switch (wait) {
	case CALL_WAIT_ROUTE: return ROUTE_MS;
	case CALL_WAIT_MEDIA: return CARRIER_JOIN_MS;
	case CALL_WAIT_ALERT:
	case CALL_WAIT_RING: return 1000 * (int64_t)controller_ring_s(call) + CARRIER_LATE_MS;
	case CALL_WAIT_NONE: break;
	}
	return 0;
}

static int64_t wait_ms(const struct call *call, enum call_wait wait)
{
	if (call->carrier) {
		return carrier_wait_ms(call, wait);
	}
	switch (wait) {
	case CALL_WAIT_ROUTE: return ROUTE_MS;
	case CALL_WAIT_MEDIA: return MEDIA_MS;
	case CALL_WAIT_ALERT: return ALERT_MS;
	case CALL_WAIT_RING: return 1000 * (int64_t)controller_ring_s(call);
	case CALL_WAIT_NONE: break;
	}
	return 0;
}

/* Of several states that wait for the same thing, the wait began with the first. */
static void set_wait(struct call *call)
{
	const enum call_wait wait = call_wait_of(call->state);

	if (wait == call->waiting) {
		return;
	}
	call->waiting = wait;
	if (wait == CALL_WAIT_NONE) {
		ua_timer_stop(call->cc->timers, &call->wait);
	} else {
		ua_timer_start(
			call->cc->timers, &call->wait, wait_ms(call, wait), on_wait_over, call);
	}
}

/* --- events --- */

static void on_soon(void *arg)
{
	struct call *call = arg;

	call_event(call, call->soon_event, call->soon_cause[0] ? call->soon_cause : NULL, NULL);
}

void call_event_soon(struct call *call, enum call_event event, const char *cause)
{
	if (ua_timer_running(&call->soon)) {
		return;
	}
	call->soon_event = event;
	(void)vp_strcopy(call->soon_cause, sizeof(call->soon_cause), cause ? cause : "");
	ua_timer_start(call->cc->timers, &call->soon, 0, on_soon, call);
}

static void count_end(const struct call *call)
{
	const struct cc_metrics *metrics = &call->cc->metrics;

	vp_metric_add(call->state == CALL_COMPLETED ? metrics->completed
		      : call->state == CALL_FAILED  ? metrics->failed
						    : metrics->unanswered,
		1);
}

static int64_t event_us(const struct call *call)
{
	return call->event_us ? call->event_us : vp_time_us();
}

/* Why and by whom, in a word and a sentence. */
static void end(
	struct call *call, const struct call_step *step, const char *cause, const char *message)
{
	const char *word = step->cause ? step->cause : cause ? cause : "unavailable";

	/* the carrier that told of the answer may have another clock than who ends it */
	call->ended_us = MAX(event_us(call), call->answered_us);
	call->by = step->by;
	(void)vp_strcopy(call->cause, sizeof(call->cause), word);
	if (!vp_strcopy(call->message, sizeof(call->message),
		    message && message[0] ? message : call_cause_text(word))) {
		(void)vp_strcopy(call->message, sizeof(call->message), call_cause_text(word));
	}
	count_end(call);
	vp_log(INFO, "call.ended", VP_KV_STR("status", call_status_text(call_status(call))),
		VP_KV_STR("cause", call->cause), VP_KV_STR("by", call_by_name(call->by)),
		VP_KV_INT("sip_status", call->sip_status), VP_KV_NUMBER("from", call->from),
		VP_KV_NUMBER("to", call->to));
}

static bool is_news(const struct call *call, Ringmain__V1__CallStatus was, enum call_state old,
	bool early_was, unsigned actions)
{
	return call_status(call) != was || (old == CALL_HELD) != (call->state == CALL_HELD) ||
	       call->early_media != early_was || (actions & CALL_ACT_OFFER_AGENT);
}

void call_event(struct call *call, enum call_event event, const char *cause, const char *message)
{
	const struct call_step step = call_fsm(call->state, event);
	const Ringmain__V1__CallStatus status_was = call_status(call);
	const enum call_state old = call->state;
	const bool early_was = call->early_media;
	struct media *media = call->cc->media; /* outlives the call */
	char id[VP_UUID_TEXT_SIZE];

	if (!step.taken) {
		return;
	}
	media_cork(media);
	vp_uuid_text(call->id, id);
	vp_log_context("call", id);
	vp_log(DEBUG, "call.step", VP_KV_STR("from", call_state_name(old)),
		VP_KV_STR("event", call_event_name(event)),
		VP_KV_STR("to", call_state_name(step.next)));
	call->state = step.next;
	if (call_is_over(step.next)) {
		end(call, &step, cause, message);
		call_tell(call);
		call_drop(call);
	} else {
		if (step.next == CALL_TALKING && call->answered_us == 0) {
			call->answered_us = event_us(call);
		}
		call_act(call, step.actions);
		set_wait(call);
		if (is_news(call, status_was, old, early_was, step.actions)) {
			call_tell(call);
		}
	}
	vp_log_context("call", NULL);
	media_uncork(media);
}

/* --- life --- */

const char *controller_busy(const struct controller *cc)
{
	if (cc->draining) {
		return "shutdown";
	}
	if (!media_up(cc->media) || !trunks_loaded(cc->trunks)) {
		return "unavailable";
	}
	return cc->n_calls >= (unsigned)cc->cfg->max_calls ? "too_many_calls" : NULL;
}

static void count_live(struct controller *cc)
{
	vp_metric_set(cc->metrics.live, cc->n_calls);
	vp_bus_set_load(cc->bus, cc->n_calls, cc->draining);
}

static struct call *make(struct controller *cc, struct vp_uuid org, struct vp_uuid id,
	enum call_direction direction, enum call_state state, int64_t started_us)
{
	const int64_t age_ms = (vp_time_us() - started_us) / 1000;
	struct call *call = calloc(1, sizeof(*call));

	if (!call) {
		return NULL;
	}
	call->cc = cc;
	call->id = id;
	call->org = org;
	call->direction = direction;
	call->state = state;
	call->started_us = started_us;
	hash_append(cc->calls, id_hash(call->id), &call->le_id, call);
	list_append(&cc->list, &call->le, call);
	cc->n_calls++;
	count_live(cc);
	ua_timer_start(cc->timers, &call->age, MAX(cc->cfg->max_call_s * 1000 - MAX(age_ms, 0), 0),
		on_too_old, call);
	set_wait(call);
	return call;
}

struct call *call_create(struct controller *cc, struct vp_uuid org, enum call_direction direction)
{
	return make(cc, org, vp_uuid_new(), direction,
		direction == CALL_OUTBOUND ? CALL_OUT_ROUTING : CALL_IN_ROUTING, vp_time_us());
}

struct call *call_restore(struct controller *cc, struct vp_uuid org, struct vp_uuid id,
	enum call_direction direction, enum call_state state, int64_t started_us)
{
	struct call *call = make(cc, org, id, direction, state, started_us);

	if (call) {
		call->stored = true;
	}
	return call;
}

/* Who asked and waits gets an answer, whatever happened. */
static void answer_waiting(struct call *call)
{
	struct vp_bus_call *waiting[] = {VP_TAKE(call->answering), VP_TAKE(call->attaching)};

	for (size_t i = 0; i < VP_ARRAY_LEN(waiting); i++) {
		if (waiting[i]) {
			vp_bus_reply_error(waiting[i], 409, call->cause[0] ? call->cause : "ended",
				call->message[0] ? call->message : "The call has ended.");
		}
	}
}

void call_forget(struct call *call)
{
	vp_assert(call->version == 0);
	call->state = CALL_CANCELED;
	call_drop(call);
}

static void stop_waiting(struct call *call)
{
	struct controller *cc = call->cc;

	answer_waiting(call);
	if (call->routing) {
		vp_bus_cancel(call->routing);
	}
	vp_db_cancel(call->looking_up);
	ua_timer_stop(cc->timers, &call->wait);
	ua_timer_stop(cc->timers, &call->age);
	ua_timer_stop(cc->timers, &call->soon);
	ua_timer_stop(cc->timers, &call->keys_next);
}

static void call_free(struct call *call)
{
	struct controller *cc = call->cc;

	hash_unlink(&call->le_id);
	list_unlink(&call->le);
	cc->n_calls--;
	count_live(cc);
	free(call->tab_offer);
	free(call->caller_offer);
	free(call->caller_answer);
	free(call->callee_offer);
	free(call->remote_sdp);
	free(call);
}

void call_leave(struct call *call)
{
	stop_waiting(call);
	call->carrier = call_carrier_leave(call);
	call_free(call);
}

void call_drop(struct call *call)
{
	vp_assert(call_is_over(call->state));
	stop_waiting(call);
	if (call->carrier) {
		call_carrier_drop(call);
	} else {
		call_trunk_release(call);
		call_media_drop(call);
	}
	call_free(call);
}
