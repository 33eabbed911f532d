/* Deleting one thing, or several at once ({"indices": [id, ...]}): all or none, each with its line
 * in the audit log. */
#ifndef GATEWAY_BULK_H
#define GATEWAY_BULK_H
#include "services/gateway/gateway.h"

#define BULK_MAX 200

struct bulk {
	const char *place; /* for the log */
	const char *table; /* whose change is told on the bus */
	/* $1 organisation, $2 ids, $3 actor type, $4 actor, $5 address, $6 as many new ids for the
	 * audit log. One row: how many were found, how many are gone, how many forbid it. */
	const char *sql;
	const char *missing, *in_use; /* sentences of 404 and 400 */
	const char *gone, *all_gone;  /* sentences when it is done */
	/* What follows, by the same row; NULL: nothing. */
	void (*after)(
		struct gateway *gw, const struct identity *who, const struct vp_db_result *res);
};
/* The {id} of the path. */
void bulk_delete_one(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct bulk *bulk);
/* The list of the body. */
void bulk_delete_many(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct bulk *bulk);
#endif
