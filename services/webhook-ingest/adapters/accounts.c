/* Reads the accounts and opens their keys, one row after the other. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/provider/provider.h"
#include "libcommon/settings/settings.h"
#include "services/webhook-ingest/adapters/accounts_int.h"

#define EACH_US 30000000LL
#define AGAIN_US 1000000LL  /* after a read, for a provider that is not known */
#define FIRST_US 10000000LL /* a carrier waits 15 s */
#define LOG_US 60000000LL

static const char sql[] = "select id, org_id, driver, config from providers "
			  "where driver in ('twilio', 'telnyx') order by id limit $1";
enum { COL_ID, COL_ORG, COL_DRIVER, COL_CONFIG };

static void list_free(struct accounts_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct account *account = &list->rows[i];
		vp_twilio_key_destroy(account->twilio);
		free(account->sealed);
	}
	free(list->rows);
	*list = (struct accounts_list){0};
}

/* One whose settings did not change keeps the key that was opened for it. */
static struct account *known(struct accounts *accounts, const struct account *row)
{
	struct account *old = accounts_row(&accounts->now, row->id);
	return old && old->has_key && strcmp(old->sealed, row->sealed) == 0 ? old : NULL;
}

static void take_over(struct accounts *accounts)
{
	for (size_t i = 0; i < accounts->next.n; i++) {
		struct account *row = &accounts->next.rows[i];
		struct account *old = known(accounts, row);
		if (old) {
			char *sealed = row->sealed;
			*row = *old;
			row->sealed = sealed;
			old->twilio = NULL;
		}
	}
	list_free(&accounts->now);
	accounts->now = accounts->next;
	accounts->next = (struct accounts_list){0};
	accounts->loaded = true;
}

/* While no key is known at all, a carrier had better wait than hear an error: it may not come
 * again. */
static bool waits_on(const struct accounts *accounts, const struct accounts_waiter *waiter)
{
	return !accounts->loaded && vp_mono_us() - waiter->since_us < FIRST_US;
}

static void tell_waiters(struct accounts *accounts)
{
	struct accounts_waiter *waiter = VP_TAKE(accounts->waiters);
	while (waiter) {
		struct accounts_waiter *next = waiter->next;
		if (waits_on(accounts, waiter)) {
			waiter->next = accounts->waiters;
			accounts->waiters = waiter;
		} else {
			waiter->h(waiter->arg);
			free(waiter);
		}
		waiter = next;
	}
}

static void finish(struct accounts *accounts)
{
	uint64_t held_back;
	accounts->reading = false;
	if (!accounts->failed) {
		take_over(accounts);
	} else {
		list_free(&accounts->next);
		if (vp_log_limit_pass(&accounts->log, LOG_US, &held_back)) {
			vp_log(WARN, "providers.not_read", VP_KV_ERR(accounts->failed));
		}
	}
	tell_waiters(accounts);
}

static bool read_key(struct account *account, const struct vp_provider_config *config)
{
	const struct vp_provider_driver *driver =
		vp_provider_find(hook_driver_name(account->driver));
	if (account->driver == HOOK_TELNYX) {
		const char *key = vp_provider_get(config, driver, "public_key");
		return key && vp_telnyx_key_parse(key, account->telnyx) == 0;
	}
	const char *sid = vp_provider_get(config, driver, "account_sid");
	const char *token = vp_provider_get(config, driver, "auth_token");
	return sid && token &&
	       vp_strcopy(account->account_sid, sizeof(account->account_sid), sid) &&
	       vp_twilio_key_create(&account->twilio, token) == 0;
}

/* Once of the same settings: they are read again whenever a stranger names an unknown provider. */
static void say_no_key(struct accounts *accounts, struct account *account, int err)
{
	const struct account *old = accounts_row(&accounts->now, account->id);
	char id[VP_UUID_TEXT_SIZE];
	account->said = true;
	if (old && old->said && strcmp(old->sealed, account->sealed) == 0) {
		return;
	}
	vp_uuid_text(account->id, id);
	vp_log(WARN, "provider.no_key", VP_KV_STR("provider", id), VP_KV_ERR(err),
		VP_KV_STR("hint", "its webhooks are refused until its settings are saved with the "
				  "auth token (Twilio) or public key (Telnyx)"));
}

static void open_next(struct accounts *accounts);

static void on_settings(const struct vp_settings *settings, void *arg)
{
	struct accounts *accounts = arg;
	struct account *account = &accounts->next.rows[accounts->opening++];
	accounts->op = NULL;
	accounts->failed = settings->state == VP_SETTINGS_AWAY ? settings->err : 0;
	account->has_key =
		settings->state == VP_SETTINGS_OPEN && read_key(account, settings->config);
	vp_provider_config_destroy(settings->config);
	if (!account->has_key && !accounts->failed) {
		say_no_key(accounts, account, settings->err);
	}
	if (!accounts->in_step) {
		open_next(accounts);
	}
}

