/* GET /api/voip/contacts: persons, leads and deals by name or number. */
#include "libcommon/base/base.h"
#include "services/gateway/adapters/db_ask.h"
#include "services/gateway/domain/contact_list.h"
#include "services/gateway/handlers.h"

static void send_page(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const unsigned *limit = data;
	(void)gw;
	(void)who;

	answer_json(req, 200, contact_list_page(res, *limit));
}

static const char *given(struct vp_http_req *req, const char *name)
{
	const char *text = vp_http_query(req, name);

	return text && *text ? text : NULL;
}

void on_contacts_search(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct contact_list list;
	struct list_fault fault;
	struct vp_db_param params[CONTACT_LIST_PARAMS];
	size_t n_params;
	unsigned *limit = vp_http_alloc(req, sizeof(*limit));

	if (!contact_list_read(given(req, "search"), given(req, "type"), given(req, "cursor"),
		    given(req, "limit"), who, &list, &fault)) {
		vp_http_reply_error(req, fault.status, fault.error, fault.message);
		return;
	}
	*limit = list.limit;
	const char *sql = contact_list_bind(&list, params, &n_params);
	db_ask(gw, req, who,
		&(struct db_ask){.place = "contacts",
			.sql = sql,
			.params = params,
			.n_params = n_params,
			.h = send_page,
			.data = limit});
}
