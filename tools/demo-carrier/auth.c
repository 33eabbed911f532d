#include <errno.h>
#include <inttypes.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/auth.h"

enum { NONCE_LIFE_S = 300, NONCE_SIZE = 64 };

static const char realm[] = "demo-carrier";

void auth_init(struct auth *auth, const char *user, const char *password)
{
	*auth = (struct auth){.user = user, .password = password};
	vp_random(auth->secret, sizeof(auth->secret));
}

/* The time and a keyed hash of it: nothing to remember, and nobody else can make one. */
static void nonce_of(const struct auth *auth, int64_t time_s, char nonce[NONCE_SIZE])
{
	uint8_t digest[MD5_SIZE];

	(void)md5_printf(digest, "%w:%lli", auth->secret, sizeof(auth->secret), (long long)time_s);
	re_snprintf(
		nonce, NONCE_SIZE, "%llx-%w", (unsigned long long)time_s, digest, sizeof(digest));
}

enum nonce_verdict { NONCE_OK, NONCE_STALE, NONCE_FOREIGN };

static enum nonce_verdict nonce_check(const struct auth *auth, const struct pl *nonce)
{
	struct pl time_text;
	char expected[NONCE_SIZE];

	if (re_regex(nonce->p, nonce->l, "[0-9a-f]+-", &time_text) != 0) {
		return NONCE_FOREIGN;
	}
	int64_t time_s = (int64_t)pl_x64(&time_text);
	nonce_of(auth, time_s, expected);
	if (pl_strcmp(nonce, expected) != 0) {
		return NONCE_FOREIGN;
	}
	return vp_time_us() / 1000000 - time_s > NONCE_LIFE_S ? NONCE_STALE : NONCE_OK;
}

static void challenge(
	const struct auth *auth, struct sip *sip, const struct sip_msg *msg, bool stale)
{
	bool registers = pl_strcmp(&msg->met, "REGISTER") == 0;
	char nonce[NONCE_SIZE];

	nonce_of(auth, vp_time_us() / 1000000, nonce);
	(void)sip_treplyf(NULL, NULL, sip, msg, false, registers ? 401 : 407,
		registers ? "Unauthorized" : "Proxy Authentication Required",
		"%s: Digest realm=\"%s\", nonce=\"%s\", qop=\"auth\", algorithm=MD5%s\r\n"
		"Content-Length: 0\r\n\r\n",
		registers ? "WWW-Authenticate" : "Proxy-Authenticate", realm, nonce,
		stale ? ", stale=true" : "");
}

static bool password_fits(const struct auth *auth, const struct sip_msg *msg,
	const struct httpauth_digest_resp *response)
{
	uint8_t ha1[MD5_SIZE];

	return pl_strcmp(&response->username, auth->user) == 0 &&
	       pl_strcmp(&response->realm, realm) == 0 &&
	       md5_printf(ha1, "%s:%s:%s", auth->user, realm, auth->password) == 0 &&
	       httpauth_digest_response_auth(response, &msg->met, ha1) == 0;
}

bool auth_check(struct auth *auth, struct sip *sip, const struct sip_msg *msg)
{
	bool registers = pl_strcmp(&msg->met, "REGISTER") == 0;
	const struct sip_hdr *header =
		sip_msg_hdr(msg, registers ? SIP_HDR_AUTHORIZATION : SIP_HDR_PROXY_AUTHORIZATION);
	struct httpauth_digest_resp response;

	if (!header || httpauth_digest_response_decode(&response, &header->val) != 0) {
		challenge(auth, sip, msg, false);
		return false;
	}
	enum nonce_verdict verdict = nonce_check(auth, &response.nonce);
	if (verdict != NONCE_OK) {
		challenge(auth, sip, msg, verdict == NONCE_STALE);
		return false;
	}
	if (!password_fits(auth, msg, &response)) {
		auth->refused++;
		(void)sip_treply(NULL, sip, msg, 403, "Forbidden");
		return false;
	}
	auth->accepted++;
	return true;
}
