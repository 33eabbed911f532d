/* Writes a provider that was checked and sealed, and answers the request. */
#ifndef GATEWAY_PROVIDER_WRITE_H
#define GATEWAY_PROVIDER_WRITE_H
#include "libcommon/provider/provider.h"
#include "services/gateway/gateway.h"

struct provider_write {
	struct vp_uuid id;
	bool fresh;
	int64_t version;  /* that is changed; 409 when another is stored meanwhile */
	const char *name; /* NULL: stays */
	bool has_priority;
	int64_t priority;
	const struct vp_provider_driver *driver;
	const struct vp_provider_config *config;
	const char *sealed;
	const json_t *changed; /* keys of the settings, for the audit log */
	/* of a SIP provider */
	json_t *trunk_row; /* columns with the sealed secret; NULL: no SIP provider */
	struct vp_uuid trunk;
	bool has_trunk; /* it is there and is changed; else it is made */
	const char *trunk_name;
	const char *answer; /* JSON in the request's memory; NULL: the provider as it is then */
};
/* ENOMEM: nothing was answered. */
int provider_write(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct provider_write *write);
#endif
