/* Calls of Twilio's REST API (https://www.twilio.com/docs/voice/api/call-resource). Builders as in
 * api.h. Creating a call has no idempotency key: after VP_API_UNKNOWN look for it by
 * vp_twilio_call_list before it is dialled again. */
#ifndef VP_TWILIO_CALLS_H
#define VP_TWILIO_CALLS_H
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/provider/twilio/api.h"

#define VP_TWILIO_TWIML_MAX 4000

struct vp_twilio_dial {
	const char *to, *from;
	const char *url, *twiml, *application_sid; /* exactly one */
	const char *status_callback;               /* initiated, ringing, answered, completed */
	unsigned timeout_s, time_limit_s;          /* 0: Twilio's (60, 14400) */
	const char *send_digits;
	bool record;                    /* from answer, both sides apart */
	const char *recording_callback; /* in-progress, completed, absent */
	bool detect_machine;
};
int vp_twilio_call_create(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const struct vp_twilio_dial *dial);

/* Exactly one of them: another document for a live call, or its end: status "completed" ends any,
 * "canceled" only one that does not ring yet or rings. */
struct vp_twilio_call_change {
	const char *status;
	const char *url;
	const char *twiml;
};
int vp_twilio_call_update(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *call_sid, const struct vp_twilio_call_change *change);
int vp_twilio_call_fetch(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *call_sid);

struct vp_twilio_call_filter {
	const char *to, *from, *status, *parent_sid; /* NULL: any */
	int64_t started_from_us, started_to_us;      /* wall clock, whole seconds count; 0: any */
	unsigned page_size;                          /* at most 1000; 0: Twilio's 50 */
};
int vp_twilio_call_list(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const struct vp_twilio_call_filter *filter);

/* Texts point into the JSON; NULL: it does not say. */
struct vp_twilio_call {
	const char *sid, *parent_sid;
	const char *status; /* queued, ringing, in-progress, completed, busy, failed, no-answer,
			       canceled */
	const char *direction, *to, *from, *answered_by;
	int64_t started_us, ended_us; /* 0: not yet */
	int duration_s;               /* -1: it does not say */
	bool is_over;                 /* its status is a last one */
};
/* False: json is no call. */
bool vp_twilio_call_read(const struct json_t *json, struct vp_twilio_call *ret);
#endif
