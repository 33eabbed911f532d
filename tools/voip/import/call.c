#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/call.h"
#include "tools/voip/import/value.h"

#define SECOND_US INT64_C(1000000)
enum { DURATION_MAX_S = 7 * 86400 };

/* Words of the package, and those of the providers that it stored as they came. */
static const struct word {
	const char *theirs, *ours;
	bool is_final;
} words[] = {
	{"completed", "completed", true},
	{"failed", "failed", true},
	{"busy", "busy", true},
	{"no-answer", "no-answer", true},
	{"canceled", "canceled", true},
	{"initiated", "initiated", false},
	{"ringing", "ringing", false},
	{"in-progress", "in-progress", false},
	/* Twilio before it rings; Telnyx; hand-made */
	{"queued", "initiated", false},
	{"answered", "in-progress", false},
	{"in_progress", "in-progress", false},
	{"cancelled", "canceled", true},
	{"no_answer", "no-answer", true},
	{"noanswer", "no-answer", true},
	{"missed", "no-answer", true},
	{"ended", "completed", true},
	{"hangup", "completed", true},
	{"error", "failed", true},
};

static const struct {
	const char *theirs, *ours;
} directions[] = {{"inbound", "inbound"}, {"outbound", "outbound"}, {"incoming", "inbound"},
	{"outgoing", "outbound"}, {"outbound-api", "outbound"}, {"outbound-dial", "outbound"}};

const char *call_direction(const char *word)
{
	for (size_t i = 0; word && i < VP_ARRAY_LEN(directions); i++) {
		if (strcasecmp(word, directions[i].theirs) == 0) {
			return directions[i].ours;
		}
	}
	return NULL;
}

static const struct word *find_word(const char *status)
{
	for (size_t i = 0; status && i < VP_ARRAY_LEN(words); i++) {
		if (strcasecmp(status, words[i].theirs) == 0) {
			return &words[i];
		}
	}
	return NULL;
}

static void repair(struct call_facts *facts, const char *sentence)
{
	if (facts->n_repairs < CALL_REPAIRS_MAX) {
		facts->repairs[facts->n_repairs++] = sentence;
	}
}

/* A call that never got its last webhook: it is over all the same. */
static void end_unfinished(const struct word *word, struct call_facts *facts)
{
	if (strcmp(word->ours, "in-progress") == 0) {
		facts->status = "completed";
		repair(facts, "was never told to have ended: completed");
		return;
	}
	facts->status = "failed";
	facts->cause = "unknown";
	facts->message = "The system that this call comes from was never told how it ended.";
	repair(facts, "was never told to have ended: failed");
}

static void take_status(const struct call_cells *cells, struct call_facts *facts)
{
	const struct word *word = find_word(cells->status);

	if (!word) {
		facts->status = "failed";
		facts->cause = "unknown";
		facts->message =
			"The system that this call comes from had a status that is not known here.";
		repair(facts, "unknown status: failed");
		return;
	}
	facts->status = word->ours;
	if (strcmp(word->ours, cells->status) != 0) {
		repair(facts, "status in another spelling");
	}
	if (!word->is_final) {
		end_unfinished(word, facts);
	}
}

static void take_duration(const struct call_cells *cells, struct call_facts *facts)
{
	const long none = -1;

	facts->duration_s = value_int(cells->duration, 0, DURATION_MAX_S, none);
	if (facts->duration_s == none) {
		facts->duration_s = 0;
		if (cells->duration) {
			repair(facts, "a duration that cannot be: 0");
		}
	}
	if (strcmp(facts->status, "completed") != 0 && facts->duration_s > 0) {
		facts->duration_s = 0;
		repair(facts, "nobody answered, so the duration is 0");
	}
}

/* The package stored an end for completed calls only, and sometimes none at all. */
static void take_end(const struct call_cells *cells, struct call_facts *facts)
{
	const int64_t talked = cells->started_us + facts->duration_s * SECOND_US;

	facts->ended_us = cells->has_end ? cells->ended_us : talked;
	if (!cells->has_end) {
		/* the last webhook touched the row: the best that is known of calls without talk */
		if (facts->duration_s == 0 && cells->updated_us > talked &&
			cells->updated_us < talked + 3600 * SECOND_US) {
			facts->ended_us = cells->updated_us;
		}
		repair(facts, "without an end: computed");
	} else if (facts->ended_us < talked) {
		facts->ended_us = talked;
		repair(facts, "ended before it could: end computed");
	}
}

void call_facts(const struct call_cells *cells, struct call_facts *ret)
{
	*ret = (struct call_facts){
		.direction = call_direction(cells->direction), .cause = "", .message = ""};
	take_status(cells, ret);
	take_duration(cells, ret);
	take_end(cells, ret);
	if (strcmp(ret->status, "completed") == 0) {
		/* the package never stored when a call was answered */
		ret->answered_us = ret->ended_us - ret->duration_s * SECOND_US;
	}
}
