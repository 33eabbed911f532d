/* Providers: settings opened with APP_KEY and sealed anew. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/cli.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/value.h"
#include "tools/voip/provision.h"

/* One row on its way. */
struct provider {
	struct source_row *row;
	const struct vp_provider_driver *driver;
	struct vp_provider_config *config;
	long priority; /* theirs: the highest number is the most important */
	bool active, faulty;
};

struct providers {
	struct import *im;
	struct report *report;
	struct provider *list;
	size_t n;
	struct tool_vault *vault; /* opened when the first new one is written */
};

static const char *cell(const struct source_row *row, const char *column)
{
	return source_cell(SOURCE_PROVIDERS, row, column);
}

/* The settings' JSON; NULL after it was told why there is none. Wipe it with vp_secret_free. */
static char *open_settings(struct providers *all, const struct source_row *row, size_t *ret_len)
{
	const char *text = cell(row, "config");
	char *plain;

	switch (text ? import_open(all->im, text, &plain, ret_len) : LARAVEL_BROKEN) {
	case LARAVEL_OPENED: return plain;
	case LARAVEL_PLAIN:
		report_say(all->report, REPORT_REPAIRED, row->id,
			"settings were plain text: sealed now");
		*ret_len = strlen(text);
		return strdup(text);
	case LARAVEL_WRONG_KEY:
		report_say(all->report, REPORT_LEFT, row->id,
			"encrypted with another APP_KEY than the others");
		return NULL;
	case LARAVEL_OTHER:
	case LARAVEL_BROKEN: break;
	}
	report_say(all->report, REPORT_LEFT, row->id, "settings are broken: they cannot be opened");
	return NULL;
}

static struct vp_provider_config *read_config(struct providers *all, const struct source_row *row)
{
	struct vp_provider_config *config = NULL;
	size_t len;
	char *json = open_settings(all, row, &len);

	if (json && vp_provider_config_parse(&config, json, len) != 0) {
		report_say(all->report, REPORT_LEFT, row->id, "settings are no JSON object");
	}
	if (json) {
		vp_secret_free(json, len);
	}
	return config;
}

/* A number as +E.164, transport in small letters. */
static int mend(struct providers *all, struct provider *provider)
{
	const char *number = vp_provider_get(provider->config, NULL, "from_number");
	const char *transport = vp_provider_get(provider->config, NULL, "transport");
	char e164[VP_E164_SIZE];
	int err = 0;

	if (number && vp_e164_normalize(number, all->im->region, e164) == VP_E164_OK &&
		strcmp(e164, number) != 0) {
		report_say(all->report, REPORT_REPAIRED, provider->row->id,
			"caller number written as +E.164");
		err = vp_provider_set(provider->config, "from_number", e164);
	}
	if (!err && transport && transport[strcspn(transport, "UDPTCLS")]) {
		VP_CLEANUP(vp_freep) char *lower = strdup(transport);

		for (char *c = lower; c && *c; c++) {
			*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
		}
		err = lower ? vp_provider_set(provider->config, "transport", lower) : ENOMEM;
	}
	if (!err && vp_provider_get(provider->config, NULL, "webhook_api_secret")) {
		report_say(all->report, REPORT_NOTE, provider->row->id,
			"webhook_api_secret is not what Telnyx signs with: left out; enter the "
			"public key");
		err = vp_provider_set(provider->config, "webhook_api_secret", NULL);
	}
	return err;
}

struct faults {
	struct providers *all;
	struct provider *provider;
};

static void on_fault(const char *key, const char *sentence, void *arg)
{
	struct faults *faults = arg;
	VP_CLEANUP(vp_freep)
	char *text = vp_strf(
		"its settings are not complete, so it comes over inactive: %s: %s", key, sentence);

	faults->provider->faulty = true;
	report_say(faults->all->report, REPORT_NOTE, faults->provider->row->id,
		text ? text : "its settings are not complete");
}

static int take(struct providers *all, struct source_row *row)
{
	struct provider *provider = &all->list[all->n];
	const char *name = cell(row, "driver");
	struct faults faults = {all, provider};
	int err;

	*provider = (struct provider){.row = row,
		.driver = name ? vp_provider_find(name) : NULL,
		.priority = value_int(cell(row, "priority"), -1000000, 1000000, 0),
		.active = value_is_true(cell(row, "is_active"))};
	if (!provider->driver) {
		report_say(all->report, REPORT_LEFT, row->id,
			"of a driver that is not supported (there are twilio, telnyx and sip)");
		return 0;
	}
	provider->config = read_config(all, row);
	if (!provider->config) {
		return 0;
	}
	all->n++;
	err = mend(all, provider);
	if (!err) {
		vp_provider_check(provider->driver, provider->config, on_fault, &faults);
		row->uuid = value_uuid(
			all->im->org, "provider", row->id, row_created(SOURCE_PROVIDERS, row));
		row->comes = true;
	}
	return err;
}

