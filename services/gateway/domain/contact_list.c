#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/domain/contact_list.h"
#include "services/gateway/domain/row_json.h"
#include "services/gateway/domain/text.h"

enum { PHASE_LAST = 3, KEY_MAX = 800 };

/* clang-format off */
#define COLUMNS                                                                                    \
	"f.phase, f.key, f.type, f.id, coalesce(p.name, l.name, d.name), "                         \
	"coalesce(p.email, l.email, d.email), coalesce(p.company, l.company, d.company), "         \
	"case f.type when 'lead' then l.id when 'deal' then d.lead_id end, "                       \
	"(select coalesce(jsonb_agg(jsonb_build_object('number', n.e164, 'label', n.label, "       \
	"'primary', n.is_primary) order by n.is_primary desc, n.label, n.e164), '[]') "            \
	"from contact_numbers n where n.org_id = $1 and n.entity_id = f.id "                       \
	"and n.entity_type = f.type)"
#define ROWS_OF                                                                                    \
	" left join persons p on f.type = 'person' and p.org_id = $1 and p.id = f.id"              \
	" left join leads l on f.type = 'lead' and l.org_id = $1 and l.id = f.id"                  \
	" left join deals d on f.type = 'deal' and d.org_id = $1 and d.id = f.id"

/* $2 type, $3 words, $4 to $6 cursor, $7 rows */
static const char by_words[] =
	"select " COLUMNS " from contacts_page($1::uuid, $2::text, "
	"string_to_array($3::text, E'\\x1f'), $4::int, $5::text, $6::uuid, $7::int) "
	"with ordinality as f (phase, type, id, key, n)" ROWS_OF " order by f.n";

/* One page: a number belongs to few. $2 type, $3 number or digits, $4 rows, $5 last nine digits */
#define BY_NUMBER(found)                                                                           \
	"select " COLUMNS " from (select distinct 3 as phase, '' as key, entity_type as type, "     \
	"entity_id as id from (" found ") as found limit $4::int) as f" ROWS_OF " order by 5, 4"
#define NUMBERS_WITH(condition)                                                                    \
	"(select entity_type, entity_id from contact_numbers where org_id = $1::uuid "             \
	"and ($2::text is null or entity_type = $2::text) and " condition " limit $4::int)"

static const char by_number[] =
	BY_NUMBER(NUMBERS_WITH("e164 = $3::text") " union all " NUMBERS_WITH("tail9 = $5::text"));
/* ':' comes after '9' */
static const char by_first_digits[] =
	BY_NUMBER(NUMBERS_WITH("e164 >= $3::text and e164 < $3::text || ':'"));
static const char by_last_digits[] =
	BY_NUMBER(NUMBERS_WITH("number_rev >= $3::text and number_rev < $3::text || ':'"));
/* clang-format on */

enum { COLUMN_PHASE, COLUMN_KEY, COLUMN_TYPE, COLUMN_ID, COLUMN_FIRST, COLUMN_LEAD = 7 };
static const struct column columns[] = {
	{"name", COLUMN_TEXT}, {"email", COLUMN_MAYBE}, {"company", COLUMN_MAYBE}};
static const struct column head_columns[] = {{"type", COLUMN_TEXT}, {"id", COLUMN_TEXT}};
static const struct column tail_columns[] = {{"numbers", COLUMN_JSON}};

static bool fault(struct list_fault *ret, const char *error, const char *message)
{
	*ret = (struct list_fault){400, error, message};
	return false;
}

/* "PHASE.ID.KEY" */
static bool read_cursor(const char *cursor, struct contact_list *ret)
{
	char id[VP_UUID_TEXT_SIZE];
	size_t id_len = VP_UUID_TEXT_SIZE - 1;

	ret->phase = 1;
	ret->key = "";
	if (!cursor) {
		return true;
	}
	if ((cursor[0] != '1' && cursor[0] != '2') || cursor[1] != '.' ||
		strnlen(cursor, 3 + id_len) < 3 + id_len || cursor[2 + id_len] != '.' ||
		strlen(cursor) > KEY_MAX) {
		return false;
	}
	memcpy(id, cursor + 2, id_len);
	id[id_len] = '\0';
	ret->phase = cursor[0] - '0';
	ret->key = cursor + 3 + id_len;
	return vp_uuid_parse(id, &ret->id) && text_is_clean(ret->key);
}

