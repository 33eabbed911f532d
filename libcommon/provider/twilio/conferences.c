#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/api_int.h"
#include "libcommon/provider/twilio/conferences.h"

#define CONFERENCE_EVENT "ConferenceStatusCallbackEvent"
#define NAME_MAX_LEN 128

static const char *flag(enum vp_twilio_flag value)
{
	return value == VP_TWILIO_AS_IT_IS ? NULL : value == VP_TWILIO_YES ? "true" : "false";
}

/* "/Conferences/NAME/Participants/WHO.json" in fresh memory; who NULL: the list. NULL with EINVAL
 * or ENOMEM. */
static char *participant_path(const char *conference, const char *who, int *ret_err)
{
	VP_CLEANUP(vp_freep) char *room = NULL;
	VP_CLEANUP(vp_freep) char *name = NULL;
	char *path;

	*ret_err = EINVAL;
	if (!conference || conference[0] == '\0' || strlen(conference) > NAME_MAX_LEN ||
		(who && (who[0] == '\0' || strlen(who) > NAME_MAX_LEN))) {
		return NULL;
	}
	*ret_err = ENOMEM;
	room = vp_api_segment(conference);
	name = vp_api_segment(who ? who : "");
	if (!room || !name) {
		return NULL;
	}
	path = who ? vp_strf("/Conferences/%s/Participants/%s.json", room, name)
		   : vp_strf("/Conferences/%s/Participants.json", room);
	*ret_err = path ? 0 : ENOMEM;
	return path;
}

static size_t add_callbacks(
	const struct vp_twilio_participant *participant, struct vp_api_field *fields)
{
	const char *url = participant->conference_status_callback;
	static const char *const events[] = {"start", "end", "join", "leave", "mute", "hold"};
	size_t n = vp_twilio_status_callback(participant->status_callback, fields);

	if (url) {
		fields[n++] = (struct vp_api_field){"ConferenceStatusCallback", url};
		fields[n++] = (struct vp_api_field){"ConferenceStatusCallbackMethod", "POST"};
		for (size_t i = 0; i < VP_ARRAY_LEN(events); i++) {
			fields[n++] = (struct vp_api_field){CONFERENCE_EVENT, events[i]};
		}
	}
	if (participant->record) {
		fields[n++] = (struct vp_api_field){"Record", "true"};
		fields[n++] = (struct vp_api_field){"RecordingChannels", "dual"};
		n += vp_twilio_recording_callback(participant->recording_callback, fields + n);
	}
	return n;
}

int vp_twilio_participant_create(struct vp_api_request *ret,
	const struct vp_twilio_account *account, const char *conference,
	const struct vp_twilio_participant *participant)
{
	char timeout[VP_API_NUMBER_SIZE], limit[VP_API_NUMBER_SIZE];
	const char *coach = participant->coach_call_sid;
	struct vp_api_field fields[40] = {{"To", participant->to}, {"From", participant->from},
		{"Label", participant->label},
		{"Timeout", vp_api_number(participant->timeout_s, timeout)},
		{"TimeLimit", vp_api_number(participant->time_limit_s, limit)},
		{"Beep", participant->no_beep ? "false" : NULL},
		{"StartConferenceOnEnter", flag(participant->start_on_enter)},
		{"EndConferenceOnExit", flag(participant->end_on_exit)},
		{"EarlyMedia", flag(participant->early_media)}, {"Muted", flag(participant->muted)},
		{"WaitUrl", participant->wait_url}, {"Coaching", coach ? "true" : NULL},
		{"CallSidToCoach", coach}, {"CallToken", participant->call_token}};
	size_t n = 14;
	int err;
	VP_CLEANUP(vp_freep) char *path = participant_path(conference, NULL, &err);

	if (!participant->to || !participant->from || (coach && !vp_twilio_is_sid(coach, "CA"))) {
		return EINVAL;
	}
	if (err) {
		return err;
	}
	n += add_callbacks(participant, fields + n);
	return vp_twilio_request(ret, account, "POST", path, fields, n);
}

int vp_twilio_participant_update(struct vp_api_request *ret,
	const struct vp_twilio_account *account, const char *conference, const char *who,
	const struct vp_twilio_participant_change *change)
{
	const struct vp_api_field fields[] = {{"Muted", flag(change->muted)},
		{"Hold", flag(change->hold)}, {"HoldUrl", change->hold_url},
		{"EndConferenceOnExit", flag(change->end_on_exit)},
		{"Coaching", flag(change->coaching)}, {"CallSidToCoach", change->coach_call_sid},
		{"AnnounceUrl", change->announce_url}};
	int err;
	VP_CLEANUP(vp_freep) char *path = participant_path(conference, who ? who : "", &err);

	err = err ? err
		  : vp_twilio_request(ret, account, "POST", path, fields, VP_ARRAY_LEN(fields));
	if (!err) {
		ret->repeatable = !change->announce_url; /* that would be heard twice */
	}
	return err;
}

int vp_twilio_participant_remove(struct vp_api_request *ret,
	const struct vp_twilio_account *account, const char *conference, const char *who)
{
	int err;
	VP_CLEANUP(vp_freep) char *path = participant_path(conference, who ? who : "", &err);

	return err ? err : vp_twilio_request(ret, account, "DELETE", path, NULL, 0);
}

int vp_twilio_participant_list(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *conference)
{
	int err;
	VP_CLEANUP(vp_freep) char *path = participant_path(conference, NULL, &err);

	return err ? err : vp_twilio_request(ret, account, "GET", path, NULL, 0);
}

int vp_twilio_conference_find(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *name)
{
	const struct vp_api_field fields[] = {{"FriendlyName", name}, {"PageSize", "20"}};

	return name ? vp_twilio_request(ret, account, "GET", "/Conferences.json", fields,
			      VP_ARRAY_LEN(fields))
		    : EINVAL;
}

int vp_twilio_conference_end(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *conference)
{
	const struct vp_api_field fields[] = {{"Status", "completed"}};
	int err = vp_twilio_request_for(ret, account, "POST", "/Conferences/%s.json", "CF",
		conference, fields, VP_ARRAY_LEN(fields));

	if (!err) {
		ret->repeatable = true;
	}
	return err;
}
