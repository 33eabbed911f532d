/* What becomes of one group of rows, said in the same words by a dry run and by a real one. */
#ifndef VOIP_IMPORT_REPORT_H
#define VOIP_IMPORT_REPORT_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum report_kind {
	REPORT_REPAIRED, /* comes over, changed */
	REPORT_LEFT,     /* stays behind */
	REPORT_NOTE,     /* comes over as it is, and wants a person's eye */
	REPORT_MAX
};

struct report;

struct report *report_create(const char *title, size_t in_dump); /* NULL: no memory */
struct report *report_destroy(struct report *report);
/* Rows with the same sentence are counted together; of each sentence some ids are shown. id -1: of
 * no row. report may be NULL. */
void report_say(struct report *report, enum report_kind kind, int64_t id, const char *sentence);
/* The same, and every row is named: something of theirs is lost. */
void report_name(struct report *report, enum report_kind kind, int64_t id, const char *sentence);
/* As many rows come over, fresh of them are new here. */
void report_count(struct report *report, size_t comes, size_t fresh);
void report_print(const struct report *report, FILE *out);
#endif
