#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "services/token-issuer/domain/ice.h"

_Static_assert(TURN_CREDENTIAL_SIZE == VP_BASE64_SIZE(VP_SHA1_SIZE), "base64 of a SHA-1");

/* "stun:|stuns:" names two. */
static bool has_scheme(const char *url, const char *schemes)
{
	while (*schemes) {
		size_t len = strcspn(schemes, "|");

		if (strncasecmp(url, schemes, len) == 0 && url[len] != '\0') {
			return true;
		}
		schemes += len + (schemes[len] == '|');
	}
	return false;
}

static bool add(struct ice_urls *urls, const char *text, size_t len, const char *schemes)
{
	char *url;

	while (len > 0 && text[len - 1] == ' ') {
		len--;
	}
	if (urls->n == ICE_URLS_MAX || len == 0 || len >= ICE_URL_SIZE) {
		return false;
	}
	url = urls->urls[urls->n];
	memcpy(url, text, len);
	url[len] = '\0';
	if (!has_scheme(url, schemes) || url[strcspn(url, " \t\r\n\"<>\\")] != '\0') {
		return false;
	}
	urls->n++;
	return true;
}

bool ice_parse(struct ice_urls *urls, const char *text, const char *schemes)
{
	struct ice_urls parsed = {0};

	while (text) {
		size_t len;

		text += strspn(text, " ");
		len = strcspn(text, ",");
		if (!add(&parsed, text, len, schemes)) {
			return false;
		}
		text = text[len] == ',' ? text + len + 1 : NULL;
	}
	*urls = parsed;
	return true;
}

bool turn_credential(struct turn_credential *credential, const char *secret, const char *user,
	int64_t expires_at_s)
{
	uint8_t mac[VP_SHA1_SIZE];
	int len = snprintf(credential->username, sizeof(credential->username), "%" PRId64 ":%s",
		expires_at_s, user);

	if (len < 0 || (size_t)len >= sizeof(credential->username)) {
		return false;
	}
	vp_hmac_sha1(secret, strlen(secret), credential->username, (size_t)len, mac);
	vp_base64(mac, sizeof(mac), credential->password);
	return true;
}
