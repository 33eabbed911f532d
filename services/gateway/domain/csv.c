#include <string.h>
#include "services/gateway/domain/csv.h"

void csv_init(struct csv *csv, char *text, size_t len)
{
	static const char separators[] = ",;\t";
	size_t line, best = 0;

	*csv = (struct csv){.at = text, .end = text + len, .separator = ','};
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		csv->at += 3;
	}
	line = strcspn(csv->at, "\r\n");
	for (const char *s = separators; *s; s++) {
		size_t count = 0;

		for (size_t i = 0; i < line; i++) {
			count += csv->at[i] == *s;
		}
		if (count > best) {
			best = count;
			csv->separator = *s;
		}
	}
}

/* Moves a quoted cell to the left over its quotes; csv->at is behind the closing one. */
static enum csv_verdict read_quoted(struct csv *csv, char **ret_cell, char **ret_end)
{
	char *from = csv->at + 1, *to = csv->at;

	*ret_cell = csv->at;
	while (from < csv->end) {
		if (*from == '"' && from[1] == '"') {
			from++;
		} else if (*from == '"') {
			csv->at = from + 1;
			*ret_end = to;
			return CSV_ROW;
		}
		*to++ = *from++;
	}
	return CSV_OPEN_QUOTE;
}

static bool is_cell_end(const struct csv *csv, const char *p)
{
	return p == csv->end || *p == csv->separator || *p == '\n' || *p == '\r';
}

static enum csv_verdict read_cell(struct csv *csv, char **ret_cell, char **ret_end)
{
	if (*csv->at == '"') {
		enum csv_verdict verdict = read_quoted(csv, ret_cell, ret_end);

		return verdict == CSV_ROW && !is_cell_end(csv, csv->at) ? CSV_STRAY_QUOTE : verdict;
	}
	*ret_cell = csv->at;
	while (!is_cell_end(csv, csv->at)) {
		csv->at++;
	}
	*ret_end = csv->at;
	return CSV_ROW;
}

static void skip_line_ends(struct csv *csv)
{
	while (csv->at < csv->end && (*csv->at == '\n' || *csv->at == '\r')) {
		csv->at++;
	}
}

enum csv_verdict csv_next(struct csv *csv, struct csv_row *ret)
{
	ret->count = 0;
	skip_line_ends(csv);
	if (csv->at == csv->end) {
		return CSV_END;
	}
	for (;;) {
		char *cell, *end, ended_by;
		enum csv_verdict verdict = read_cell(csv, &cell, &end);

		if (verdict != CSV_ROW) {
			return verdict;
		}
		if (memchr(cell, '\0', (size_t)(end - cell))) {
			return CSV_NUL;
		}
		if (ret->count == CSV_CELLS_MAX) {
			return CSV_TOO_WIDE;
		}
		ret->cell[ret->count++] = cell;
		ended_by = csv->at < csv->end ? *csv->at : '\n';
		csv->at += csv->at < csv->end;
		*end = '\0';
		if (ended_by != csv->separator) {
			return CSV_ROW;
		}
	}
}