/* False: the answer comes later. */
static bool open_row(struct accounts *accounts, const struct account *account)
{
	size_t row = accounts->opening;
	vp_settings_open(
		&(struct vp_settings_of){
			.vault = accounts->vault, .org = account->org, .provider = account->id},
		account->sealed, on_settings, accounts, &accounts->op);
	return accounts->opening > row;
}

static void open_next(struct accounts *accounts)
{
	accounts->in_step = true;
	bool later = false;
	while (!later && !accounts->failed && accounts->opening < accounts->next.n) {
		const struct account *row = &accounts->next.rows[accounts->opening];
		if (known(accounts, row)) {
			accounts->opening++;
		} else {
			later = !open_row(accounts, row);
		}
	}
	accounts->in_step = false;
	if (!later) {
		finish(accounts);
	}
}

static int read_rows(struct accounts *accounts, const struct vp_db_result *res)
{
	size_t n = vp_db_rows(res);
	accounts->next.rows = calloc(n + 1, sizeof(*accounts->next.rows));
	if (!accounts->next.rows) {
		return ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		struct account *row = &accounts->next.rows[i];
		row->id = vp_db_uuid(res, i, COL_ID);
		row->org = vp_db_uuid(res, i, COL_ORG);
		row->driver = hook_driver_find(vp_db_text(res, i, COL_DRIVER));
		row->sealed = strdup(vp_db_text(res, i, COL_CONFIG));
		accounts->next.n++;
		if (!row->sealed) {
			return ENOMEM;
		}
	}
	return 0;
}

static void on_rows(int err, const struct vp_db_result *res, void *arg)
{
	struct accounts *accounts = arg;
	accounts->query = NULL;
	accounts->opening = 0;
	accounts->failed = err ? err : read_rows(accounts, res);
	open_next(accounts);
}

static void read_now(struct accounts *accounts)
{
	accounts->reading = true;
	accounts->stale = false;
	accounts->read_us = vp_mono_us();
	int err = vp_db_query(accounts->db, sql, VP_PARAMS(VP_P_INT(ACCOUNTS_MAX)), on_rows,
		accounts, &accounts->query);
	if (err) { /* the database takes no more queries */
		accounts->failed = err;
		finish(accounts);
	}
}

static bool may_read(const struct accounts *accounts, int64_t after_us)
{
	return !accounts->reading &&
	       (!accounts->read_us || vp_mono_us() - accounts->read_us >= after_us);
}

int accounts_create(struct accounts **ret, struct vp_db *db, struct vp_vault *vault)
{
	struct accounts *accounts = calloc(1, sizeof(*accounts));
	if (!accounts) {
		return ENOMEM;
	}
	accounts->db = db;
	accounts->vault = vault;
	accounts->stale = true;
	*ret = accounts;
	return 0;
}

struct accounts *accounts_destroy(struct accounts *accounts)
{
	if (!accounts) {
		return NULL;
	}
	vp_db_cancel(VP_TAKE(accounts->query));
	vp_settings_cancel(VP_TAKE(accounts->op));
	while (accounts->waiters) {
		struct accounts_waiter *waiter = accounts->waiters;
		accounts->waiters = waiter->next;
		free(waiter);
	}
	list_free(&accounts->now);
	list_free(&accounts->next);
	free(accounts);
	return NULL;
}

bool accounts_loaded(const struct accounts *accounts)
{
	return accounts->loaded;
}

void accounts_stale(struct accounts *accounts)
{
	accounts->stale = true;
}

bool accounts_wait(struct accounts *accounts, void (*h)(void *arg), void *arg)
{
	if (accounts->loaded && !accounts->reading && !may_read(accounts, AGAIN_US)) {
		return false;
	}
	struct accounts_waiter *waiter = malloc(sizeof(*waiter));
	if (!waiter) {
		return false;
	}
	*waiter = (struct accounts_waiter){
		.next = accounts->waiters, .since_us = vp_mono_us(), .h = h, .arg = arg};
	accounts->waiters = waiter;
	if (!accounts->reading && may_read(accounts, AGAIN_US)) {
		read_now(accounts);
	}
	return true;
}

void accounts_tick(struct accounts *accounts)
{
	if (may_read(accounts, accounts->stale || !accounts->loaded ? AGAIN_US : EACH_US)) {
		read_now(accounts);
	}
}
