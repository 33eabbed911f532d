/* A past for the history page: calls between the demo users and the demo contacts. */
#include <errno.h>
#include "libcommon/base/base.h"
#include "tools/voip/seed.h"

enum { CALLS = 140 };

/* Rows come from the stored contacts; hashtext spreads them. A week has fewer calls the older it
 * is, nobody calls before eight or after six. The id holds the time, as the ids of real calls do.
 */
static const char insert_calls[] =
	"with people as ("
	"  select n.entity_type, n.entity_id, n.e164, coalesce(p.name, l.name, d.name) as name, "
	"    coalesce(p.company, l.company, d.company, '') as company, "
	"    row_number() over (order by md5(n.e164)) as k, count(*) over () as n "
	"  from voip.contact_numbers n "
	"  left join voip.persons p on p.org_id = n.org_id and p.id = n.entity_id "
	"  left join voip.leads l on l.org_id = n.org_id and l.id = n.entity_id "
	"  left join voip.deals d on d.org_id = n.org_id and d.id = n.entity_id "
	"  where n.org_id = $1 and coalesce(p.company, '') <> 'Demo carrier'), "
	"plan as ("
	"  select i, abs(hashtext('when' || i)) as a, abs(hashtext('what' || i)) as b, "
	"    case when i % 3 = 0 then 'inbound' else 'outbound' end as direction, i % 5 = 0 as "
	"is_admins "
	"  from generate_series(1, $2::int) i), "
	"timed as ("
	"  select *, date_trunc('day', now()) - make_interval(days => 1 + (a % 20) * (a % 7 + 1) / "
	"7) "
	"    + make_interval(secs => 8 * 3600 + b % 36000) as started, "
	"    case when b % 20 < 13 then 'completed' when b % 20 < 16 then 'no-answer' "
	"      when b % 20 < 18 then 'busy' when b % 20 = 18 then 'canceled' else 'failed' end as "
	"status, "
	"    15 + b % 600 as talk "
	"  from plan) "
	"insert into voip.calls (org_id, id, direction, status, from_number, to_number, did, "
	"user_id, "
	"  user_name, contact_type, contact_id, contact_name, contact_company, provider_id, "
	"trunk_id, "
	"  trunk_name, started_at, answered_at, ended_at, duration_s, hangup_by, cause, message, "
	"version) "
	"select $1, (left(voip.uuid7_floor(t.started)::text, 14) || '7' || "
	"    substr(md5(t.i::text), 1, 3) || '-8' || substr(md5(t.i::text), 4, 3) || '-' || "
	"    substr(md5(t.i::text), 7, 12))::uuid, "
	"  t.direction, t.status, "
	"  case t.direction when 'outbound' then own.did else p.e164 end, "
	"  case t.direction when 'outbound' then p.e164 else own.did end, "
	"  case t.direction when 'inbound' then own.did else '' end, "
	"  own.id, own.name, p.entity_type, p.entity_id, p.name, p.company, $5, $6, 'Demo "
	"carrier', "
	"  t.started, case when t.status = 'completed' then t.started + interval '6 seconds' end, "
	"  t.started + make_interval(secs => case when t.status = 'completed' then t.talk + 6 else "
	"21 end), "
	"  case when t.status = 'completed' then t.talk else 0 end, "
	"  case when t.b % 2 = 0 then 'agent' else 'customer' end, "
	"  case t.status when 'busy' then 'busy' when 'no-answer' then 'no_answer' "
	"    when 'failed' then 'trunk_down' when 'canceled' then 'canceled' else 'normal' end, "
	"  case t.status when 'busy' then 'The line was busy.' when 'no-answer' then 'Nobody "
	"answered.' "
	"    when 'failed' then 'The trunk did not answer.' else '' end, 4 "
	"from timed t join people p on p.k = 1 + t.b % p.n, "
	"lateral (select u.id, u.name, case when t.is_admins then $8 else $7 end as did from "
	"voip.users u "
	"  where u.org_id = $1 and u.id = case when t.is_admins then $4::uuid else $3::uuid end) "
	"as own "
	"where not exists (select from voip.calls where org_id = $1) "
	"on conflict do nothing";

int seed_calls(struct tool_db *db, const struct seed_ids *ids)
{
	return tool_db_query(db, insert_calls,
		VP_PARAMS(VP_P_UUID(ids->org), VP_P_INT(CALLS), VP_P_UUID(ids->agent),
			VP_P_UUID(ids->admin), VP_P_UUID(ids->provider), VP_P_UUID(ids->carrier),
			VP_P_TEXT(SEED_AGENT_DID), VP_P_TEXT(SEED_ADMIN_DID)),
		NULL, NULL);
}
