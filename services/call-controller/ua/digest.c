#include <openssl/evp.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/digest.h"
#include "services/call-controller/ua/stack.h"

#define ATTEMPTS_MAX 2
#define REALM_SIZE 512
#define HEX_MAX (2 * EVP_MAX_MD_SIZE + 1)

/* realm: as it is meant; the others, and realm_sent, as they were sent, so that they go back alike
 */
struct challenge {
	struct pl realm_sent, nonce, opaque, algorithm, qop, stale;
	char realm[REALM_SIZE];
};

/* What a quoted-string means: without the backslashes of its escapes. */
static bool unescape(const struct pl *sent, char *buf, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < sent->l; i++) {
		if (sent->p[i] == '\\' && i + 1 < sent->l) {
			i++;
		}
		if (n + 1 >= size) {
			return false;
		}
		buf[n++] = sent->p[i];
	}
	buf[n] = '\0';
	return true;
}

/* "Digest realm="...", nonce=..., ..." */
static bool challenge_decode(const struct pl *val, struct challenge *ch)
{
	struct pl rest = *val, item;
	bool first = true;

	memset(ch, 0, sizeof(*ch));
	while (ua_list_next(&rest, &item)) {
		const struct {
			const char *name;
			struct pl *val;
		} fields[] = {{"realm", &ch->realm_sent}, {"nonce", &ch->nonce},
			{"opaque", &ch->opaque}, {"algorithm", &ch->algorithm}, {"qop", &ch->qop},
			{"stale", &ch->stale}};
		char line[1024];
		struct pl param, found;

		if (first) {
			if (item.l < 8 || strncasecmp(item.p, "Digest", 6) != 0) {
				return false;
			}
			item.p += 6;
			item.l -= 6;
			ua_trim(&item);
			first = false;
		}
		/* the parameter grammar wants its semicolon */
		if (re_snprintf(line, sizeof(line), ";%r", &item) < 0) {
			return false;
		}
		pl_set_str(&param, line);
		for (size_t i = 0; i < VP_ARRAY_LEN(fields); i++) {
			if (ua_param(&param, fields[i].name, &found)) {
				fields[i].val->p = item.p + (found.p - line - 1);
				fields[i].val->l = found.l;
			}
		}
	}
	return ch->realm_sent.p && ch->nonce.l > 0 &&
	       unescape(&ch->realm_sent, ch->realm, sizeof(ch->realm));
}

static const EVP_MD *algorithm_of(const struct challenge *ch)
{
	if (ch->algorithm.l == 0 || !pl_strcasecmp(&ch->algorithm, "MD5")) {
		return EVP_md5();
	}
	return !pl_strcasecmp(&ch->algorithm, "SHA-256") ? EVP_sha256() : NULL;
}

static bool can_answer(const struct challenge *ch, const struct ua_credentials *cred)
{
	if (!algorithm_of(ch) || (ch->qop.l > 0 && !ua_list_has(&ch->qop, "auth"))) {
		return false;
	}
	return !cred->realm || strcmp(ch->realm, cred->realm) == 0;
}

/* The hexadecimal digest of the parts, which end with NULL. */
static bool hash_hex(const EVP_MD *md, char hex[HEX_MAX], const struct pl *const *parts)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	bool good = ctx && EVP_DigestInit_ex(ctx, md, NULL) == 1;

	for (size_t i = 0; good && parts[i]; i++) {
		good = (i == 0 || EVP_DigestUpdate(ctx, ":", 1) == 1) &&
		       EVP_DigestUpdate(ctx, parts[i]->p, parts[i]->l) == 1;
	}
	good = good && EVP_DigestFinal_ex(ctx, sum, &len) == 1;
	EVP_MD_CTX_free(ctx);
	for (unsigned i = 0; good && i < len; i++) {
		(void)re_snprintf(hex + 2 * i, HEX_MAX - 2 * i, "%02x", sum[i]);
	}
	return good;
}

static bool write_answer(struct ua_digest *digest, const struct ua_credentials *cred,
	const struct challenge *ch, const struct pl *method, const struct pl *uri,
	struct ua_text *text)
{
	const EVP_MD *md = algorithm_of(ch);
	char ha1[HEX_MAX], ha2[HEX_MAX], response[HEX_MAX], nc[9], cnonce[UA_TOKEN_SIZE];
	struct pl user, realm, password, pl_ha1, pl_ha2, pl_nc, pl_cnonce, auth = PL("auth");

