/* Where sealed texts stand in the database, and a walk over all of them. A new column with secrets
 * is a line in secret_places: keys rotate, keys list and doctor follow. */
#ifndef VOIP_SECRET_ROWS_H
#define VOIP_SECRET_ROWS_H
#include "libcommon/base/uuid.h"
#include "tools/voip/db.h"

/* Context of a text: TABLE/COLUMN/<id>. The tables have org_id, id as their key. */
struct secret_place {
	const char *table, *column;
};
extern const struct secret_place secret_places[];
extern const size_t n_secret_places;

struct secret_row {
	const struct secret_place *place;
	struct vp_uuid org, id;
	char *context, *text;
};

/* Every text that is LIKE the pattern, by place, organisation and id, pages at a time; h may ask
 * the database. Stops at h's first error and returns it. */
int secret_rows_each(struct tool_db *db, const char *like,
	int (*h)(const struct secret_row *row, void *arg), void *arg);

/* "select org_id, COLUMN as text from voip.TABLE union all ..."; the caller frees. */
char *secret_rows_union(void);

/* Puts another text into its place, if it is still the old one. A failure is printed. */
int secret_row_store(struct tool_db *db, const struct secret_row *row, const char *text);
#endif
