#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "services/gateway/adapters/entity.h"

struct search {
	entity_found_h *h;
	void *arg;
};

/* $2 is our id or null, $3 the id as it was sent. */
#define BY_EITHER_ID                                                                               \
	" where org_id = $1 and (id = $2::uuid or external_id = $3) order by id limit 1"
static const struct {
	const char *type, *sql;
} kinds[] = {
	{"person", "select id from persons" BY_EITHER_ID},
	{"lead", "select id from leads" BY_EITHER_ID},
	{"deal", "select id from deals" BY_EITHER_ID},
};

static void on_row(int err, const struct vp_db_result *res, void *arg)
{
	struct search *search = arg;
	struct vp_uuid id = {0};
	if (err == 0 && vp_db_rows(res) == 0) {
		err = ENOENT;
	}
	if (err == 0) {
		id = vp_db_uuid(res, 0, 0);
	}
	search->h(err, id, search->arg);
	free(search);
}

int entity_find(struct vp_db *db, struct vp_uuid org, const char *type, const char *id,
	entity_found_h *h, void *arg)
{
	const char *sql = NULL;
	for (size_t i = 0; i < VP_ARRAY_LEN(kinds); i++) {
		if (strcmp(type, kinds[i].type) == 0) {
			sql = kinds[i].sql;
		}
	}
	if (sql == NULL || id[0] == '\0' || strlen(id) > ENTITY_ID_MAX) {
		return EINVAL;
	}
	struct search *search = malloc(sizeof(*search));
	if (search == NULL) {
		return ENOMEM;
	}
	*search = (struct search){h, arg};
	struct vp_uuid ours;
	bool is_ours = vp_uuid_parse(id, &ours);
	int err = vp_db_query(db, sql,
		VP_PARAMS(VP_P_UUID(org), is_ours ? VP_P_UUID(ours) : VP_P_NULL(), VP_P_TEXT(id)),
		on_row, search, NULL);
	if (err != 0) {
		free(search);
	}
	return err;
}
