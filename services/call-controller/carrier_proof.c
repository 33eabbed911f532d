/* Whose leg is it? Telnyx tells of a leg with the client_state that it was begun with. We put a
 * call's name there, but so may a browser that begins a leg by itself, and the leg would be taken
 * for one of that call. On which connection a leg is, only Telnyx says: ours are on the one that
 * this provider's settings name for calls, browsers sign in to another. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "libcommon/provider/provider.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

#define PROOFS_MAX 4096 /* that wait for settings; what comes more is dropped */

struct proof {
	struct le le;
	struct controller *cc;
	struct carrier_op *looking;
	struct vp_uuid org;
	Ringmain__V1__ProviderEvent *event;
	struct provider_news news;
	carrier_proved_h *h;
	const char *key; /* of the connection in the settings */
	bool is_ours;
};

static void proof_free(struct proof *proof)
{
	list_unlink(&proof->le);
	carriers_cancel(proof->looking);
	ringmain__v1__provider_event__free_unpacked(proof->event, NULL);
	free(proof);
}

void carrier_proofs_drop(struct controller *cc)
{
	while (list_head(&cc->proofs)) {
		proof_free(list_head(&cc->proofs)->data);
	}
}

/* The settings are all that is wanted: nothing is sent. */
static int look(struct vp_api_request *ret, const struct carrier_account *account, void *arg)
{
	struct proof *proof = arg;
	const char *own = vp_provider_get(account->config, NULL, proof->key);
	struct provider_arrival leg;

	(void)ret;
	provider_arrival_read(proof->event, &leg);
	proof->is_ours = own && leg.connection[0] && strcmp(own, leg.connection) == 0;
	return ECANCELED;
}

static void on_looked(struct vp_api_result *result, void *arg)
{
	struct proof *proof = arg;

	proof->looking = NULL;
	if (result->verdict == VP_API_AWAY) {
		vp_log(WARN, "carrier.leg_unproved", VP_KV_STR("reason", result->sentence));
	} else {
		proof->h(proof->cc, proof->org, proof->event, &proof->news, proof->is_ours);
	}
	proof_free(proof);
}

static bool start(struct proof *proof, const struct carrier_driver *driver)
{
	struct carrier_ask ask = {.org = proof->org,
		.driver = driver,
		.build = look,
		.done = on_looked,
		.arg = proof,
		.tries = 1};

	return vp_uuid_parse(proof->event->provider_id, &ask.provider) &&
	       list_count(&proof->cc->proofs) <= PROOFS_MAX &&
	       carriers_ask(proof->cc->carriers, &ask, &proof->looking) == 0;
}

void carrier_leg_prove(struct controller *cc, struct vp_uuid org,
	Ringmain__V1__ProviderEvent *event, const struct provider_news *news, carrier_proved_h *h)
{
	const struct carrier_driver *driver = carrier_driver_find(event->driver);
	struct proof *proof = calloc(1, sizeof(*proof));

	if (!proof) {
		ringmain__v1__provider_event__free_unpacked(event, NULL);
		return;
	}
	*proof = (struct proof){.cc = cc,
		.org = org,
		.event = event,
		.news = *news,
		.h = h,
		.key = driver->connection};
	list_append(&cc->proofs, &proof->le, proof);
	if (!start(proof, driver)) {
		vp_log(WARN, "carrier.leg_unproved", VP_KV_STR("reason", "too many wait"));
		proof_free(proof);
	}
}
