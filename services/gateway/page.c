#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/page.h"

struct page {
	page_row_h *h;
	size_t limit;
};

static void on_rows(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const struct page *page = data;
	json_t *list = json_array();
	size_t n = vp_db_rows(res);
	bool more = n > page->limit;

	(void)who;
	n = more ? page->limit : n;
	for (size_t i = 0; i < n; i++) {
		if (json_array_append_new(list, page->h(gw, res, i)) != 0) {
			json_decref(list);
			answer_json(req, 500, NULL);
			return;
		}
	}
	answer_json(req, 200,
		json_pack("{s:b, s:o, s:s?}", "success", 1, "data", list, "next",
			more ? vp_db_text(res, n - 1, 0) : NULL));
}

/* False: it has answered. */
static bool read_query(struct vp_http_req *req, struct vp_uuid *ret_after, size_t *ret_limit)
{
	const char *cursor = vp_http_query(req, "cursor"), *limit = vp_http_query(req, "limit");
	char *end = NULL;
	long number = limit ? strtol(limit, &end, 10) : PAGE_LIMIT;

	*ret_after = (struct vp_uuid){0};
	if (cursor && !vp_uuid_parse(cursor, ret_after)) {
		vp_http_reply_error(
			req, 400, "bad_request", "cursor must be the `next` of an earlier answer.");
		return false;
	}
	if ((limit && (!*limit || *end)) || number < 1 || number > PAGE_LIMIT_MAX) {
		vp_http_reply_error(
			req, 400, "bad_request", "limit must be a number from 1 to 500.");
		return false;
	}
	*ret_limit = (size_t)number;
	return true;
}

void page_send(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const char *place, const char *sql, page_row_h *h)
{
	struct page *page = vp_http_alloc(req, sizeof(*page));
	struct vp_uuid after;

	page->h = h;
	if (!read_query(req, &after, &page->limit)) {
		return;
	}
	struct vp_db_param params[] = {
		VP_P_UUID(who->org), VP_P_UUID(after), VP_P_INT((int64_t)page->limit + 1)};

	db_ask(gw, req, who,
		&(struct db_ask){.place = place,
			.sql = sql,
			.params = params,
			.n_params = VP_ARRAY_LEN(params),
			.h = on_rows,
			.data = page});
}
