#include "services/webhook-ingest/routes.h"
#include "libcommon/base/base.h"
#include "libcommon/http/http.h"
#include "services/webhook-ingest/ingest.h"

#define TO(driver, kind)                                                                           \
	&(const struct ingest_route)                                                               \
	{                                                                                          \
		(driver), (kind)                                                                   \
	}
#define WEBHOOK(path, driver, kind)                                                                \
	{                                                                                          \
		"POST", (path), door_pass, HOOK_BODY_MAX, TO(driver, kind)                         \
	}
/* An application or a number at Twilio may be set to GET. */
#define WEBHOOK_GET(path, kind)                                                                    \
	{                                                                                          \
		"GET", (path), door_pass, 0, TO(HOOK_TWILIO, kind)                                 \
	}
#define OF_PROVIDER "/voip/webhook/p/{provider}/"

/* That the public address reaches this service: the test of a provider, load balancers. */
static void on_healthz(struct vp_http_req *req, void *arg)
{
	(void)arg;
	vp_http_reply_json(req, 200, "{\"service\":\"webhook-ingest\"}");
}

const struct vp_http_route ingest_routes[] = {
	{"GET", "/healthz", on_healthz, 0, NULL},

	WEBHOOK("/voip/webhook/twilio/voice", HOOK_TWILIO, "voice"),
	WEBHOOK("/voip/webhook/twilio/status", HOOK_TWILIO, "status"),
	WEBHOOK_GET("/voip/webhook/twilio/voice", "voice"),
	WEBHOOK_GET("/voip/webhook/twilio/status", "status"),
	WEBHOOK("/voip/webhook/{driver}", HOOK_DRIVER_MAX, ""),

	WEBHOOK(OF_PROVIDER "voice", HOOK_TWILIO, "voice"),
	WEBHOOK(OF_PROVIDER "fallback", HOOK_TWILIO, "fallback"),
	WEBHOOK(OF_PROVIDER "status", HOOK_TWILIO, "status"),
	WEBHOOK_GET(OF_PROVIDER "voice", "voice"),
	WEBHOOK_GET(OF_PROVIDER "fallback", "fallback"),
	WEBHOOK_GET(OF_PROVIDER "status", "status"),
	WEBHOOK(OF_PROVIDER "recording", HOOK_TWILIO, "recording"),
	WEBHOOK(OF_PROVIDER "conference", HOOK_TWILIO, "conference"),
	WEBHOOK(OF_PROVIDER "dial", HOOK_TWILIO, "dial"),
	WEBHOOK(OF_PROVIDER "events", HOOK_TELNYX, ""),
	WEBHOOK("/voip/webhook/p/{provider}", HOOK_TELNYX, ""),
};
const size_t ingest_n_routes = VP_ARRAY_LEN(ingest_routes);
