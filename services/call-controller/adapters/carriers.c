#include <errno.h>
#include <re.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/log/log.h"
#include "libcommon/provider/provider.h"
#include "libcommon/settings/settings.h"
#include "services/call-controller/adapters/carriers.h"
#include "services/call-controller/ua/timer.h"

#define FRESH_US 5000000 /* the command line writes the table and has no voice on the bus */
#define BACKOFF_MS 400   /* of the first repeat, then twice as long each time */
#define BACKOFF_MAX_MS 8000
#define AWAY_FAILURES 2  /* in a row: one may be bad luck */
#define AWAY_US 30000000 /* then somebody tries again */
#define ACCOUNTS_MAX 10000
#define PARALLEL 64

struct account {
	struct account *next;
	struct vp_uuid org, id;
	int64_t version, fresh_until_us;
	struct vp_provider_config *config; /* NULL: not read yet, or of no use */
	const char *fault;                 /* why it is of no use */
	struct vp_settings_op *opening;
	unsigned failures;
	int64_t away_until_us;
	struct carriers *owner;
};

struct carriers {
	struct carriers_cfg cfg;
	struct vp_httpc *http;
	struct account *accounts;
	size_t n_accounts;
	struct list ops;
};

struct carrier_op {
	struct le le;
	struct carriers *owner;
	struct account *account;
	struct carrier_ask ask;
	struct vp_api_request request;
	struct vp_httpc_op *sending;
	struct ua_timer later;
	struct vp_api_result result; /* to be told with the loop's next turn */
	unsigned tried;
	int64_t first_us;
	bool waits;  /* for the account */
	bool unsure; /* a try of before may have acted */
};

/* --- the end of an asking --- */

static void op_free(struct carrier_op *op)
{
	list_unlink(&op->le);
	vp_httpc_cancel(op->sending);
	ua_timer_stop(op->owner->cfg.timers, &op->later);
	vp_api_request_clear(&op->request);
	vp_api_result_clear(&op->result);
	free(op);
}

/* That the last try did nothing says nothing of the ones before it. */
static bool is_in_doubt(const struct carrier_op *op)
{
	return op->unsure &&
	       (op->result.verdict == VP_API_AWAY || op->result.verdict == VP_API_BUSY ||
		       op->result.verdict == VP_API_LOGIN);
}

static void tell(void *arg)
{
	struct carrier_op *op = arg;
	const struct carrier_ask ask = op->ask;
	struct vp_api_result result = op->result;

	if (is_in_doubt(op)) {
		result.verdict = VP_API_UNKNOWN;
	}
	op->result = (struct vp_api_result){0};
	op_free(op);
	ask.done(&result, ask.arg);
	vp_api_result_clear(&result);
}

static void tell_soon(struct carrier_op *op)
{
	ua_timer_start(op->owner->cfg.timers, &op->later, 0, tell, op);
}

static void fail_soon(struct carrier_op *op, enum vp_api_verdict verdict, const char *sentence)
{
	op->result = (struct vp_api_result){.verdict = verdict};
	(void)vp_strcopy(op->result.sentence, sizeof(op->result.sentence), sentence);
	tell_soon(op);
}

static void want_account(struct account *account);

/* --- how it feels --- */

/* A key that is not known stays so until somebody changes it; that one lacks a right (403) may be
 * said of a single number. */
static unsigned failures_of(const struct vp_api_result *result)
{
	switch (result->verdict) {
	case VP_API_LOGIN: return result->status == 401 ? AWAY_FAILURES : 1;
	case VP_API_AWAY:
	case VP_API_UNKNOWN: return 1;
	default: return 0;
	}
}

static void note(
	struct carriers *carriers, struct account *account, const struct vp_api_result *result)
{
	const unsigned failures = failures_of(result);
	const bool was_away = account->away_until_us != 0, bad = failures > 0;

	account->failures = bad ? account->failures + failures : 0;
	if (account->failures >= AWAY_FAILURES) {
		account->away_until_us = vp_mono_us() + AWAY_US;
	} else if (!bad) {
		account->away_until_us = 0;
	}
	if ((account->away_until_us != 0) != was_away) {
		carriers->cfg.on_health(account->org, account->id, was_away, carriers->cfg.arg);
	}
}

