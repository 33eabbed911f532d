/* What events say becomes rows: a call that should have a recording, news of one. */
#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/recorder/carrier_rows.h"
#include "services/recorder/carrier_rows_int.h"
#include "services/recorder/records.h"

struct vp_uuid carrier_row_id(struct vp_uuid call, const char *other)
{
	char text[VP_UUID_TEXT_SIZE];
	VP_CLEANUP(vp_freep) char *seed = NULL;

	vp_uuid_text(call, text);
	seed = vp_strf("carrier %s %s", text, other);
	return seed ? record_id_of(vp_uuid_time_us(call), seed, strlen(seed)) : vp_uuid_new();
}

int carrier_row_write_one(
	struct vp_db *db, const char *sql, const struct vp_db_param *params, size_t n)
{
	struct vp_db_tx *tx = vp_db_tx_create();

	return record_write(db, tx, tx ? vp_db_tx_add(tx, sql, params, n) : ENOMEM, NULL, NULL);
}

int carrier_row_expect(struct vp_db *db, struct vp_uuid org, struct vp_uuid call, int64_t due_us)
{
	/* a leg is listed by its own id, but Telnyx lists sessions ("room") */
	static const char sql[] =
		"insert into recordings (org_id, id, call_id, user_id, provider_id, carrier_leg,"
		" carrier_call, due_at, started_at, created_at, updated_at)"
		" select c.org_id, $3::uuid, c.id, c.user_id, m.provider_id, m.leg, coalesce("
		"(select e.external_id from call_external_ids e where e.org_id = c.org_id and"
		" e.call_id = c.id and e.provider_id = m.provider_id and e.leg ="
		" case p.driver when 'telnyx' then 'room' else m.leg end limit 1), ''),"
		" $4::timestamptz, c.answered_at, $5::timestamptz, $5::timestamptz"
		" from calls c join provider_commands m on m.org_id = c.org_id and m.call_id = c.id"
		" and m.kind = 'dial' and m.record"
		" join providers p on p.org_id = m.org_id and p.id = m.provider_id"
		" where c.org_id = $1 and c.id = $2 and c.answered_at is not null"
		" and c.ended_at is not null order by m.id desc limit 1"
		" on conflict (org_id, id) do update set carrier_call = excluded.carrier_call,"
		" carrier_leg = excluded.carrier_leg where recordings.carrier_call = ''";

	return carrier_row_write_one(db, sql,
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(call), VP_P_UUID(carrier_row_id(call, "")),
			VP_P_TIME(due_us), VP_P_TIME(vp_time_us())));
}

/* $1 org, $2 call, $3 provider, $4 leg, $5 its id there, $6 session: whose it is. */
#define TOLD                                                                                       \
	"with told as (select c.org_id, c.id as call_id, c.user_id, $3::uuid as provider_id,"      \
	" coalesce(nullif($4::text, ''), e.leg, '') as leg, $6::text as carrier_call,"             \
	" coalesce(c.answered_at, c.started_at) as started_at"                                     \
	" from calls c left join call_external_ids e on e.org_id = c.org_id"                       \
	" and e.provider_id = $3 and e.external_id = $5 and e.leg <> 'room'"                       \
	" where c.org_id = $1 and c.id = $2) "
#define TOLD_PARAMS(n)                                                                             \
	VP_P_UUID((n)->org), VP_P_UUID((n)->call), VP_P_UUID((n)->provider), VP_P_TEXT((n)->leg),  \
		VP_P_TEXT((n)->leg_id), VP_P_TEXT((n)->session)
#define INSERT                                                                                     \
	"insert into recordings (org_id, id, call_id, user_id, provider_id, carrier_leg,"          \
	" carrier_call, carrier_id, due_at, state, error, started_at, created_at, updated_at)"     \
	" select t.org_id, $7::uuid, t.call_id, t.user_id, t.provider_id, t.leg,"                  \
	" t.carrier_call, $8::text, "
#define OPEN "$9::timestamptz, 'open', '', t.started_at, $9::timestamptz, $9::timestamptz"
#define UNKNOWN                                                                                    \
	" from told t where ($8::text = '' or not exists (select from recordings k"                \
	" where k.org_id = $1 and k.provider_id = $3 and k.carrier_id = $8))"

