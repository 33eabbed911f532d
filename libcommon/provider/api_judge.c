/* What an answer means. The question behind each verdict: did the carrier act, and may the request
 * go out again? */
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/provider/api_int.h"

#define MESSAGE_SIZE 200

static const char *const words[VP_API_VERDICT_MAX] = {
	[VP_API_OK] = "ok",
	[VP_API_REFUSED] = "refused",
	[VP_API_LOGIN] = "login",
	[VP_API_NOT_FOUND] = "not_found",
	[VP_API_BUSY] = "busy",
	[VP_API_AWAY] = "away",
	[VP_API_UNKNOWN] = "unknown",
};

const char *vp_api_verdict_word(enum vp_api_verdict verdict)
{
	vp_assert(verdict < VP_API_VERDICT_MAX);
	return words[verdict];
}

static void wipe(json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_string(json)) {
		sodium_memzero(
			(char *)(uintptr_t)json_string_value(json), json_string_length(json));
	}
	json_object_foreach(json, key, value)
	{
		wipe(value);
	}
	json_array_foreach(json, i, value)
	{
		wipe(value);
	}
}

void vp_api_result_clear(struct vp_api_result *result)
{
	wipe(result->json);
	json_decref(result->json);
	*result = (struct vp_api_result){0};
}

const char *vp_api_text(const json_t *json, const char *name)
{
	return json_string_value(json_object_get(json, name));
}

long vp_api_long(const json_t *json, const char *name, long def)
{
	const json_t *value = json_object_get(json, name);
	const char *text = json_string_value(value);
	char *end;
	long number;

	if (json_is_integer(value)) {
		return (long)json_integer_value(value);
	}
	if (!text || *text == '\0') {
		return def;
	}
	errno = 0;
	number = strtol(text, &end, 10);
	return *end == '\0' && errno == 0 ? number : def;
}

static void VP_PRINTF(2, 3) say(struct vp_api_result *result, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(result->sentence, sizeof(result->sentence), fmt, ap);
	va_end(ap);
}

/* A carrier's words on one line, cut at a character's border, without a full stop. */
static void copy_message(char buf[MESSAGE_SIZE], const char *message)
{
	size_t len = strnlen(message, MESSAGE_SIZE - 1);

	while (len > 0 && message[len] != '\0' && ((unsigned char)message[len] & 0xc0) == 0x80) {
		len--;
	}
	while (len > 0 && (message[len - 1] == '.' || message[len - 1] == ' ')) {
		len--;
	}
	for (size_t i = 0; i < len; i++) {
		buf[i] = (unsigned char)message[i] < 0x20 || message[i] == 0x7f ? ' ' : message[i];
	}
	buf[len] = '\0';
}

static void judge_transport(const struct vp_api_carrier *carrier,
	const struct vp_api_request *request, const struct vp_httpc_reply *reply,
	struct vp_api_result *ret)
{
	switch (reply->err) {
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case EPROTO:
	case EINVAL:
	case EACCES:
		ret->verdict = VP_API_AWAY;
		say(ret, "%s cannot be reached: %s. Check this server's network, DNS and clock.",
			carrier->name, reply->reason);
		break;
	case ETIMEDOUT:
		ret->verdict = VP_API_UNKNOWN;
		say(ret, "%s did not answer within %u s. Try again in a moment.", carrier->name,
			request->timeout_ms / 1000);
		break;
	case EFBIG:
		ret->verdict = VP_API_UNKNOWN;
		say(ret, "%s answered with more than was expected. Try again in a moment.",
			carrier->name);
		break;
	default:
		ret->verdict = VP_API_UNKNOWN;
		say(ret, "The connection to %s broke: %s. Try again in a moment.", carrier->name,
			reply->reason);
	}
}

static enum vp_api_verdict verdict_of(int status)
{
	if (status == 401 || status == 403) {
		return VP_API_LOGIN;
	}
	if (status == 404 || status == 410) {
		return VP_API_NOT_FOUND;
	}
	if (status == 429) {
		return VP_API_BUSY;
	}
	return status == 408 || status >= 500 || status < 300 ? VP_API_UNKNOWN : VP_API_REFUSED;
}

static void explain(
	const struct vp_api_carrier *carrier, const char *message, struct vp_api_result *ret)
{
	char text[MESSAGE_SIZE + 32] = "", words_of[MESSAGE_SIZE];

	copy_message(words_of, message);
	if (words_of[0] != '\0' || ret->code[0] != '\0') {
		snprintf(text, sizeof(text), ": %s%s%s%s", words_of, ret->code[0] ? " (code " : "",
			ret->code, ret->code[0] ? ")" : "");
	}
	switch (ret->verdict) {
	case VP_API_LOGIN:
		say(ret, "%s refuses the login%s. %s", carrier->name, text, carrier->login_hint);
		break;
	case VP_API_NOT_FOUND:
		say(ret, "%s does not know that%s. Check the provider's settings.", carrier->name,
			text);
		break;
	case VP_API_BUSY:
		say(ret, "%s asks for fewer requests at once%s. Try again in a moment.",
			carrier->name, text);
		break;
	case VP_API_UNKNOWN:
		say(ret, "%s has trouble of its own%s. Try again in a moment.", carrier->name,
			text);
		break;
	default: say(ret, "%s refused it%s.", carrier->name, text);
	}
}

static void judge_error(const struct vp_api_carrier *carrier, const struct vp_httpc_reply *reply,
	struct vp_api_result *ret)
{
	json_t *body = json_loadb(reply->body, reply->len, 0, NULL);
	const char *message = "";

	ret->verdict = verdict_of(reply->status);
	if (reply->status >= 300 && reply->status < 400) {
		say(ret, "%s answers with a redirect. Is the API's address right?", carrier->name);
	} else {
		carrier->read_error(body, ret->code, &message);
		explain(carrier, message, ret);
	}
	json_decref(body);
}

static bool may_be_empty(const struct vp_api_request *request, const struct vp_httpc_reply *reply)
{
	return reply->len == 0 && (reply->status == 204 || strcmp(request->method, "DELETE") == 0);
}

static void judge_good(const struct vp_api_carrier *carrier, const struct vp_api_request *request,
	const struct vp_httpc_reply *reply, struct vp_api_result *ret)
{
	ret->verdict = VP_API_OK;
	if (request->wants_text || may_be_empty(request, reply)) {
		return;
	}
	ret->json = json_loadb(reply->body, reply->len, 0, NULL);
	if (!json_is_object(ret->json)) {
		json_decref(ret->json);
		ret->json = NULL;
		ret->verdict = VP_API_UNKNOWN;
		say(ret,
			"%s answered with something that its API never says. Is the API's address "
			"right?",
			carrier->name);
	}
}

void vp_api_judge(const struct vp_api_carrier *carrier, const struct vp_api_request *request,
	const struct vp_httpc_reply *reply, struct vp_api_result *ret)
{
	*ret = (struct vp_api_result){.status = reply->err ? 0 : reply->status};
	if (reply->err) {
		judge_transport(carrier, request, reply, ret);
	} else if (reply->status >= 200 && reply->status < 300) {
		judge_good(carrier, request, reply, ret);
	} else {
		judge_error(carrier, reply, ret);
	}
	if (ret->verdict == VP_API_BUSY || ret->verdict == VP_API_AWAY) {
		ret->may_repeat = true;
	} else if (ret->verdict == VP_API_UNKNOWN) {
		ret->may_repeat = request->repeatable;
	}
	if (ret->may_repeat) {
		ret->retry_after_ms = reply->retry_after_s * 1000;
	}
}
