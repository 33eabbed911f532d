#include "libcommon/base/base.h"
#include "tools/bench/api/cases.h"

#define HEAVY "'00000000-0000-7000-8000-000000000001'"
#define HISTORY "'/api/voip/calls/history?limit=25"
#define CONTACTS "'/api/voip/contacts?limit=25&search="
#define BOSS "'00000000-0000-7000-8000-000000000501'::uuid"
#define ORG "org_id = '" BENCH_ORG "'"
/* 200 requests at a page of one user who has half a million calls, or of 200 others who have 9,000
 */
#define AT_PAGE_HEAVY(page)                                                                        \
	"select user_id, " HISTORY "&cursor=' || id, false from voip.calls where " ORG             \
	" and user_id = " HEAVY " order by id desc limit 200 offset 25 * (" #page " - 1)"
#define AT_PAGE_ORDINARY(page)                                                                     \
	"select u.id, " HISTORY "&cursor=' || c.id, false from voip.users u cross join lateral "   \
	"(select id from voip.calls where " ORG " and user_id = u.id order by id desc limit 1 "    \
	"offset 25 * (" #page " - 1)) c where u." ORG " and u.id <> " HEAVY                        \
	" order by u.id limit 200"
#define EACH_USER(query)                                                                           \
	"select id, " HISTORY query "', false from voip.users where " ORG " and id <> " HEAVY      \
	" order by id limit 200"
#define NAMES(what)                                                                                \
	"select '00000000-0000-7000-8000-000000000002'::uuid, " CONTACTS "' || replace(" what      \
	", ' ', '%20'), false from (select name, split_part(name, ' ', 1) as first, "              \
	"split_part(name, ' ', 2) as last from voip.persons where " ORG                            \
	" order by md5(id::text) limit 1000) as p"
#define NUMBERS(what)                                                                              \
	"select '00000000-0000-7000-8000-000000000002'::uuid, " CONTACTS "' || " what              \
	", false from (select e164 from voip.contact_numbers where " ORG                           \
	" order by md5(e164) limit 1000) as n"
#define PEER_PAGE                                                                                  \
	"select * from voip.peer_calls where user_id = $1::uuid order by created_at desc limit "   \
	"25 "                                                                                      \
	"offset $2::int"
#define PEER_COUNT "select count(*) from voip.peer_calls where user_id = $1::uuid"
enum { GOAL_MS = 5 };

const struct bench_case bench_cases[] = {
	{"history, heavy user, page 1",
		"select " HEAVY "::uuid, " HISTORY "', false from generate_series(1, 200)", GOAL_MS,
		PEER_PAGE, PEER_COUNT, 1},
	{"history, heavy user, page 100", AT_PAGE_HEAVY(100), GOAL_MS, PEER_PAGE, PEER_COUNT, 100},
	{"history, heavy user, page 10000", AT_PAGE_HEAVY(10000), GOAL_MS, PEER_PAGE, PEER_COUNT,
		10000},
	{"history, ordinary user, page 1", EACH_USER(""), GOAL_MS, PEER_PAGE, PEER_COUNT, 1},
	{"history, ordinary user, page 100", AT_PAGE_ORDINARY(100), GOAL_MS, PEER_PAGE, PEER_COUNT,
		100},
	{"history, ordinary user, page 320", AT_PAGE_ORDINARY(320), GOAL_MS, PEER_PAGE, PEER_COUNT,
		320},
	{"history, ordinary user, busy", EACH_USER("&status=busy"), GOAL_MS, NULL, NULL, 0},
	{"history, ordinary user, inbound", EACH_USER("&direction=inbound&status=completed"),
		GOAL_MS, NULL, NULL, 0},
	{"history, ordinary user, one week",
		"select id, " HISTORY
		"&tz=Europe/Berlin&date_from=' || (now() - g * interval '3 days')::date "
		"|| '&date_to=' || (now() - g * interval '3 days' + interval '6 days')::date, "
		"false "
		"from voip.users, generate_series(1, 200) g where " ORG
		" and id = ('00000000-0000-7000-8000-' || lpad((g + 1)::text, 12, '0'))::uuid",
		GOAL_MS, NULL, NULL, 0},
	{"history, everybody, page 10000",
		"select " BOSS ", " HISTORY "&cursor=' || id, true from voip.calls where " ORG
		" order by id desc limit 200 offset 250000",
		GOAL_MS, NULL, NULL, 0},
	{"history, everybody, failed",
		"select " BOSS ", " HISTORY "&status=failed', true from generate_series(1, 200)",
		GOAL_MS, NULL, NULL, 0},
	{"history of a contact",
		"select " BOSS ", " HISTORY
		"&contact_type=person&contact_id=' || id, true from voip.persons "
		"where " ORG " order by md5(id::text) limit 500",
		GOAL_MS, NULL, NULL, 0},
	{"history by number",
		"select " BOSS ", " HISTORY
		"&search=%2B' || substr(e164, 2), true from voip.contact_numbers "
		"where " ORG " order by md5(e164) limit 500",
		GOAL_MS, NULL, NULL, 0},
	{"history by last six digits",
		"select " BOSS ", " HISTORY
		"&search=' || right(e164, 6), true from voip.contact_numbers "
		"where " ORG " order by md5(e164) limit 500",
		0, NULL, NULL, 0},
	{"history by name",
		"select " BOSS ", " HISTORY
		"&search=' || replace(name, ' ', '%20'), true from voip.persons "
		"where " ORG " order by md5(id::text) limit 500",
		0, NULL, NULL, 0},
	{"contact by number", NUMBERS("'%2B' || substr(e164, 2)"), GOAL_MS,
		"select * from voip.contact_numbers where e164 like '%' || $1::text || '%' and "
		"$2::int >= 0 limit 25",
		NULL, 0},
	{"contact by an unknown number", NUMBERS("'%2B1999' || right(e164, 7)"), GOAL_MS, NULL,
		NULL, 0},
	{"contact by last seven digits", NUMBERS("right(e164, 7)"), GOAL_MS, NULL, NULL, 0},
	{"name search, last name", NAMES("last"), GOAL_MS,
		"select * from voip.persons where name ilike '%' || $1::text || '%' and $2::int >= "
		"0 "
		"order by name limit 25",
		NULL, 0},
	{"name search, first name", NAMES("first"), GOAL_MS, NULL, NULL, 0},
	{"name search, three letters", NAMES("left(last, 3)"), GOAL_MS, NULL, NULL, 0},
	{"name search, whole name", NAMES("name"), GOAL_MS, NULL, NULL, 0},
	{"name search, two beginnings", NAMES("left(first, 3) || ' ' || left(last, 3)"), GOAL_MS,
		NULL, NULL, 0},
	{"name search, middle of a word", NAMES("substr(last, 2, 4)"), GOAL_MS, NULL, NULL, 0},
	{"contacts, all, page 1000",
		"select '00000000-0000-7000-8000-000000000002'::uuid, "
		"'/api/voip/contacts?limit=25&cursor=1.' || id "
		"|| '.' || replace(name_key, ' ', '%20'), false from (select id, name_key from "
		"voip.persons where " ORG " order by name_key, id limit 200 offset 25000) as p",
		GOAL_MS, NULL, NULL, 0},
};
const size_t bench_n_cases = VP_ARRAY_LEN(bench_cases);
