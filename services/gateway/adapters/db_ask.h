/* One statement whose rows answer a request. */
#ifndef GATEWAY_DB_ASK_H
#define GATEWAY_DB_ASK_H
#include "services/gateway/gateway.h"

/* Answers req, or asks again. Runs only while the client is there. data: as given, with the
 * request. */
typedef void db_ask_h(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data);
/* A refusal by the data (EEXIST: unique key, EINVAL: other constraint); true: it has answered */
typedef bool db_refused_h(struct vp_http_req *req, int err, void *data);

struct db_ask {
	const char *place; /* for the log: "history" */
	const char *sql;
	const struct vp_db_param *params;
	size_t n_params;
	db_ask_h *h;
	db_refused_h *refused; /* NULL: 500 and a line in the log */
	void *data;            /* memory of the request (vp_http_alloc) */
};
void db_ask(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct db_ask *ask);
#endif
