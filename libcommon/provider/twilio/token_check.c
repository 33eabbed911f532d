/* What Twilio does with a token: the algorithm is one of three, the signature is compared as text
 * (so padding and stray bits are no other way to write it), then the times. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/twilio/token_int.h"

#define TOKEN_MAX 16384

struct parts {
	const char *head, *payload, *signature;
	size_t head_len, payload_len, signature_len;
};

static bool split(const char *token, struct parts *ret)
{
	size_t len = strnlen(token, TOKEN_MAX + 1);
	const char *first = len <= TOKEN_MAX ? strchr(token, '.') : NULL;
	const char *second = first ? strchr(first + 1, '.') : NULL;

	if (!second || strchr(second + 1, '.')) {
		return false;
	}
	*ret = (struct parts){token, first + 1, second + 1, (size_t)(first - token),
		(size_t)(second - first - 1), len - (size_t)(second + 1 - token)};
	return true;
}

static json_t *decode_json(const char *text, size_t len)
{
	VP_CLEANUP(vp_freep) uint8_t *buf = malloc(len + 1);
	long n = buf ? vp_base64url_decode(text, len, buf) : -1;
	json_t *json = n >= 0 ? json_loadb((const char *)buf, (size_t)n, 0, NULL) : NULL;

	if (json && !json_is_object(json)) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

static const struct vp_twilio_jws *find_algorithm(const struct parts *parts, bool *ret_malformed)
{
	json_t *head = decode_json(parts->head, parts->head_len);
	const char *name = json_string_value(json_object_get(head, "alg"));
	const struct vp_twilio_jws *found = NULL;

	*ret_malformed = !head;
	for (size_t i = 0; i < VP_TWILIO_ALGORITHM_MAX && name; i++) {
		if (strcmp(vp_twilio_jws[i].name, name) == 0) {
			found = &vp_twilio_jws[i];
		}
	}
	json_decref(head);
	return found;
}

static bool is_signed(
	const struct parts *parts, const struct vp_twilio_jws *jws, const char *secret)
{
	struct vp_hmac_part part = {parts->head, parts->head_len + 1 + parts->payload_len};
	uint8_t mac[VP_HMAC_SIZE_MAX];
	char right[VP_BASE64_SIZE(VP_HMAC_SIZE_MAX)];
	struct vp_hmac *hmac;
	size_t len;

	if (vp_hmac_create(&hmac, jws->digest, secret, strlen(secret)) != 0) {
		return false;
	}
	len = vp_hmac(hmac, &part, 1, mac);
	vp_hmac_destroy(hmac);
	len = (size_t)(vp_twilio_base64url(right, mac, len) - right);
	return vp_equal_ct(right, len, parts->signature, parts->signature_len);
}

static enum vp_twilio_token_verdict check_times(const json_t *payload, int64_t now_s)
{
	const json_t *exp = json_object_get(payload, "exp"), *nbf = json_object_get(payload, "nbf");

	if ((exp && !json_is_number(exp)) || (nbf && !json_is_number(nbf))) {
		return VP_TWILIO_TOKEN_MALFORMED;
	}
	if (nbf && json_number_value(nbf) > (double)now_s) {
		return VP_TWILIO_TOKEN_NOT_YET;
	}
	if (exp && (double)now_s >= json_number_value(exp)) {
		return VP_TWILIO_TOKEN_EXPIRED;
	}
	return VP_TWILIO_TOKEN_GOOD;
}

enum vp_twilio_token_verdict vp_twilio_token_verify(
	const char *token, const char *api_key_secret, int64_t now_s, char **ret_payload)
{
	enum vp_twilio_token_verdict verdict;
	const struct vp_twilio_jws *jws;
	struct parts parts;
	bool malformed;
	json_t *payload;

	if (!split(token, &parts)) {
		return VP_TWILIO_TOKEN_MALFORMED;
	}
	jws = find_algorithm(&parts, &malformed);
	if (!jws) {
		return malformed ? VP_TWILIO_TOKEN_MALFORMED : VP_TWILIO_TOKEN_ALGORITHM;
	}
	if (!is_signed(&parts, jws, api_key_secret)) {
		return VP_TWILIO_TOKEN_SIGNATURE;
	}
	payload = decode_json(parts.payload, parts.payload_len);
	verdict = payload ? check_times(payload, now_s) : VP_TWILIO_TOKEN_MALFORMED;
	if (verdict == VP_TWILIO_TOKEN_GOOD && ret_payload) {
		*ret_payload = json_dumps(payload, JSON_COMPACT);
	}
	json_decref(payload);
	return verdict;
}
