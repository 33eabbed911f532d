/* Call Control (https://developers.telnyx.com/docs/voice/programmable-voice). Builders as in api.h.
 * A command with an id is repeatable: Telnyx ignores the same id for 60 s. */
#ifndef VP_TELNYX_CALLS_H
#define VP_TELNYX_CALLS_H
#include <stdbool.h>
#include "libcommon/provider/telnyx/api.h"

/* A SIP header of our own: "X-...". */
struct vp_telnyx_header {
	const char *name, *value;
};

struct vp_telnyx_dial {
	const char *connection_id; /* the call control application's */
	const char *to, *from;     /* E.164, or "sip:..." */
	const char *from_display_name;
	const char *client_state; /* plain; comes back in each webhook, in base64 */
	const char *command_id;   /* ours, needed: no second call after a timeout */
	const char *link_to;      /* another leg's call_control_id: one session */
	const char *bridge_to;    /* bridges with that leg at answer */
	const char *webhook_url;  /* NULL: the application's */
	unsigned timeout_s;       /* 5..600; 0: Telnyx's 30 */
	unsigned time_limit_s;    /* 0: Telnyx's */
	bool record;              /* from answer, both sides apart, wav */
	bool detect_machine;
	const struct vp_telnyx_header *header; /* of the INVITE; NULL: none */
};
/* data{call_control_id, call_leg_id, call_session_id}. */
int vp_telnyx_dial(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const struct vp_telnyx_dial *dial);
/* data{is_alive, start_time, end_time, client_state}; gone 10 minutes after the end. */
int vp_telnyx_call_fetch(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *call_control_id);

/* What every action takes. */
struct vp_telnyx_command {
	const struct vp_telnyx_account *account;
	const char *call_control_id;
	const char *client_state; /* plain; NULL: as it is */
	const char *command_id;   /* ours, needed */
};
int vp_telnyx_answer_call(struct vp_api_request *ret, const struct vp_telnyx_command *command);
int vp_telnyx_hangup(struct vp_api_request *ret, const struct vp_telnyx_command *command);
/* cause: CALL_REJECTED or USER_BUSY. */
int vp_telnyx_reject(
	struct vp_api_request *ret, const struct vp_telnyx_command *command, const char *cause);
/* with: another leg's call_control_id; park: this leg stays when that one goes. */
int vp_telnyx_bridge(struct vp_api_request *ret, const struct vp_telnyx_command *command,
	const char *with, bool park);
int vp_telnyx_transfer(struct vp_api_request *ret, const struct vp_telnyx_command *command,
	const char *to, const char *from, unsigned timeout_s);
int vp_telnyx_send_dtmf(
	struct vp_api_request *ret, const struct vp_telnyx_command *command, const char *digits);
/* Both sides apart, wav. */
int vp_telnyx_record_start(struct vp_api_request *ret, const struct vp_telnyx_command *command);
/* verb: "stop", "pause", "resume". */
int vp_telnyx_record_change(
	struct vp_api_request *ret, const struct vp_telnyx_command *command, const char *verb);
/* language: "en-US"; NULL: that. */
int vp_telnyx_speak(struct vp_api_request *ret, const struct vp_telnyx_command *command,
	const char *text, const char *language);
/* loop: again and again until stopped. */
int vp_telnyx_playback_start(struct vp_api_request *ret, const struct vp_telnyx_command *command,
	const char *audio_url, bool loop);
int vp_telnyx_playback_stop(struct vp_api_request *ret, const struct vp_telnyx_command *command);

/* Of a hang-up: the call was over already, what it wanted is so. */
bool vp_telnyx_is_over(const struct vp_api_result *result);

/* client_state of a webhook as plain text into buf; false: no base64, or it does not fit. */
bool vp_telnyx_client_state(const char *client_state, char *buf, size_t size);
#endif
