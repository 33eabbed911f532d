/* The configuration that decisions need, as statements and as readers of their results. */
#ifndef ROUTER_CONFIG_READ_H
#define ROUTER_CONFIG_READ_H
#include "libcommon/db/db.h"
#include "services/router/domain/inbound.h"
#include "services/router/domain/outbound.h"

/* wish: E.164, or NULL. */
int config_ask_outbound(struct vp_db *db, struct vp_uuid org, struct vp_uuid user, const char *wish,
	vp_db_result_h *h, void *arg);
void config_read_outbound(const struct vp_db_result *res, struct outbound_config *ret);

int config_ask_trunk(struct vp_db *db, struct vp_uuid trunk, vp_db_result_h *h, void *arg);
void config_read_trunk(const struct vp_db_result *res, struct inbound_trunk *ret);

int config_ask_route(struct vp_db *db, struct vp_uuid org, struct vp_uuid trunk,
	const char *did_e164, vp_db_result_h *h, void *arg);
void config_read_route(const struct vp_db_result *res, struct inbound_route *ret);
#endif
