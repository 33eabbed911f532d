/* GET /api/voip/calls/history: calls, newest first, a page at a time. */
#include "libcommon/base/base.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/domain/history.h"
#include "services/gateway/handlers.h"

static void send_page(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const unsigned *limit = data;
	(void)gw;
	(void)who;

	answer_json(req, 200, history_page(res, *limit));
}

/* An empty value is what a cleared form field sends: as if it were not there. */
static const char *given(struct vp_http_req *req, const char *name)
{
	const char *text = vp_http_query(req, name);

	return text && *text ? text : NULL;
}

static void read_query(struct vp_http_req *req, struct history_params *ret)
{
	*ret = (struct history_params){
		.direction = given(req, "direction"),
		.status = given(req, "status"),
		.date_from = given(req, "date_from"),
		.date_to = given(req, "date_to"),
		.tz = given(req, "tz"),
		.search = given(req, "search"),
		.contact_type = given(req, "contact_type"),
		.contact_id = given(req, "contact_id"),
		.user_id = given(req, "user_id"),
		.cursor = given(req, "cursor"),
		.limit = given(req, "limit"),
	};
}

void on_calls_history(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct history_params query;
	struct history history;
	struct list_fault fault;
	struct vp_db_param params[HISTORY_PARAMS];
	unsigned *limit = vp_http_alloc(req, sizeof(*limit));

	read_query(req, &query);
	if (!history_read(&query, who, &history, &fault)) {
		vp_http_reply_error(req, fault.status, fault.error, fault.message);
		return;
	}
	*limit = history.limit;
	history_bind(&history, params);
	db_ask(gw, req, who,
		&(struct db_ask){.place = "history",
			.sql = history_sql,
			.params = params,
			.n_params = HISTORY_PARAMS,
			.h = send_page,
			.data = limit});
}
