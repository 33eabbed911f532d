/* The contact search: what was asked for, its statements, and their rows as the API shows them. */
#ifndef GATEWAY_CONTACT_LIST_H
#define GATEWAY_CONTACT_LIST_H
#include <jansson.h>
#include "services/gateway/domain/contact_kind.h"
#include "services/gateway/domain/history.h"
#include "services/gateway/domain/search.h"

#define CONTACT_LIST_PARAMS 7

struct contact_list {
	struct vp_uuid org;
	const char *type; /* NULL: all kinds */
	struct search search;
	unsigned limit;
	int phase; /* cursor: phase, sort key and id of the last row that was given */
	const char *key;
	struct vp_uuid id;
};

/* False with *ret_fault. The strings must outlive ret. */
bool contact_list_read(const char *search, const char *type, const char *cursor, const char *limit,
	const struct identity *who, struct contact_list *ret, struct list_fault *ret_fault);
/* The statement that fits; fills params, returns how many they are. */
const char *contact_list_bind(const struct contact_list *list,
	struct vp_db_param params[CONTACT_LIST_PARAMS], size_t *ret_n);
/* {"success","data","next"}; NULL: no memory. */
json_t *contact_list_page(const struct vp_db_result *res, unsigned limit);
#endif
