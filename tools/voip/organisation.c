#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/cli.h"
#include "tools/voip/organisation.h"

struct found {
	struct vp_uuid *org;
	char *region;
	size_t count;
};

static void take(const struct vp_db_result *res, void *arg)
{
	struct found *found = arg;

	found->count = vp_db_rows(res);
	if (found->count == 1) {
		*found->org = vp_db_uuid(res, 0, 0);
		vp_strcopy(found->region, 3, vp_db_text(res, 0, 1));
	}
}

int organisation_find(
	struct tool_db *db, const char *name, struct vp_uuid *ret_org, char ret_region[3])
{
	struct found found = {ret_org, ret_region, 0};
	int err = tool_db_query(db,
		"select id, default_region from voip.orgs where $1::text is null or name = $1 "
		"limit 2",
		VP_PARAMS(VP_P_TEXT(name)), take, &found);

	if (!err && found.count != 1) {
		cli_failf("Name it with --org; `voip user add` and `voip setup --interactive` make "
			  "the first.",
			found.count == 0 ? "there is no %sorganisation"
					 : "there is more than one %sorganisation",
			name ? "such " : "");
		return ENOENT;
	}
	return err;
}

static void take_count(const struct vp_db_result *res, void *arg)
{
	long *count = arg;

	*count = (long)vp_db_int(res, 0, 0);
}

long organisation_count(struct tool_db *db)
{
	long count = -1;

	tool_db_query(db, "select count(*) from voip.orgs", NULL, 0, take_count, &count);
	return count;
}
