#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/secret_rows.h"

enum { PAGE = 200 };

const struct secret_place secret_places[] = {{"trunks", "secret"}, {"providers", "config"}};
const size_t n_secret_places = VP_ARRAY_LEN(secret_places);

struct page {
	const struct secret_place *place;
	struct secret_row rows[PAGE];
	size_t n;
	int err;
};

static void take_rows(const struct vp_db_result *res, void *arg)
{
	struct page *page = arg;

	for (size_t i = 0; i < vp_db_rows(res) && !page->err; i++) {
		struct secret_row *row = &page->rows[page->n++];
		char id[VP_UUID_TEXT_SIZE];

		row->place = page->place;
		row->org = vp_db_uuid(res, i, 0);
		row->id = vp_db_uuid(res, i, 1);
		vp_uuid_text(row->id, id);
		row->context = vp_strf("%s/%s/%s", row->place->table, row->place->column, id);
		row->text = strdup(vp_db_text(res, i, 2));
		page->err = row->context && row->text ? 0 : ENOMEM;
	}
}

static int read_page(
	struct tool_db *db, struct page *page, const char *like, const struct secret_row *after)
{
	VP_CLEANUP(vp_freep)
	char *sql = vp_strf("select org_id, id, %s from voip.%s where %s like $1 and "
			    "(org_id, id) > ($2, $3) order by org_id, id limit %d",
		page->place->column, page->place->table, page->place->column, PAGE);
	int err = sql ? tool_db_query(db, sql,
				VP_PARAMS(VP_P_TEXT(like), VP_P_UUID(after->org),
					VP_P_UUID(after->id)),
				take_rows, page)
		      : ENOMEM;

	return err ? err : page->err;
}

static void free_page(struct page *page)
{
	for (size_t i = 0; i < page->n; i++) {
		free(page->rows[i].context);
		free(page->rows[i].text);
	}
	free(page);
}

/* One page: *after is its last row; ENODATA: there was none. */
static int do_page(struct tool_db *db, const struct secret_place *place, const char *like,
	struct secret_row *after, int (*h)(const struct secret_row *row, void *arg), void *arg)
{
	struct page *page = calloc(1, sizeof(*page));
	int err = ENOMEM;

	if (!page) {
		return err;
	}
	page->place = place;
	err = read_page(db, page, like, after);
	for (size_t i = 0; i < page->n && !err; i++) {
		err = h(&page->rows[i], arg);
	}
	if (!err && page->n == 0) {
		err = ENODATA;
	} else if (page->n > 0) {
		after->org = page->rows[page->n - 1].org;
		after->id = page->rows[page->n - 1].id;
	}
	free_page(page);
	return err;
}

int secret_rows_each(struct tool_db *db, const char *like,
	int (*h)(const struct secret_row *row, void *arg), void *arg)
{
	for (size_t i = 0; i < n_secret_places; i++) {
		struct secret_row after = {0};
		int err = 0;

		while (!err) {
			err = do_page(db, &secret_places[i], like, &after, h, arg);
		}
		if (err != ENODATA) {
			return err;
		}
	}
	return 0;
}

char *secret_rows_union(void)
{
	char *sql = strdup("");

	for (size_t i = 0; i < n_secret_places && sql; i++) {
		char *more = vp_strf("%s%sselect org_id, %s as text from voip.%s", sql,
			i ? " union all " : "", secret_places[i].column, secret_places[i].table);

		free(sql);
		sql = more;
	}
	return sql;
}

int secret_row_store(struct tool_db *db, const struct secret_row *row, const char *text)
{
	VP_CLEANUP(vp_freep)
	char *sql = vp_strf("update voip.%s set %s = $1 where org_id = $2 and id = $3 and %s = $4",
		row->place->table, row->place->column, row->place->column);

	return sql ? tool_db_query(db, sql,
			     VP_PARAMS(VP_P_TEXT(text), VP_P_UUID(row->org), VP_P_UUID(row->id),
				     VP_P_TEXT(row->text)),
			     NULL, NULL)
		   : ENOMEM;
}
