#include <errno.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/recorder/carrier_rows.h"
#include "services/recorder/carrier_rows_int.h"
#include "services/recorder/records.h"

#define MICROS(column) "(extract(epoch from " column ") * 1000000)::bigint"

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

int carrier_row_claim(struct vp_db *db, const struct carrier_row *row, int64_t lease_us,
	vp_db_result_h *h, void *arg, struct vp_db_op **ret_op)
{
	static const char sql[] =
		"update recordings set due_at = $4, spool_node = $5, attempts = attempts + 1,"
		" updated_at = $6 where org_id = $1 and id = $2 and due_at = $3"
		" returning attempts, unfinished";

	return vp_db_query(db, sql,
		VP_PARAMS(VP_P_UUID(row->org), VP_P_UUID(row->id), VP_P_TIME(row->due_us),
			VP_P_TIME(lease_us), VP_P_TEXT(row->node), VP_P_TIME(vp_time_us())),
		h, arg, ret_op);
}

/* Who stalls longer than his lease finds that the row is another's by now. */
#define CLAIMED " where org_id = $1 and id = $2 and spool_node = $3 and attempts = $4"
#define CLAIM(row)                                                                                 \
	VP_P_UUID((row)->org), VP_P_UUID((row)->id), VP_P_TEXT((row)->node),                       \
		VP_P_INT((row)->attempts)

int carrier_row_renew(struct vp_db *db, const struct carrier_row *row, int64_t lease_us)
{
	static const char sql[] =
		"update recordings set due_at = $5" CLAIMED " and due_at is not null";

	return carrier_row_write_one(db, sql, VP_PARAMS(CLAIM(row), VP_P_TIME(lease_us)));
}

int carrier_row_begin(struct vp_db *db, const struct carrier_row *row, vp_db_result_h *h, void *arg,
	struct vp_db_op **ret_op)
{
	static const char sql[] = "update recordings set unfinished = unfinished + 1" CLAIMED
				  " and state in ('open', 'failed') returning id";

	return vp_db_query(db, sql, VP_PARAMS(CLAIM(row)), h, arg, ret_op);
}

int carrier_row_failed(struct vp_db *db, const struct carrier_row *row, const char *state,
	const char *why, int64_t due_us)
{
	static const char sql[] =
		"update recordings set state = $5, error = $6, due_at = $7, spool_node = '',"
		" unfinished = 0, updated_at = $8" CLAIMED " and state in ('open', 'failed')";

	return carrier_row_write_one(db, sql,
		VP_PARAMS(CLAIM(row), VP_P_TEXT(state), VP_P_TEXT(why), VP_P_TIME(due_us),
			VP_P_TIME(vp_time_us())));
}

int carrier_row_surplus(struct vp_db *db, const struct carrier_row *row)
{
	static const char sql[] =
		"update recordings set state = 'deleted', due_at = null, spool_node = '', error ="
		" 'another row has the recording', updated_at = $5" CLAIMED
		" and state in ('open', 'failed')";

	return carrier_row_write_one(db, sql, VP_PARAMS(CLAIM(row), VP_P_TIME(vp_time_us())));
}

int carrier_row_removed(struct vp_db *db, const struct carrier_row *row, int64_t due_us,
	int64_t deleted_us, const char *why)
{
	static const char sql[] =
		"update recordings set due_at = $5, carrier_deleted_at = $6, error = $7,"
		" spool_node = '', updated_at = $8" CLAIMED " and state = 'stored'";

	return carrier_row_write_one(db, sql,
		VP_PARAMS(CLAIM(row), VP_P_TIME(due_us), VP_P_TIME(deleted_us), VP_P_TEXT(why),
			VP_P_TIME(vp_time_us())));
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
		"update recordings set carrier_id = $5, due_at = $6, attempts = 0, state = 'open',"
		" error = '', spool_node = '', updated_at = $7" CLAIMED " and carrier_id = ''";
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? vp_db_tx_add(tx, sql,
			       VP_PARAMS(CLAIM(row), VP_P_TEXT(carrier_id), VP_P_TIME(due_us),
				       VP_P_TIME(vp_time_us())))
		     : ENOMEM;

	return record_write(db, tx, err, h, arg);
}

int carrier_row_add(struct vp_db *db, const struct carrier_row *of, const char *carrier_id)
{
	static const char sql[] =
		"insert into recordings (org_id, id, call_id, user_id, provider_id, carrier_leg,"
		" carrier_call, carrier_id, due_at, started_at, created_at, updated_at)"
		" values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $9) on conflict do nothing";

	return carrier_row_write_one(db, sql,
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