void carriers_each_down(struct carriers *carriers,
	void (*h)(struct vp_uuid org, struct vp_uuid provider, void *arg), void *arg)
{
	for (struct account *account = carriers->accounts; account; account = account->next) {
		if (account->away_until_us && vp_mono_us() < account->away_until_us) {
			h(account->org, account->id, arg);
			want_account(account); /* other settings end it sooner */
		} else if (account->away_until_us) {
			account->away_until_us = 0;
			account->failures = AWAY_FAILURES - 1; /* one more and it is away again */
			carriers->cfg.on_health(account->org, account->id, true, carriers->cfg.arg);
		}
	}
}

/* --- sending --- */

static void send_now(struct carrier_op *op);

static void on_later(void *arg)
{
	send_now(arg);
}

/* 429 did nothing, and what carries an id does nothing twice. */
static bool again(struct carrier_op *op, const struct vp_api_result *result)
{
	unsigned wait_ms = BACKOFF_MS << (op->tried < 6 ? op->tried - 1 : 5);

	if (!result->may_repeat || op->tried >= op->ask.tries ||
		(result->verdict == VP_API_AWAY && !op->ask.patient && !op->unsure)) {
		return false;
	}
	if (op->ask.window_ms && vp_mono_us() - op->first_us + wait_ms * INT64_C(1000) >
					 op->ask.window_ms * INT64_C(1000)) {
		return false;
	}
	wait_ms = wait_ms < BACKOFF_MAX_MS ? wait_ms : BACKOFF_MAX_MS;
	wait_ms = result->retry_after_ms > wait_ms ? result->retry_after_ms : wait_ms;
	ua_timer_start(op->owner->cfg.timers, &op->later, wait_ms, on_later, op);
	return true;
}

static void on_reply(const struct vp_httpc_reply *reply, void *arg)
{
	struct carrier_op *op = arg;

	op->sending = NULL;
	op->ask.driver->answer(&op->request, reply, &op->result);
	vp_api_request_clear(&op->request);
	op->request = (struct vp_api_request){0};
	note(op->owner, op->account, &op->result);
	op->unsure = op->unsure || op->result.verdict == VP_API_UNKNOWN;
	if (op->result.verdict != VP_API_OK) {
		vp_log(WARN, "carrier.answered",
			VP_KV_STR("verdict", vp_api_verdict_word(op->result.verdict)),
			VP_KV_INT("status", op->result.status), VP_KV_STR("code", op->result.code),
			VP_KV_INT("try", op->tried));
	}
	if (again(op, &op->result)) {
		vp_api_result_clear(&op->result);
		op->result = (struct vp_api_result){0};
	} else {
		tell(op);
	}
}

static void send_now(struct carrier_op *op)
{
	struct carrier_account account = {
		.config = op->account->config, .webhook_url = op->owner->cfg.webhook_url};
	struct vp_httpc_req http;
	int err;

	if (!account.config) {
		fail_soon(op, VP_API_AWAY, op->account->fault);
		return;
	}
	vp_uuid_text(op->account->id, account.provider);
	op->tried++;
	op->first_us = op->tried == 1 ? vp_mono_us() : op->first_us;
	err = op->ask.build(&op->request, &account, op->ask.arg);
	if (err) {
		fail_soon(op, VP_API_REFUSED,
			"The call cannot be put in the provider's words. Check its settings.");
		return;
	}
	vp_api_request_http(&op->request, &http);
	if (vp_httpc_send(op->owner->http, &http, on_reply, op, &op->sending)) {
		fail_soon(op, VP_API_AWAY, "Too many requests to providers wait already.");
	}
}

/* --- accounts --- */

/* Those who waited for it go on, with or without it. */
static void account_ready(struct account *account)
{
	struct le *le = list_head(&account->owner->ops);

	while (le) {
		struct carrier_op *op = le->data;

		le = le->next;
		if (op->account == account && op->waits) {
			op->waits = false;
			send_now(op);
		}
	}
}