/* The call's own row is this recording's, unless it is another's already. */
static int add_ready(struct vp_db_tx *tx, const struct carrier_news *n, struct vp_uuid own)
{
	static const char sql[] = TOLD INSERT OPEN UNKNOWN
		" on conflict (org_id, id) do update set carrier_id = excluded.carrier_id,"
		" carrier_call = excluded.carrier_call, carrier_leg = excluded.carrier_leg,"
		" due_at = excluded.due_at, state = 'open', attempts = 0, updated_at = $9"
		" where recordings.carrier_id = '' and recordings.state in ('open', 'failed')";

	return vp_db_tx_add(tx, sql,
		VP_PARAMS(
			TOLD_PARAMS(n), VP_P_UUID(own), VP_P_TEXT(n->id), VP_P_TIME(vp_time_us())));
}

/* One more of the same call. */
static int add_other(struct vp_db_tx *tx, const struct carrier_news *n, struct vp_uuid own)
{
	static const char sql[] = TOLD INSERT OPEN UNKNOWN
		" and exists (select from recordings f where f.org_id = $1 and f.id = $10"
		" and f.carrier_id <> '') on conflict do nothing";

	return vp_db_tx_add(tx, sql,
		VP_PARAMS(TOLD_PARAMS(n),
			VP_P_UUID(carrier_row_id(n->call, n->id[0] ? n->id : n->event)),
			VP_P_TEXT(n->id), VP_P_TIME(vp_time_us()), VP_P_UUID(own)));
}

/* A webhook that is told again wakes what was given up. */
static int wake(struct vp_db_tx *tx, const struct carrier_news *n)
{
	static const char sql[] =
		"update recordings set due_at = $4, attempts = 0, unfinished = 0, state = 'open',"
		" updated_at = $4"
		" where org_id = $1 and provider_id = $2 and carrier_id = $3 and carrier_id <> ''"
		" and state = 'failed' and due_at is null";

	return vp_db_tx_add(tx, sql,
		VP_PARAMS(VP_P_UUID(n->org), VP_P_UUID(n->provider), VP_P_TEXT(n->id),
			VP_P_TIME(vp_time_us())));
}

static int add_failed(struct vp_db_tx *tx, const struct carrier_news *n, struct vp_uuid own)
{
	static const char sql[] = TOLD INSERT
		"null::timestamptz, 'failed', $10::text, t.started_at, $9::timestamptz,"
		" $9::timestamptz" UNKNOWN
		" on conflict (org_id, id) do update set carrier_id = excluded.carrier_id,"
		" due_at = null, state = 'failed', error = excluded.error, updated_at = $9"
		" where recordings.carrier_id in ('', excluded.carrier_id)"
		" and recordings.state in ('open', 'failed')";

	return vp_db_tx_add(tx, sql,
		VP_PARAMS(TOLD_PARAMS(n), VP_P_UUID(own), VP_P_TEXT(n->id), VP_P_TIME(vp_time_us()),
			VP_P_TEXT(n->error)));
}

int carrier_row_tell(struct vp_db *db, const struct carrier_news *news)
{
	struct vp_uuid own = carrier_row_id(news->call, "");
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? 0 : ENOMEM;

	if (!err && news->error) {
		err = add_failed(tx, news, own);
	} else if (!err) {
		err = wake(tx, news);
		err = err ? err : add_other(tx, news, own);
		err = err ? err : add_ready(tx, news, own);
	}
	return record_write(db, tx, err, NULL, NULL);
}

int carrier_row_owner(
	struct vp_db *db, const struct carrier_news *news, vp_db_result_h *h, void *arg)
{
	static const char sql[] =
		"select call_id, case leg when 'room' then '' else leg end from call_external_ids"
		" where org_id = $1 and provider_id = $2 and external_id in ($3, $4)"
		" and external_id <> '' order by leg = 'room' limit 1";

	return vp_db_query(db, sql,
		VP_PARAMS(VP_P_UUID(news->org), VP_P_UUID(news->provider), VP_P_TEXT(news->leg_id),
			VP_P_TEXT(news->session)),
		h, arg, NULL);
}
