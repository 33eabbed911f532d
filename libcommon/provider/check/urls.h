/* Where carriers send what they have to say: the addresses that webhook-ingest serves. */
#ifndef VP_PROVIDER_URLS_H
#define VP_PROVIDER_URLS_H
#include <stdbool.h>

enum vp_webhook {
	VP_WEBHOOK_TWILIO_VOICE,
	VP_WEBHOOK_TWILIO_FALLBACK,
	VP_WEBHOOK_TWILIO_STATUS,
	VP_WEBHOOK_TELNYX
};

/* base: VOIP_WEBHOOK_URL. In fresh memory; NULL: no memory. */
char *vp_webhook_url(const char *base, enum vp_webhook which, const char *provider_id);
/* Whether a carrier's setting leads to us: the address above, or the one of the time when there was
 * one account a carrier (/voip/webhook/twilio/voice). */
bool vp_webhook_is_ours(
	const char *url, const char *base, enum vp_webhook which, const char *provider_id);
#endif
