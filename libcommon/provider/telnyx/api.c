/* How Telnyx is asked: JSON bodies, a bearer key. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/provider/provider.h"
#include "libcommon/provider/telnyx/api_int.h"

#define BASE "https://api.telnyx.com/v2"
#define ID_MAX 256
#define TOKEN_MAX 8192

/* {"errors": [{"code": "90018", "title": ..., "detail": ...}]} */
static void read_error(const json_t *body, char code[16], const char **ret_message)
{
	const json_t *error = json_array_get(json_object_get(body, "errors"), 0);
	const char *number = vp_api_text(error, "code");
	const char *message = vp_api_text(error, "detail");

	if (number) {
		vp_strcopy(code, 16, number);
	}
	message = message ? message : vp_api_text(error, "description");
	message = message ? message : vp_api_text(error, "title");
	*ret_message = message ? message : "";
}

static const struct vp_api_carrier carrier = {
	.name = "Telnyx",
	.login_hint = "Check the API key: Telnyx portal: API Keys.",
	.read_error = read_error,
};

void vp_telnyx_answer(const struct vp_api_request *request, const struct vp_httpc_reply *reply,
	struct vp_api_result *ret)
{
	vp_api_judge(&carrier, request, reply, ret);
}

void vp_telnyx_account_of(const struct vp_provider_config *config, struct vp_telnyx_account *ret)
{
	*ret = (struct vp_telnyx_account){.api_key = vp_provider_get(config, NULL, "api_key"),
		.api_base = vp_provider_get(config, NULL, "api_base")};
}

static char *dump(json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);

	json_decref(body);
	return text;
}

int vp_telnyx_request(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *method, const char *path, json_t *body)
{
	const char *base = account->api_base ? account->api_base : BASE;
	struct vp_api_request request;
	int err = 0;

	if (!account->api_key || account->api_key[0] == '\0' ||
		strpbrk(account->api_key, "\r\n \t") ||
		(account->api_base && vp_api_base_fault(account->api_base))) {
		json_decref(body);
		return EINVAL;
	}
	err = vp_api_begin(&request, method, vp_strf("%s%s", base, path));
	request.allow_private = account->api_base != NULL;
	err = err ? err
		  : vp_api_header(&request, vp_strf("Authorization: Bearer %s", account->api_key));
	if (err) {
		json_decref(body);
	} else if (body) {
		err = vp_api_body(&request, "application/json", dump(body));
	}
	err = vp_api_end(&request, err);
	if (!err) {
		*ret = request;
	}
	return err;
}

char *vp_telnyx_path(const char *pattern, const char *id, int *ret_err)
{
	const char *at = strstr(pattern, "%s");
	VP_CLEANUP(vp_freep) char *segment = NULL;
	char *path;

	*ret_err = EINVAL;
	/* "." and ".." would be other paths */
	if (!id || id[0] == '\0' || strlen(id) > ID_MAX || strspn(id, ".") == strlen(id)) {
		return NULL;
	}
	segment = vp_api_segment(id);
	path = segment ? vp_strf("%.*s%s%s", (int)(at - pattern), pattern, segment, at + 2) : NULL;
	*ret_err = path ? 0 : ENOMEM;
	return path;
}

int vp_telnyx_request_for(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *method, const char *pattern, const char *id, json_t *body)
{
	int err;
	VP_CLEANUP(vp_freep) char *path = vp_telnyx_path(pattern, id, &err);

	if (err) {
		json_decref(body);
		return err;
	}
	return vp_telnyx_request(ret, account, method, path, body);
}

int vp_telnyx_list(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *path, const struct vp_api_field *fields, size_t n)
{
	VP_CLEANUP(vp_freep) char *query = vp_api_form(fields, n);
	VP_CLEANUP(vp_freep) char *target = query ? vp_strf("%s?%s", path, query) : NULL;

	return target ? vp_telnyx_request(ret, account, "GET", target, NULL) : ENOMEM;
}

void vp_telnyx_set(json_t *body, const char *name, const char *value)
{
	if (value) {
		json_object_set_new(body, name, json_string(value));
	}
}

void vp_telnyx_set_number(json_t *body, const char *name, unsigned value)
{
	if (value > 0) {
		json_object_set_new(body, name, json_integer(value));
	}
}

const struct json_t *vp_telnyx_data(const struct json_t *json)
{
	return json_object_get(json, "data");
}

const struct json_t *vp_telnyx_data_at(const struct json_t *json, size_t i)
{
	return json_array_get(json_object_get(json, "data"), i);
}

const char *vp_telnyx_text(const struct json_t *json, const char *name)
{
	return vp_api_text(json, name);
}

/* --- balance, connections, numbers --- */
int vp_telnyx_balance_fetch(struct vp_api_request *ret, const struct vp_telnyx_account *account)
{
	return vp_telnyx_request(ret, account, "GET", "/balance", NULL);
}

int vp_telnyx_connection_fetch(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *connection_id)
{
	return vp_telnyx_request_for(ret, account, "GET", "/connections/%s", connection_id, NULL);
}

int vp_telnyx_number_find(
	struct vp_api_request *ret, const struct vp_telnyx_account *account, const char *number)
{
	const struct vp_api_field fields[] = {
		{"filter[phone_number]", number}, {"page[size]", "20"}};

