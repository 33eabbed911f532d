#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/report.h"

static char *printed(const struct report *report)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	report_print(report, out);
	fclose(out);
	return text;
}

Test(report, counts_alike_and_shows_some_ids)
{
	struct report *report = report_create("calls", 7);

	for (int64_t id = 1; id <= 4; id++) {
		report_say(report, REPORT_REPAIRED, id, "mended");
	}
	report_say(report, REPORT_NOTE, -1, "look");
	report_say(report, REPORT_LEFT, 9, "too old");
	report_count(report, 4, 3);
	report_count(report, 2, 0);
	VP_CLEANUP(vp_freep) char *text = printed(report);

	cr_assert_str_eq(text, "calls: 7 in the dump, 6 come over (3 new, 3 here already)\n"
			       "  repaired:\n         4  mended (id 1, 2, 3 ...)\n"
			       "  stays behind:\n         1  too old (id 9)\n"
			       "  to look at:\n         1  look\n");
	report_destroy(report);
}

Test(report, who_loses_something_is_named_each)
{
	struct report *report = report_create("deals", 5);

	for (int64_t id = 1; id <= 5; id++) {
		report_name(report, REPORT_REPAIRED, id, "rounded");
	}
	report_name(NULL, REPORT_REPAIRED, 1, "rounded");
	VP_CLEANUP(vp_freep) char *text = printed(report);

	cr_assert(strstr(text, "         5  rounded (id 1, 2, 3, 4, 5)\n"), "%s", text);
	report_destroy(report);
}

Test(report, many_reasons_end_as_others)
{
	struct report *report = report_create("calls", 1000);

	for (int i = 0; i < 1000; i++) {
		VP_CLEANUP(vp_freep) char *reason = vp_strf("reason %d", i);

		report_say(report, i % 2 ? REPORT_LEFT : REPORT_NOTE, i, reason);
	}
	VP_CLEANUP(vp_freep) char *text = printed(report);
	size_t counted = 0;

	for (const char *line = text; (line = strstr(line, "\n      ")); line++) {
		counted += strtoul(line + 1, NULL, 10);
	}
	cr_assert_eq(counted, 1000, "%s", text);
	cr_assert(strstr(text, "for other reasons"));
	report_destroy(report);
}

Test(report, none_is_no_harm)
{
	report_say(NULL, REPORT_LEFT, 1, "x");
	cr_assert_null(report_destroy(NULL));
}
