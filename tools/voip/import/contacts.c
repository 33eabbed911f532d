/* Persons, leads and deals with their numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/value.h"

#define FIND(table)                                                                                \
	"select r.n, t.id from jsonb_to_recordset($2::jsonb) as r (n bigint, key text) "           \
	"join voip." table " t on t.org_id = $1 and t.external_id = r.key"

#define INPUT                                                                                      \
	"with input as (select * from jsonb_to_recordset($2::jsonb) as r (id uuid, key text, "     \
	"name text, email text, company text, title text, status text, stage text, "               \
	"amount numeric, currency text, person_id uuid, lead_id uuid, owner_id uuid, "             \
	"at timestamptz, numbers jsonb))"

#define HERE(table)                                                                                \
	INPUT " select count(*) from voip." table " t join input i on t.org_id = $1 and (t.id = "  \
	      "i.id or t.external_id = i.key)"

/* Leads and deals have the numbers of their person, so that they can be called. */
#define INSERT(table, kind, own)                                                                   \
	INPUT ", made as (insert into voip." table " (org_id, id, external_id, name, email, "      \
	      "company, owner_id, created_at" own ") select $1, id, key, name, email, company, "   \
	      "owner_id, at" own " from input order by id on conflict do nothing returning id), "  \
	      "added as (insert into voip.contact_numbers (org_id, e164, entity_type, entity_id, " \
	      "raw, tail9, label, is_primary) "                                                    \
	      "select $1, n.e164, '" kind "', i.id, n.raw, n.tail9, n.label, n.is_primary "        \
	      "from made join input i using (id), jsonb_to_recordset(i.numbers) as n (e164 text, " \
	      "raw text, tail9 text, label text, is_primary boolean) "                             \
	      "order by n.e164, i.id on conflict do nothing) "                                     \
	      "select count(*) from made"

static const struct lot_sql sql_persons = {HERE("persons"), INSERT("persons", "person", "")};
static const struct lot_sql sql_leads = {
	HERE("leads"), INSERT("leads", "lead", ", title, status, person_id")};
static const struct lot_sql sql_deals = {
	HERE("deals"), INSERT("deals", "deal", ", amount, currency, stage, lead_id, person_id")};

static json_t *contact_row(
	struct import *im, enum source_id id, const char *kind, struct source_row *contact)
{
	const int64_t at = row_created(id, contact);
	json_t *row;

	contact->uuid = value_uuid(im->org, kind, contact->id, at);
	row = row_create(contact->uuid);
	json_object_set_new(row, "key", json_sprintf("%lld", (long long)contact->id));
	row_uuid(row, "owner_id",
		row_reference(im, SOURCE_USERS, source_cell(id, contact, "user_id")));
	row_time(row, "at", at);
	return row;
}

static const char *company_of(struct import *im, const struct source_row *person)
{
	const char *id = source_cell(SOURCE_PERSONS, person, "organization_id");
	const struct source_row *company = source_find(im->source, SOURCE_ORGANIZATIONS, id);

	return company ? source_cell(SOURCE_ORGANIZATIONS, company, "name") : NULL;
}

/* The first of [{"value": ..., "label": ...}]. */
static void put_email(json_t *row, const struct source_row *person)
{
	const char *text = source_cell(SOURCE_PERSONS, person, "emails");
	json_t *emails = text ? json_loads(text, 0, NULL) : NULL;
	const json_t *first = json_array_get(emails, 0);

	row_text(row, "email",
		json_is_string(first) ? json_string_value(first)
				      : json_string_value(json_object_get(first, "value")));
	json_decref(emails);
}

static json_t *person_row(struct import *im, struct source_row *person, struct report *report)
{
	json_t *row = contact_row(im, SOURCE_PERSONS, "person", person);
	const char *name = source_cell(SOURCE_PERSONS, person, "name");

	if (!name) {
		report_say(report, REPORT_REPAIRED, person->id, "no name: called \"Unnamed\"");
	}
	row_text(row, "name", name ? name : "Unnamed");
	put_email(row, person);
	row_text(row, "company", company_of(im, person));
	json_object_set_new(row, "numbers", phones_of(im, person, report));
	return row;
}

/* What a lead or deal has of its person: the name when it has none, company, e-mail, numbers. */
static void put_person(
	struct import *im, enum source_id id, const struct source_row *contact, json_t *row)
{
	const char *person_id = source_cell(id, contact, "person_id");
	const struct source_row *person = source_find(im->source, SOURCE_PERSONS, person_id);

	if (person && person->comes) {
		row_uuid(row, "person_id", person->uuid);
		row_text(row, "company", company_of(im, person));
		put_email(row, person);
		json_object_set_new(row, "numbers", phones_of(im, person, NULL));
	} else {
		json_object_set_new(row, "numbers", json_array());
	}
}

static const char *stage_of(struct import *im, const struct source_row *lead)
{
	const char *id = source_cell(SOURCE_LEADS, lead, "lead_pipeline_stage_id");
	const struct source_row *stage = source_find(im->source, SOURCE_STAGES, id);
	const char *code = stage ? source_cell(SOURCE_STAGES, stage, "code") : NULL;

	return code ? code : stage ? source_cell(SOURCE_STAGES, stage, "name") : NULL;
}

/* The person of a lead or a deal; of a person itself. */
static const struct source_row *person_of(
	struct import *im, enum source_id id, const struct source_row *contact)
{
	return id == SOURCE_PERSONS ? contact
				    : source_find(im->source, SOURCE_PERSONS,
					      source_cell(id, contact, "person_id"));
}

static const char *first_cell(
	enum source_id id, const struct source_row *row, const char *const *columns, size_t n)
{
	for (size_t i = 0; row && i < n; i++) {
		const char *text = source_cell(id, row, columns[i]);

		if (text) {
			return text;
		}
	}
	return NULL;
}

