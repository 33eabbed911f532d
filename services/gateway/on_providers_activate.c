/* POST /admin/voip/providers/{id}/activate: the next calls go out by it, the ones under way stay
 * where they are. Exactly one provider is active afterwards. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/handlers.h"
#include "services/gateway/providers.h"

struct activation {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who;
	struct vp_uuid org, id;
};

/* All rows are held first: two activations at once wait for each other, and the row is not deleted
 * between the two changes. What was deleted already changes nothing. */
static int add_changes(struct vp_db_tx *tx, struct vp_uuid org, struct vp_uuid id)
{
	int err =
		vp_db_tx_add(tx, "select 1 from providers where org_id = $1 order by id for update",
			VP_PARAMS(VP_P_UUID(org)));

	if (err == 0) {
		err = vp_db_tx_add(tx,
			"update providers set is_active = false, version = version + 1, "
			"updated_at = $3 where org_id = $1 and id <> $2 and is_active "
			"and exists (select from providers where org_id = $1 and id = $2)",
			VP_PARAMS(VP_P_UUID(org), VP_P_UUID(id), VP_P_TIME(vp_time_us())));
	}
	if (err == 0) {
		err = vp_db_tx_add(tx,
			"update providers set is_active = true, version = version + 1, "
			"updated_at = $3 where org_id = $1 and id = $2 and not is_active",
			VP_PARAMS(VP_P_UUID(org), VP_P_UUID(id), VP_P_TIME(vp_time_us())));
	}
	return err;
}

static void on_written(int err, void *arg)
{
	struct activation *activation = arg;
	struct vp_http_req *req = vp_http_ref_req(activation->ref);

	if (err == 0) {
		providers_tell(activation->gw, activation->org, activation->id);
	}
	if (req && err != 0) {
		answer_db_error(req, "provider.activate", err, NULL);
	} else if (req) {
		providers_send(activation->gw, req, activation->who, activation->id, 200,
			"The provider is active: the next calls go out by it.");
	}
	vp_http_ref_drop(activation->ref);
	free(activation);
}

static void activate(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	struct activation *activation = malloc(sizeof(*activation));
	struct vp_db_tx *tx = vp_db_tx_create();
	json_t *detail = json_pack("{s:s}", "name", vp_db_text(res, 0, PROVIDER_NAME));
	int err = activation && tx ? 0 : ENOMEM;

	(void)data;
	if (err == 0) {
		err = add_changes(tx, who->org, vp_db_uuid(res, 0, PROVIDER_ID));
	}
	if (err == 0) {
		err = audit_add(tx, &(struct audit){.who = who,
					    .action = "provider.activated",
					    .object_type = "provider",
					    .object_id = vp_db_text(res, 0, PROVIDER_ID),
					    .ip = vp_http_remote(req),
					    .detail = detail});
	}
	json_decref(detail);
	if (err == 0) {
		*activation = (struct activation){.gw = gw,
			.ref = vp_http_defer(req),
			.who = who,
			.org = who->org,
			.id = vp_db_uuid(res, 0, PROVIDER_ID)};
		err = vp_db_write(gw->db, tx, on_written, activation);
		if (err != 0) {
			vp_http_ref_drop(activation->ref);
		}
	}
	if (err != 0) {
		vp_db_tx_destroy(tx);
		free(activation);
		answer_db_error(req, "provider.activate", err, NULL);
	}
}

void on_providers_activate(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct vp_uuid id;

	if (providers_id(req, &id)) {
		providers_find(gw, req, who, id, activate, NULL);
	}
}
