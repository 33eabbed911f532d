#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/domain/history.h"
#include "services/gateway/domain/row_json.h"
#include "services/gateway/domain/text.h"

enum { DIGITS_MIN = 4, LETTERS_MIN = 2 };
#define NIL "'00000000-0000-0000-0000-000000000000'::uuid"
#define TOP "'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid"
#define MICROS(column) "(extract(epoch from " column ") * 1000000)::bigint"

/* clang-format off */
/* In the order of call_columns, then contact, then recording. */
#define CALL_COLUMNS                                                                               \
	"c.id, coalesce(c.sid, c.id::text), c.direction, c.status, c.contact_name, "               \
	"reverse(c.phone_rev), c.from_number, c.to_number, c.did, c.duration_s, "                  \
	MICROS("c.started_at") ", " MICROS("c.answered_at") ", " MICROS("c.ended_at") ", "          \
	"c.user_id, c.user_name, c.cause, c.message, c.hangup_by, c.click_to_call, "               \
	"c.contact_type, c.contact_id, c.contact_company, "                                        \
	"r.id, r.state, r.format, r.duration_ms, r.bytes, r.error"
/* The newest recording of the call. */
#define RECORDING_OF_CALL(may)                                                                     \
	" left join lateral (select id, state, format, duration_ms, bytes, error from recordings " \
	"where org_id = c.org_id and call_id = c.id and state <> 'deleted' and " may               \
	" order by id desc limit 1) as r on true"

/* $1 organisation, $2 user, $3 contact, $4 words, $5 and $6 digits (reversed) and whether they are a
 * whole number, $7 direction, $8 status, $9 to $11 days and their zone, $12 cursor, $13 rows, $14
 * recordings. The cursor is a call's id; so is the edge of a day. */
const char history_sql[] =
	"select " CALL_COLUMNS " from calls_page($1::uuid, $2::uuid, "
	"case when $4::text is not null then (select coalesce(array_agg(found.id), '{}') "
	"from contacts_page($1::uuid, null, string_to_array($4::text, E'\\x1f'), 1, '', " NIL ", 50) as found) "
	"when $3::uuid is not null then array[$3::uuid] end, "
	"$5::text, $6::boolean, $7::text, $8::text, "
	"coalesce(uuid7_floor($9::text::date::timestamp at time zone $11::text), " NIL "), "
	"least(coalesce($12::uuid, " TOP "), "
	"coalesce(uuid7_floor(($10::text::date + 1)::timestamp at time zone $11::text), " TOP ")), "
	"$13::int) as c" RECORDING_OF_CALL("$14::boolean") " order by c.id desc";

const char call_detail_sql[] =
	"select " CALL_COLUMNS ", c.trunk_name, c.sip_status, c.mos_x100, "
	"(select coalesce(jsonb_agg(jsonb_build_object('leg', l.leg, 'kind', l.kind, "
	"'codec', nullif(l.codec, ''), 'srtp_profile', nullif(l.srtp_profile, ''), "
	"'sip_status', l.sip_status, 'started_us', " MICROS("l.started_at") ", "
	"'answered_us', " MICROS("l.answered_at") ", 'ended_us', " MICROS("l.ended_at") ") "
	"order by l.leg), '[]') from call_legs l where l.org_id = $1 and l.call_id = $2) "
	"from calls c" RECORDING_OF_CALL("$3::boolean") " where c.org_id = $1 and c.id = $2";
/* clang-format on */

static const struct column call_columns[] = {{"id", COLUMN_TEXT}, {"sid", COLUMN_TEXT},
	{"direction", COLUMN_TEXT}, {"status", COLUMN_TEXT}, {"contact_name", COLUMN_MAYBE},
	{"phone_number", COLUMN_TEXT}, {"from_number", COLUMN_TEXT}, {"to_number", COLUMN_TEXT},
	{"did", COLUMN_TEXT}, {"duration", COLUMN_INT}, {"started_at", COLUMN_TIME},
	{"answered_at", COLUMN_TIME}, {"ended_at", COLUMN_TIME}, {"user_id", COLUMN_MAYBE},
	{"user_name", COLUMN_MAYBE}, {"cause", COLUMN_MAYBE}, {"message", COLUMN_MAYBE},
	{"hangup_by", COLUMN_MAYBE}, {"click_to_call", COLUMN_BOOL}};
static const struct column recording_columns[] = {{"id", COLUMN_TEXT}, {"state", COLUMN_TEXT},
	{"format", COLUMN_TEXT}, {"duration_ms", COLUMN_INT}, {"bytes", COLUMN_INT},
	{"error", COLUMN_MAYBE}};
enum {
	COLUMN_ID = 0,
	COLUMN_NAME = 4,
	COLUMN_USER = 13,
	COLUMN_CONTACT = VP_ARRAY_LEN(call_columns), /* type, id, company */
	COLUMN_RECORDING = COLUMN_CONTACT + 3,
	COLUMN_DETAIL = COLUMN_RECORDING + VP_ARRAY_LEN(recording_columns),
};

static bool fault(struct list_fault *ret, const char *message)
{
	*ret = (struct list_fault){400, "bad_parameter", message};
	return false;
}

