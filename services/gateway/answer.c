/* How handlers answer: the same words and shapes everywhere. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/gateway/gateway.h"

void answer_json(struct vp_http_req *req, int status, json_t *body)
{
	VP_CLEANUP(vp_freep) char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	if (text == NULL) {
		vp_log(ERROR, "answer.failed", VP_KV_STR("path", vp_http_path(req)));
		vp_http_reply_error(req, 500, "internal", "This answer could not be written.");
		return;
	}
	vp_http_reply_json(req, status, text);
}

void answer_field(
	struct vp_http_req *req, const char *error, const char *field, const char *sentence)
{
	answer_json(req, 422,
		json_pack("{s:s, s:s, s:{s:s}}", "error", error, "message", sentence, "fields",
			field, sentence));
}

void answer_fields(struct vp_http_req *req, json_t *fields)
{
	const json_t *first = json_object_iter_value(json_object_iter(fields));

	answer_json(req, 422,
		json_pack("{s:s, s:s, s:O}", "error", "invalid", "message",
			json_is_string(first) ? json_string_value(first)
					      : "Something in it cannot be taken.",
			"fields", fields));
}

void answer_too_many(struct vp_http_req *req, unsigned wait_s)
{
	char text[16];
	VP_CLEANUP(vp_freep)
	char *sentence = vp_strf("Too many attempts. Wait %u second%s and try again.", wait_s,
		wait_s == 1 ? "" : "s");
	snprintf(text, sizeof(text), "%u", wait_s);
	vp_http_add_header(req, "retry-after", text);
	vp_http_reply_error(
		req, 429, "too_many", sentence != NULL ? sentence : "Too many attempts.");
}

void answer_db_error(
	struct vp_http_req *req, const char *place, int err, const struct vp_db_result *res)
{
	static struct vp_log_limit limit;
	uint64_t held_back;
	if (vp_log_limit_pass(&limit, 1000000, &held_back)) {
		vp_log(ERROR, "db.failed", VP_KV_STR("place", place), VP_KV_ERR(err),
			VP_KV_STR("why", res != NULL ? vp_db_result_error(res) : ""),
			VP_KV_INT("held_back", held_back));
	}
	if (err == ENOTCONN || err == EAGAIN || err == ETIMEDOUT || err == ENOMEM) {
		vp_http_add_header(req, "retry-after", "2");
		vp_http_reply_error(req, 503, "unavailable",
			"The database does not answer. Try again in a moment.");
	} else {
		vp_http_reply_error(
			req, 500, "internal", "Something went wrong on our side; it was logged.");
	}
}

const char *answer_bus_sentence(const struct vp_bus_reply *reply)
{
	if (reply->message[0] != '\0') {
		return reply->message;
	}
	switch (reply->status) {
	case 503: return "The service for this is starting or down. Try again in a moment.";
	case 504: return "The service for this did not answer in time. Try again.";
	default: return "This did not work, and the log says why. Ask who runs this installation.";
	}
}

void answer_bus_error(struct vp_http_req *req, const struct vp_bus_reply *reply)
{
	int status = reply->status >= 400 && reply->status < 600 ? reply->status : 500;
	const char *error = reply->error[0] != '\0' ? reply->error : "internal";
	vp_http_reply_error(req, status, error, answer_bus_sentence(reply));
}

json_t *body_object(struct vp_http_req *req)
{
	json_error_t error;
	size_t len;
	const char *text = vp_http_body(req, &len);
	json_t *body = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	if (body == NULL || !json_is_object(body)) {
		VP_CLEANUP(vp_freep)
		char *sentence = body != NULL ? vp_strf("The body must be a JSON object.")
					      : vp_strf("The body is no JSON: line %d, column %d.",
							error.line, error.column);
		json_decref(body);
		vp_http_reply_error(
			req, 400, "bad_json", sentence != NULL ? sentence : "The body is no JSON.");
		return NULL;
	}
	return body;
}

const char *json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}
