#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/twilio/token.h"
#include "libcommon/provider/vectors/vectors_int.h"

#define DEFAULT_TTL_S 3600

static const char *const words[] = {
	[VP_TWILIO_TOKEN_GOOD] = "good",
	[VP_TWILIO_TOKEN_MALFORMED] = "malformed",
	[VP_TWILIO_TOKEN_ALGORITHM] = "another algorithm",
	[VP_TWILIO_TOKEN_SIGNATURE] = "wrong signature",
	[VP_TWILIO_TOKEN_EXPIRED] = "expired",
	[VP_TWILIO_TOKEN_NOT_YET] = "not valid yet",
};

static void json_freep(json_t **json)
{
	json_decref(*json);
}

static enum vp_twilio_algorithm algorithm(const json_t *in)
{
	static const char *const names[] = {"HS256", "HS384", "HS512"};
	const char *name = vector_text(in, "algorithm");

	for (size_t i = 0; name && i < VP_ARRAY_LEN(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			return (enum vp_twilio_algorithm)i;
		}
	}
	return name ? VP_TWILIO_ALGORITHM_MAX : VP_TWILIO_HS256;
}

/* An identity that is a number becomes text. */
static const char *identity(const json_t *in, char buf[32])
{
	const json_t *value = json_object_get(in, "identity");

	if (json_is_integer(value)) {
		snprintf(buf, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return buf;
	}
	return json_string_value(value);
}

static int64_t number(const json_t *in, const char *name, int64_t def)
{
	const json_t *value = json_object_get(in, name);

	return json_is_integer(value) ? json_integer_value(value) : def;
}

static int sign(const json_t *in, char **ret_token, const char **ret_fault)
{
	const json_t *params = json_object_get(in, "outgoing_application_params");
	VP_CLEANUP(vp_freep) char *text = params ? json_dumps(params, JSON_ENCODE_ANY) : NULL;
	char buf[32];
	const struct vp_twilio_token token = {.account_sid = vector_text(in, "account_sid"),
		.api_key_sid = vector_text(in, "api_key_sid"),
		.api_key_secret = vector_text(in, "api_key_secret"),
		.region = vector_text(in, "region"),
		.algorithm = algorithm(in),
		.application_sid = vector_text(in, "outgoing_application_sid"),
		.incoming = json_is_true(json_object_get(in, "incoming_allow")),
		.identity = identity(in, buf),
		.params = text,
		.push_credential_sid = vector_text(in, "push_credential_sid"),
		.endpoint_id = vector_text(in, "endpoint_id"),
		.now_s = number(in, "now_unix", 0),
		.ttl_s = number(in, "ttl", DEFAULT_TTL_S),
		.nbf_s = number(in, "nbf", 0)};

	return vp_twilio_token_sign(&token, ret_token, ret_fault);
}

static json_t *decode_part(const char *text, size_t len)
{
	VP_CLEANUP(vp_freep) uint8_t *buf = malloc(len + 1);
	long n = buf ? vp_base64url_decode(text, len, buf) : -1;

	return n < 0 ? NULL : json_loadb((const char *)buf, (size_t)n, 0, NULL);
}

static bool check_token(const json_t *c, const char *token, char why[VP_VECTOR_WHY_SIZE])
{
	const json_t *in = json_object_get(c, "input");
	int64_t now = number(in, "now_unix", 0), nbf = number(in, "nbf", 0);
	size_t head = strcspn(token, "."), payload = strcspn(token + head + 1, ".");
	VP_CLEANUP(json_freep) json_t *got_head = decode_part(token, head);
	VP_CLEANUP(json_freep) json_t *got_payload = decode_part(token + head + 1, payload);
	enum vp_twilio_token_verdict verdict = vp_twilio_token_verify(
		token, vector_text(in, "api_key_secret"), nbf > now ? nbf : now, NULL);

	if (!json_equal(got_head, json_object_get(c, "expected_header"))) {
		return vector_fail(why, "the header is another one");
	}
	if (!json_equal(got_payload, json_object_get(c, "expected_payload"))) {
		return vector_fail(why, "the payload is another one");
	}
	return verdict == VP_TWILIO_TOKEN_GOOD
		       ? true
		       : vector_fail(why, "our own check of it says: %s", words[verdict]);
}

static bool generate(const json_t *c, char why[VP_VECTOR_WHY_SIZE])
{
	VP_CLEANUP(vp_freep) char *token = NULL;
	const char *fault = "out of memory";

	if (sign(json_object_get(c, "input"), &token, &fault) != 0) {
		return vector_fail(why, "refused: %s", fault);
	}
	return check_token(c, token, why);
}

static bool verify(const json_t *c, char why[VP_VECTOR_WHY_SIZE])
{
	const char *token = vector_text(c, "token"), *secret = vector_text(c, "secret");
	enum vp_twilio_token_verdict verdict;

	if (!token || !secret) {
		return vector_fail(why, "the case lacks its token or its secret");
	}
	verdict = vp_twilio_token_verify(token, secret, number(c, "now_unix", 0), NULL);
	return vector_compare(c, verdict == VP_TWILIO_TOKEN_GOOD, words[verdict], why);
}

static bool reject(const json_t *c, char why[VP_VECTOR_WHY_SIZE])
{
	VP_CLEANUP(vp_freep) char *token = NULL;
	const char *fault;

	return sign(json_object_get(c, "input"), &token, &fault) != 0
		       ? true
		       : vector_fail(why, "made a token that should be refused");
}

bool vector_twilio_token(const json_t *c, char why[VP_VECTOR_WHY_SIZE])
{
	static const struct {
		const char *type;
		bool (*run)(const json_t *c, char why[VP_VECTOR_WHY_SIZE]);
	} kinds[] = {{"generate", generate}, {"verify", verify}, {"reject", reject},
		{"policy-reject", reject}};
	const char *type = vector_text(c, "type");

	for (size_t i = 0; i < VP_ARRAY_LEN(kinds); i++) {
		if (strcmp(type, kinds[i].type) == 0) {
			return kinds[i].run(c, why);
		}
	}
	return vector_fail(why, "there is no type '%s'", type);
}
