/* From a request to a verified webhook: whose could it be, is its signature right, is it of that
 * account. What fails is answered here and leaves nothing but a number and a line in the log. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http.h"
#include "services/webhook-ingest/domain/form.h"
#include "services/webhook-ingest/ingest.h"

#define LOG_US 1000000LL
#define SID_SIZE 40
#define TOKEN_MAX 128
#define FORM "application/x-www-form-urlencoded"

struct passage {
	struct ingest *ingest;
	struct vp_http_ref *ref;
};

static const struct {
	int status;
	const char *error, *message;
} refusals[REJECT_MAX] = {
	[REJECT_SIGNATURE_MISSING] = {401, "unauthorized", "The request carries no signature."},
	[REJECT_SIGNATURE_MALFORMED] = {401, "unauthorized",
		"The signature or the body is malformed."},
	[REJECT_SIGNATURE_WRONG] = {401, "unauthorized",
		"The signature is wrong: check VOIP_WEBHOOK_URL (it must be the address that the "
		"carrier calls) and the provider's auth token or public key."},
	[REJECT_BODY_HASH] = {401, "unauthorized", "The body is not the one that was signed."},
	[REJECT_STALE] = {401, "unauthorized",
		"The timestamp is more than five minutes off: check the clock of this host."},
	[REJECT_ACCOUNT] = {401, "unauthorized", "This account is not configured here."},
	[REJECT_UNKNOWN_PROVIDER] = {404, "unknown_provider",
		"No such provider is configured here: check the webhook's address."},
	[REJECT_NO_KEY] = {503, "no_key",
		"The provider's key cannot be read: save its settings with the auth token (Twilio) "
		"or public key (Telnyx)."},
	[REJECT_SHARED_KEY] = {401, "unauthorized",
		"Several organisations have this public key: give the carrier the provider's own "
		"address, /voip/webhook/p/<provider id>/events."},
	[REJECT_TOO_MANY] = {429, "too_many", "Too many wrong signatures from this address."},
};

/* --- refusal --- */

static void refuse(struct ingest *ingest, struct vp_http_req *req, int driver, enum reject reject)
{
	uint64_t held_back;
	const char *address = vp_http_remote(req);
	count_rejected(driver, reject);
	if (vp_log_limit_pass(&ingest->reject_log, LOG_US, &held_back)) {
		vp_log(WARN, "webhook.rejected", VP_KV_STR("reason", reject_word(reject)),
			VP_KV_STR("address", address), VP_KV_STR("path", vp_http_path(req)),
			VP_KV_INT("held_back", held_back));
	}
	if (reject == REJECT_TOO_MANY || refusals[reject].status == 503) {
		vp_http_add_header(req, "retry-after", "30");
	} else {
		address_note_bad(ingest, address);
	}
	vp_http_reply_error(
		req, refusals[reject].status, refusals[reject].error, refusals[reject].message);
}

/* --- whose is it --- */

/* What Twilio says: the body, or the query where an application or a number is set to GET. */
static const char *said(const struct vp_http_req *req, size_t *ret_len)
{
	const char *query;
	if (strcmp(vp_http_method(req), "POST") == 0) {
		return vp_http_body(req, ret_len);
	}
	query = strchr(vp_http_target(req), '?');
	query = query ? query + 1 : "";
	*ret_len = strlen(query);
	return query;
}

/* A hint for the choice of the key, not a field that is believed: "" when it is not to be seen. */
static void account_hint(const char *body, char sid[SID_SIZE])
{
	static const char name[] = "AccountSid=";
	const char *at = strstr(body, name);
	while (at && at != body && at[-1] != '&') {
		at = strstr(at + 1, name);
	}
	sid[0] = '\0';
	if (at) {
		at += strlen(name);
		snprintf(sid, SID_SIZE, "%.*s", (int)strcspn(at, "&%+"), at);
	}
}

