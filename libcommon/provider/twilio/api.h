/* Twilio's REST API, version 2010-04-01 (https://www.twilio.com/docs/voice/api): accounts, numbers,
 * applications. Calls, conferences and recordings are in calls.h, conferences.h, recordings.h here.
 *
 * Every builder gives 0, EINVAL (an id that is none, a needed text that lacks or is too long) or
 * ENOMEM, and fills *ret only on 0. */
#ifndef VP_TWILIO_API_H
#define VP_TWILIO_API_H
#include <stdbool.h>
#include <stddef.h>
#include "libcommon/provider/api.h"

struct vp_provider_config;

/* Who asks, and where. */
struct vp_twilio_account {
	const char *account_sid, *auth_token;
	const char *api_key_sid, *api_key_secret; /* may be NULL */
	bool by_key;                              /* log in with the API key */
	const char *region;                       /* "ie1"; NULL: us1 */
	const char *edge;                         /* "dublin"; NULL: none */
	const char *api_base; /* in place of "https://api.twilio.com"; or NULL */
};
/* Points into config, which must live as long. Logs in with the auth token. */
void vp_twilio_account_of(const struct vp_provider_config *config, struct vp_twilio_account *ret);

/* "AC", "SK", "AP", "CA" ... and 32 hexadecimal digits. */
bool vp_twilio_is_sid(const char *text, const char *prefix);

/* The reply's verdict; ret->json is the object or list. Clear it with vp_api_result_clear. */
void vp_twilio_answer(const struct vp_api_request *request, const struct vp_httpc_reply *reply,
	struct vp_api_result *ret);

/* --- lists --- */
/* Entry i of the list that is called name ("calls", "recordings", "incoming_phone_numbers",
 * "applications", "conferences", "participants"); NULL past the end. */
const struct json_t *vp_twilio_list_at(const struct json_t *json, const char *name, size_t i);
/* ENOENT: that was the last page. EINVAL: the next one is on another host. */
int vp_twilio_next_page(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const struct json_t *json);
/* A member that is text; NULL: null, no text, or not there. Valid while json is. */
const char *vp_twilio_text(const struct json_t *json, const char *name);

/* --- account: friendly_name, status (active, suspended, closed), type --- */
int vp_twilio_account_fetch(struct vp_api_request *ret, const struct vp_twilio_account *account);

/* --- numbers: sid, phone_number, voice_application_sid, voice_url, trunk_sid, capabilities --- */
/* number NULL: all. */
int vp_twilio_number_list(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *number, unsigned page_size);
/* Calls to the number (PN...) go to that application. */
int vp_twilio_number_update(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *number_sid, const char *application_sid);

/* --- TwiML applications: sid, friendly_name, voice_url, voice_method, status_callback --- */
struct vp_twilio_application {
	const char *friendly_name;
	const char *voice_url, *voice_fallback_url, *status_callback; /* by POST; NULL: as it is */
};
int vp_twilio_application_fetch(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *sid);
int vp_twilio_application_find(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *friendly_name);
/* sid NULL: makes a new one. */
int vp_twilio_application_save(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *sid, const struct vp_twilio_application *application);
#endif
