/* The history: rows of voip_calls as ours. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/call.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/value.h"

#define CLIENT "client:"

#define INPUT                                                                                      \
	"with input as (select * from jsonb_to_recordset($2::jsonb) as r (id uuid, sid text, "     \
	"direction text, status text, from_number text, to_number text, did text, user_id uuid, "  \
	"user_name text, contact_type text, contact_id uuid, contact_name text, "                  \
	"contact_company text, started_at timestamptz, answered_at timestamptz, "                  \
	"ended_at timestamptz, duration_s int, cause text, message text))"

static const struct lot_sql sql = {INPUT
	" select count(*) from voip.calls c join input i on c.org_id = $1 and c.id = i.id",
	INPUT ", made as (insert into voip.calls (org_id, id, sid, direction, status, from_number, "
	      "to_number, did, user_id, user_name, contact_type, contact_id, contact_name, "
	      "contact_company, started_at, answered_at, ended_at, duration_s, cause, message) "
	      "select $1, id, sid, direction, status, from_number, to_number, coalesce(did, ''), "
	      "user_id, coalesce(user_name, ''), contact_type, contact_id, "
	      "coalesce(contact_name, ''), coalesce(contact_company, ''), started_at, "
	      "answered_at, ended_at, duration_s, coalesce(cause, ''), coalesce(message, '') "
	      "from input order by id on conflict do nothing returning id) "
	      "select count(*) from made"};

static const char *cell(const struct source_row *call, const char *column)
{
	return source_cell(SOURCE_CALLS, call, column);
}

static const char *text_or_none(const char *text)
{
	return text ? text : "";
}

static void put_number(struct import *im, const struct source_row *call, const char *key,
	json_t *row, struct report *report)
{
	const char *typed = text_or_none(cell(call, key));
	char number[PHONE_TEXT_SIZE];

	if (strncmp(typed, CLIENT, strlen(CLIENT)) == 0) {
		report_say(report, REPORT_REPAIRED, call->id,
			"a softphone's name in place of a number: left out");
		typed = "";
	}
	if (!phones_read(im, typed, number) && *typed) {
		report_say(report, REPORT_NOTE, call->id, "a number that cannot be read: as it is");
	} else if (strcmp(number, typed) != 0) {
		report_say(report, REPORT_REPAIRED, call->id, "numbers written as +E.164");
	}
	json_object_set_new(row, key, json_string(number));
}

/* Names as they are now: the package did not keep those of the time. */
static void put_people(
	struct import *im, const struct source_row *call, json_t *row, struct report *report)
{
	static const char *const kinds[SOURCE_MAX] = {
		[SOURCE_PERSONS] = "person", [SOURCE_LEADS] = "lead", [SOURCE_DEALS] = "deal"};
	enum source_id id;
	const struct source_row *user = calls_user(im, call),
				*contact = calls_contact(im, call, &id);
	const char *named = cell(call, "user_id");

	if (user && user->comes) {
		row_uuid(row, "user_id", user->uuid);
		row_text(row, "user_name", source_cell(SOURCE_USERS, user, "name"));
	}
	if (named && !(user && user->comes)) {
		report_say(report, REPORT_REPAIRED, call->id,
			"its user does not come over: nobody's call");
	} else if (!named && user && user->comes) {
		report_say(report, REPORT_REPAIRED, call->id,
			"given to the user whose softphone it was");
	}
	if (!contact || !contact->comes) {
		return;
	}
	if (!cell(call, "deal_id") && !cell(call, "lead_id") && !cell(call, "person_id")) {
		report_say(
			report, REPORT_REPAIRED, call->id, "linked to the person with its number");
	}
	row_text(row, "contact_type", kinds[id]);
	row_uuid(row, "contact_id", contact->uuid);
	row_text(row, "contact_name", contacts_name(im, id, contact));
	row_text(row, "contact_company", contacts_company(im, id, contact));
}

static void put_facts(
	const struct source_row *call, int64_t started, json_t *row, struct report *report)
{
	struct call_cells cells = {.direction = cell(call, "direction"),
		.status = cell(call, "status"),
		.duration = cell(call, "duration"),
		.started_us = started};
	struct call_facts facts;

	cells.has_end = value_time(cell(call, "ended_at"), &cells.ended_us);
	if (!value_time(cell(call, "updated_at"), &cells.updated_us)) {
		cells.updated_us = 0;
	}
	call_facts(&cells, &facts);
	for (unsigned i = 0; i < facts.n_repairs; i++) {
		report_say(report, REPORT_REPAIRED, call->id, facts.repairs[i]);
	}
	row_text(row, "direction", facts.direction);
	row_text(row, "status", facts.status);
	row_text(row, "cause", facts.cause);
	row_text(row, "message", facts.message);
	row_time(row, "started_at", started);
	row_time(row, "answered_at", facts.answered_us);
	row_time(row, "ended_at", facts.ended_us);
	json_object_set_new(row, "duration_s", json_integer(facts.duration_s));
}

static json_t *call_row(
	struct import *im, struct source_row *call, int64_t started, struct report *report)
{
	json_t *row;

	call->uuid = value_uuid(im->org, "call", call->id, started);
	call->comes = true;
	row = row_create(call->uuid);
	row_text(row, "sid", cell(call, "sid"));
	put_facts(call, started, row, report);
	put_number(im, call, "from_number", row, report);
	put_number(im, call, "to_number", row, report);
	if (strcmp(call_direction(cell(call, "direction")), "inbound") == 0) {
		json_object_set(row, "did", json_object_get(row, "to_number"));
	}
	put_people(im, call, row, report);
	return row;
}

int import_calls(struct import *im, struct report **ret_report)
{
	const struct source_table *table = source_table(im->source, SOURCE_CALLS);
	struct report *report = report_create("calls", table->n_rows);
	struct lot lot;
	int err = report ? calls_make_months(im) : ENOMEM;

	*ret_report = report;
	if (err) {
		return err;
	}
	lot_init(&lot, im, &sql);
	for (size_t i = 0; i < table->n_rows && !lot.err; i++) {
		int64_t started;
		const char *reason;

		if (calls_comes(im, table->rows[i], &started, &reason)) {
			lot_add(&lot, call_row(im, table->rows[i], started, report));
		} else {
			report_say(report, REPORT_LEFT, table->rows[i]->id, reason);
		}
	}
	return lot_end(&lot, report);
}
