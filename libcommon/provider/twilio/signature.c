/* Twilio signs the URL that it called. Proxies and consoles disagree about a standard port, so both
 * forms are tried, and, as Twilio's own libraries do, a query whose characters were escaped
 * otherwise. None of that lets anybody sign who has not the token. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/crypto/hmac.h"
#include "libcommon/provider/twilio/form.h"
#include "libcommon/provider/twilio/signature.h"
#include "libcommon/provider/twilio/url.h"

#define SIGNATURE_LEN (VP_TWILIO_SIGNATURE_SIZE - 1)
#define FORM "application/x-www-form-urlencoded"

struct vp_twilio_key {
	struct vp_hmac *hmac;
};

int vp_twilio_key_create(struct vp_twilio_key **ret, const char *auth_token)
{
	struct vp_twilio_key *key = calloc(1, sizeof(*key));

	if (!key) {
		return ENOMEM;
	}
	if (vp_hmac_create(&key->hmac, VP_HMAC_SHA1, auth_token, strlen(auth_token)) != 0) {
		vp_twilio_key_destroy(key);
		return ENOMEM;
	}
	*ret = key;
	return 0;
}

struct vp_twilio_key *vp_twilio_key_destroy(struct vp_twilio_key *key)
{
	if (key) {
		vp_hmac_destroy(key->hmac);
		free(key);
	}
	return NULL;
}

static bool is_form(const struct vp_twilio_request *request)
{
	size_t len = strlen(FORM);
	const char *type = request->content_type;

	return type && strncasecmp(type, FORM, len) == 0 && strchr("; \t", type[len]);
}

static bool has_body(const struct vp_twilio_request *request)
{
	return strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0 &&
	       (request->len > 0 || request->content_type);
}

bool vp_twilio_signs_form(const struct vp_twilio_request *request)
{
	return has_body(request) && is_form(request);
}

/* What is signed behind the URL; own is for fields that nobody has read yet. */
static int fields_of(const struct vp_twilio_request *request, struct vp_twilio_form *own,
	const struct vp_twilio_form **ret)
{
	if (request->form || !vp_twilio_signs_form(request)) {
		*ret = request->form ? request->form : own;
		return 0;
	}
	int err = vp_twilio_form_parse(own, request->body, request->len);
	if (!err) {
		vp_twilio_form_join(own);
		*ret = own;
	}
	return err;
}

static bool hash_is_the_bodys(
	const struct vp_twilio_url *url, const struct vp_twilio_request *request)
{
	const char *claimed = vp_twilio_url_body_hash(url);
	uint8_t digest[VP_SHA256_SIZE];
	char text[2 * VP_SHA256_SIZE + 1];

	if (!claimed) {
		return false;
	}
	vp_sha256(request->body ? request->body : "", request->len, digest);
	vp_hex(digest, sizeof(digest), text);
	return memcmp(text, claimed, 2 * sizeof(digest)) == 0;
}

/* port: NULL takes the URL's port out, "" leaves it. */
static void sign(struct vp_twilio_key *key, const struct vp_twilio_url *url, const char *port,
	const struct vp_twilio_form *fields, char ret_signature[VP_TWILIO_SIGNATURE_SIZE])
{
	uint8_t mac[VP_HMAC_SIZE_MAX];
	size_t rest = port && port[0] == '\0' ? url->host_end : url->port_end;
	const struct vp_hmac_part parts[] = {{url->text, url->host_end},
		{port ? port : "", port ? strlen(port) : 0}, {url->text + rest, url->len - rest},
		{fields->joined, fields->joined_len}};

	vp_assert(vp_hmac(key->hmac, parts, VP_ARRAY_LEN(parts), mac) == VP_SHA1_SIZE);
	vp_base64(mac, VP_SHA1_SIZE, ret_signature);
}

static bool matches(struct vp_twilio_key *key, const struct vp_twilio_url *url, const char *port,
	const struct vp_twilio_form *fields, const char *signature)
{
	char right[VP_TWILIO_SIGNATURE_SIZE];

	sign(key, url, port, fields, right);
	return vp_equal_ct(right, SIGNATURE_LEN, signature, SIGNATURE_LEN);
}

/* Without a port and with one: its own, else the standard one of its scheme. */
static bool matches_either_port(struct vp_twilio_key *key, const struct vp_twilio_url *url,
	const struct vp_twilio_form *fields, const char *signature)
{
	bool has_port = url->port_end > url->host_end;

	return matches(key, url, NULL, fields, signature) ||
	       matches(key, url, has_port ? "" : url->standard_port, fields, signature);
}

static bool matches_rewritten(struct vp_twilio_key *key, const struct vp_twilio_url *url,
	const struct vp_twilio_form *fields, const char *signature)
{
	VP_CLEANUP(vp_freep) char *buf = url->query ? malloc(3 * VP_TWILIO_URL_MAX) : NULL;

	for (int apostrophe = 0; buf && apostrophe < 2; apostrophe++) {
		struct vp_twilio_url other = *url;

		other.text = buf;
		other.len = vp_twilio_url_rewrite(url, apostrophe, buf);
		if (other.len > 0 && matches_either_port(key, &other, fields, signature)) {
			return true;
		}
	}
	return false;
}

static bool looks_like_signature(const char *signature)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return strspn(signature, alphabet) == SIGNATURE_LEN - 1 &&
	       strcmp(signature + SIGNATURE_LEN - 1, "=") == 0;
}

enum vp_twilio_verdict vp_twilio_verify(
	struct vp_twilio_key *key, const struct vp_twilio_request *request)
{
	VP_CLEANUP(vp_twilio_form_clear) struct vp_twilio_form own = {0};
	const struct vp_twilio_form *fields;
	struct vp_twilio_url url;

	if (!request->signature || request->signature[0] == '\0') {
		return VP_TWILIO_MISSING;
	}
	if (!looks_like_signature(request->signature) || !vp_twilio_url_parse(&url, request->url)) {
		return VP_TWILIO_MALFORMED;
	}
	if (fields_of(request, &own, &fields) != 0) {
		return VP_TWILIO_MALFORMED;
	}
	if (!matches_either_port(key, &url, fields, request->signature) &&
		!matches_rewritten(key, &url, fields, request->signature)) {
		return VP_TWILIO_WRONG;
	}
	if (has_body(request) && !is_form(request) && !hash_is_the_bodys(&url, request)) {
		return VP_TWILIO_BODY_HASH;
	}
	return VP_TWILIO_GOOD;
}

int vp_twilio_sign(struct vp_twilio_key *key, const struct vp_twilio_request *request,
	char ret_signature[VP_TWILIO_SIGNATURE_SIZE])
{
	VP_CLEANUP(vp_twilio_form_clear) struct vp_twilio_form own = {0};
	const struct vp_twilio_form *fields;
	struct vp_twilio_url url;
	int err;

	if (!vp_twilio_url_parse(&url, request->url)) {
		return EINVAL;
	}
	err = fields_of(request, &own, &fields);
	if (!err) {
		sign(key, &url, "", fields, ret_signature);
	}
	return err;
}
