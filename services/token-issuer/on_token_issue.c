/* token.issue: what the account allows is read, unless that was within the last second, so that a
 * user who was shut out a second ago gets nothing. */
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/provider/provider.h"
#include "proto/token.pb-c.h"
#include "services/token-issuer/accounts.h"
#include "services/token-issuer/handlers.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/token_issuer.h"

/* The name is for people: it is cut rather than refused, at a character's border. */
static void copy_name(char *dst, size_t size, const char *name)
{
	size_t len = strnlen(name, size);

	if (len == size) {
		len--;
		while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80) {
			len--;
		}
	}
	memcpy(dst, name, len);
	dst[len] = '\0';
}

static void fill_claims(struct token_request *request, const char *name)
{
	struct vp_jwt_claims *claims = &request->claims;

	vp_uuid_text(request->user, claims->sub);
	vp_uuid_text(request->org, claims->org);
	vp_uuid_text(vp_uuid_new(), claims->jti);
	copy_name(claims->name, sizeof(claims->name), name);
	claims->iat = vp_time_us() / 1000000;
	claims->exp = claims->iat + request->issuer->cfg->ttl_s;
}

static bool decode(struct token_request *request, const struct vp_bus_msg *msg)
{
	Ringmain__V1__TokenIssue *in = ringmain__v1__token_issue__unpack(NULL, msg->len, msg->data);
	bool good;

	if (!in) {
		return false;
	}
	request->org = msg->org;
	good = !vp_uuid_is_nil(msg->org) && vp_uuid_parse(in->user_id, &request->user) &&
	       (!in->provider_id[0] || vp_uuid_parse(in->provider_id, &request->wanted));
	request->bare = in->bare;
	if (good) {
		fill_claims(request, in->user_name);
	}
	ringmain__v1__token_issue__free_unpacked(in, NULL);
	return good;
}

static bool is_driver(const struct token_request *request, const char *name)
{
	return strcmp(request->driver, name) == 0;
}

/* Of Telnyx also what is stored for the user belongs to the account, and that changes by a token.
 */
static void by_driver(struct token_request *request, const char *sealed)
{
	vp_sha256(sealed, strlen(sealed), request->settings);
	if (!is_driver(request, "telnyx")) {
		accounts_keep(request->issuer->accounts, request);
	}
	if (is_driver(request, "sip")) {
		issue_sip(request);
	} else if (is_driver(request, "twilio")) {
		issue_twilio(request, sealed);
	} else {
		issue_telnyx(request, sealed);
	}
}

/* Of an account that was read a moment ago; false: it wants to be read. */
static bool issue_again(struct token_request *request)
{
	if (!accounts_find(request->issuer->accounts, request, vp_mono_us())) {
		return false;
	}
	if (is_driver(request, "sip")) {
		issue_sip(request);
		return true;
	}
	return issue_twilio_again(request);
}

static void on_account(int err, const struct vp_db_result *res, void *arg)
{
	struct token_request *request = arg;
	struct token_account account;
	enum token_verdict verdict;

	if (err) {
		token_refuse(request, TOKEN_UNAVAILABLE, NULL);
		return;
	}
	account_read(res, &account);
	account.named = !vp_uuid_is_nil(request->wanted);
	verdict = token_check(&account);
	if (verdict != TOKEN_OK) {
		token_refuse(request, verdict, NULL);
		return;
	}
	request->driver = vp_provider_find(account.driver)->name;
	request->provider = account_provider(res, &request->telnyx);
	by_driver(request, account_settings(res));
}

void on_token_issue(struct vp_bus_call *call, const struct vp_bus_msg *msg, void *arg)
{
	struct token_issuer *issuer = arg;
	struct token_request *request = calloc(1, sizeof(*request));

	if (!request) {
		vp_bus_reply_error(
			call, 503, "no_memory", "The token issuer is out of memory. Try again.");
		return;
	}
	request->issuer = issuer;
	request->call = call;
	issuer->pending++;
	if (!decode(request, msg)) {
		token_refuse(request, TOKEN_BAD_REQUEST, NULL);
	} else if (!issue_again(request) && account_ask(issuer->db, request->org, request->user,
						    request->wanted, on_account, request) != 0) {
		token_refuse(request, TOKEN_UNAVAILABLE, NULL);
	}
}

/* --- SIP: the ticket is all that a browser needs --- */
void issue_sip(struct token_request *request)
{
	token_send(request, &(struct token_answer){.identity = request->claims.sub,
				    .expires_at = request->claims.exp});
}
