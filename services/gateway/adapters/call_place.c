#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "services/gateway/adapters/call_place.h"

struct search {
	call_place_h *h;
	void *arg;
};

static void on_row(int err, const struct vp_db_result *res, void *arg)
{
	struct search *search = arg;
	struct call_place place = {0};
	if (err == 0 && vp_db_rows(res) == 0) {
		err = ENOENT;
	}
	if (err == 0) {
		vp_strcopy(place.node, sizeof(place.node), vp_db_text(res, 0, 0));
		place.user = vp_db_is_null(res, 0, 1) ? place.user : vp_db_uuid(res, 0, 1);
		place.ended = vp_db_bool(res, 0, 2);
	}
	search->h(err, &place, search->arg);
	free(search);
}

int call_place_find(
	struct vp_db *db, struct vp_uuid org, struct vp_uuid call, call_place_h *h, void *arg)
{
	struct search *search = malloc(sizeof(*search));
	if (search == NULL) {
		return ENOMEM;
	}
	*search = (struct search){h, arg};
	int err = vp_db_query(db,
		"select node_id, user_id, ended_at is not null from calls where org_id = $1 and id "
		"= $2",
		VP_PARAMS(VP_P_UUID(org), VP_P_UUID(call)), on_row, search, NULL);
	if (err != 0) {
		free(search);
	}
	return err;
}