static enum hook_driver driver_of(const struct vp_http_req *req)
{
	const struct ingest_route *route = vp_http_route_data(req);
	const char *name = vp_http_param(req, "driver");
	return name ? hook_driver_find(name) : route->driver;
}

/* Of the provider that the address names. */
static size_t named(struct ingest *ingest, const struct vp_http_req *req,
	struct account *candidates[ACCOUNTS_CANDIDATES])
{
	struct vp_uuid id;
	if (!vp_uuid_parse(vp_http_param(req, "provider"), &id)) {
		return 0;
	}
	candidates[0] = accounts_find(ingest->accounts, id);
	return candidates[0] && candidates[0]->driver == driver_of(req) ? 1 : 0;
}

static size_t find_candidates(struct ingest *ingest, struct vp_http_req *req,
	struct account *candidates[ACCOUNTS_CANDIDATES])
{
	char sid[SID_SIZE] = "";
	if (vp_http_param(req, "provider")) {
		return named(ingest, req, candidates);
	}
	if (driver_of(req) == HOOK_TWILIO) {
		size_t len;
		account_hint(said(req, &len), sid);
	}
	return accounts_of(ingest->accounts, driver_of(req), sid, candidates, ACCOUNTS_CANDIDATES);
}

/* --- what was verified --- */

static const char *kind_of(const struct vp_http_req *req)
{
	return ((const struct ingest_route *)vp_http_route_data(req))->kind;
}

static bool is_voice(const struct arrival *arrival)
{
	return arrival->hook.driver == HOOK_TWILIO &&
	       (strcmp(arrival->hook.kind, "voice") == 0 ||
		       strcmp(arrival->hook.kind, "fallback") == 0);
}

/* The header as it may stand in a column; "" when it is not there or makes no sense. */
static const char *clean_header(struct vp_http_req *req, const char *name, char buf[TOKEN_MAX + 1])
{
	const char *value = vp_http_header(req, name);
	facts_word(buf, TOKEN_MAX + 1, value ? value : "");
	return buf;
}

static void headers_text(struct vp_http_req *req, enum hook_driver driver, char *text, size_t size)
{
	static const char *const names[HOOK_DRIVER_MAX][2] = {
		[HOOK_TWILIO] = {"i-twilio-idempotency-token", NULL},
		[HOOK_TELNYX] = {"telnyx-timestamp", NULL},
	};
	char value[TOKEN_MAX + 1];
	size_t used = 0;
	text[0] = '\0';
	for (size_t i = 0; i < 2 && names[driver][i]; i++) {
		if (clean_header(req, names[driver][i], value)[0] != '\0') {
			used += (size_t)snprintf(
				text + used, size - used, "%s: %s\n", names[driver][i], value);
		}
	}
}

/* Twilio's signature says who has the token; the field says for which account it is meant. Where
 * there is none (a body that is no form), the signature says it alone. */
static bool is_its_account(const struct account *account, const struct arrival *arrival)
{
	const char *sid = form_get(&arrival->facts.form, "AccountSid");
	return account->driver != HOOK_TWILIO || sid[0] == '\0' ||
	       strcmp(sid, account->account_sid) == 0;
}

static void hand_over(struct arrival *arrival)
{
	count_received(arrival->hook.driver);
	if (is_voice(arrival)) {
		on_voice(arrival);
	} else {
		on_notice(arrival);
	}
}

