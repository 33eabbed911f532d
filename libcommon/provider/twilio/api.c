/* How Twilio is asked: form bodies, HTTP Basic, the account in the path. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/provider/twilio/api_int.h"

#define VERSION "/2010-04-01"
#define URL_MAX 4096
#define NAME_MAX_LEN 64
#define PAGE_MAX 1000

static void read_error(const json_t *body, char code[16], const char **ret_message)
{
	long number = vp_api_long(body, "code", 0);
	const char *message = vp_api_text(body, "message");

	if (number > 0 && number < 1000000) {
		snprintf(code, 16, "%ld", number);
	}
	*ret_message = message ? message : "";
}

static const struct vp_api_carrier carrier = {
	.name = "Twilio",
	.login_hint =
		"Check account SID, auth token and API key; in the Twilio console, whether the "
		"account is active.",
	.read_error = read_error,
};

void vp_twilio_answer(const struct vp_api_request *request, const struct vp_httpc_reply *reply,
	struct vp_api_result *ret)
{
	vp_api_judge(&carrier, request, reply, ret);
	/* an account's answer holds its auth token: nobody here needs it */
	json_object_del(ret->json, "auth_token");
}

/* "https://api.twilio.com", or that of an edge and a region, without the path. */
static char *base_url(const struct vp_twilio_account *account)
{
	if (account->api_base) {
		return strdup(account->api_base);
	}
	if (account->edge) {
		return vp_strf("https://api.%s.%s.twilio.com", account->edge,
			account->region ? account->region : "us1");
	}
	return account->region ? vp_strf("https://api.%s.twilio.com", account->region)
			       : strdup("https://api.twilio.com");
}

static bool is_complete(const struct vp_twilio_account *account)
{
	const char *secret = account->by_key ? account->api_key_secret : account->auth_token;

	return vp_twilio_is_sid(account->account_sid, "AC") && secret && secret[0] != '\0' &&
	       (!account->by_key || vp_twilio_is_sid(account->api_key_sid, "SK")) &&
	       (!account->api_base || !vp_api_base_fault(account->api_base));
}

static int add_login(struct vp_api_request *request, const struct vp_twilio_account *account)
{
	request->user = strdup(account->by_key ? account->api_key_sid : account->account_sid);
	request->password = strdup(account->by_key ? account->api_key_secret : account->auth_token);
	request->allow_private = account->api_base != NULL;
	return request->user && request->password ? 0 : ENOMEM;
}

int vp_twilio_request(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *method, const char *path, const struct vp_api_field *fields, size_t n)
{
	VP_CLEANUP(vp_freep) char *base = NULL;
	VP_CLEANUP(vp_freep) char *form = NULL;
	bool post = strcmp(method, "POST") == 0;
	struct vp_api_request request;
	int err;

	if (!is_complete(account)) {
		return EINVAL;
	}
	base = base_url(account);
	form = vp_api_form(fields, n);
	if (!base || !form) {
		return ENOMEM;
	}
	err = vp_api_begin(&request, method,
		vp_strf("%s%s/Accounts/%s%s%s%s", base, VERSION, account->account_sid, path,
			!post && form[0] ? "?" : "", post ? "" : form));
	err = err ? err : add_login(&request, account);
	if (!err && post) {
		err = vp_api_body(&request, "application/x-www-form-urlencoded", VP_TAKE(form));
	}
	err = vp_api_end(&request, err);
	if (!err) {
		*ret = request;
	}
	return err;
}

int vp_twilio_request_for(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *method, const char *pattern, const char *prefix, const char *sid,
	const struct vp_api_field *fields, size_t n)
{
	const char *at = strstr(pattern, "%s");
	char path[128];

	if (!vp_twilio_is_sid(sid, prefix)) {
		return EINVAL;
	}
	snprintf(path, sizeof(path), "%.*s%s%s", (int)(at - pattern), pattern, sid, at + 2);
	return vp_twilio_request(ret, account, method, path, fields, n);
}

int64_t vp_twilio_time(const char *text)
{
	struct tm tm = {0};
	/* the C locale's names, which no service changes */
	const char *end = text ? strptime(text, "%a, %d %b %Y %H:%M:%S", &tm) : NULL;

	return end ? (int64_t)timegm(&tm) * 1000000 : 0;
}

const char *vp_twilio_time_text(int64_t time_us, char buf[VP_TWILIO_TIME_SIZE])
{
	char text[VP_TIME_TEXT_SIZE];

	if (time_us == 0) {
		return NULL;
	}
	vp_time_text(time_us, text);
	snprintf(buf, VP_TWILIO_TIME_SIZE, "%.19sZ", text);
	return buf;
}

size_t vp_twilio_status_callback(
	const char *url, struct vp_api_field fields[VP_TWILIO_CALLBACK_FIELDS])
{
	static const char event[] = "StatusCallbackEvent";
	const struct vp_api_field all[VP_TWILIO_CALLBACK_FIELDS] = {{"StatusCallback", url},
		{"StatusCallbackMethod", "POST"}, {event, "initiated"}, {event, "ringing"},
		{event, "answered"}, {event, "completed"}};

	memcpy(fields, all, sizeof(all));
	return url ? VP_ARRAY_LEN(all) : 0;
}

