/* The signature, over the configured public URL and the raw bytes; no field is believed before. Of
 * a body only AccountSid is looked at, to choose the key that has to prove it. */
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http.h"
#include "services/webhook-ingest/ingest.h"

#define URL_MAX 8704

static enum reject of_twilio(enum vp_twilio_verdict verdict)
{
	switch (verdict) {
	case VP_TWILIO_GOOD: return REJECT_NONE;
	case VP_TWILIO_MISSING: return REJECT_SIGNATURE_MISSING;
	case VP_TWILIO_MALFORMED: return REJECT_SIGNATURE_MALFORMED;
	case VP_TWILIO_BODY_HASH: return REJECT_BODY_HASH;
	case VP_TWILIO_WRONG: break;
	}
	return REJECT_SIGNATURE_WRONG;
}

static enum reject of_telnyx(enum vp_telnyx_verdict verdict)
{
	switch (verdict) {
	case VP_TELNYX_GOOD: return REJECT_NONE;
	case VP_TELNYX_MISSING: return REJECT_SIGNATURE_MISSING;
	case VP_TELNYX_MALFORMED: return REJECT_SIGNATURE_MALFORMED;
	case VP_TELNYX_STALE: return REJECT_STALE;
	case VP_TELNYX_WRONG: break;
	}
	return REJECT_SIGNATURE_WRONG;
}

static enum reject try_bases(struct ingest *ingest, struct vp_twilio_key *key,
	const struct vp_twilio_request *request, const char *target)
{
	struct vp_twilio_request one = *request;
	enum reject reject = REJECT_SIGNATURE_WRONG;
	for (size_t i = 0; i < ingest->n_bases && reject == REJECT_SIGNATURE_WRONG; i++) {
		char url[URL_MAX];
		int len = snprintf(url, sizeof(url), "%s%s", ingest->bases[i], target);
		one.url = url;
		reject = len < (int)sizeof(url) ? of_twilio(vp_twilio_verify(key, &one))
						: REJECT_SIGNATURE_MALFORMED;
	}
	return reject;
}

/* The fields of a form are read once for all keys and URLs; false: they are malformed. */
static bool read_form(struct vp_twilio_request *request, struct proof *ret)
{
	if (!request->signature || !vp_twilio_signs_form(request)) {
		return true;
	}
	if (vp_twilio_form_parse(&ret->form, request->body, request->len) != 0) {
		return false;
	}
	vp_twilio_form_join(&ret->form);
	request->form = &ret->form;
	ret->has_form = true;
	return true;
}

static enum reject twilio(struct ingest *ingest, struct vp_http_req *req,
	struct account *const candidates[], size_t n, struct proof *ret)
{
	enum reject reject = REJECT_ACCOUNT;
	size_t len;
	const char *body = vp_http_body(req, &len);
	struct vp_twilio_request request = {.method = vp_http_method(req),
		.content_type = vp_http_header(req, "content-type"),
		.body = body,
		.len = len,
		.signature = vp_http_header(req, "x-twilio-signature")};
	if (!read_form(&request, ret)) {
		return REJECT_SIGNATURE_MALFORMED;
	}
	for (size_t i = 0; i < n; i++) {
		reject = try_bases(ingest, candidates[i]->twilio, &request, vp_http_target(req));
		if (reject != REJECT_SIGNATURE_WRONG) {
			ret->account = candidates[i];
			return reject;
		}
	}
	return reject;
}

static enum reject telnyx(
	struct vp_http_req *req, struct account *const candidates[], size_t n, struct proof *ret)
{
	enum reject reject = REJECT_SIGNATURE_WRONG;
	size_t len;
	const char *body = vp_http_body(req, &len);
	const char *timestamp = vp_http_header(req, "telnyx-timestamp");
	const char *signature = vp_http_header(req, "telnyx-signature-ed25519");
	for (size_t i = 0; i < n; i++) {
		reject = of_telnyx(vp_telnyx_verify(candidates[i]->telnyx, timestamp, signature,
			body, len, vp_time_us() / 1000000));
		if (reject != REJECT_SIGNATURE_WRONG) {
			ret->account = candidates[i];
			return reject;
		}
	}
	return reject;
}

enum reject verify(struct ingest *ingest, struct vp_http_req *req, enum hook_driver driver,
	struct account *const candidates[], size_t n, struct proof *ret)
{
	return driver == HOOK_TWILIO ? twilio(ingest, req, candidates, n, ret)
				     : telnyx(req, candidates, n, ret);
}
