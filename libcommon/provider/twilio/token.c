#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/hmac.h"
#include "libcommon/provider/twilio/api.h"
#include "libcommon/provider/twilio/token.h"
#include "libcommon/provider/twilio/token_int.h"

#define SID_SIZE 35
#define REGION_MAX 32
#define HEAD_SIZE 256

struct vp_twilio_signer {
	struct vp_hmac *hmac;
	char account_sid[SID_SIZE], api_key_sid[SID_SIZE];
	char head[HEAD_SIZE]; /* base64url of the JOSE header, and the dot */
	size_t head_len;
};

static char *encode_block(char *out, const unsigned char *in, size_t len)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = (unsigned)in[0] << 16 | (len > 1 ? (unsigned)in[1] << 8 : 0) |
			(len > 2 ? in[2] : 0);

	for (size_t i = 0; i <= len; i++) {
		*out++ = alphabet[bits >> (18 - 6 * i) & 63];
	}
	return out;
}

/* By table, unlike vp_base64url: what is encoded here is no secret, or leaves as it is. */
char *vp_twilio_base64url(char *out, const void *data, size_t len)
{
	const unsigned char *in = data, *end = in + len;

	for (; end - in >= 3; in += 3) {
		out = encode_block(out, in, 3);
	}
	return end > in ? encode_block(out, in, (size_t)(end - in)) : out;
}

const struct vp_twilio_jws vp_twilio_jws[VP_TWILIO_ALGORITHM_MAX] = {
	[VP_TWILIO_HS256] = {"HS256", VP_HMAC_SHA256},
	[VP_TWILIO_HS384] = {"HS384", VP_HMAC_SHA384},
	[VP_TWILIO_HS512] = {"HS512", VP_HMAC_SHA512},
};

static bool is_word(const char *text, size_t max)
{
	size_t len =
		strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");

	return len > 0 && len <= max && text[len] == '\0';
}

static const char *key_fault(const struct vp_twilio_token *key)
{
	if (!vp_twilio_is_sid(key->account_sid, "AC")) {
		return "The account SID is AC and 32 hexadecimal digits. Copy it from the Twilio "
		       "console.";
	}
	if (!key->api_key_sid || key->api_key_sid[0] == '\0') {
		return "Twilio's browser tokens need an API key. Create a Standard one in the "
		       "Twilio "
		       "console (Account > API keys) and enter its SID and its secret.";
	}
	if (!vp_twilio_is_sid(key->api_key_sid, "SK")) {
		return "The API key SID is SK and 32 hexadecimal digits. Copy it from the Twilio "
		       "console (Account > API keys).";
	}
	if (!key->api_key_secret || key->api_key_secret[0] == '\0') {
		return "The API key lacks its secret. Twilio shows it once, when the key is made: "
		       "make a new key if it is lost.";
	}
	if (key->region && !is_word(key->region, REGION_MAX)) {
		return "The home region is a word like us1, ie1 or au1.";
	}
	return key->algorithm >= VP_TWILIO_ALGORITHM_MAX ? "There is no such algorithm." : NULL;
}

/* Control characters and what is no UTF-8 would make a token that Twilio refuses. */
static bool is_identity(const char *text)
{
	size_t len = text ? strnlen(text, VP_TWILIO_IDENTITY_MAX + 1) : 0;
	json_t *probe;

	if (len == 0 || len > VP_TWILIO_IDENTITY_MAX) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c < 0x20 || c == 0x7f) {
			return false;
		}
		if (c >= 0x80) {
			probe = json_string(text); /* NULL unless it is UTF-8 */
			json_decref(probe);
			return probe != NULL;
		}
	}
	return true;
}

static const char *token_fault(const struct vp_twilio_token *token)
{
	if (!is_identity(token->identity)) {
		return "The identity is a name of 1 to 256 bytes without control characters.";
	}
	if (token->ttl_s < VP_TWILIO_TTL_MIN_S || token->ttl_s > VP_TWILIO_TTL_MAX_S) {
		return "A token of Twilio lives 60 to 86400 seconds. Change VOIP_TOKEN_TTL.";
	}
	if (token->application_sid && !vp_twilio_is_sid(token->application_sid, "AP")) {
		return "The application SID is AP and 32 hexadecimal digits. Copy it from the "
		       "Twilio "
		       "console (Voice > TwiML Apps).";
	}
	if (token->push_credential_sid && !vp_twilio_is_sid(token->push_credential_sid, "CR")) {
		return "The push credential SID is CR and 32 hexadecimal digits.";
	}
	if (token->endpoint_id && !is_identity(token->endpoint_id)) {
		return "The endpoint is a name of 1 to 256 bytes without control characters.";
	}
	if (token->now_s < 0 || token->now_s > INT64_MAX / 2) {
		return "The clock of this machine is wrong.";
	}
	return token->params && !token->application_sid
		       ? "Parameters go with outgoing calls only, so they need an application."
		       : NULL;
}

