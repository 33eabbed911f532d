/* Lists of what was configured: pages by id, in the order things were made. */
#ifndef GATEWAY_PAGE_H
#define GATEWAY_PAGE_H
#include <jansson.h>
#include "services/gateway/gateway.h"

#define PAGE_LIMIT 100
#define PAGE_LIMIT_MAX 500

typedef json_t *page_row_h(struct gateway *gw, const struct vp_db_result *res, size_t row);
/* sql: $1 organisation, $2 id after which to begin, $3 rows; the id is column 0. Reads cursor and
 * limit of the query, and answers {success, data, next}. */
void page_send(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const char *place, const char *sql, page_row_h *h);
#endif
