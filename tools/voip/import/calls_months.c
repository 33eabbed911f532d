/* Partitions for the months of the calls that come over. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/import.h"

static const char make_months[] = "select sum(voip.ensure_partitions(m::date)) from "
				  "jsonb_array_elements_text($1::jsonb) as m";

/* "2025-11-01": the month of a time, in UTC as partitions are. */
static void add_month(json_t *months, int64_t at_us)
{
	char text[VP_TIME_TEXT_SIZE];

	vp_time_text(at_us, text);
	memcpy(text + 8, "01", 3);
	json_object_set_new(months, text, json_true());
}

static int ensure_months(struct import *im, const json_t *months)
{
	json_t *list = json_array();
	const char *month;
	json_t *value;
	VP_CLEANUP(vp_freep) char *text = NULL;

	json_object_foreach((json_t *)months, month, value)
	{
		json_array_append_new(list, json_string(month));
	}
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	return text ? tool_db_query(im->db, make_months, VP_PARAMS(VP_P_TEXT(text)), NULL, NULL)
		    : ENOMEM;
}

int calls_make_months(struct import *im)
{
	const struct source_table *table = source_table(im->source, SOURCE_CALLS);
	json_t *months = json_object();
	int err = months ? 0 : ENOMEM;

	for (size_t i = 0; i < table->n_rows && !err; i++) {
		int64_t started;
		const char *reason;

		if (calls_comes(im, table->rows[i], &started, &reason)) {
			add_month(months, started);
		}
	}
	if (!err && !im->dry && json_object_size(months) > 0) {
		err = ensure_months(im, months);
	}
	json_decref(months);
	return err;
}
