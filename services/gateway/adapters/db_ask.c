#include <errno.h>
#include <stdlib.h>
#include "services/gateway/adapters/db_ask.h"

struct pending {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request */
	const char *place;
	db_ask_h *h;
	db_refused_h *refused;
	void *data;
};

static void on_rows(int err, const struct vp_db_result *res, void *arg)
{
	struct pending *pending = arg;
	struct vp_http_req *req = vp_http_ref_req(pending->ref);

	if (req && err == 0) {
		pending->h(pending->gw, req, pending->who, res, pending->data);
	} else if (req && !((err == EEXIST || err == EINVAL) && pending->refused &&
				  pending->refused(req, err, pending->data))) {
		answer_db_error(req, pending->place, err, res);
	}
	vp_http_ref_drop(pending->ref);
	free(pending);
}

void db_ask(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct db_ask *ask)
{
	struct pending *pending = malloc(sizeof(*pending));
	int err = ENOMEM;

	if (pending) {
		*pending = (struct pending){.gw = gw,
			.ref = vp_http_defer(req),
			.who = who,
			.place = ask->place,
			.h = ask->h,
			.refused = ask->refused,
			.data = ask->data};
		err = vp_db_query(
			gw->db, ask->sql, ask->params, ask->n_params, on_rows, pending, NULL);
	}
	if (err) {
		answer_db_error(req, ask->place, err, NULL);
		if (pending) {
			vp_http_ref_drop(pending->ref);
		}
		free(pending);
	}
}