size_t vp_twilio_recording_callback(
	const char *url, struct vp_api_field fields[VP_TWILIO_RECORDING_FIELDS])
{
	static const char event[] = "RecordingStatusCallbackEvent";
	const struct vp_api_field all[VP_TWILIO_RECORDING_FIELDS] = {
		{"RecordingStatusCallback", url}, {"RecordingStatusCallbackMethod", "POST"},
		{event, "in-progress"}, {event, "completed"}, {event, "absent"}};

	memcpy(fields, all, sizeof(all));
	return url ? VP_ARRAY_LEN(all) : 0;
}

/* --- lists --- */
const struct json_t *vp_twilio_list_at(const struct json_t *json, const char *name, size_t i)
{
	return json_array_get(json_object_get(json, name), i);
}

const char *vp_twilio_text(const struct json_t *json, const char *name)
{
	return vp_api_text(json, name);
}

/* The path that Twilio names, on the host that we know: an answer sends our login nowhere else. */
int vp_twilio_next_page(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const struct json_t *json)
{
	const char *next = vp_api_text(json, "next_page_uri");
	VP_CLEANUP(vp_freep) char *prefix = NULL;
	size_t len;

	if (!next || next[0] == '\0') {
		return ENOENT;
	}
	prefix = vp_strf("%s/Accounts/%s", VERSION, account->account_sid);
	if (!prefix) {
		return ENOMEM;
	}
	len = strlen(prefix);
	if (strncmp(next, prefix, len) != 0 || next[len] != '/' || strlen(next) > URL_MAX ||
		next[strcspn(next, " #\r\n\t")] != '\0' || strstr(next, "/..")) {
		return EINVAL;
	}
	return vp_twilio_request(ret, account, "GET", next + len, NULL, 0);
}

/* --- account --- */
int vp_twilio_account_fetch(struct vp_api_request *ret, const struct vp_twilio_account *account)
{
	return vp_twilio_request(ret, account, "GET", ".json", NULL, 0);
}

/* --- numbers --- */
int vp_twilio_number_list(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *number, unsigned page_size)
{
	char size[VP_API_NUMBER_SIZE];
	const struct vp_api_field fields[] = {{"PhoneNumber", number},
		{"PageSize", vp_api_number(page_size < PAGE_MAX ? page_size : PAGE_MAX, size)}};

	return vp_twilio_request(
		ret, account, "GET", "/IncomingPhoneNumbers.json", fields, VP_ARRAY_LEN(fields));
}

int vp_twilio_number_update(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *number_sid, const char *application_sid)
{
	const struct vp_api_field fields[] = {{"VoiceApplicationSid", application_sid}};
	int err = vp_twilio_is_sid(application_sid, "AP") ? 0 : EINVAL;

	err = err ? err
		  : vp_twilio_request_for(ret, account, "POST", "/IncomingPhoneNumbers/%s.json",
			    "PN", number_sid, fields, VP_ARRAY_LEN(fields));
	if (!err) {
		ret->repeatable = true; /* it sets, it does not add */
	}
	return err;
}

/* --- applications --- */
int vp_twilio_application_fetch(
	struct vp_api_request *ret, const struct vp_twilio_account *account, const char *sid)
{
	return vp_twilio_request_for(
		ret, account, "GET", "/Applications/%s.json", "AP", sid, NULL, 0);
}

int vp_twilio_application_find(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *friendly_name)
{
	const struct vp_api_field fields[] = {{"FriendlyName", friendly_name}};

	return vp_twilio_request(
		ret, account, "GET", "/Applications.json", fields, VP_ARRAY_LEN(fields));
}

int vp_twilio_application_save(struct vp_api_request *ret, const struct vp_twilio_account *account,
	const char *sid, const struct vp_twilio_application *application)
{
	const char *voice = application->voice_url, *fallback = application->voice_fallback_url;
	const char *status = application->status_callback;
	const struct vp_api_field fields[] = {{"FriendlyName", application->friendly_name},
		{"VoiceUrl", voice}, {"VoiceMethod", voice ? "POST" : NULL},
		{"VoiceFallbackUrl", fallback}, {"VoiceFallbackMethod", fallback ? "POST" : NULL},
		{"StatusCallback", status}, {"StatusCallbackMethod", status ? "POST" : NULL}};
	int err;

	if (application->friendly_name && strlen(application->friendly_name) > NAME_MAX_LEN) {
		return EINVAL;
	}
	if (!sid) {
		return vp_twilio_request(
			ret, account, "POST", "/Applications.json", fields, VP_ARRAY_LEN(fields));
	}
	err = vp_twilio_request_for(ret, account, "POST", "/Applications/%s.json", "AP", sid,
		fields, VP_ARRAY_LEN(fields));
	if (!err) {
		ret->repeatable = true;
	}
	return err;
}
