/* The call history: what was asked for, the statement, and its rows as the API shows them. */
#ifndef GATEWAY_HISTORY_H
#define GATEWAY_HISTORY_H
#include <jansson.h>
#include "libcommon/db/db.h"
#include "services/gateway/domain/search.h"
#include "services/gateway/identity.h"

#define PAGE_DEFAULT 100 /* as the guide has it */
#define PAGE_MAX 100
#define HISTORY_PARAMS 14

/* The query string as it came; NULL: not there. */
struct history_params {
	const char *direction, *status, *date_from, *date_to, *tz, *search, *contact_type,
		*contact_id, *user_id, *cursor, *limit;
};

struct history {
	struct vp_uuid org, user, contact, cursor;                 /* nil: not filtered */
	const char *direction, *status, *date_from, *date_to, *tz; /* borrowed */
	struct search search;
	unsigned limit;
	bool recordings; /* may be seen */
};

/* Why a list cannot be given. */
struct list_fault {
	int status;
	const char *error;
	const char *message;
};

/* False with *ret_fault. The strings of params must outlive ret. */
bool history_read(const struct history_params *params, const struct identity *who,
	struct history *ret, struct list_fault *ret_fault);
/* "25": 1 to PAGE_MAX; NULL is the default. */
bool page_limit_read(const char *text, unsigned *ret_limit);

extern const char history_sql[];
void history_bind(const struct history *history, struct vp_db_param params[HISTORY_PARAMS]);
/* {"success","data","next"}; NULL: no memory. The statement was asked for one row more. */
json_t *history_page(const struct vp_db_result *res, unsigned limit);

/* One call with its legs: $1 organisation, $2 call, $3 recordings may be seen. */
extern const char call_detail_sql[];
json_t *call_detail(const struct vp_db_result *res);
/* Whose call it is; nil: nobody's. */
struct vp_uuid call_detail_user(const struct vp_db_result *res);
#endif
