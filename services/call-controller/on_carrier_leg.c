/* A carrier that waits for no answer (Telnyx) tells of a new leg by an event, which names no call
 * of ours: router is asked what to do with it, by one controller, since all of them hear it. What
 * may go on comes back as call.provider_start; anything else is hung up. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/log/log.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

#define ASK_MS 5000

struct arrival {
	struct controller *cc;
	struct vp_uuid org, provider;
	const struct carrier_driver *driver;
	char external_id[PROVIDER_ID_SIZE];
};

static void refuse(const struct arrival *arrival)
{
	carrier_hang_up(arrival->cc, &(struct carrier_end){.org = arrival->org,
					     .provider = arrival->provider,
					     .driver = arrival->driver,
					     .leg = PROVIDER_CUSTOMER,
					     .external_id = arrival->external_id});
}

static void on_decided(const struct vp_bus_reply *reply, void *arg)
{
	struct arrival *arrival = arg;
	Ringmain__V1__RouteVoiceReply *msg =
		reply->status < 300
			? ringmain__v1__route_voice_reply__unpack(NULL, reply->len, reply->data)
			: NULL;

	if (!msg || strcmp(msg->action, "conference") != 0) {
		vp_log(INFO, "carrier.leg_refused", VP_KV_INT("status", reply->status));
		refuse(arrival);
	}
	if (msg) {
		ringmain__v1__route_voice_reply__free_unpacked(msg, NULL);
	}
	free(arrival);
}

/* --- which of us --- */

struct choice {
	const char *key;
	uint32_t best;
	char node[64];
};

static void consider(const char *node, unsigned load, unsigned capacity, void *arg)
{
	struct choice *choice = arg;
	char text[PROVIDER_ID_SIZE + 64];
	uint32_t weight;

	(void)load;
	(void)capacity;
	(void)re_snprintf(text, sizeof(text), "%s/%s", choice->key, node);
	weight = hash_joaat_str(text);
	if (!choice->node[0] || weight > choice->best ||
		(weight == choice->best && strcmp(node, choice->node) > 0)) {
		choice->best = weight;
		(void)vp_strcopy(choice->node, sizeof(choice->node), node);
	}
}

bool carrier_leg_is_mine(struct controller *cc, const char *external_id)
{
	struct choice choice = {.key = external_id};

	consider(cc->node, 0, 0, &choice);
	vp_bus_nodes(cc->bus, "call-controller", consider, &choice);
	return strcmp(choice.node, cc->node) == 0;
}

static bool ask(struct arrival *arrival, const Ringmain__V1__ProviderEvent *event,
	struct provider_arrival *leg)
{
	Ringmain__V1__RouteVoice msg = RINGMAIN__V1__ROUTE_VOICE__INIT;
	uint8_t buf[1024];
	struct vp_bus_op *op;
	struct vp_bus_req req = {.service = "router",
		.type = "route.voice",
		.org = arrival->org,
		.timeout_ms = ASK_MS,
		.data = buf};

	msg.provider_id = event->provider_id;
	msg.driver = event->driver;
	msg.external_id = event->external_id;
	msg.kind = "inbound";
	msg.from = leg->from;
	msg.to = leg->to;
	if (ringmain__v1__route_voice__get_packed_size(&msg) > sizeof(buf)) {
		return false;
	}
	req.len = ringmain__v1__route_voice__pack(&msg, buf);
	return vp_bus_request(arrival->cc->bus, &req, on_decided, arrival, &op) == 0;
}

void carrier_leg_arrived(struct controller *cc, struct vp_uuid org,
	const Ringmain__V1__ProviderEvent *event, const struct provider_news *news)
{
	const struct carrier_driver *driver = carrier_driver_find(event->driver);
	struct provider_arrival leg;
	struct arrival *arrival;

	if (!driver || !driver->accept || news->said != PROVIDER_SAID_STARTED ||
		!news->external_id[0] || cc->draining ||
		!carrier_leg_is_mine(cc, news->external_id)) {
		return;
	}
	arrival = calloc(1, sizeof(*arrival));
	if (!arrival || !vp_uuid_parse(event->provider_id, &arrival->provider)) {
		free(arrival);
		return;
	}
	arrival->cc = cc;
	arrival->org = org;
	arrival->driver = driver;
	(void)vp_strcopy(arrival->external_id, sizeof(arrival->external_id), news->external_id);
	provider_arrival_read(event, &leg);
	/* calls of browsers begin here, with the agent's phone: one that comes by itself may say
	 * whatever it likes of who it is */
	if (strcmp(leg.direction, "incoming") != 0 || !ask(arrival, event, &leg)) {
		vp_log(INFO, "carrier.leg_refused", VP_KV_STR("direction", leg.direction));
		refuse(arrival);
		free(arrival);
	}
}
