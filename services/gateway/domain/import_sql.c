#include "services/gateway/domain/import.h"

/* clang-format off */
/* In the order of the ids, so that two imports at once wait for each other and do not deadlock. */
#define STORE(cte, kind, table, own, own_set)                                                      \
	cte " as (insert into " table " as t (org_id, id, external_id, name, email, company" own   \
	", created_at, updated_at) select $1, id, external_id, name, email, company" own           \
	", $3, $3 from input where kind = '" kind "' order by external_id, id "                    \
	"on conflict (org_id, external_id) where external_id is not null do update set "           \
	"name = excluded.name, email = coalesce(excluded.email, t.email), "                        \
	"company = coalesce(excluded.company, t.company)" own_set                                  \
	", updated_at = excluded.updated_at "                                                      \
	"returning '" kind "' as kind, id, coalesce(external_id, id::text) as key, (xmax = 0) as is_new), "

const char import_sql[] =
	"with input as (select * from jsonb_to_recordset($2::jsonb) as r (kind text, id uuid, "
	"name text, email text, company text, external_id text, title text, status text, stage text, "
	"amount numeric, currency text, numbers jsonb)), "
	STORE("p", "person", "persons", "", "")
	STORE("l", "lead", "leads", ", title, status",
		", title = coalesce(excluded.title, t.title), "
		"status = case when excluded.status = 'new' then t.status else excluded.status end")
	STORE("d", "deal", "deals", ", amount, currency, stage",
		", amount = coalesce(excluded.amount, t.amount), "
		"currency = coalesce(excluded.currency, t.currency), "
		"stage = case when excluded.stage = 'open' then t.stage else excluded.stage end")
	"stored as (select * from p union all select * from l union all select * from d), "
	"added as (insert into contact_numbers (org_id, e164, entity_type, entity_id, raw, tail9, label, "
	"is_primary) select $1, n.e164, i.kind, s.id, n.raw, n.tail9, n.label, n.is_primary and s.is_new "
	"from input i join stored s on s.kind = i.kind and s.key = coalesce(i.external_id, i.id::text), "
	"jsonb_to_recordset(i.numbers) as n (e164 text, raw text, tail9 text, label text, "
	"is_primary boolean) order by n.e164, s.id "
	"on conflict (org_id, e164, entity_type, entity_id) do nothing), "
	"audited as (insert into audit_log (org_id, id, actor_type, actor_id, action, ip, detail) "
	"select $1, $4, $5, $6, 'contacts.imported', $7, "
	"jsonb_build_object('created', count(*) filter (where is_new), "
	"'updated', count(*) filter (where not is_new)) from stored) "
	"select count(*) filter (where is_new), count(*) filter (where not is_new) from stored";
/* clang-format on */
