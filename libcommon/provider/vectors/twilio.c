#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/form.h"
#include "libcommon/provider/twilio/signature.h"
#include "libcommon/provider/vectors/vectors_int.h"

static const char *const words[] = {
	[VP_TWILIO_GOOD] = "good",
	[VP_TWILIO_MISSING] = "no signature",
	[VP_TWILIO_MALFORMED] = "malformed",
	[VP_TWILIO_WRONG] = "wrong signature",
	[VP_TWILIO_BODY_HASH] = "bodySHA256 is not the body's",
};

/* What a server knows of a request behind a proxy: its own public URL and the target. Headers that
 * anybody can write are not looked at. */
static char *rebuild_url(const json_t *c)
{
	const char *base = vector_text(c, "configured_public_base_url");
	const char *target = vector_text(json_object_get(c, "request"), "request_target");
	size_t len = base ? strlen(base) : 0;

	while (len > 0 && base[len - 1] == '/') {
		len--;
	}
	return base && target ? vp_strf("%.*s%s", (int)len, base, target) : NULL;
}

static const char *content_type(const json_t *c)
{
	const char *kind = vector_text(c, "kind");
	const char *type = vector_text(
		json_object_get(json_object_get(c, "request"), "headers"), "Content-Type");

	if (!kind || strcmp(kind, "websocket") == 0) {
		return NULL;
	}
	if (type) {
		return type;
	}
	return strcmp(kind, "json") == 0 ? "application/json" : "application/x-www-form-urlencoded";
}

static void fill(const json_t *c, const char *url, struct vp_twilio_request *ret)
{
	const json_t *body = json_object_get(c, "body_raw");
	const char *method = vector_text(c, "http_method");
	const char *kind = vector_text(c, "kind");

	method = method ? method : vector_text(json_object_get(c, "request"), "method");
	if (!method) {
		method = kind && strcmp(kind, "websocket") == 0 ? "GET" : "POST";
	}
	*ret = (struct vp_twilio_request){.url = url,
		.method = method,
		.content_type = content_type(c),
		.body = json_string_value(body),
		.len = json_string_length(body),
		.signature = vector_text(c, "x_twilio_signature")};
}

/* The decoded fields in the order that they came in. */
static bool check_fields(const json_t *c, char why[VP_VECTOR_WHY_SIZE])
{
	const json_t *body = json_object_get(c, "body_raw"), *want, *pair;
	struct vp_twilio_form form;
	bool same = true;
	size_t i;

	want = json_object_get(c, "params_decoded");
	if (!want) {
		return true;
	}
	if (vp_twilio_form_parse(&form, json_string_value(body), json_string_length(body)) != 0) {
		return vector_fail(why, "the body is no form");
	}
	same = form.n == json_array_size(want);
	for (i = 0; same && i < form.n; i++) {
		const struct vp_twilio_field *field = &form.fields[i];
		const json_t *name, *value;

		pair = json_array_get(want, i);
		name = json_array_get(pair, 0);
		value = json_array_get(pair, 1);
		same = json_string_length(name) == field->name_len &&
		       json_string_length(value) == field->value_len &&
		       memcmp(json_string_value(name), field->name, field->name_len) == 0 &&
		       memcmp(json_string_value(value), field->value, field->value_len) == 0;
	}
	vp_twilio_form_clear(&form);
	return same ? true : vector_fail(why, "the body's fields are decoded otherwise");
}

static bool check(const json_t *c, const char *url, char why[VP_VECTOR_WHY_SIZE])
{
	const char *want_url = vector_text(c, "expected_rebuilt_url");
	struct vp_twilio_request request;
	enum vp_twilio_verdict verdict;
	struct vp_twilio_key *key;

	if (!url) {
		return vector_fail(why, "the case has no URL");
	}
	if (want_url && strcmp(want_url, url) != 0) {
		return vector_fail(why, "the URL is rebuilt as %s", url);
	}
	if (vp_twilio_key_create(&key, vector_text(c, "auth_token")) != 0) {
		return vector_fail(why, "out of memory");
	}
	fill(c, url, &request);
	verdict = vp_twilio_verify(key, &request);
	vp_twilio_key_destroy(key);
	return vector_compare(c, verdict == VP_TWILIO_GOOD, words[verdict], why);
}

bool vector_twilio_signature(const json_t *c, char why[VP_VECTOR_WHY_SIZE])
{
	VP_CLEANUP(vp_freep) char *rebuilt = rebuild_url(c);

	return check(c, rebuilt ? rebuilt : vector_text(c, "validator_url"), why) &&
	       check_fields(c, why);
}
