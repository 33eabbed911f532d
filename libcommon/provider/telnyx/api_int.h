/* What Telnyx's builders share. */
#ifndef VP_TELNYX_API_INT_H
#define VP_TELNYX_API_INT_H
#include "libcommon/provider/api_int.h"
#include "libcommon/provider/telnyx/api.h"

/* A request to the base plus path ("/calls/..."), which is escaped already. body is taken over;
 * NULL: none. */
int vp_telnyx_request(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *method, const char *path, json_t *body);
/* pattern with one %s for an id that is escaped here: "/recordings/%s"; the caller frees. EINVAL:
 * no id. */
char *vp_telnyx_path(const char *pattern, const char *id, int *ret_err);
/* As vp_telnyx_request, with that path. */
int vp_telnyx_request_for(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *method, const char *pattern, const char *id, json_t *body);
/* The query of a GET. */
int vp_telnyx_list(struct vp_api_request *ret, const struct vp_telnyx_account *account,
	const char *path, const struct vp_api_field *fields, size_t n);

/* Sets text or number unless it is NULL or 0. */
void vp_telnyx_set(json_t *body, const char *name, const char *value);
void vp_telnyx_set_number(json_t *body, const char *name, unsigned value);
#endif
