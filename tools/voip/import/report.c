#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/report.h"

/* A group has at most as many different sentences; the rest is counted under the last one. */
enum { SAYINGS_MAX = 64, EXAMPLES = 3 };
#define THE_REST "for other reasons"

struct saying {
	enum report_kind kind;
	char *sentence;
	size_t count;
	int64_t *ids; /* that are shown */
	size_t n_ids;
};

struct report {
	const char *title;
	size_t in_dump, comes, fresh;
	struct saying sayings[SAYINGS_MAX];
	size_t n_sayings;
};

struct report *report_create(const char *title, size_t in_dump)
{
	struct report *report = calloc(1, sizeof(*report));

	if (report) {
		report->title = title;
		report->in_dump = in_dump;
	}
	return report;
}

struct report *report_destroy(struct report *report)
{
	for (size_t i = 0; report && i < report->n_sayings; i++) {
		free(report->sayings[i].sentence);
		free(report->sayings[i].ids);
	}
	free(report);
	return NULL;
}

static struct saying *find(struct report *report, enum report_kind kind, const char *sentence)
{
	struct saying *saying;

	for (size_t i = 0; i < report->n_sayings; i++) {
		saying = &report->sayings[i];
		if (saying->kind == kind && strcmp(saying->sentence, sentence) == 0) {
			return saying;
		}
	}
	if (report->n_sayings >= SAYINGS_MAX - REPORT_MAX && strcmp(sentence, THE_REST) != 0) {
		return find(report, kind, THE_REST);
	}
	saying = &report->sayings[report->n_sayings];
	*saying = (struct saying){.kind = kind, .sentence = strdup(sentence)};
	if (!saying->sentence) {
		return NULL;
	}
	report->n_sayings++;
	return saying;
}

/* Without memory a row is only counted. */
static void say(struct saying *saying, int64_t id, size_t most)
{
	int64_t *ids;

	saying->count++;
	if (id < 0 || saying->n_ids >= most) {
		return;
	}
	ids = realloc(saying->ids, (saying->n_ids + 1) * sizeof(*ids));
	if (ids) {
		ids[saying->n_ids++] = id;
		saying->ids = ids;
	}
}

void report_say(struct report *report, enum report_kind kind, int64_t id, const char *sentence)
{
	struct saying *saying = report ? find(report, kind, sentence) : NULL;

	if (saying) {
		say(saying, id, EXAMPLES);
	}
}

void report_name(struct report *report, enum report_kind kind, int64_t id, const char *sentence)
{
	struct saying *saying = report ? find(report, kind, sentence) : NULL;

	if (saying) {
		say(saying, id, SIZE_MAX);
	}
}

void report_count(struct report *report, size_t comes, size_t fresh)
{
	report->comes += comes;
	report->fresh += fresh;
}

static void print_saying(const struct saying *saying, FILE *out)
{
	fprintf(out, "    %6zu  %s", saying->count, saying->sentence);
	for (size_t i = 0; i < saying->n_ids; i++) {
		fprintf(out, "%s%" PRId64, i == 0 ? " (id " : ", ", saying->ids[i]);
	}
	fputs(saying->n_ids == 0 ? "\n" : saying->count > saying->n_ids ? " ...)\n" : ")\n", out);
}

void report_print(const struct report *report, FILE *out)
{
	static const char *const titles[REPORT_MAX] = {"repaired:", "stays behind:", "to look at:"};

	fprintf(out, "%s: %zu in the dump, %zu come over (%zu new, %zu here already)\n",
		report->title, report->in_dump, report->comes, report->fresh,
		report->comes - report->fresh);
	for (enum report_kind kind = 0; kind < REPORT_MAX; kind++) {
		bool titled = false;

		for (size_t i = 0; i < report->n_sayings; i++) {
			if (report->sayings[i].kind != kind) {
				continue;
			}
			if (!titled) {
				fprintf(out, "  %s\n", titles[kind]);
				titled = true;
			}
			print_saying(&report->sayings[i], out);
		}
	}
}