static bool is_one_of(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(text, words[i]) == 0) {
			return true;
		}
	}
	return false;
}

bool page_limit_read(const char *text, unsigned *ret_limit)
{
	char *end;
	unsigned long limit = text ? strtoul(text, &end, 10) : PAGE_DEFAULT;

	if (text && (*text < '0' || *text > '9' || *end)) {
		return false;
	}
	if (limit < 1 || limit > PAGE_MAX) {
		return false;
	}
	*ret_limit = (unsigned)limit;
	return true;
}

static bool read_words(const struct history_params *p, struct history *ret, struct list_fault *f)
{
	static const char *const directions[] = {"inbound", "outbound"};
	static const char *const statuses[] = {"initiated", "ringing", "in-progress", "completed",
		"failed", "busy", "no-answer", "canceled"};
	static const char *const types[] = {"person", "lead", "deal"};

	if (p->direction && !is_one_of(p->direction, directions, VP_ARRAY_LEN(directions))) {
		return fault(f, "direction is inbound or outbound.");
	}
	if (p->status && !is_one_of(p->status, statuses, VP_ARRAY_LEN(statuses))) {
		return fault(f,
			"status is initiated, ringing, in-progress, completed, failed, busy, "
			"no-answer or canceled.");
	}
	if (p->contact_type && !is_one_of(p->contact_type, types, VP_ARRAY_LEN(types))) {
		return fault(f, "contact_type is person, lead or deal.");
	}
	ret->direction = p->direction;
	ret->status = p->status;
	return true;
}

static bool read_days(const struct history_params *p, const struct identity *who,
	struct history *ret, struct list_fault *f)
{
	if ((p->date_from && !text_is_day(p->date_from)) ||
		(p->date_to && !text_is_day(p->date_to))) {
		return fault(f, "date_from and date_to are days such as 2026-11-23.");
	}
	if (p->tz && !text_is_zone(p->tz)) {
		return fault(f, "tz is the name of a time zone such as Europe/Berlin.");
	}
	ret->date_from = p->date_from;
	ret->date_to = p->date_to;
	ret->tz = p->tz ? p->tz : who->timezone[0] ? who->timezone : "UTC";
	return true;
}

static bool read_ids(const struct history_params *p, const struct identity *who,
	struct history *ret, struct list_fault *f)
{
	bool all = identity_may(who, "voip.all_calls");

	ret->org = who->org;
	if (!all) {
		ret->user = who->user;
	}
	if (p->contact_id && !vp_uuid_parse(p->contact_id, &ret->contact)) {
		return fault(f, "contact_id is no id.");
	}
	if (p->user_id && !vp_uuid_parse(p->user_id, &ret->user)) {
		return fault(f, "user_id is no id.");
	}
	if (!all && !vp_uuid_equal(ret->user, who->user)) {
		*f = (struct list_fault){403, "forbidden",
			"Your role shows your own calls only (voip.all_calls is missing)."};
		return false;
	}
	if (p->cursor && !vp_uuid_parse(p->cursor, &ret->cursor)) {
		*f = (struct list_fault){
			400, "bad_cursor", "Send `next` of the page before as cursor."};
		return false;
	}
	return true;
}

static bool read_search(const struct history_params *p, const struct identity *who,
	struct history *ret, struct list_fault *f)
{
	if (!search_read(p->search, who->default_region, &ret->search)) {
		return fault(f, "search is at most 100 characters of text.");
	}
	if (ret->search.kind == SEARCH_WORDS && ret->search.n_chars < LETTERS_MIN) {
		return fault(f, "Type at least two letters of the name.");
	}
	if (ret->search.kind == SEARCH_LAST_DIGITS && ret->search.n_chars < DIGITS_MIN) {
		return fault(f, "Type at least the last four digits of the number.");
	}
	if (ret->search.kind == SEARCH_FIRST_DIGITS) {
		return fault(f, "Type the whole number, or its last digits without +.");
	}
	return true;
}

bool history_read(const struct history_params *params, const struct identity *who,
	struct history *ret, struct list_fault *ret_fault)
{
	*ret = (struct history){.limit = PAGE_DEFAULT};
	ret->recordings =
		identity_may(who, "voip.recordings") || identity_may(who, "voip.recordings.play");
	if (!page_limit_read(params->limit, &ret->limit)) {
		return fault(ret_fault, "limit is a number from 1 to 100.");
	}
	return read_words(params, ret, ret_fault) && read_days(params, who, ret, ret_fault) &&
	       read_ids(params, who, ret, ret_fault) && read_search(params, who, ret, ret_fault);
}

static struct vp_db_param id_or_null(struct vp_uuid id)
{
	return vp_uuid_is_nil(id) ? VP_P_NULL() : VP_P_UUID(id);
}

