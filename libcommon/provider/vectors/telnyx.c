#include <strings.h>

#include "libcommon/provider/telnyx/signature.h"
#include "libcommon/provider/vectors/vectors_int.h"

static const char *const words[] = {
	[VP_TELNYX_GOOD] = "good",
	[VP_TELNYX_MISSING] = "a header is missing",
	[VP_TELNYX_MALFORMED] = "malformed",
	[VP_TELNYX_STALE] = "stale",
	[VP_TELNYX_WRONG] = "wrong signature",
};

/* Header names have no case. */
static const char *header(const json_t *c, const char *name)
{
	json_t *headers = json_object_get(c, "headers"), *value;
	const char *key;

	json_object_foreach(headers, key, value)
	{
		if (strcasecmp(key, name) == 0) {
			return json_string_value(value);
		}
	}
	return NULL;
}

bool vector_telnyx_signature(const json_t *c, char why[VP_VECTOR_WHY_SIZE])
{
	const json_t *body = json_object_get(c, "body");
	uint8_t key[VP_TELNYX_KEY_SIZE];
	enum vp_telnyx_verdict verdict;

	if (!json_is_string(body)) {
		return vector_fail(why, "the case has no body");
	}
	if (vp_telnyx_key_parse(vector_text(c, "public_key_base64"), key) != 0) {
		return vector_compare(c, false, "no public key", why);
	}
	verdict = vp_telnyx_verify(key, header(c, "telnyx-timestamp"),
		header(c, "telnyx-signature-ed25519"), json_string_value(body),
		json_string_length(body), json_integer_value(json_object_get(c, "now_unix")));
	return vector_compare(c, verdict == VP_TELNYX_GOOD, words[verdict], why);
}
