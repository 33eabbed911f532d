/* What media tells by itself: a side fell silent, a key was pressed, how it sounds. */
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/call-controller/controller.h"
#include "services/call-controller/domain/quality.h"

static void on_silent(struct call *call, unsigned leg)
{
	enum call_event event = CALL_EV_AGENT_GONE;

	if (call->direction == CALL_INBOUND && leg == LEG_CUSTOMER) {
		event = CALL_EV_CALLER_GONE;
	} else if (leg == LEG_CUSTOMER || !call->agent_leg) {
		event = CALL_EV_TRUNK_GONE; /* without an agent: leg 1 of a forwarded call */
	}
	vp_log(INFO, "call.silent", VP_KV_INT("leg", leg));
	call_event(call, event, NULL, NULL);
}

static void on_dtmf(struct call *call, unsigned leg, const char *digit)
{
	Ringmain__V1__CallDtmfReceived msg = RINGMAIN__V1__CALL_DTMF_RECEIVED__INIT;
	char id[VP_UUID_TEXT_SIZE];
	uint8_t buf[128];

	if (leg != LEG_CUSTOMER || strlen(digit) != 1) {
		return;
	}
	vp_uuid_text(call->id, id);
	msg.call_id = id;
	msg.digit = (char *)(uintptr_t)digit;
	call_hint(
		call, "call.dtmf_received", buf, ringmain__v1__call_dtmf_received__pack(&msg, buf));
}

/* Loss since the last report, in thousandths. */
static unsigned lost_permille(const struct call_quality *was, const Ringmain__V1__LegStats *now)
{
	const uint64_t got = now->rx_packets - MIN(was->rx_packets, now->rx_packets);
	const unsigned lost = now->lost - MIN(was->lost, now->lost);

	return got + lost > 0 ? (unsigned)(1000ULL * lost / (got + lost)) : 0;
}

static void send_quality(struct call *call, const struct call_quality *quality, unsigned lost)
{
	Ringmain__V1__CallQuality msg = RINGMAIN__V1__CALL_QUALITY__INIT;
	char id[VP_UUID_TEXT_SIZE];
	uint8_t buf[128];

	vp_uuid_text(call->id, id);
	msg.call_id = id;
	msg.lost_permille = lost;
	msg.jitter_ms = quality->jitter_us / 1000;
	msg.rtt_ms = quality->rtt_us / 1000;
	msg.mos_x100 = quality->mos_x100;
	call_hint(call, "call.quality", buf, ringmain__v1__call_quality__pack(&msg, buf));
}

static void on_stats(struct call *call, unsigned leg, const Ringmain__V1__LegStats *stats)
{
	struct call_quality *quality;
	unsigned lost;

	if (leg != LEG_AGENT && leg != LEG_CUSTOMER) {
		return;
	}
	quality = &call->quality[leg - 1];
	/* what the browser loses is heard by the agent, what we lose by the customer: the worse
	 * counts */
	lost = MAX(lost_permille(quality, stats), stats->remote_lost_permille);
	*quality = (struct call_quality){.rx_packets = stats->rx_packets,
		.lost = stats->lost,
		.jitter_us = stats->jitter_us,
		.rtt_us = stats->rtt_us,
		.remote_lost_permille = stats->remote_lost_permille,
		.mos_x100 = quality_mos_x100(lost, stats->jitter_us / 1000, stats->rtt_us / 1000)};
	if (leg == LEG_AGENT && call->agent_leg) {
		send_quality(call, quality, lost);
	}
}

void on_media_event(const struct vp_uuid *id, const Ringmain__V1__MediaEvent *event, void *arg)
{
	struct call *call = controller_find(arg, *id);

	if (!call) { /* the request that ended it was lost: media's socket was full */
		controller_drop_in_media(arg, *id);
		return;
	}
	switch (event->ev_case) {
	case RINGMAIN__V1__MEDIA_EVENT__EV_SILENT: on_silent(call, event->leg); break;
	case RINGMAIN__V1__MEDIA_EVENT__EV_DTMF:
		on_dtmf(call, event->leg, event->dtmf->digit);
		break;
	case RINGMAIN__V1__MEDIA_EVENT__EV_STATS: on_stats(call, event->leg, event->stats); break;
	case RINGMAIN__V1__MEDIA_EVENT__EV_RECORD_FAILED:
		vp_log(ERROR, "call.record_failed",
			VP_KV_STR("reason", event->record_failed->reason));
		call->recording = false;
		call_tell(call);
		break;
	default: break;
	}
}
