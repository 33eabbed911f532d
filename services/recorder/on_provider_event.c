/* "provider.event" of webhook-ingest: a recording is ready at its carrier, or will never be. It
 * becomes a row, whose step is due at once; the same news twice is one row. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "proto/provider.pb-c.h"
#include "services/recorder/carrier_rows.h"
#include "services/recorder/domain/recording_news.h"
#include "services/recorder/fetches.h"
#include "services/recorder/recorder.h"

/* News that name no call of ours, until it is known whose leg it is. */
struct stray {
	struct recorder *recorder;
	Ringmain__V1__ProviderEvent *event;
	struct vp_uuid org, provider;
};

static void note_strange(struct recorder *r, const Ringmain__V1__ProviderEvent *event)
{
	vp_metric_add(r->metrics.carrier_strange, 1);
	vp_log(WARN, "carrier_recording.strange", VP_KV_STR("driver", event->driver),
		VP_KV_STR("webhook", event->inbox_id));
}

static void tell(struct recorder *r, const Ringmain__V1__ProviderEvent *event, struct vp_uuid org,
	struct vp_uuid provider, struct vp_uuid call, const char *leg)
{
	struct recording_news news;

	recording_news_read(event, &news);
	const struct carrier_news row = {.org = org,
		.call = call,
		.provider = provider,
		.leg = leg ? leg : news.leg,
		.leg_id = news.leg_id,
		.session = news.session,
		.id = news.id,
		.event = event->inbox_id,
		.error = news.said == RECORDING_SAID_NONE ? news.error : NULL};
	if (news.said == RECORDING_SAID_NONE) {
		vp_metric_add(r->metrics.carrier_failed, 1);
		vp_log(WARN, "carrier_recording.none", VP_KV_STR("driver", event->driver),
			VP_KV_STR("call", event->call_id), VP_KV_STR("why", news.error));
	}
	if (carrier_row_tell(r->db, &row)) {
		vp_log(WARN, "carrier_recording.not_stored", VP_KV_STR("call", event->call_id));
	}
	fetches_look_now(r);
}

static void on_owner(int err, const struct vp_db_result *res, void *arg)
{
	struct stray *stray = arg;

	if (!err && vp_db_rows(res) > 0) {
		tell(stray->recorder, stray->event, stray->org, stray->provider,
			vp_db_uuid(res, 0, 0), vp_db_text(res, 0, 1));
	} else {
		note_strange(stray->recorder, stray->event);
	}
	ringmain__v1__provider_event__free_unpacked(stray->event, NULL);
	free(stray);
}

/* Takes event over. */
static void find_owner(struct recorder *r, Ringmain__V1__ProviderEvent *event,
	const struct recording_news *news, struct vp_uuid org, struct vp_uuid provider)
{
	struct stray *stray = malloc(sizeof(*stray));
	const struct carrier_news leg = {
		.org = org, .provider = provider, .leg_id = news->leg_id, .session = news->session};

	if (stray) {
		*stray = (struct stray){r, event, org, provider};
	}
	if (!stray || carrier_row_owner(r->db, &leg, on_owner, stray)) {
		note_strange(r, event); /* a recording that is ours is found among the calls */
		ringmain__v1__provider_event__free_unpacked(event, NULL);
		free(stray);
	}
}

/* Takes event over. */
static void take(struct recorder *r, struct vp_uuid org, Ringmain__V1__ProviderEvent *event)
{
	struct recording_news news;
	struct vp_uuid provider, call;

	recording_news_read(event, &news);
	if (news.said == RECORDING_SAID_STRANGE ||
		(news.said != RECORDING_SAID_NOTHING &&
			!vp_uuid_parse(event->provider_id, &provider))) {
		note_strange(r, event);
	} else if (news.said != RECORDING_SAID_NOTHING && !vp_uuid_parse(event->call_id, &call)) {
		find_owner(r, event, &news, org, provider);
		return;
	} else if (news.said != RECORDING_SAID_NOTHING) {
		tell(r, event, org, provider, call, NULL);
	}
	ringmain__v1__provider_event__free_unpacked(event, NULL);
}

void on_provider_event(const struct vp_bus_msg *msg, void *arg)
{
	struct recorder *r = arg;
	Ringmain__V1__ProviderEvent *event;

	if (!r->cfg->enabled) {
		return;
	}
	event = ringmain__v1__provider_event__unpack(NULL, msg->len, msg->data);
	if (event) {
		take(r, msg->org, event);
	} else {
		vp_log(WARN, "provider_event.malformed");
	}
}