/* In the order in which they are tried here. */
static int by_priority(const void *a, const void *b)
{
	const struct provider *x = a, *y = b;

	if (x->priority != y->priority) {
		return x->priority < y->priority ? 1 : -1;
	}
	return (x->row->id > y->row->id) - (x->row->id < y->row->id);
}

/* Who is active here now; "": nobody. NULL: an error. */
static char *active_here(struct import *im)
{
	int err;
	char *id = tool_db_text(im->db,
		"select id from voip.providers where org_id = $1 and is_active",
		VP_PARAMS(VP_P_UUID(im->org)), &err);

	return err || id ? id : strdup("");
}

static int look_here(struct import *im, struct source_row *row)
{
	int err;
	VP_CLEANUP(vp_freep)
	char *id =
		tool_db_text(im->db, "select id from voip.providers where org_id = $1 and id = $2",
			VP_PARAMS(VP_P_UUID(im->org), VP_P_UUID(row->uuid)), &err);

	row->is_here = id != NULL;
	return err;
}

/* One stays active: the first of those that were and can be. All others wait to be activated. */
static int choose_active(struct providers *all)
{
	VP_CLEANUP(vp_freep) char *here = active_here(all->im);
	bool chosen = false;

	if (!here) {
		return EIO;
	}
	for (size_t i = 0; i < all->n; i++) {
		struct provider *provider = &all->list[i];
		char id[VP_UUID_TEXT_SIZE];

		vp_uuid_text(provider->row->uuid, id);
		if (!provider->active || provider->faulty) {
			provider->active = false;
		} else if (chosen) {
			report_say(all->report, REPORT_REPAIRED, provider->row->id,
				"a second active provider: inactive, the one with the highest "
				"priority stays");
			provider->active = false;
		} else {
			chosen = true;
			provider->active = !*here || strcmp(here, id) == 0;
			if (!provider->active) {
				report_say(all->report, REPORT_NOTE, provider->row->id,
					"was active, but another provider is active here: `voip "
					"provider activate`");
			}
		}
	}
	return 0;
}

static int write_one(struct providers *all, const struct provider *provider, long place)
{
	const struct import *im = all->im;
	const char *name = cell(provider->row, "name");
	struct provision provision = {.org = im->org,
		.id = provider->row->uuid,
		.trunk_id = value_uuid(im->org, "provider-trunk", provider->row->id,
			row_created(SOURCE_PROVIDERS, provider->row)),
		.name = name ? name : provider->driver->label,
		.driver = provider->driver,
		.config = provider->config,
		.activate = provider->active,
		.priority = place,
		/* whose settings nobody tried here does not stand in for the active one yet */
		.test = provider->active ? PROVISION_UNTRIED : PROVISION_BAD};

	if (!all->vault) {
		all->vault = tool_vault_open(im->db);
	}
	return all->vault ? provision_store(im->db, all->vault, &provision) : ENOENT;
}

static int write_all(struct providers *all)
{
	int err = choose_active(all);

	for (size_t i = 0; i < all->n && !err; i++) {
		err = look_here(all->im, all->list[i].row);
		report_count(all->report, 1, all->list[i].row->is_here ? 0 : 1);
		if (!err && !all->im->dry && !all->list[i].row->is_here) {
			err = write_one(all, &all->list[i], (long)i);
		}
	}
	return err;
}

static void forget(struct providers *all)
{
	for (size_t i = 0; i < all->n; i++) {
		vp_provider_config_destroy(all->list[i].config);
	}
	free(all->list);
	tool_vault_close(all->vault);
}

int import_providers(struct import *im, struct report **ret_report)
{
	const struct source_table *table = source_table(im->source, SOURCE_PROVIDERS);
	struct providers all = {.im = im,
		.report = report_create("providers", table->n_rows),
		.list = calloc(table->n_rows + 1, sizeof(struct provider))};
	int err = all.report && all.list ? 0 : ENOMEM;

	*ret_report = all.report;
	for (size_t i = 0; i < table->n_rows && !err; i++) {
		err = take(&all, table->rows[i]);
	}
	if (!err && all.n > 0) {
		qsort(all.list, all.n, sizeof(struct provider), by_priority);
		err = write_all(&all);
	}
	forget(&all);
	return err;
}
