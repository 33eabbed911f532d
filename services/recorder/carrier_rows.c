#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "services/recorder/carrier_rows.h"

#define MICROS(column) "(extract(epoch from " column ") * 1000000)::bigint"

struct vp_uuid carrier_row_id(struct vp_uuid call, const char *other)
{
	struct vp_uuid id =
		vp_uuid_floor(vp_uuid_time_us(call)); /* its time, version and variant */
	uint8_t digest[VP_SHA256_SIZE];
	VP_CLEANUP(vp_freep) char *seed = NULL;
	char text[VP_UUID_TEXT_SIZE];

	vp_uuid_text(call, text);
	seed = vp_strf("carrier %s %s", text, other);
	if (!seed) {
		return vp_uuid_new();
	}
	vp_sha256(seed, strlen(seed), digest);
	id.b[6] |= digest[0] & 0x0f;
	id.b[7] = digest[1];
	id.b[8] |= digest[2] & 0x3f;
	memcpy(&id.b[9], &digest[3], sizeof(id.b) - 9);
	return id;
}

static int write_tx(struct vp_db *db, struct vp_db_tx *tx, int err, vp_db_written_h *h, void *arg)
{
	if (!err) {
		err = vp_db_write(db, tx, h, arg);
	}
	if (err) {
		vp_db_tx_destroy(tx);
	}
	return err;
}

