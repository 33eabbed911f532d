/* Conferences of Twilio's REST API (https://www.twilio.com/docs/voice/api/conference-resource).
 * Builders as in api.h. */
#ifndef VP_TWILIO_CONFERENCES_H
#define VP_TWILIO_CONFERENCES_H
#include <stdbool.h>
#include "libcommon/provider/twilio/api.h"

enum vp_twilio_flag {
	VP_TWILIO_AS_IT_IS,
	VP_TWILIO_YES,
	VP_TWILIO_NO,
};

/* Twilio dials somebody into a conference. */
struct vp_twilio_participant {
	const char *to, *from;
	const char *call_token;      /* of the call whose number from is, if it is not ours */
	const char *label;           /* names the participant in paths and callbacks */
	const char *status_callback; /* of the leg: initiated, ringing, answered, completed */
	const char *conference_status_callback; /* start, end, join, leave, mute, hold */
	unsigned timeout_s, time_limit_s;
	bool no_beep;
	enum vp_twilio_flag start_on_enter, end_on_exit, early_media, muted;
	const char *wait_url;
	bool record; /* this leg from its answer on: its own voice, and apart what it hears */
	const char *recording_callback; /* in-progress, completed, absent */
	const char *coach_call_sid;     /* heard by that participant only */
};
/* conference: its sid (CF...) or its name, which makes it when there is none. No idempotency key,
 * as with a call. */
int vp_twilio_participant_create(struct vp_api_request *ret,
	const struct vp_twilio_account *account, const char *conference,
	const struct vp_twilio_participant *participant);

struct vp_twilio_participant_change {
	enum vp_twilio_flag muted, hold, end_on_exit;
	enum vp_twilio_flag coaching;
	const char *coach_call_sid;
	const char *hold_url, *announce_url;
};
/* conference: its sid. who: a call (CA...) or a label. */
int vp_twilio_participant_update(struct vp_api_request *ret,
	const struct vp_twilio_account *account, const char *conference, const char *who,
	const struct vp_twilio_participant_change *change);
int vp_twilio_participant_remove(struct vp_api_request *ret,
	const struct vp_twilio_account *account, const char *conference, const char *who);
int vp_twilio_participant_list(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *conference);

/* Those of that name, newest first: list "conferences" with sid, friendly_name, status (init while
 * only one is in it, in-progress, completed). */
int vp_twilio_conference_find(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *name);
/* Hangs up everybody. */
int vp_twilio_conference_end(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *conference);
#endif
