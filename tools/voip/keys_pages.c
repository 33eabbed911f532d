#include <errno.h>
#include "tools/voip/keys.h"

enum { PAGE = 100 };

static void each(const struct vp_db_result *res, void *arg)
{
	struct keys_page *page = arg;

	page->rows = vp_db_rows(res);
	for (size_t i = 0; i < page->rows && !page->err; i++) {
		page->err = page->row(page, res, i);
	}
}

static int next(struct keys_page *page, const char *sql, const char *about)
{
	const struct vp_db_param params[] = {VP_P_INT(PAGE), VP_P_TEXT(about)};
	int err;

	page->rows = 0;
	page->tx = vp_db_tx_create();
	err = page->tx ? tool_db_query(page->keys->db, sql, params, about ? 2 : 1, each, page)
		       : ENOMEM;
	err = err ? err : page->err;
	if (err || page->rows == 0) {
		vp_db_tx_destroy(page->tx);
		return err;
	}
	return tool_db_write(page->keys->db, page->tx);
}

int keys_pages(struct keys *keys, const char *sql, const char *about,
	int (*row)(struct keys_page *page, const struct vp_db_result *res, size_t row),
	size_t *ret_rows)
{
	struct keys_page page = {.keys = keys, .row = row, .rows = 1};
	size_t all = 0;
	int err = 0;

	while (!err && page.rows > 0) {
		err = next(&page, sql, about);
		all += page.rows;
	}
	*ret_rows = all;
	return err;
}
