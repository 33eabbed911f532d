/* Who comes over: those whom calls, accounts, routes and each other's rows refer to. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/value.h"

static void want(struct import *im, enum source_id id, const char *row_id)
{
	struct source_row *row = source_find(im->source, id, row_id);

	if (row) {
		row->wanted = true;
	}
}

static void want_all(struct import *im, enum source_id id)
{
	struct source_table *table = source_table(im->source, id);

	for (size_t i = 0; i < table->n_rows; i++) {
		table->rows[i]->wanted = true;
	}
}

static void refer_calls(struct import *im)
{
	const struct source_table *calls = source_table(im->source, SOURCE_CALLS);

	for (size_t i = 0; i < calls->n_rows; i++) {
		struct source_row *call = calls->rows[i], *contact, *user;
		enum source_id id;
		int64_t started;
		const char *reason;

		if (!calls_comes(im, call, &started, &reason)) {
			continue;
		}
		contact = calls_contact(im, call, &id);
		user = calls_user(im, call);
		if (contact) {
			contact->wanted = true;
		}
		if (user) {
			user->wanted = true;
		}
	}
}

static void refer_settings(struct import *im)
{
	const struct source_table *accounts = source_table(im->source, SOURCE_ACCOUNTS);
	const struct source_table *routes = source_table(im->source, SOURCE_ROUTES);

	for (size_t i = 0; i < accounts->n_rows; i++) {
		want(im, SOURCE_USERS, source_cell(SOURCE_ACCOUNTS, accounts->rows[i], "user_id"));
	}
	for (size_t i = 0; i < routes->n_rows; i++) {
		const char *type = source_cell(SOURCE_ROUTES, routes->rows[i], "action_type");

		if (type && strcasecmp(type, "user") == 0) {
			want(im, SOURCE_USERS,
				source_cell(SOURCE_ROUTES, routes->rows[i], "action_target"));
		}
	}
}

/* What the wanted rows of a table name. */
static void follow(struct import *im, enum source_id from, const char *column, enum source_id to)
{
	const struct source_table *table = source_table(im->source, from);

	for (size_t i = 0; i < table->n_rows; i++) {
		if (table->rows[i]->wanted) {
			want(im, to, source_cell(from, table->rows[i], column));
		}
	}
}

int import_refer(struct import *im)
{
	int err = phones_index(im);

	if (err) {
		return err;
	}
	for (enum source_id id = SOURCE_PROVIDERS; id < SOURCE_MAX; id++) {
		want_all(im, id);
	}
	if (im->everyone) {
		want_all(im, SOURCE_USERS);
		want_all(im, SOURCE_PERSONS);
		want_all(im, SOURCE_LEADS);
		want_all(im, SOURCE_DEALS);
	}
	refer_calls(im);
	refer_settings(im);
	follow(im, SOURCE_DEALS, "lead_id", SOURCE_LEADS);
	follow(im, SOURCE_DEALS, "person_id", SOURCE_PERSONS);
	follow(im, SOURCE_LEADS, "person_id", SOURCE_PERSONS);
	follow(im, SOURCE_DEALS, "user_id", SOURCE_USERS);
	follow(im, SOURCE_LEADS, "user_id", SOURCE_USERS);
	follow(im, SOURCE_PERSONS, "user_id", SOURCE_USERS);
	return 0;
}