static int write_one(struct vp_db *db, const char *sql, const struct vp_db_param *params, size_t n)
{
	struct vp_db_tx *tx = vp_db_tx_create();

	return write_tx(db, tx, tx ? vp_db_tx_add(tx, sql, params, n) : ENOMEM, NULL, NULL);
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

	return write_one(db, sql,
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
		"update recordings set due_at = $4, attempts = 0, state = 'open', updated_at = $4"
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
	return write_tx(db, tx, err, NULL, NULL);
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

/* --- work --- */

enum {
	COL_ORG,
	COL_ID,
	COL_CALL,
	COL_USER,
	COL_PROVIDER,
	COL_DRIVER,
	COL_LEG,
	COL_CARRIER_CALL,
	COL_CARRIER_ID,
	COL_STORED,
	COL_ATTEMPTS,
	COL_STARTED,
	COL_DUE,
};

int carrier_rows_due(
	struct vp_db *db, unsigned most, vp_db_result_h *h, void *arg, struct vp_db_op **ret_op)
{
	static const char sql[] = "select r.org_id, r.id, r.call_id, r.user_id, r.provider_id, "
				  "coalesce(p.driver, ''),"
				  " r.carrier_leg, r.carrier_call, r.carrier_id, r.state = "
				  "'stored', r.attempts, " MICROS("r.started_at") ", " MICROS(
					  "r.due_at") " from recordings r left join providers p on "
						      "p.org_id = r.org_id"
						      " and p.id = r.provider_id where r.due_at <= "
						      "$1 order by r.due_at limit $2";

	return vp_db_query(
		db, sql, VP_PARAMS(VP_P_TIME(vp_time_us()), VP_P_INT(most)), h, arg, ret_op);
}

void carrier_row_read(const struct vp_db_result *res, size_t i, struct carrier_row *ret)
{
	*ret = (struct carrier_row){.org = vp_db_uuid(res, i, COL_ORG),
		.id = vp_db_uuid(res, i, COL_ID),
		.call = vp_db_uuid(res, i, COL_CALL),
		.stored = vp_db_bool(res, i, COL_STORED),
		.attempts = (unsigned)vp_db_int(res, i, COL_ATTEMPTS),
		.started_us = vp_db_int(res, i, COL_STARTED),
		.due_us = vp_db_int(res, i, COL_DUE)};
	if (!vp_db_is_null(res, i, COL_USER)) {
		ret->user = vp_db_uuid(res, i, COL_USER);
	}
	if (!vp_db_is_null(res, i, COL_PROVIDER)) {
		ret->provider = vp_db_uuid(res, i, COL_PROVIDER);
	}
	/* what does not fit was not written by us: it is looked for in vain */
	(void)vp_strcopy(ret->driver, sizeof(ret->driver), vp_db_text(res, i, COL_DRIVER));
	(void)vp_strcopy(ret->leg, sizeof(ret->leg), vp_db_text(res, i, COL_LEG));
	(void)vp_strcopy(
		ret->carrier_call, sizeof(ret->carrier_call), vp_db_text(res, i, COL_CARRIER_CALL));
	(void)vp_strcopy(
		ret->carrier_id, sizeof(ret->carrier_id), vp_db_text(res, i, COL_CARRIER_ID));
}

int carrier_row_claim(struct vp_db *db, const struct carrier_row *row, const char *node,
	int64_t lease_us, vp_db_result_h *h, void *arg, struct vp_db_op **ret_op)
{
	static const char sql[] =
		"update recordings set due_at = $4, spool_node = $5, attempts = attempts + 1,"
		" updated_at = $6 where org_id = $1 and id = $2 and due_at = $3 returning attempts";

	return vp_db_query(db, sql,
		VP_PARAMS(VP_P_UUID(row->org), VP_P_UUID(row->id), VP_P_TIME(row->due_us),
			VP_P_TIME(lease_us), VP_P_TEXT(node), VP_P_TIME(vp_time_us())),
		h, arg, ret_op);
}

int carrier_row_renew(
	struct vp_db *db, const struct carrier_row *row, const char *node, int64_t lease_us)
{
	static const char sql[] = "update recordings set due_at = $4 where org_id = $1 and id = $2"
				  " and spool_node = $3 and due_at is not null";

	return write_one(db, sql,
		VP_PARAMS(VP_P_UUID(row->org), VP_P_UUID(row->id), VP_P_TEXT(node),
			VP_P_TIME(lease_us)));
}

int carrier_row_failed(struct vp_db *db, const struct carrier_row *row, const char *state,
	const char *why, int64_t due_us)
{
	static const char sql[] =
		"update recordings set state = $3, error = $4, due_at = $5, spool_node = '',"
		" updated_at = $6 where org_id = $1 and id = $2 and state in ('open', 'failed')";

	return write_one(db, sql,
		VP_PARAMS(VP_P_UUID(row->org), VP_P_UUID(row->id), VP_P_TEXT(state), VP_P_TEXT(why),
			VP_P_TIME(due_us), VP_P_TIME(vp_time_us())));
}

int carrier_row_surplus(struct vp_db *db, const struct carrier_row *row)
{
	static const char sql[] =
		"update recordings set state = 'deleted', due_at = null, spool_node = '', error ="
		" 'another row has the recording', updated_at = $3"
		" where org_id = $1 and id = $2 and state in ('open', 'failed')";

	return write_one(db, sql,
		VP_PARAMS(VP_P_UUID(row->org), VP_P_UUID(row->id), VP_P_TIME(vp_time_us())));
}

int carrier_row_removed(struct vp_db *db, const struct carrier_row *row, int64_t due_us,
	int64_t deleted_us, const char *why)
{
	static const char sql[] =
		"update recordings set due_at = $3, carrier_deleted_at = $4, error = $5,"
		" spool_node = '', updated_at = $6"
		" where org_id = $1 and id = $2 and state = 'stored'";

	return write_one(db, sql,
		VP_PARAMS(VP_P_UUID(row->org), VP_P_UUID(row->id), VP_P_TIME(due_us),
			VP_P_TIME(deleted_us), VP_P_TEXT(why), VP_P_TIME(vp_time_us())));
}

int carrier_rows_free(struct vp_db *db, const struct carrier_row *row,
	const struct vp_db_array *ids, vp_db_result_h *h, void *arg, struct vp_db_op **ret_op)
{
	static const char sql[] = "select g.id from unnest($3::text[]) with ordinality as g (id, n)"
				  " where not exists (select from recordings r where r.org_id = $1"
				  " and r.provider_id = $2 and r.carrier_id = g.id) order by g.n";

	return vp_db_query(db, sql,
		VP_PARAMS(VP_P_UUID(row->org), VP_P_UUID(row->provider), VP_P_ARRAY(ids)), h, arg,
		ret_op);
}

int carrier_row_name(struct vp_db *db, const struct carrier_row *row, const char *carrier_id,
	int64_t due_us, vp_db_written_h *h, void *arg)
{
	static const char sql[] =
		"update recordings set carrier_id = $3, due_at = $4, attempts = 0, state = 'open',"
		" error = '', spool_node = '', updated_at = $5"
		" where org_id = $1 and id = $2 and carrier_id = ''";
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? vp_db_tx_add(tx, sql,
			       VP_PARAMS(VP_P_UUID(row->org), VP_P_UUID(row->id),
				       VP_P_TEXT(carrier_id), VP_P_TIME(due_us),
				       VP_P_TIME(vp_time_us())))
		     : ENOMEM;

	return write_tx(db, tx, err, h, arg);
}

int carrier_row_add(struct vp_db *db, const struct carrier_row *of, const char *carrier_id)
{
	static const char sql[] =
		"insert into recordings (org_id, id, call_id, user_id, provider_id, carrier_leg,"
		" carrier_call, carrier_id, due_at, started_at, created_at, updated_at)"
		" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $9) on conflict do nothing";

	return write_one(db, sql,
		VP_PARAMS(VP_P_UUID(of->org), VP_P_UUID(carrier_row_id(of->call, carrier_id)),
			VP_P_UUID(of->call),
			vp_uuid_is_nil(of->user) ? VP_P_NULL() : VP_P_UUID(of->user),
			VP_P_UUID(of->provider), VP_P_TEXT(of->leg), VP_P_TEXT(of->carrier_call),
			VP_P_TEXT(carrier_id), VP_P_TIME(vp_time_us()), VP_P_TIME(of->started_us)));
}

int carrier_rows_missing(struct vp_db *db, int64_t from_us, int64_t to_us, unsigned most,
	vp_db_result_h *h, void *arg, struct vp_db_op **ret_op)
{
	static const char sql[] =
		"select m.org_id, m.call_id from provider_commands m join calls c"
		" on c.org_id = m.org_id and c.id = m.call_id"
		" where m.record and m.kind = 'dial' and m.created_at > $1 and c.ended_at < $2"
		" and c.answered_at is not null and not exists (select from recordings r"
		" where r.org_id = m.org_id and r.call_id = m.call_id)"
		" order by m.created_at limit $3";

	return vp_db_query(db, sql, VP_PARAMS(VP_P_TIME(from_us), VP_P_TIME(to_us), VP_P_INT(most)),
		h, arg, ret_op);
}