const char *contacts_name(struct import *im, enum source_id id, const struct source_row *contact)
{
	static const char *const own[] = {"title", "name"};
	const struct source_row *person = id == SOURCE_LEADS ? person_of(im, id, contact) : NULL;
	const char *name = person ? source_cell(SOURCE_PERSONS, person, "name") : NULL;

	return name ? name : first_cell(id, contact, own, VP_ARRAY_LEN(own));
}

const char *contacts_company(struct import *im, enum source_id id, const struct source_row *contact)
{
	const struct source_row *person = person_of(im, id, contact);

	return person ? company_of(im, person) : NULL;
}

static json_t *lead_row(struct import *im, struct source_row *lead, struct report *report)
{
	json_t *row = contact_row(im, SOURCE_LEADS, "lead", lead);
	const char *person_id = source_cell(SOURCE_LEADS, lead, "person_id");
	const struct source_row *person = source_find(im->source, SOURCE_PERSONS, person_id);
	const char *name = contacts_name(im, SOURCE_LEADS, lead);
	const char *status = stage_of(im, lead);

	if (person_id && !person) {
		report_say(report, REPORT_REPAIRED, lead->id,
			"its person is not in the dump: comes without number");
	}
	row_text(row, "name", name ? name : "Unnamed");
	row_text(row, "title", source_cell(SOURCE_LEADS, lead, "title"));
	row_text(row, "status", status ? status : "new");
	put_person(im, SOURCE_LEADS, lead, row);
	return row;
}

/* numeric(14, 2): at most twelve digits before the point, also once it is rounded. */
#define AMOUNT_END 999999999999.99

static bool is_amount(const char *text)
{
	char *end;
	double value = strtod(text, &end);

	return *end == '\0' && text[strspn(text, "-0123456789.")] == '\0' && value > -AMOUNT_END &&
	       value < AMOUNT_END;
}

/* Does numeric(14, 2) hold less of it than it says? */
static bool loses_decimals(const char *amount)
{
	const char *point = strchr(amount, '.');

	return point && strlen(point) > 3 && strspn(point + 3, "0") != strlen(point + 3);
}

static void put_amount(json_t *row, const char *amount, int64_t id, struct report *report)
{
	if (!is_amount(amount)) {
		report_say(report, REPORT_REPAIRED, id, "its amount is no number: left out");
		return;
	}
	if (loses_decimals(amount)) {
		report_name(report, REPORT_REPAIRED, id,
			"its amount has more than two decimals: rounded to two");
	}
	row_text(row, "amount", amount);
}

static json_t *deal_row(struct import *im, struct source_row *deal, struct report *report)
{
	static const char *const stages[] = {"stage", "status"}, *const amounts[] = {"amount",
									 "deal_value", "value",
									 "lead_value"};
	json_t *row = contact_row(im, SOURCE_DEALS, "deal", deal);
	const char *name = contacts_name(im, SOURCE_DEALS, deal);
	const char *stage = first_cell(SOURCE_DEALS, deal, stages, VP_ARRAY_LEN(stages));
	const char *amount = first_cell(SOURCE_DEALS, deal, amounts, VP_ARRAY_LEN(amounts));

	row_text(row, "name", name ? name : "Unnamed");
	row_text(row, "stage", stage ? stage : "open");
	row_text(row, "currency", source_cell(SOURCE_DEALS, deal, "currency"));
	if (amount) {
		put_amount(row, amount, deal->id, report);
	}
	row_uuid(row, "lead_id",
		row_reference(im, SOURCE_LEADS, source_cell(SOURCE_DEALS, deal, "lead_id")));
	put_person(im, SOURCE_DEALS, deal, row);
	return row;
}

struct kind {
	enum source_id id;
	const char *title, *find;
	const struct lot_sql *sql;
	json_t *(*row)(struct import *im, struct source_row *contact, struct report *report);
};

static void take(struct import *im, const struct kind *kind, struct source_row *contact,
	struct lot *lot, struct report *report)
{
	if (!contact->wanted) {
		report_say(report, REPORT_LEFT, contact->id,
			"nobody refers to them (--everyone brings all)");
		return;
	}
	contact->comes = true;
	if (contact->is_here) {
		report_count(report, 1, 0);
	} else {
		lot_add(lot, kind->row(im, contact, report));
	}
}

static int bring(struct import *im, const struct kind *kind, struct report **ret_report)
{
	const struct source_table *table = source_table(im->source, kind->id);
	struct lot lot;
	int err;

	*ret_report = report_create(kind->title, table->n_rows);
	err = *ret_report ? lot_find(im, kind->id, kind->find) : ENOMEM;
	if (err) {
		return err;
	}
	lot_init(&lot, im, kind->sql);
	for (size_t i = 0; i < table->n_rows; i++) {
		take(im, kind, table->rows[i], &lot, *ret_report);
	}
	return lot_end(&lot, *ret_report);
}

int import_persons(struct import *im, struct report **ret_report)
{
	static const struct kind kind = {
		SOURCE_PERSONS, "persons", FIND("persons"), &sql_persons, person_row};

	return bring(im, &kind, ret_report);
}

int import_leads(struct import *im, struct report **ret_report)
{
	static const struct kind kind = {
		SOURCE_LEADS, "leads", FIND("leads"), &sql_leads, lead_row};

	return bring(im, &kind, ret_report);
}

int import_deals(struct import *im, struct report **ret_report)
{
	static const struct kind kind = {
		SOURCE_DEALS, "deals", FIND("deals"), &sql_deals, deal_row};

	return bring(im, &kind, ret_report);
}
