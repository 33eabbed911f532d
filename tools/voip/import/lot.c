#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/import.h"

enum { LOT = 500 };

void lot_init(struct lot *lot, struct import *im, const struct lot_sql *sql)
{
	*lot = (struct lot){.im = im, .sql = sql, .rows = json_array()};
	lot->err = lot->rows ? 0 : ENOMEM;
}

static void take_count(const struct vp_db_result *res, void *arg)
{
	size_t *count = arg;

	*count = vp_db_rows(res) ? (size_t)vp_db_int(res, 0, 0) : 0;
}

static void flush(struct lot *lot)
{
	const struct import *im = lot->im;
	size_t n = json_array_size(lot->rows), count = 0;
	VP_CLEANUP(vp_freep) char *text = json_dumps(lot->rows, JSON_COMPACT);

	if (!text) {
		lot->err = ENOMEM;
		return;
	}
	lot->err = tool_db_query(im->db, im->dry ? lot->sql->here : lot->sql->insert,
		VP_PARAMS(VP_P_UUID(im->org), VP_P_TEXT(text)), take_count, &count);
	lot->comes += n;
	lot->fresh += im->dry ? n - count : count;
	json_array_clear(lot->rows);
}

void lot_add(struct lot *lot, json_t *row)
{
	if (lot->err) {
		json_decref(row);
	} else if (json_array_append_new(lot->rows, row) != 0) {
		lot->err = ENOMEM;
	} else if (json_array_size(lot->rows) == LOT) {
		flush(lot);
	}
}

int lot_end(struct lot *lot, struct report *report)
{
	if (!lot->err && json_array_size(lot->rows) > 0) {
		flush(lot);
	}
	json_decref(lot->rows);
	report_count(report, lot->comes, lot->fresh);
	return lot->err;
}

struct finding {
	struct source_table *table;
};

static void take_found(const struct vp_db_result *res, void *arg)
{
	struct finding *finding = arg;

	for (size_t i = vp_db_rows(res); i-- > 0;) {
		size_t n = (size_t)vp_db_int(res, i, 0);

		if (n < finding->table->n_rows) { /* the first answer for a row stays: it is the
						     last read */
			finding->table->rows[n]->uuid = vp_db_uuid(res, i, 1);
			finding->table->rows[n]->is_here = true;
		}
	}
}

static int find(struct import *im, const char *sql, const json_t *rows, struct finding *finding)
{
	VP_CLEANUP(vp_freep) char *text = json_dumps(rows, JSON_COMPACT);

	if (!text) {
		return ENOMEM;
	}
	return tool_db_query(
		im->db, sql, VP_PARAMS(VP_P_UUID(im->org), VP_P_TEXT(text)), take_found, finding);
}

int lot_find(struct import *im, enum source_id id, const char *sql)
{
	struct finding finding = {source_table(im->source, id)};
	json_t *rows = json_array();
	int err = rows ? 0 : ENOMEM;

	for (size_t i = 0; i < finding.table->n_rows && !err; i++) {
		const struct source_row *row = finding.table->rows[i];

		if (!row->wanted) {
			continue;
		}
		json_array_append_new(rows, json_pack("{s:I, s:o, s:s*}", "n", (json_int_t)i, "key",
						    json_sprintf("%lld", (long long)row->id),
						    "email", source_cell(id, row, "email")));
		if (json_array_size(rows) == LOT) {
			err = find(im, sql, rows, &finding);
			json_array_clear(rows);
		}
	}
	if (!err && json_array_size(rows) > 0) {
		err = find(im, sql, rows, &finding);
	}
	json_decref(rows);
	return err;
}