/* The parameters without blanks. */
static char *read_params(const char *text)
{
	size_t len = strnlen(text, VP_TWILIO_PARAMS_MAX + 1);
	json_t *json = len <= VP_TWILIO_PARAMS_MAX ? json_loadb(text, len, 0, NULL) : NULL;
	char *dump = json_is_object(json) ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	/* 1e9 becomes 1000000000.0 */
	if (dump && strlen(dump) > VP_TWILIO_PARAMS_MAX) {
		free(dump);
		dump = NULL;
	}
	return dump;
}

static void make_head(struct vp_twilio_signer *signer, const struct vp_twilio_token *key)
{
	char json[HEAD_SIZE / 2];
	int len = snprintf(json, sizeof(json),
		key->region ? "{\"alg\":\"%s\",\"typ\":\"JWT\",\"cty\":\"twilio-fpa;v=1\","
			      "\"twr\":\"%s\"}"
			    : "{\"alg\":\"%s\",\"typ\":\"JWT\",\"cty\":\"twilio-fpa;v=1\"}",
		vp_twilio_jws[key->algorithm].name, key->region);
	char *end = vp_twilio_base64url(signer->head, json, (size_t)len);

	*end++ = '.';
	signer->head_len = (size_t)(end - signer->head);
}

int vp_twilio_signer_create(
	struct vp_twilio_signer **ret, const struct vp_twilio_token *key, const char **ret_fault)
{
	const char *fault = key_fault(key);
	struct vp_twilio_signer *signer;

	if (fault) {
		*ret_fault = fault;
		return EINVAL;
	}
	signer = calloc(1, sizeof(*signer));
	if (!signer) {
		return ENOMEM;
	}
	vp_strcopy(signer->account_sid, SID_SIZE, key->account_sid);
	vp_strcopy(signer->api_key_sid, SID_SIZE, key->api_key_sid);
	make_head(signer, key);
	if (vp_hmac_create(&signer->hmac, vp_twilio_jws[key->algorithm].digest, key->api_key_secret,
		    strlen(key->api_key_secret)) != 0) {
		vp_twilio_signer_destroy(signer);
		return ENOMEM;
	}
	*ret = signer;
	return 0;
}

struct vp_twilio_signer *vp_twilio_signer_destroy(struct vp_twilio_signer *signer)
{
	if (signer) {
		vp_hmac_destroy(signer->hmac);
		free(signer);
	}
	return NULL;
}

/* head.payload.signature in fresh memory. */
static char *assemble(struct vp_twilio_signer *signer, const char *payload, size_t len)
{
	char *token = malloc(signer->head_len + (len + 2) / 3 * 4 + VP_HMAC_SIZE_MAX * 4 / 3 + 4);
	uint8_t mac[VP_HMAC_SIZE_MAX];
	size_t mac_len;
	char *at;

	if (!token) {
		return NULL;
	}
	memcpy(token, signer->head, signer->head_len);
	at = vp_twilio_base64url(token + signer->head_len, payload, len);
	mac_len =
		vp_hmac(signer->hmac, &(struct vp_hmac_part){token, (size_t)(at - token)}, 1, mac);
	*at++ = '.';
	at = vp_twilio_base64url(at, mac, mac_len);
	*at = '\0';
	return token;
}

int vp_twilio_signer_token(struct vp_twilio_signer *signer, const struct vp_twilio_token *token,
	char **ret_token, const char **ret_fault)
{
	const char *fault = token_fault(token);
	VP_CLEANUP(vp_freep) char *params = NULL;
	char payload[VP_TWILIO_PAYLOAD_SIZE];

	if (!fault && token->params) {
		params = read_params(token->params);
		fault = params ? NULL : "The parameters are a JSON object of at most 4096 bytes.";
	}
	if (fault) {
		*ret_fault = fault;
		return EINVAL;
	}
	*ret_token = assemble(signer, payload,
		vp_twilio_token_payload(
			payload, signer->account_sid, signer->api_key_sid, token, params));
	return *ret_token ? 0 : ENOMEM;
}

int vp_twilio_token_sign(
	const struct vp_twilio_token *token, char **ret_token, const char **ret_fault)
{
	struct vp_twilio_signer *signer;
	int err = vp_twilio_signer_create(&signer, token, ret_fault);

	if (err) {
		return err;
	}
	err = vp_twilio_signer_token(signer, token, ret_token, ret_fault);
	vp_twilio_signer_destroy(signer);
	return err;
}
