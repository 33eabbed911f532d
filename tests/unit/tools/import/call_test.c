#include <criterion/criterion.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/call.h"

#define S INT64_C(1000000)
#define START (1763976600 * S)

static struct call_facts facts_of(const struct call_cells *cells)
{
	struct call_facts facts;

	call_facts(cells, &facts);
	cr_assert_not_null(facts.status);
	cr_assert(facts.ended_us >= cells->started_us + facts.duration_s * S);
	cr_assert(facts.answered_us == 0 ||
		  (facts.answered_us >= cells->started_us && facts.answered_us <= facts.ended_us));
	return facts;
}

static bool says(const struct call_facts *facts, const char *part)
{
	for (unsigned i = 0; i < facts->n_repairs; i++) {
		if (strstr(facts->repairs[i], part)) {
			return true;
		}
	}
	return false;
}

Test(call, a_good_one_stays_as_it_is)
{
	struct call_facts f = facts_of(&(struct call_cells){.direction = "outbound",
		.status = "completed",
		.duration = "60",
		.has_end = true,
		.started_us = START,
		.ended_us = START + 65 * S});

	cr_assert_str_eq(f.direction, "outbound");
	cr_assert_str_eq(f.status, "completed");
	cr_assert_eq(f.duration_s, 60);
	cr_assert_eq(f.ended_us, START + 65 * S);
	cr_assert_eq(f.answered_us, START + 5 * S);
	cr_assert_eq(f.n_repairs, 0);
}

Test(call, every_word_ends_in_a_final_one)
{
	static const struct {
		const char *theirs, *ours;
	} words[] = {{"completed", "completed"}, {"busy", "busy"}, {"no-answer", "no-answer"},
		{"failed", "failed"}, {"canceled", "canceled"}, {"cancelled", "canceled"},
		{"NO_ANSWER", "no-answer"}, {"missed", "no-answer"}, {"queued", "failed"},
		{"initiated", "failed"}, {"ringing", "failed"}, {"in-progress", "completed"},
		{"answered", "completed"}, {"", "failed"}, {"'; drop table calls", "failed"}};

	for (size_t i = 0; i < VP_ARRAY_LEN(words); i++) {
		struct call_facts f = facts_of(&(struct call_cells){
			.direction = "inbound", .status = words[i].theirs, .started_us = START});

		cr_assert_str_eq(f.status, words[i].ours, "%s", words[i].theirs);
		cr_assert(says(&f, "without an end"));
	}
	cr_assert_str_eq(
		facts_of(&(struct call_cells){.direction = "inbound", .started_us = START}).status,
		"failed");
}

Test(call, an_end_is_computed_from_what_is_known)
{
	struct call_cells cells = {.direction = "inbound",
		.status = "busy",
		.started_us = START,
		.updated_us = START + 20 * S};

	cr_assert_eq(facts_of(&cells).ended_us, START + 20 * S, "the last webhook");
	cells.updated_us = START + 90000 * S;
	cr_assert_eq(facts_of(&cells).ended_us, START, "touched much later, by somebody else");
	cells.status = "completed";
	cells.duration = "30";
	cr_assert_eq(facts_of(&cells).ended_us, START + 30 * S);
	cells.has_end = true;
	cells.ended_us = START - 5 * S;
	struct call_facts f = facts_of(&cells);

	cr_assert(says(&f, "ended before it could"));
	cr_assert_eq(f.ended_us, START + 30 * S);
}

Test(call, durations_that_cannot_be)
{
	static const char *const bad[] = {"-1", "abc", "99999999999999999999", "604801", "1.5", ""};

	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		struct call_facts f = facts_of(&(struct call_cells){.direction = "inbound",
			.status = "completed",
			.duration = bad[i],
			.started_us = START});

		cr_assert_eq(f.duration_s, 0, "%s", bad[i]);
		cr_assert(says(&f, "duration that cannot be"), "%s", bad[i]);
	}
	struct call_facts f = facts_of(&(struct call_cells){
		.direction = "inbound", .status = "busy", .duration = "12", .started_us = START});

	cr_assert_eq(f.duration_s, 0);
	cr_assert_eq(f.answered_us, 0);
}

Test(call, directions)
{
	cr_assert_str_eq(call_direction("outbound-api"), "outbound");
	cr_assert_str_eq(call_direction("Incoming"), "inbound");
	cr_assert_null(call_direction("sideways"));
	cr_assert_null(call_direction(NULL));
}
