/* Inbound routes, and the numbers that they are for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/value.h"

#define INPUT                                                                                      \
	"with input as (select * from jsonb_to_recordset($2::jsonb) as r (id uuid, name text, "    \
	"did text, trunk_id uuid, provider_id uuid, user_id uuid, active boolean, priority int, "  \
	"at timestamptz))"

static const struct lot_sql sql = {INPUT
	" select count(*) from voip.routes t join input i on t.org_id = $1 and t.id = i.id",
	/* a number that is here stays as it is */
	INPUT
	", owned as (insert into voip.numbers (e164, org_id, provider_id, trunk_id, user_id, "
	"label, created_at) "
	"select distinct on (did) did, $1, provider_id, trunk_id, user_id, name, at from input "
	"order by did, active desc, priority, id on conflict (e164) do nothing), "
	"made as (insert into voip.routes (org_id, id, name, did_e164, trunk_id, action_type, "
	"action_id, priority, is_active, created_at) "
	"select $1, id, name, did, trunk_id, 'user', user_id, priority, active, at from input "
	"order by id on conflict (org_id, id) do nothing returning id) "
	"select count(*) from made"};

static const char *cell(const struct source_row *row, const char *column)
{
	return source_cell(SOURCE_ROUTES, row, column);
}

/* Whether the number is another organisation's. */
static int is_elsewhere(struct import *im, const char *e164, bool *ret_elsewhere)
{
	int err;
	VP_CLEANUP(vp_freep)
	char *org = tool_db_text(im->db,
		"select org_id from voip.numbers where e164 = $1 and org_id <> $2",
		VP_PARAMS(VP_P_TEXT(e164), VP_P_UUID(im->org)), &err);

	*ret_elsewhere = org != NULL;
	return err;
}

/* Why it stays behind; NULL: it comes over. */
static const char *left_reason(struct import *im, const struct source_row *route)
{
	const char *type = cell(route, "action_type");

	if (!type || strcasecmp(type, "user") != 0) {
		return type && strcasecmp(type, "queue") == 0
			       ? "leads to a queue: not supported yet"
		       : type && strcasecmp(type, "ivr") == 0
			       ? "leads to an IVR menu: not supported yet"
		       : type && strcasecmp(type, "voicemail") == 0
			       ? "leads to voicemail: not supported yet"
			       : "leads neither to a user, a queue, a menu nor voicemail";
	}
	if (vp_uuid_is_nil(row_reference(im, SOURCE_USERS, cell(route, "action_target")))) {
		return "its user does not come over";
	}
	return NULL;
}

static struct vp_uuid provider_of(struct import *im, const struct source_row *route)
{
	const struct source_row *trunk =
		source_find(im->source, SOURCE_TRUNKS, cell(route, "voip_trunk_id"));

	return trunk ? row_reference(im, SOURCE_PROVIDERS,
			       source_cell(SOURCE_TRUNKS, trunk, "voip_provider_id"))
		     : (struct vp_uuid){0};
}

static json_t *route_row(
	struct import *im, struct source_row *route, const char *did, struct report *report)
{
	const int64_t at = row_created(SOURCE_ROUTES, route);
	const char *name = cell(route, "name"), *trunk = cell(route, "voip_trunk_id");
	struct vp_uuid trunk_id = row_reference(im, SOURCE_TRUNKS, trunk);
	json_t *row;

	if (trunk && vp_uuid_is_nil(trunk_id)) {
		report_say(report, REPORT_REPAIRED, route->id,
			"its trunk does not come over: for calls by any trunk");
	}
	route->uuid = value_uuid(im->org, "route", route->id, at);
	route->comes = true;
	row = row_create(route->uuid);
	row_text(row, "name", name ? name : did);
	row_text(row, "did", did);
	row_uuid(row, "trunk_id", trunk_id);
	row_uuid(row, "provider_id", provider_of(im, route));
	row_uuid(row, "user_id", row_reference(im, SOURCE_USERS, cell(route, "action_target")));
	json_object_set_new(row, "active", json_boolean(value_is_true(cell(route, "is_active"))));
	json_object_set_new(row, "priority", json_integer(row_priority(SOURCE_ROUTES, route)));
	row_time(row, "at", at);
	return row;
}

static int take(struct import *im, struct source_row *route, struct lot *lot, struct report *report)
{
	const char *reason = left_reason(im, route), *typed = cell(route, "did_number");
	char did[VP_E164_SIZE];
	bool elsewhere = false;
	int err = 0;

	if (!reason && (!typed || vp_e164_normalize(typed, im->region, did) != VP_E164_OK)) {
		reason = "its DID is no number";
	}
	if (!reason) {
		err = is_elsewhere(im, did, &elsewhere);
		reason = elsewhere ? "its DID belongs to another organisation here" : NULL;
	}
	if (err || reason) {
		report_say(report, REPORT_LEFT, route->id, reason ? reason : "");
		return err;
	}
	if (strcmp(did, typed) != 0) {
		report_say(report, REPORT_REPAIRED, route->id, "DID written as +E.164");
	}
	lot_add(lot, route_row(im, route, did, report));
	return lot->err;
}

int import_routes(struct import *im, struct report **ret_report)
{
	const struct source_table *table = source_table(im->source, SOURCE_ROUTES);
	struct report *report = report_create("routes", table->n_rows);
	struct lot lot;
	int err = report ? 0 : ENOMEM, lot_err;

	*ret_report = report;
	if (err) {
		return err;
	}
	lot_init(&lot, im, &sql);
	for (size_t i = 0; i < table->n_rows && !err; i++) {
		err = take(im, table->rows[i], &lot, report);
	}
	lot_err = lot_end(&lot, report);
	return err ? err : lot_err;
}