	pl_set_str(&user, cred->username);
	pl_set_str(&realm, ch->realm);
	pl_set_str(&password, cred->password);
	ua_token(cnonce);
	(void)re_snprintf(nc, sizeof(nc), "%08x", ++digest->nc);
	pl_set_str(&pl_nc, nc);
	pl_set_str(&pl_cnonce, cnonce);
	if (!hash_hex(md, ha1, (const struct pl *const[]){&user, &realm, &password, NULL}) ||
		!hash_hex(md, ha2, (const struct pl *const[]){method, uri, NULL})) {
		return false;
	}
	pl_set_str(&pl_ha1, ha1);
	pl_set_str(&pl_ha2, ha2);
	if (!hash_hex(md, response,
		    ch->qop.l > 0
			    ? (const struct pl *const[]){&pl_ha1, &ch->nonce, &pl_nc, &pl_cnonce,
				      &auth, &pl_ha2, NULL}
			    : (const struct pl *const[]){&pl_ha1, &ch->nonce, &pl_ha2, NULL})) {
		return false;
	}
	ua_text_add(text, "Digest username=");
	ua_text_quoted(text, cred->username);
	ua_text_fmt(text,
		", realm=\"%.*s\", nonce=\"%.*s\", uri=\"%.*s\", "
		"response=\"%s\", algorithm=%s",
		(int)ch->realm_sent.l, ch->realm_sent.p, (int)ch->nonce.l, ch->nonce.p, (int)uri->l,
		uri->p, response, md == EVP_md5() ? "MD5" : "SHA-256");
	if (ch->qop.l > 0) {
		ua_text_fmt(text, ", cnonce=\"%s\", qop=auth, nc=%s", cnonce, nc);
	}
	if (ch->opaque.p) {
		ua_text_fmt(text, ", opaque=\"%.*s\"", (int)ch->opaque.l, ch->opaque.p);
	}
	ua_text_add(text, "\r\n");
	return true;
}

/* The best challenge of one kind: SHA-256 before MD5, else the first. */
static bool pick(const struct ua_msg *msg, enum ua_hdr id, const struct ua_credentials *cred,
	struct challenge *ret)
{
	const struct pl *val;
	struct challenge ch;
	bool found = false;

	for (size_t at = 0; (val = ua_msg_next(msg, id, &at)) != NULL;) {
		if (!challenge_decode(val, &ch) || !can_answer(&ch, cred)) {
			continue;
		}
		if (!found || algorithm_of(&ch) == EVP_sha256()) {
			*ret = ch;
			found = true;
		}
	}
	return found;
}

enum ua_digest_verdict ua_digest_answer(struct ua_digest *digest, const struct ua_credentials *cred,
	const struct ua_msg *challenge, const char *method, const char *uri, struct ua_text *text)
{
	static const struct {
		enum ua_hdr asks;
		const char *answers;
	} kinds[] = {{UA_HDR_WWW_AUTHENTICATE, "Authorization: "},
		{UA_HDR_PROXY_AUTHENTICATE, "Proxy-Authorization: "}};
	struct pl pl_method, pl_uri;
	unsigned answered = 0;

	if (!cred->username || !cred->password) {
		return UA_DIGEST_UNSUPPORTED;
	}
	pl_set_str(&pl_method, method);
	pl_set_str(&pl_uri, uri);
	for (size_t i = 0; i < VP_ARRAY_LEN(kinds); i++) {
		struct challenge ch;

		if (!pick(challenge, kinds[i].asks, cred, &ch)) {
			continue;
		}
		if (digest->attempts > 0 && strcmp(ch.realm, digest->realm) == 0 &&
			pl_strcasecmp(&ch.stale, "true") != 0) {
			return UA_DIGEST_REFUSED;
		}
		if (pl_strcmp(&ch.nonce, digest->nonce)) {
			digest->nc = 0;
			(void)pl_strcpy(&ch.nonce, digest->nonce, sizeof(digest->nonce));
		}
		(void)vp_strcopy(digest->realm, sizeof(digest->realm), ch.realm);
		ua_text_add(text, kinds[i].answers);
		if (!write_answer(digest, cred, &ch, &pl_method, &pl_uri, text)) {
			return UA_DIGEST_UNSUPPORTED;
		}
		answered++;
	}
	if (answered == 0) {
		return UA_DIGEST_UNSUPPORTED;
	}
	return ++digest->attempts > ATTEMPTS_MAX ? UA_DIGEST_REFUSED : UA_DIGEST_OK;
}