/* With what is remembered, if the database is away and anything is. */
static void on_settings(const struct vp_settings *settings, void *arg)
{
	struct account *account = arg;

	account->opening = NULL;
	if (settings->state != VP_SETTINGS_AWAY) {
		account->fresh_until_us = vp_mono_us() + FRESH_US;
	}
	if (settings->state == VP_SETTINGS_OPEN) {
		vp_provider_config_destroy(account->config);
		account->config = settings->config;
		account->version = settings->version;
		note(account->owner, account, &(struct vp_api_result){0}); /* a new chance */
	} else if (settings->state == VP_SETTINGS_GONE) {
		account->config = vp_provider_config_destroy(account->config);
	}
	if (settings->state == VP_SETTINGS_SHUT) {
		vp_log(ERROR, "provider.not_opened", VP_KV_ERR(settings->err));
	}
	account->fault = vp_settings_sentence(settings->state);
	account_ready(account);
}

static struct account *account_of(struct carriers *carriers, struct vp_uuid org, struct vp_uuid id)
{
	struct account *account = carriers->accounts;

	while (account && (!vp_uuid_equal(account->id, id) || !vp_uuid_equal(account->org, org))) {
		account = account->next;
	}
	if (account || carriers->n_accounts == ACCOUNTS_MAX) {
		return account;
	}
	account = calloc(1, sizeof(*account));
	if (account) {
		account->owner = carriers;
		account->org = org;
		account->id = id;
		account->next = carriers->accounts;
		carriers->accounts = account;
		carriers->n_accounts++;
	}
	return account;
}

static void want_account(struct account *account)
{
	struct carriers *carriers = account->owner;

	if (!account->opening) {
		vp_settings_read(&(struct vp_settings_of){.db = carriers->cfg.db,
					 .vault = carriers->cfg.vault,
					 .org = account->org,
					 .provider = account->id,
					 .known = account->config ? account->version : 0},
			on_settings, account, &account->opening);
	}
}

int carriers_ask(
	struct carriers *carriers, const struct carrier_ask *ask, struct carrier_op **ret_op)
{
	struct account *account = account_of(carriers, ask->org, ask->provider);
	struct carrier_op *op = account ? calloc(1, sizeof(*op)) : NULL;

	if (!op) {
		return ENOMEM;
	}
	op->owner = carriers;
	op->account = account;
	op->ask = *ask;
	op->waits = vp_mono_us() >= account->fresh_until_us || account->opening;
	list_append(&carriers->ops, &op->le, op);
	if (ret_op) {
		*ret_op = op;
	}
	if (op->waits) {
		want_account(account);
	} else {
		send_now(op);
	}
	return 0;
}

void carriers_cancel(struct carrier_op *op)
{
	if (op) {
		op_free(op);
	}
}

void carriers_reload(struct carriers *carriers)
{
	for (struct account *account = carriers->accounts; account; account = account->next) {
		account->fresh_until_us = 0;
	}
}

/* --- life --- */

int carriers_fd(const struct carriers *carriers)
{
	return vp_httpc_fd(carriers->http);
}

void carriers_drain(struct carriers *carriers)
{
	vp_httpc_drain(carriers->http);
}

int carriers_create(struct carriers **ret, const struct carriers_cfg *cfg)
{
	struct carriers *carriers = calloc(1, sizeof(*carriers));
	int err = carriers ? vp_httpc_create(&carriers->http,
				     &(struct vp_httpc_cfg){.max_parallel = PARALLEL})
			   : ENOMEM;

	if (err) {
		free(carriers);
		return err;
	}
	carriers->cfg = *cfg;
	*ret = carriers;
	return 0;
}

struct carriers *carriers_destroy(struct carriers *carriers)
{
	struct account *account;

	if (!carriers) {
		return NULL;
	}
	while (list_head(&carriers->ops)) {
		op_free(list_head(&carriers->ops)->data);
	}
	while ((account = carriers->accounts) != NULL) {
		carriers->accounts = account->next;
		vp_settings_cancel(account->opening);
		vp_provider_config_destroy(account->config);
		free(account);
	}
	vp_httpc_destroy(carriers->http);
	free(carriers);
	return NULL;
}
