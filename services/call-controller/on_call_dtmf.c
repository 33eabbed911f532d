/* "call.dtmf": keys of the agent toward the trunk, as RFC 4733 events by media or as SIP INFO. */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/request.h"

static bool are_keys(const char *digits)
{
	const size_t len = strlen(digits);

	return len > 0 && len <= CALL_DTMF_MAX && strspn(digits, "0123456789*#ABCDabcd") == len;
}

static int send_keys(struct call *call, const char *digits)
{
	char upper[CALL_DTMF_MAX + 1] = "";

	for (size_t i = 0; digits[i]; i++) {
		upper[i] = (char)toupper((unsigned char)digits[i]);
	}
	if (call->carrier) {
		return call_carrier_dtmf(call, upper);
	}
	return call->dtmf_info ? call_trunk_dtmf(call, upper) : call_media_dtmf(call, upper);
}

static void take(struct call *call, struct vp_bus_call *request, const char *digits)
{
	const bool talks = call->state == CALL_TALKING || call->early_media;
	int err;

	if (!are_keys(digits)) {
		vp_bus_reply_error(
			request, 400, "bad_digits", "Keys are 0-9, *, # and A-D, at most 32.");
	} else if (!talks) {
		vp_bus_reply_error(request, 409, "not_talking", "Nobody listens to keys yet.");
	} else if ((err = send_keys(call, digits)) == ENOTSUP) {
		vp_bus_reply_error(request, 409, "not_supported",
			"Keys of this provider's calls are sent by the phone in the browser.");
	} else if (err) {
		vp_bus_reply_error(request, 503, "media_lost",
			"The keys could not be sent. Press them again.");
	} else {
		vp_bus_reply_ok(request, NULL, 0);
	}
}

static void on_request(struct vp_bus_call *request, const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__CallDtmf *body =
		REQUEST_UNPACK(ringmain__v1__call_dtmf__unpack, request, msg);
	struct call *call;

	if (!body) {
		return;
	}
	call = request_call(arg, request, msg, body->call_id, body->user_id);
	if (call) {
		take(call, request, body->digits);
	}
	ringmain__v1__call_dtmf__free_unpacked(body, NULL);
}

void on_call_dtmf(struct controller *cc)
{
	vp_bus_serve(cc->bus, "call.dtmf", on_request, cc);
}
