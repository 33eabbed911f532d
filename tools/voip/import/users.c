/* Users, and who of them had an account of the phone. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/value.h"

enum { EMAIL_MAX = 254 };

/* By the id in the CRM, else by the address: somebody may have made the user here already. */
static const char find_users[] =
	"select r.n, u.id from jsonb_to_recordset($2::jsonb) as r (n bigint, key text, email text) "
	"join voip.users u on u.org_id = $1 and (u.external_id = r.key or u.email = "
	"lower(r.email)) "
	"order by r.n, u.external_id is not distinct from r.key desc";

#define INPUT                                                                                      \
	"with input as (select * from jsonb_to_recordset($2::jsonb) as r (id uuid, key text, "     \
	"email text, name text, active boolean, phone boolean, at timestamptz))"

static const struct lot_sql sql = {INPUT
	" select count(*) from voip.users u join input i on u.org_id = $1 and (u.id = i.id "
	"or u.email = i.email)",
	INPUT ", made as (insert into voip.users (org_id, id, email, name, external_id, is_active, "
	      "created_at) "
	      "select $1, id, email, name, key, active, at from input order by email "
	      "on conflict do nothing returning id), "
	      "granted as (insert into voip.user_roles (org_id, user_id, role_id) "
	      "select $1, made.id, role.id from made join input i using (id) "
	      "join voip.roles role on role.org_id = $1 and role.name = 'agent' where i.phone "
	      "on conflict do nothing) "
	      "select count(*) from made"};

/* Users who were here learn their id in the CRM. */
static const char link_users[] = "update voip.users u set external_id = r.key from "
				 "jsonb_to_recordset($2::jsonb) as r (id uuid, key "
				 "text) "
				 "where u.org_id = $1 and u.id = r.id and u.external_id is null";

static bool is_email(const char *text)
{
	const char *at = text ? strchr(text, '@') : NULL;

	return at && at != text && at[1] && !strchr(at + 1, '@') && strlen(text) <= EMAIL_MAX &&
	       !strpbrk(text, " \t\r\n,;<>\"");
}

static bool is_ascii(const char *text)
{
	while ((unsigned char)*text - 1u < 0x7f) {
		text++;
	}
	return *text == '\0';
}

static void lower_ascii(const char *text, char *to)
{
	while ((*to++ = (char)((unsigned char)*text < 0x80 ? tolower((unsigned char)*text)
							   : *text))) {
		text++;
	}
}

/* Accounts that were switched off keep their users off the phone. */
static void bar_switched_off(struct import *im)
{
	const struct source_table *accounts = source_table(im->source, SOURCE_ACCOUNTS);

	for (size_t i = 0; i < accounts->n_rows; i++) {
		const struct source_row *account = accounts->rows[i];
		const char *active = source_cell(SOURCE_ACCOUNTS, account, "is_active");
		struct source_row *user = source_find(
			im->source, SOURCE_USERS, source_cell(SOURCE_ACCOUNTS, account, "user_id"));

		if (user && active && !value_is_true(active)) {
			user->barred = true;
		}
	}
}

static json_t *user_row(struct import *im, struct source_row *user, const char *email)
{
	const int64_t at = row_created(SOURCE_USERS, user);
	const char *name = source_cell(SOURCE_USERS, user, "name");
	const char *status = source_cell(SOURCE_USERS, user, "status");
	json_t *row;

	user->uuid = value_uuid(im->org, "user", user->id, at);
	row = row_create(user->uuid);
	json_object_set_new(row, "key", json_sprintf("%lld", (long long)user->id));
	row_text(row, "email", email);
	row_text(row, "name", name ? name : email);
	json_object_set_new(row, "active", json_boolean(!status || value_is_true(status)));
	json_object_set_new(row, "phone", json_boolean(!user->barred));
	row_time(row, "at", at);
	return row;
}

struct users {
	struct import *im;
	const struct source_table *table;
	struct lot lot;
	struct report *report;
	json_t *seen, *links;
};

/* An earlier user with this address; NULL: this one is the first. */
static struct source_row *same_address(struct users *users, const char *email, size_t n)
{
	const json_t *first = json_object_get(users->seen, email);

