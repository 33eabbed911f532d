/* "provider.event": a webhook that was verified and stored. Every controller hears all of them; the
 * one that holds the call acts. A leg that still rings or talks for a call that is over, or went on
 * elsewhere, is hung up: its dial was thought lost. */
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

static bool is_over_here(const struct controller *cc, struct vp_uuid id)
{
	for (size_t i = 0; i < CC_OVER_MAX; i++) {
		if (vp_uuid_equal(cc->over[i], id)) {
			return true;
		}
	}
	return false;
}

static void hang_up_stray(struct controller *cc, struct vp_uuid org, struct vp_uuid call,
	const Ringmain__V1__ProviderEvent *event, const struct provider_news *news)
{
	struct carrier_end end = {.org = org,
		.call = call,
		.driver = carrier_driver_find(event->driver),
		.leg = news->leg,
		.external_id = news->external_id};

	if (end.driver && news->leg < PROVIDER_LEGS && news->external_id[0] &&
		news->said != PROVIDER_SAID_ENDED && news->said != PROVIDER_SAID_LEFT &&
		vp_uuid_parse(event->provider_id, &end.provider)) {
		vp_log(WARN, "carrier.stray_leg", VP_KV_STR("leg", provider_who_name(news->leg)));
		if (!carrier_dial_told(cc, &end)) {
			carrier_hang_up(cc, &end);
		}
	}
}

/* Legs that came by themselves are named by the carrier's id only. */
static struct call *by_leg(
	struct controller *cc, struct vp_uuid org, const struct provider_news *news)
{
	for (struct le *le = list_head(&cc->list); le; le = le->next) {
		struct call *call = le->data;

		if (call->carrier && vp_uuid_equal(call->org, org) &&
			call_carrier_leg_of(call, news->external_id) != PROVIDER_NOBODY) {
			return call;
		}
	}
	return NULL;
}

static bool is_of(const struct call *call, struct vp_uuid org, const char *provider)
{
	struct vp_uuid id;

	return call->carrier && vp_uuid_equal(call->org, org) && vp_uuid_parse(provider, &id) &&
	       vp_uuid_equal(call->carrier->provider, id);
}

/* It is at another provider, or on a trunk. */
static bool has_left(const struct call *call, struct vp_uuid org, const char *provider)
{
	return vp_uuid_equal(call->org, org) && !is_of(call, org, provider);
}

static void take(struct controller *cc, struct vp_uuid org,
	const Ringmain__V1__ProviderEvent *event, const struct provider_news *news)
{
	struct vp_uuid id;
	const bool named = vp_uuid_parse(event->call_id, &id);
	struct call *call = named ? controller_find(cc, id) : by_leg(cc, org, news);
	enum provider_who leg = news->leg;

	if (named && (call ? has_left(call, org, event->provider_id) : is_over_here(cc, id))) {
		hang_up_stray(cc, org, id, event, news);
	} else if (!call && !named) {
		carrier_leg_arrived(cc, org, event, news);
	}
	if (!call || !is_of(call, org, event->provider_id)) {
		return;
	}
	if (leg == PROVIDER_NOBODY) {
		leg = call_carrier_leg_of(call, news->external_id);
	}
	if (leg != PROVIDER_NOBODY) {
		call_carrier_news(call, leg, news);
	}
}

/* A leg that is not ours says nothing of the call that it names; somebody hangs it up. */
static void on_proved(struct controller *cc, struct vp_uuid org,
	const Ringmain__V1__ProviderEvent *event, const struct provider_news *news, bool is_ours)
{
	if (is_ours) {
		take(cc, org, event, news);
	} else {
		vp_log(WARN, "carrier.leg_of_another", VP_KV_STR("named", event->call_id));
		carrier_leg_arrived(cc, org, event, news);
	}
}

/* It names a call, and the leg is not known yet. Where the call is not here the question is only
 * whether it must be hung up. */
static bool wants_proof(struct controller *cc, struct vp_uuid org,
	const Ringmain__V1__ProviderEvent *event, const struct provider_news *news)
{
	const struct carrier_driver *driver = carrier_driver_find(event->driver);
	const struct call *call;
	struct vp_uuid id;

	if (!driver || !driver->connection || !vp_uuid_parse(event->call_id, &id)) {
		return false;
	}
	call = controller_find(cc, id);
	if (call && is_of(call, org, event->provider_id)) {
		return call_carrier_leg_of(call, news->external_id) == PROVIDER_NOBODY;
	}
	return call || is_over_here(cc, id) ||
	       (news->said == PROVIDER_SAID_STARTED && carrier_leg_is_mine(cc, news->external_id));
}

static void on_event(const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__ProviderEvent *event =
		ringmain__v1__provider_event__unpack(NULL, msg->len, msg->data);
	struct controller *cc = arg;
	struct provider_news news;

	if (!event) {
		vp_log(WARN, "provider_event.malformed");
		return;
	}
	if (provider_news_read(event, &news)) {
		if (wants_proof(cc, msg->org, event, &news)) {
			carrier_leg_prove(cc, msg->org, VP_TAKE(event), &news, on_proved);
		} else {
			take(cc, msg->org, event, &news);
		}
	}
	ringmain__v1__provider_event__free_unpacked(event, NULL);
}

void on_provider_event(struct controller *cc)
{
	(void)vp_bus_on_event(cc->bus, "provider.event", on_event, cc);
}
