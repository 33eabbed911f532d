/* Telnyx's REST API, version 2 (https://developers.telnyx.com/api): balance, connections, numbers,
 * a browser's credentials. Calls and recordings are in calls.h, recordings.h here.
 *
 * Every builder gives 0, EINVAL (a needed text that lacks or is too long) or ENOMEM, and fills *ret
 * only on 0. */
#ifndef VP_TELNYX_API_H
#define VP_TELNYX_API_H
#include <stddef.h>
#include <stdint.h>
#include "libcommon/provider/api.h"

struct vp_provider_config;

struct vp_telnyx_account {
	const char *api_key;
	const char *api_base; /* in place of "https://api.telnyx.com/v2"; or NULL */
};
/* Points into config, which must live as long. */
void vp_telnyx_account_of(const struct vp_provider_config *config, struct vp_telnyx_account *ret);

/* The reply's verdict; ret->json is the whole answer, {"data": ...}. Clear it with
 * vp_api_result_clear. */
void vp_telnyx_answer(const struct vp_api_request *request, const struct vp_httpc_reply *reply,
	struct vp_api_result *ret);

/* data, or entry i of it when it is a list; NULL: none. */
const struct json_t *vp_telnyx_data(const struct json_t *json);
const struct json_t *vp_telnyx_data_at(const struct json_t *json, size_t i);
/* A member that is text; NULL: null, no text, or not there. Valid while json is. */
const char *vp_telnyx_text(const struct json_t *json, const char *name);

/* data{balance, available_credit, currency}: proves the key. */
int vp_telnyx_balance_fetch(struct vp_api_request *ret, const struct vp_telnyx_account *account);
/* data{id, record_type, active, webhook_event_url, outbound_voice_profile_id}, of either kind. */
int vp_telnyx_connection_fetch(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *connection_id);
/* data[]{id, phone_number, status, connection_id}. */
int vp_telnyx_number_find(
	struct vp_api_request *ret, const struct vp_telnyx_account *account, const char *number);
/* Calls to the number (its id, not its digits) go to that connection. */
int vp_telnyx_number_update(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *number_id, const char *connection_id);

/* A call control application: what dials and gets the webhooks. id NULL: makes a new one. */
struct vp_telnyx_application {
	const char *name;
	const char *webhook_url, *webhook_failover_url; /* NULL: as it is */
	const char *outbound_voice_profile_id;          /* NULL: as it is */
};
int vp_telnyx_application_save(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *id, const struct vp_telnyx_application *application);
/* A credential connection: what browsers log in to. id NULL: makes a new one, which wants user_name
 * (4-32 letters and digits) and password (8-128). Calls from browsers are parked for us. */
struct vp_telnyx_credential_connection {
	const char *name, *user_name, *password;
	const char *webhook_url;
	const char *outbound_voice_profile_id;
};
int vp_telnyx_credential_connection_save(struct vp_api_request *ret,
	const struct vp_telnyx_account *account, const char *id,
	const struct vp_telnyx_credential_connection *connection);

/* --- what one user's browser logs in with --- */
/* data{id, sip_username, expired, expires_at}; make one per user and keep its id. connection_id:
 * the credential connection's. */
int vp_telnyx_credential_create(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *connection_id, const char *name, const char *tag);
/* data[]{id, name, resource_id, sip_username, expired}: those of that name. */
int vp_telnyx_credential_find(
	struct vp_api_request *ret, const struct vp_telnyx_account *account, const char *name);
int vp_telnyx_credential_delete(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *credential_id);
/* The answer's body is the JWT as text, good for 24 h at most. */
int vp_telnyx_credential_token(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *credential_id);
/* When the JWT ends (Unix seconds), unverified: it is Telnyx's. 0: it is none. */
int64_t vp_telnyx_token_expiry(const char *token, size_t len);
#endif
