/* A provider is created or changed: read what is stored, merge, let the driver check the whole;
 * then provider_seal.c seals it, and provider, trunk and audit line are written in one statement.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/sip/trunk.h"
#include "services/gateway/domain/trunk_input.h"
#include "services/gateway/domain/trunk_place.h"
#include "services/gateway/provider_config.h"
#include "services/gateway/provider_store.h"
#include "services/gateway/provider_store_int.h"
#include "services/gateway/providers.h"

/* --- checking --- */

/* The trunk has checks of its own; what they find is told under the setting's key. */
static void check_trunk(struct provider_store *store)
{
	json_t *columns = vp_sip_trunk_of(store->input.driver, store->config);
	json_t *faults = json_object(), *sentence;
	const char *column;

	trunk_input_read(columns, false, store->who->default_region, &store->trunk_row, faults);
	trunk_place_check(&store->gw->trunk_nets, store->trunk_row, faults);
	json_object_foreach(faults, column, sentence)
	{
		fault_add(store->faults, vp_sip_trunk_key(column), json_string_value(sentence));
	}
	json_decref(columns);
	json_decref(faults);
}

static void check(struct provider_store *store, struct vp_http_req *req)
{
	if (!provider_input_merge(&store->input, store->who->default_region, store->config,
		    store->faults, store->changed)) {
		provider_store_give_up(store, req, ENOMEM);
		return;
	}
	if (strcmp(store->input.driver->name, "sip") == 0) {
		check_trunk(store);
	}
	if (json_object_size(store->faults) > 0) {
		answer_fields(req, store->faults);
		provider_store_free(store);
		return;
	}
	provider_store_seal(store, req);
}

/* --- what is stored --- */

/* Its secrets are lost: what can be shown is kept, the driver then says which to enter again. */
static struct vp_provider_config *config_of_shown(const json_t *shown)
{
	struct vp_provider_config *config = vp_provider_config_create();
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)shown, key, value)
	{
		if (config && json_is_string(value)) {
			(void)vp_provider_set(config, key, json_string_value(value));
		}
	}
	return config;
}

static void on_opened(int err, struct vp_provider_config *config, void *arg)
{
	struct provider_store *store = arg;

	store->config = config;
	struct vp_http_req *req = provider_store_req(store);

	if (!req) {
		return;
	}
	if ((err == ENOKEY || err == EBADMSG || err == EINVAL) && store->gw->vault) {
		store->config = config_of_shown(json_object_get(store->shown, "config"));
		err = store->config ? 0 : ENOMEM;
	}
	if (err != 0) {
		provider_store_give_up(store, req, err);
		return;
	}
	check(store, req);
}

/* Takes body over; NULL: body_object has answered. NULL: it has answered. */
static struct provider_store *store_begin(struct gateway *gw, struct vp_http_req *req,
	const struct identity *who, struct vp_uuid id, json_t *body)
{
	struct provider_store *store = body ? calloc(1, sizeof(*store)) : NULL;

	if (!store) {
		if (body) {
			answer_db_error(req, "provider.store", ENOMEM, NULL);
		}
		json_decref(body);
		return NULL;
	}
	*store = (struct provider_store){.gw = gw,
		.ref = vp_http_defer(req),
		.who = who,
		.org = who->org,
		.id = id,
		.body = body,
		.faults = json_object(),
		.changed = json_array()};
	return store;
}

/* False: it has answered, and the store is gone. */
static bool read_body(struct provider_store *store, struct vp_http_req *req,
	const struct vp_provider_driver *driver)
{
	provider_input_read(store->body, driver, &store->input, store->faults);
	if (!store->input.driver) {
		answer_fields(req, store->faults);
		provider_store_free(store);
		return false;
	}
	return true;
}

struct learning {
	const char *key, *value, *answer; /* memory of the request */
};

static const char *request_text(struct vp_http_req *req, const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(vp_http_alloc(req, size), text, size);
}

static void on_row(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct vp_db_result *res, void *data)
{
	const struct vp_provider_driver *driver =
		vp_provider_find(vp_db_text(res, 0, PROVIDER_DRIVER));
	const struct learning *learning = data;
	struct provider_store *store = store_begin(gw, req, who, vp_db_uuid(res, 0, PROVIDER_ID),
		learning ? json_pack("{s:{s:s}}", "config", learning->key, learning->value)
			 : body_object(req));

	if (!store || !read_body(store, req, driver)) {
		return;
	}
	store->answer = learning ? learning->answer : NULL;
	store->version = vp_db_int(res, 0, PROVIDER_VERSION);
	store->has_trunk = strcmp(store->input.driver->name, "sip") == 0 &&
			   !vp_db_is_null(res, 0, PROVIDER_TRUNK);
	store->trunk = store->has_trunk ? vp_db_uuid(res, 0, PROVIDER_TRUNK) : vp_uuid_new();
	store->shown = providers_shown(gw, res, 0);
	int64_t wanted;

	if (!providers_version(req, store->input.version, &wanted)) {
		provider_store_free(store);
	} else if (wanted != 0 && wanted != store->version) {
		providers_conflict(req);
		provider_store_free(store);
	} else {
		provider_config_open(gw, who->org, res, on_opened, store);
	}
}

void provider_create(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct provider_store *store = store_begin(gw, req, who, vp_uuid_new(), body_object(req));

	if (!store || !read_body(store, req, NULL)) {
		return;
	}
	store->fresh = true;
	store->trunk = vp_uuid_new();
	store->config = vp_provider_config_create();
	if (!store->config) {
		provider_store_give_up(store, req, ENOMEM);
		return;
	}
	check(store, req);
}

void provider_change(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct vp_uuid id;

	if (providers_id(req, &id)) {
		providers_find(gw, req, who, id, on_row, NULL);
	}
}

void provider_learn(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct vp_uuid id, const struct provider_lesson *lesson, json_t *answer)
{
	struct learning *learning = vp_http_alloc(req, sizeof(*learning));
	VP_CLEANUP(vp_freep) char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;

	json_decref(answer);
	if (!text) {
		answer_json(req, 500, NULL);
		return;
	}
	learning->key = lesson->key;
	learning->value = request_text(req, lesson->value);
	learning->answer = request_text(req, text);
	providers_find(gw, req, who, id, on_row, learning);
}