	if (first) {
		return users->table->rows[json_integer_value(first)];
	}
	json_object_set_new(users->seen, email, json_integer((json_int_t)n));
	return NULL;
}

static void take_user(struct users *users, size_t n)
{
	struct source_row *user = users->table->rows[n];
	const char *typed = source_cell(SOURCE_USERS, user, "email");
	char email[EMAIL_MAX + 1];
	struct source_row *first;

	if (!is_email(typed)) {
		report_say(users->report, REPORT_LEFT, user->id, "no e-mail address");
		return;
	}
	if (!is_ascii(typed)) { /* PostgreSQL's lower() and ours must agree */
		report_say(users->report, REPORT_LEFT, user->id,
			"its e-mail address has letters beyond ASCII");
		return;
	}
	lower_ascii(typed, email);
	first = same_address(users, email, n);
	if (first) {
		report_say(users->report, REPORT_REPAIRED, user->id,
			"same e-mail address as an earlier user: is that user");
		user->uuid = first->uuid;
		user->is_here = true;
	}
	user->comes = true;
	if (!user->is_here) {
		report_say(users->report, REPORT_NOTE, -1,
			"old passwords cannot come over: `voip user add EMAIL` gives new ones, "
			"with --role "
			"admin to administrators");
		lot_add(&users->lot, user_row(users->im, user, email));
		return;
	}
	if (!first) {
		json_t *link = row_create(user->uuid);

		json_object_set_new(link, "key", json_sprintf("%lld", (long long)user->id));
		json_array_append_new(users->links, link);
	}
	report_count(users->report, 1, 0);
}

static int link_known(struct users *users)
{
	VP_CLEANUP(vp_freep) char *text = json_dumps(users->links, JSON_COMPACT);

	if (!text) {
		return ENOMEM;
	}
	if (users->im->dry || json_array_size(users->links) == 0) {
		return 0;
	}
	return tool_db_query(users->im->db, link_users,
		VP_PARAMS(VP_P_UUID(users->im->org), VP_P_TEXT(text)), NULL, NULL);
}

int import_users(struct import *im, struct report **ret_report)
{
	const struct source_table *table = source_table(im->source, SOURCE_USERS);
	struct users users = {.im = im,
		.table = table,
		.report = report_create("users", table->n_rows),
		.seen = json_object(),
		.links = json_array()};
	int err = users.report && users.seen && users.links ? 0 : ENOMEM;

	*ret_report = users.report;
	err = err ? err : lot_find(im, SOURCE_USERS, find_users);
	bar_switched_off(im);
	lot_init(&users.lot, im, &sql);
	for (size_t i = 0; i < table->n_rows && !err; i++) {
		if (table->rows[i]->wanted) {
			take_user(&users, i);
		} else {
			report_say(users.report, REPORT_LEFT, table->rows[i]->id,
				"nobody refers to them (--everyone brings all)");
		}
	}
	if (users.report) {
		int lot_err = lot_end(&users.lot, users.report);

		err = err ? err : lot_err;
	}
	err = err ? err : link_known(&users);
	json_decref(users.seen);
	json_decref(users.links);
	return err;
}

int import_accounts(struct import *im, struct report **ret_report)
{
	const struct source_table *table = source_table(im->source, SOURCE_ACCOUNTS);
	struct report *report = report_create("accounts", table->n_rows);

	*ret_report = report;
	if (!report) {
		return ENOMEM;
	}
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct source_row *account = table->rows[i];
		const struct source_row *user = source_find(
			im->source, SOURCE_USERS, source_cell(SOURCE_ACCOUNTS, account, "user_id"));

		if (!user || !user->comes) {
			report_say(report, REPORT_LEFT, account->id, "its user does not come over");
			continue;
		}
		report_count(report, 1, user->is_here ? 0 : 1);
		if (!value_is_true(source_cell(SOURCE_ACCOUNTS, account, "is_active"))) {
			report_say(report, REPORT_NOTE, account->id,
				"switched off: a new user gets no right to phone");
		}
		if (source_cell(SOURCE_ACCOUNTS, account, "extension")) {
			report_say(report, REPORT_NOTE, account->id,
				"extensions are not supported yet: left out");
		}
	}
	return 0;
}
