/* libFuzzer: any text as a dump, read into rows, and every call of it put right. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/call.h"
#include "tools/voip/import/dump.h"
#include "tools/voip/import/source.h"
#include "tools/voip/import/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_calls(struct source *source)
{
	const struct source_table *calls = source_table(source, SOURCE_CALLS);

	for (size_t i = 0; i < calls->n_rows; i++) {
		const struct source_row *row = calls->rows[i];
		struct call_cells cells = {.direction = source_cell(SOURCE_CALLS, row, "direction"),
			.status = source_cell(SOURCE_CALLS, row, "status"),
			.duration = source_cell(SOURCE_CALLS, row, "duration")};
		struct call_facts facts;

		if (!call_direction(cells.direction) ||
			!value_time(
				source_cell(SOURCE_CALLS, row, "started_at"), &cells.started_us)) {
			continue;
		}
		cells.has_end =
			value_time(source_cell(SOURCE_CALLS, row, "ended_at"), &cells.ended_us);
		call_facts(&cells, &facts);
		vp_assert(facts.ended_us >= cells.started_us + facts.duration_s * INT64_C(1000000));
		vp_assert(source_find(source, SOURCE_CALLS, source_cell(SOURCE_CALLS, row, "id")));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *file = size > 0 ? fmemopen((void *)data, size, "r") : NULL;
	struct source *source = NULL;
	struct dump_fault fault;

	if (file && source_read(&source, file, &fault) == 0) {
		look_at_calls(source);
	} else if (file) {
		vp_assert(fault.sentence[0]);
	}
	if (file) {
		fclose(file);
	}
	source_free(source);
	return 0;
}
