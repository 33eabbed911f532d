#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/domain/contact_kind.h"
#include "services/gateway/domain/row_json.h"

#define API "/api/voip/"
#define MICROS(column) "(extract(epoch from " column ") * 1000000)::bigint"
/* clang-format off */
#define NUMBERS(kind)                                                                              \
	"(select coalesce(jsonb_agg(jsonb_build_object('number', n.e164, 'label', n.label, "       \
	"'primary', n.is_primary) order by n.is_primary desc, n.label, n.e164), '[]') "            \
	"from contact_numbers n where n.org_id = x.org_id and n.entity_id = x.id "                 \
	"and n.entity_type = '" kind "')"

/* In the order of common_columns; own columns of the kind follow. */
#define GET(kind, table, own)                                                                      \
	"select x.id, x.name, x.email, x.company, x.external_id, x.owner_id, "                     \
	MICROS("x.created_at") ", " MICROS("x.updated_at") ", " NUMBERS(kind) own                   \
	" from " table " x where x.org_id = $1 and x.id = $2"

#define FIELDS "name, email, company, external_id, owner_id"
#define FIELDS_R "r.name, r.email, r.company, r.external_id, r.owner_id"

/* Numbers that are not named any more go, the others are put; both only when numbers are named. */
#define PUT_NUMBERS(kind)                                                                          \
	"named as (select n.* from jsonb_to_recordset(coalesce($3::jsonb -> 'numbers', '[]')) "    \
	"as n (e164 text, raw text, tail9 text, label text, is_primary boolean)), "                \
	"gone as (delete from contact_numbers c using stored s where c.org_id = $1 "               \
	"and c.entity_type = '" kind "' and c.entity_id = s.id and $3::jsonb ? 'numbers' "         \
	"and c.e164 not in (select e164 from named)), "                                            \
	"put as (insert into contact_numbers (org_id, e164, entity_type, entity_id, raw, tail9, "  \
	"label, is_primary) select $1, n.e164, '" kind "', s.id, n.raw, n.tail9, n.label, "        \
	"n.is_primary from stored s, named n "                                                     \
	"on conflict (org_id, e164, entity_type, entity_id) do update set raw = excluded.raw, "    \
	"label = excluded.label, is_primary = excluded.is_primary), "

#define AUDIT(kind, what)                                                                          \
	"audited as (insert into audit_log (org_id, id, actor_type, actor_id, action, "            \
	"object_type, object_id, ip) select $1, $5, $6, $7, '" kind "." what "', '" kind           \
	"', s.id::text, $8 from stored s) "

#define CREATE(kind, table, own, own_r)                                                            \
	"with stored as (insert into " table " (org_id, id, " FIELDS own                           \
	", created_at, updated_at) select $1, $2, " FIELDS_R own_r ", $4, $4 "                     \
	"from jsonb_populate_record(null::" table ", $3::jsonb) r returning id), "                 \
	PUT_NUMBERS(kind) AUDIT(kind, "created") "select id from stored"

/* populate_record starts from the stored row: fields that are not named stay. */
#define CHANGE(kind, table, own, own_r)                                                            \
	"with stored as (update " table " x set (" FIELDS own ", updated_at) = (select "           \
	FIELDS_R own_r ", $4::timestamptz from jsonb_populate_record(x, $3::jsonb) r) "            \
	"where x.org_id = $1 and x.id = $2 returning id), "                                        \
	PUT_NUMBERS(kind) AUDIT(kind, "changed") "select id from stored"

#define LEAD ", title, status, person_id"
#define LEAD_R ", r.title, r.status, r.person_id"
#define DEAL ", amount, currency, stage, lead_id, person_id"
#define DEAL_R ", r.amount, r.currency, r.stage, r.lead_id, r.person_id"

static const struct contact_kind kinds[] = {
	{CONTACT_PERSON, "person", "persons", GET("person", "persons", ""),
		CREATE("person", "persons", "", ""), CHANGE("person", "persons", "", "")},
	{CONTACT_LEAD, "lead", "leads", GET("lead", "leads", ", x.title, x.status, x.person_id"),
		CREATE("lead", "leads", LEAD, LEAD_R), CHANGE("lead", "leads", LEAD, LEAD_R)},
	{CONTACT_DEAL, "deal", "deals",
		GET("deal", "deals", ", x.amount::text, x.currency, x.stage, x.lead_id, x.person_id"),
		CREATE("deal", "deals", DEAL, DEAL_R), CHANGE("deal", "deals", DEAL, DEAL_R)},
};
/* clang-format on */

static const struct column common_columns[] = {{"id", COLUMN_TEXT}, {"name", COLUMN_TEXT},
	{"email", COLUMN_MAYBE}, {"company", COLUMN_MAYBE}, {"external_id", COLUMN_MAYBE},
	{"owner_id", COLUMN_MAYBE}, {"created_at", COLUMN_TIME}, {"updated_at", COLUMN_TIME},
	{"numbers", COLUMN_JSON}};
static const struct column lead_columns[] = {
	{"title", COLUMN_MAYBE}, {"status", COLUMN_TEXT}, {"person_id", COLUMN_MAYBE}};
static const struct column deal_columns[] = {{"amount", COLUMN_MAYBE}, {"currency", COLUMN_MAYBE},
	{"stage", COLUMN_TEXT}, {"lead_id", COLUMN_MAYBE}, {"person_id", COLUMN_MAYBE}};
static const struct {
	const struct column *columns;
	size_t n;
} own_columns[] = {{NULL, 0}, {lead_columns, VP_ARRAY_LEN(lead_columns)},
	{deal_columns, VP_ARRAY_LEN(deal_columns)}};

const struct contact_kind *contact_kind(enum contact_type type)
{
	return &kinds[type];
}

const struct contact_kind *contact_kind_named(const char *name)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			return &kinds[i];
		}
	}
	return NULL;
}

const struct contact_kind *contact_kind_at(const char *path)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(kinds); i++) {
		size_t len = strlen(kinds[i].plural);

		if (strncmp(path, API, strlen(API)) == 0 &&
			strncmp(path + strlen(API), kinds[i].plural, len) == 0) {
			return &kinds[i];
		}
	}
	return NULL;
}

json_t *contact_json(const struct contact_kind *kind, const struct vp_db_result *res)
{
	json_t *contact = json_pack("{s:s}", "type", kind->name);
	const json_t *first;

	if (!contact ||
		row_to_json(contact, res, 0, 0, common_columns, VP_ARRAY_LEN(common_columns)) !=
			0 ||
		row_to_json(contact, res, 0, VP_ARRAY_LEN(common_columns),
			own_columns[kind->type].columns, own_columns[kind->type].n) != 0) {
		json_decref(contact);
		return NULL;
	}
	first = json_array_get(json_object_get(contact, "numbers"), 0);
	json_object_set_new(contact, "phone",
		first ? json_copy(json_object_get(first, "number")) : json_null());
	return json_pack("{s:b, s:o}", "success", 1, "data", contact);
}