void history_bind(const struct history *history, struct vp_db_param params[HISTORY_PARAMS])
{
	const struct search *search = &history->search;
	bool whole = search->kind == SEARCH_NUMBER;
	bool digits = whole || search->kind == SEARCH_LAST_DIGITS;

	params[0] = VP_P_UUID(history->org);
	params[1] = id_or_null(history->user);
	params[2] = id_or_null(history->contact);
	params[3] = VP_P_TEXT(search->kind == SEARCH_WORDS ? search->words : NULL);
	params[4] = VP_P_TEXT(digits ? search->reversed : NULL);
	params[5] = VP_P_BOOL(whole);
	params[6] = VP_P_TEXT(history->direction);
	params[7] = VP_P_TEXT(history->status);
	params[8] = VP_P_TEXT(history->date_from);
	params[9] = VP_P_TEXT(history->date_to);
	params[10] = VP_P_TEXT(history->tz);
	params[11] = id_or_null(history->cursor);
	params[12] = VP_P_INT(history->limit + 1);
	params[13] = VP_P_BOOL(history->recordings);
}

static int add_contact(json_t *call, const struct vp_db_result *res, size_t row)
{
	const char *company = vp_db_text(res, row, COLUMN_CONTACT + 2);

	if (vp_db_is_null(res, row, COLUMN_CONTACT) ||
		vp_db_is_null(res, row, COLUMN_CONTACT + 1)) {
		return json_object_set_new(call, "contact", json_null());
	}
	return json_object_set_new(call, "contact",
		json_pack("{s:s, s:s, s:s, s:s?}", "type", vp_db_text(res, row, COLUMN_CONTACT),
			"id", vp_db_text(res, row, COLUMN_CONTACT + 1), "name",
			vp_db_text(res, row, COLUMN_NAME), "company", *company ? company : NULL));
}

static int add_recording(json_t *call, const struct vp_db_result *res, size_t row)
{
	json_t *recording = json_object();
	int64_t ms;

	if (vp_db_is_null(res, row, COLUMN_RECORDING)) {
		json_decref(recording);
		return json_object_set_new(call, "recording", json_null());
	}
	row_to_json(recording, res, row, COLUMN_RECORDING, recording_columns,
		VP_ARRAY_LEN(recording_columns));
	ms = json_integer_value(json_object_get(recording, "duration_ms"));
	json_object_set_new(recording, "duration", json_integer((ms + 500) / 1000));
	return json_object_set_new(call, "recording", recording);
}

static json_t *call_object(const struct vp_db_result *res, size_t row)
{
	struct vp_uuid id = vp_db_uuid(res, row, COLUMN_ID);
	json_t *call = json_object();

	if (!call ||
		row_to_json(call, res, row, 0, call_columns, VP_ARRAY_LEN(call_columns)) != 0 ||
		json_object_set_new(call, "created_at", json_time(vp_uuid_time_us(id))) != 0 ||
		add_contact(call, res, row) != 0 || add_recording(call, res, row) != 0) {
		json_decref(call);
		return NULL;
	}
	return call;
}

json_t *history_page(const struct vp_db_result *res, unsigned limit)
{
	size_t rows = vp_db_rows(res);
	bool more = rows > limit;
	size_t n = more ? limit : rows;
	json_t *data = json_array();

	for (size_t row = 0; row < n; row++) {
		if (json_array_append_new(data, call_object(res, row)) != 0) {
			json_decref(data);
			return NULL;
		}
	}
	return json_pack("{s:b, s:o, s:s?}", "success", 1, "data", data, "next",
		more ? vp_db_text(res, n - 1, COLUMN_ID) : NULL);
}

struct vp_uuid call_detail_user(const struct vp_db_result *res)
{
	return vp_db_is_null(res, 0, COLUMN_USER) ? (struct vp_uuid){0}
						  : vp_db_uuid(res, 0, COLUMN_USER);
}

/* Times of legs come as microseconds: one place writes RFC 3339. */
static void legs_times(json_t *legs)
{
	static const struct {
		const char *from, *to;
	} times[] = {{"started_us", "started_at"}, {"answered_us", "answered_at"},
		{"ended_us", "ended_at"}};
	size_t i;
	json_t *leg;

	json_array_foreach(legs, i, leg)
	{
		for (size_t t = 0; t < VP_ARRAY_LEN(times); t++) {
			json_t *us = json_object_get(leg, times[t].from);

			json_object_set_new(leg, times[t].to,
				json_is_integer(us) ? json_time(json_integer_value(us))
						    : json_null());
			json_object_del(leg, times[t].from);
		}
	}
}

json_t *call_detail(const struct vp_db_result *res)
{
	static const struct column columns[] = {{"trunk_name", COLUMN_MAYBE},
		{"sip_status", COLUMN_INT}, {"mos_x100", COLUMN_SKIP}, {"legs", COLUMN_JSON}};
	json_t *call = call_object(res, 0);

	if (!call ||
		row_to_json(call, res, 0, COLUMN_DETAIL, columns, VP_ARRAY_LEN(columns)) != 0) {
		json_decref(call);
		return NULL;
	}
	json_object_set_new(call, "mos",
		vp_db_is_null(res, 0, COLUMN_DETAIL + 2)
			? json_null()
			: json_real((double)vp_db_int(res, 0, COLUMN_DETAIL + 2) / 100));
	legs_times(json_object_get(call, "legs"));
	return json_pack("{s:b, s:o}", "success", 1, "data", call);
}
