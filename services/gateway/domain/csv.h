/* CSV as RFC 4180 has it, with the separators that spreadsheets of all countries write. Pure. */
#ifndef GATEWAY_CSV_H
#define GATEWAY_CSV_H
#include <stdbool.h>
#include <stddef.h>

#define CSV_CELLS_MAX 64

struct csv {
	char *at, *end;
	char separator;
};
struct csv_row {
	char *cell[CSV_CELLS_MAX];
	size_t count;
};

/* Reads text in place and changes it (cells end in NUL); a byte order mark is stepped over. text
 * has len bytes and a NUL after them. The separator is guessed from the first line: , ; or tab. */
void csv_init(struct csv *csv, char *text, size_t len);

enum csv_verdict {
	CSV_ROW,
	CSV_END,
	CSV_OPEN_QUOTE,  /* the file ends inside quotes */
	CSV_STRAY_QUOTE, /* text after a closing quote */
	CSV_TOO_WIDE,
	CSV_NUL, /* a zero byte */
};
/* Empty lines are skipped. Cells point into the text. */
enum csv_verdict csv_next(struct csv *csv, struct csv_row *ret);
#endif