static void let_in(struct ingest *ingest, struct vp_http_req *req, struct proof *proof)
{
	const struct account *account = proof->account;
	char token[TOKEN_MAX + 1], headers[HOOK_HEADERS_MAX];
	struct arrival arrival = {.ingest = ingest, .req = req};
	struct hook *hook = &arrival.hook;
	headers_text(req, account->driver, headers, sizeof(headers));
	*hook = (struct hook){.id = vp_uuid_new(),
		.org = account->org,
		.provider = account->id,
		.driver = account->driver,
		.received_us = vp_time_us(),
		.target = vp_http_target(req),
		.headers = headers};
	hook->body = said(req, &hook->len);
	clean_header(req, "i-twilio-idempotency-token", token);
	const struct facts_hints hints = {.kind = kind_of(req),
		.token = token,
		.form = proof->has_form ? &proof->form : NULL};
	if (facts_read(&arrival.facts, hook, &hints) != 0) {
		count_unavailable();
		vp_http_reply_error(req, 503, "unavailable", "Out of memory; send it again.");
		return;
	}
	hook->kind = arrival.facts.kind;
	hook->external_id = arrival.facts.external_id;
	hook->dedupe = arrival.facts.dedupe;
	if (is_its_account(account, &arrival)) {
		hand_over(&arrival);
	} else {
		refuse(ingest, req, account->driver, REJECT_ACCOUNT);
	}
	facts_free(&arrival.facts);
}

static void on_read(void *arg);

/* Somebody we do not know may have been configured a moment ago: one read, then the answer. */
static bool look_again(struct ingest *ingest, struct vp_http_req *req)
{
	struct passage *passage = malloc(sizeof(*passage));
	if (!passage) {
		return false;
	}
	*passage = (struct passage){ingest, vp_http_defer(req)};
	if (!accounts_wait(ingest->accounts, on_read, passage)) {
		on_read(passage);
	}
	return true;
}

/* Why nobody's key could be tried. */
static enum reject nobody(struct ingest *ingest, const struct vp_http_req *req)
{
	struct account *any;
	enum hook_driver driver = driver_of(req);
	if (!accounts_loaded(ingest->accounts)) {
		return REJECT_NO_KEY;
	}
	bool some = driver < HOOK_DRIVER_MAX && !vp_http_param(req, "provider") &&
		    accounts_of(ingest->accounts, driver, "", &any, 1) > 0;
	return some ? REJECT_ACCOUNT : REJECT_UNKNOWN_PROVIDER;
}

static void proof_clear(struct proof *proof)
{
	vp_twilio_form_clear(&proof->form);
}

static void pass(struct ingest *ingest, struct vp_http_req *req, bool again)
{
	struct account *candidates[ACCOUNTS_CANDIDATES];
	VP_CLEANUP(proof_clear) struct proof proof = {0};
	enum hook_driver driver = driver_of(req);
	size_t n = driver < HOOK_DRIVER_MAX ? find_candidates(ingest, req, candidates) : 0;
	if (n == 0 && driver < HOOK_DRIVER_MAX && !again && look_again(ingest, req)) {
		return;
	}
	if (n == 0) {
		refuse(ingest, req, (int)driver, nobody(ingest, req));
		return;
	}
	if (!candidates[0]->has_key) {
		refuse(ingest, req, (int)driver, REJECT_NO_KEY);
		return;
	}
	enum reject reject = verify(ingest, req, driver, candidates, n, &proof);
	if (reject == REJECT_NONE && !vp_http_param(req, "provider") &&
		accounts_share_key(ingest->accounts, proof.account)) {
		reject = REJECT_SHARED_KEY;
	}
	if (reject == REJECT_SIGNATURE_WRONG) {
		accounts_stale(ingest->accounts); /* its token may be another one by now */
	}
	if (reject != REJECT_NONE) {
		refuse(ingest, req, (int)driver, reject);
	} else {
		let_in(ingest, req, &proof);
	}
}

static void on_read(void *arg)
{
	struct passage *passage = arg;
	struct vp_http_req *req = vp_http_ref_req(passage->ref);
	if (req) {
		pass(passage->ingest, req, true);
	}
	vp_http_ref_drop(passage->ref);
	free(passage);
}

void door_pass(struct vp_http_req *req, void *arg)
{
	struct ingest *ingest = arg;
	if (address_is_shut_out(ingest, req)) {
		refuse(ingest, req, (int)driver_of(req), REJECT_TOO_MANY);
		return;
	}
	pass(ingest, req, false);
}