bool contact_list_read(const char *search, const char *type, const char *cursor, const char *limit,
	const struct identity *who, struct contact_list *ret, struct list_fault *ret_fault)
{
	*ret = (struct contact_list){.org = who->org, .type = type};
	if (!page_limit_read(limit, &ret->limit)) {
		return fault(ret_fault, "bad_parameter", "limit is a number from 1 to 100.");
	}
	if (type && !contact_kind_named(type)) {
		return fault(ret_fault, "bad_parameter", "type is person, lead or deal.");
	}
	if (!search_read(search, who->default_region, &ret->search)) {
		return fault(
			ret_fault, "bad_parameter", "search is at most 100 characters of text.");
	}
	if (!read_cursor(cursor, ret)) {
		return fault(ret_fault, "bad_cursor", "Send `next` of the page before as cursor.");
	}
	return true;
}

static const char *bind_words(
	const struct contact_list *list, struct vp_db_param *params, size_t *ret_n)
{
	params[2] = VP_P_TEXT(list->search.words);
	params[3] = VP_P_INT(list->phase);
	params[4] = VP_P_TEXT(list->key);
	params[5] = VP_P_UUID(list->id);
	params[6] = VP_P_INT(list->limit + 1);
	*ret_n = 7;
	return by_words;
}

const char *contact_list_bind(const struct contact_list *list,
	struct vp_db_param params[CONTACT_LIST_PARAMS], size_t *ret_n)
{
	const struct search *search = &list->search;

	params[0] = VP_P_UUID(list->org);
	params[1] = VP_P_TEXT(list->type);
	if (search->kind == SEARCH_NONE || search->kind == SEARCH_WORDS) {
		return bind_words(list, params, ret_n);
	}
	params[2] =
		VP_P_TEXT(search->kind == SEARCH_LAST_DIGITS ? search->reversed : search->number);
	params[3] = VP_P_INT(list->limit);
	*ret_n = 4;
	if (search->kind == SEARCH_NUMBER) {
		params[4] = VP_P_TEXT(search->tail9);
		*ret_n = 5;
		return by_number;
	}
	return search->kind == SEARCH_FIRST_DIGITS ? by_first_digits : by_last_digits;
}

static json_t *contact(const struct vp_db_result *res, size_t row)
{
	json_t *object = json_object();
	const json_t *first;

	if (!object ||
		row_to_json(object, res, row, COLUMN_TYPE, head_columns,
			VP_ARRAY_LEN(head_columns)) != 0 ||
		row_to_json(object, res, row, COLUMN_FIRST, columns, VP_ARRAY_LEN(columns)) != 0 ||
		row_to_json(object, res, row, COLUMN_LEAD + 1, tail_columns, 1) != 0) {
		json_decref(object);
		return NULL;
	}
	if (!vp_db_is_null(res, row, COLUMN_LEAD)) {
		json_object_set_new(
			object, "lead_id", json_string(vp_db_text(res, row, COLUMN_LEAD)));
	}
	first = json_array_get(json_object_get(object, "numbers"), 0);
	json_object_set_new(
		object, "phone", first ? json_copy(json_object_get(first, "number")) : json_null());
	return object;
}

/* NULL: the last page. What was found by any part of a name or number fills one page only. */
static char *next_cursor(const struct vp_db_result *res, size_t n, bool more)
{
	if (!more || vp_db_int(res, n - 1, COLUMN_PHASE) == PHASE_LAST) {
		return NULL;
	}
	return vp_strf("%s.%s.%s", vp_db_text(res, n - 1, COLUMN_PHASE),
		vp_db_text(res, n - 1, COLUMN_ID), vp_db_text(res, n - 1, COLUMN_KEY));
}

json_t *contact_list_page(const struct vp_db_result *res, unsigned limit)
{
	size_t rows = vp_db_rows(res);
	size_t n = rows > limit ? limit : rows;
	json_t *data = json_array();
	VP_CLEANUP(vp_freep) char *next = next_cursor(res, n, rows > limit);

	for (size_t row = 0; row < n; row++) {
		if (json_array_append_new(data, contact(res, row)) != 0) {
			json_decref(data);
			return NULL;
		}
	}
	return json_pack("{s:b, s:o, s:s?}", "success", 1, "data", data, "next", next);
}
