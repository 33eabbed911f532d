#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/check/urls.h"

static const struct {
	const char *tail; /* after /voip/webhook/p/<provider> */
	const char *older;
} places[] = {
	[VP_WEBHOOK_TWILIO_VOICE] = {"/voice", "/voip/webhook/twilio/voice"},
	[VP_WEBHOOK_TWILIO_FALLBACK] = {"/fallback", "/voip/webhook/twilio/voice"},
	[VP_WEBHOOK_TWILIO_STATUS] = {"/status", "/voip/webhook/twilio/status"},
	[VP_WEBHOOK_TELNYX] = {"", "/voip/webhook/telnyx"},
};

/* Without the slash that people leave at its end. */
static int base_len(const char *base)
{
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/') {
		len--;
	}
	return (int)len;
}

char *vp_webhook_url(const char *base, enum vp_webhook which, const char *provider_id)
{
	return vp_strf(
		"%.*s/voip/webhook/p/%s%s", base_len(base), base, provider_id, places[which].tail);
}

bool vp_webhook_is_ours(
	const char *url, const char *base, enum vp_webhook which, const char *provider_id)
{
	VP_CLEANUP(vp_freep) char *own = vp_webhook_url(base, which, provider_id);
	VP_CLEANUP(vp_freep)
	char *older = vp_strf("%.*s%s", base_len(base), base, places[which].older);

	return own && older && (strcmp(url, own) == 0 || strcmp(url, older) == 0);
}