	return number ? vp_telnyx_list(ret, account, "/phone_numbers", fields, VP_ARRAY_LEN(fields))
		      : EINVAL;
}

/* A change that sets what it says, however often it comes. */
static int patch(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *pattern, const char *id, json_t *body)
{
	int err = body ? vp_telnyx_request_for(ret, account, "PATCH", pattern, id, body) : EINVAL;

	if (!err) {
		ret->repeatable = true;
	}
	return err;
}

int vp_telnyx_number_update(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *number_id, const char *connection_id)
{
	return connection_id ? patch(ret, account, "/phone_numbers/%s", number_id,
				       json_pack("{s:s}", "connection_id", connection_id))
			     : EINVAL;
}

int vp_telnyx_application_save(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *id, const struct vp_telnyx_application *application)
{
	json_t *body = json_pack("{s:s}", "webhook_api_version", "2");

	vp_telnyx_set(body, "application_name", application->name);
	vp_telnyx_set(body, "webhook_event_url", application->webhook_url);
	vp_telnyx_set(body, "webhook_event_failover_url", application->webhook_failover_url);
	if (application->outbound_voice_profile_id) {
		json_object_set_new(body, "outbound",
			json_pack("{s:s}", "outbound_voice_profile_id",
				application->outbound_voice_profile_id));
	}
	if (id) {
		return patch(ret, account, "/call_control_applications/%s", id, body);
	}
	return vp_telnyx_request(ret, account, "POST", "/call_control_applications", body);
}

int vp_telnyx_credential_connection_save(struct vp_api_request *ret,
	const struct vp_telnyx_account *account, const char *id,
	const struct vp_telnyx_credential_connection *connection)
{
	json_t *body = json_pack(
		"{s:s, s:s}", "webhook_api_version", "2", "sip_uri_calling_preference", "internal");
	json_t *outbound = json_pack("{s:b}", "call_parking_enabled", 1);

	vp_telnyx_set(body, "connection_name", connection->name);
	vp_telnyx_set(body, "user_name", connection->user_name);
	vp_telnyx_set(body, "password", connection->password);
	vp_telnyx_set(body, "webhook_event_url", connection->webhook_url);
	vp_telnyx_set(outbound, "outbound_voice_profile_id", connection->outbound_voice_profile_id);
	json_object_set_new(body, "outbound", outbound);
	/* each tab of a user is a device of its own */
	json_object_set_new(body, "inbound", json_pack("{s:s}", "simultaneous_ringing", "enabled"));
	if (id) {
		return patch(ret, account, "/credential_connections/%s", id, body);
	}
	return vp_telnyx_request(ret, account, "POST", "/credential_connections", body);
}

/* --- a browser's credentials --- */
int vp_telnyx_credential_create(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *connection_id, const char *name, const char *tag)
{
	json_t *body;

	if (!connection_id || !name) {
		return EINVAL;
	}
	body = json_pack("{s:s, s:s}", "connection_id", connection_id, "name", name);
	if (!body) {
		return EINVAL; /* no UTF-8 */
	}
	vp_telnyx_set(body, "tag", tag);
	return vp_telnyx_request(ret, account, "POST", "/telephony_credentials", body);
}

int vp_telnyx_credential_find(
	struct vp_api_request *ret, const struct vp_telnyx_account *account, const char *name)
{
	const struct vp_api_field fields[] = {{"filter[name]", name}, {"page[size]", "20"}};

	return name ? vp_telnyx_list(
			      ret, account, "/telephony_credentials", fields, VP_ARRAY_LEN(fields))
		    : EINVAL;
}

int vp_telnyx_credential_delete(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *credential_id)
{
	return vp_telnyx_request_for(
		ret, account, "DELETE", "/telephony_credentials/%s", credential_id, NULL);
}

int vp_telnyx_credential_token(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *credential_id)
{
	int err = vp_telnyx_request_for(
		ret, account, "POST", "/telephony_credentials/%s/token", credential_id, NULL);

	if (!err) {
		ret->wants_text = true;
		ret->repeatable = true; /* two tokens do no harm */
		err = vp_api_end(ret, vp_api_header(ret, strdup("Accept: text/plain")));
	}
	return err;
}

int64_t vp_telnyx_token_expiry(const char *token, size_t len)
{
	const char *payload = len <= TOKEN_MAX ? memchr(token, '.', len) : NULL;
	const char *end =
		payload ? memchr(payload + 1, '.', len - (size_t)(payload + 1 - token)) : NULL;
	VP_CLEANUP(vp_freep) uint8_t *buf = NULL;
	json_t *json = NULL;
	int64_t expiry;
	long n;

	if (!end) {
		return 0;
	}
	payload++;
	buf = malloc((size_t)(end - payload) + 1);
	n = buf ? vp_base64url_decode(payload, (size_t)(end - payload), buf) : -1;
	json = n >= 0 ? json_loadb((const char *)buf, (size_t)n, 0, NULL) : NULL;
	expiry = json_integer_value(json_object_get(json, "exp"));
	json_decref(json);
	return expiry > 0 ? expiry : 0;
}
