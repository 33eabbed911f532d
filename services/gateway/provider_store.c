/* A provider is created or changed: read what is stored, merge, let the driver check the whole,
 * seal it, and write provider, trunk and audit line in one statement. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/sip/trunk.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/vault/vault.h"
#include "services/gateway/domain/provider_input.h"
#include "services/gateway/domain/trunk_input.h"
#include "services/gateway/provider_config.h"
#include "services/gateway/provider_store.h"
#include "services/gateway/provider_write.h"
#include "services/gateway/providers.h"

struct store {
	struct gateway *gw;
	struct vp_http_ref *ref;
	const struct identity *who; /* of the request: only while that is there */
	struct vp_uuid org, id, trunk;
	bool fresh, has_trunk;
	int64_t version;
	json_t *body, *faults, *changed;
	const char *answer; /* JSON of the request's memory; NULL: the provider as it is then */
	json_t *shown;      /* the stored settings as the panel shows them */
	struct provider_input input;
	struct vp_provider_config *config;
	json_t *trunk_row; /* of a SIP provider: the trunk's columns */
	char *sealed;
};

static void store_free(struct store *store)
{
	vp_http_ref_drop(store->ref);
	json_decref(store->body);
	json_decref(store->faults);
	json_decref(store->changed);
	json_decref(store->shown);
	json_decref(store->trunk_row);
	vp_provider_config_destroy(store->config);
	free(store->sealed);
	free(store);
}

/* The request; NULL when the client is gone, and the store with it. */
static struct vp_http_req *store_req(struct store *store)
{
	struct vp_http_req *req = vp_http_ref_req(store->ref);

	if (!req) {
		store_free(store);
	}
	return req;
}

static void give_up(struct store *store, struct vp_http_req *req, int err)
{
	providers_not_sealed(req, err);
	store_free(store);
}

static void write_row(struct store *store, struct vp_http_req *req)
{
	const struct provider_input *input = &store->input;
	const char *trunk_name = input->name
					 ? input->name
					 : json_string_value(json_object_get(store->shown, "name"));
	int err = provider_write(store->gw, req, store->who,
		&(struct provider_write){.id = store->id,
			.fresh = store->fresh,
			.version = store->version,
			.name = input->name,
			.has_priority = input->has_priority,
			.priority = input->priority,
			.driver = input->driver,
			.config = store->config,
			.sealed = store->sealed,
			.changed = store->changed,
			.trunk_row = store->trunk_row,
			.trunk = store->trunk,
			.has_trunk = store->has_trunk,
			.trunk_name = trunk_name,
			.answer = store->answer});

	if (err != 0) {
		give_up(store, req, err);
	} else {
		store_free(store);
	}
}

/* --- sealing --- */

static void on_password_sealed(int err, const char *sealed, void *arg)
{
	struct store *store = arg;
	struct vp_http_req *req = store_req(store);

	if (!req) {
		return;
	}
	if (err != 0) {
		give_up(store, req, err);
		return;
	}
	json_object_set_new(store->trunk_row, "secret", json_string(sealed));
	write_row(store, req);
}

static void seal_password(struct store *store, struct vp_http_req *req)
{
	const char *password =
		store->trunk_row ? vp_provider_get(store->config, NULL, "password") : NULL;
	char id[VP_UUID_TEXT_SIZE];
	int err;

	if (!password) {
		if (store->trunk_row) {
			json_object_set_new(store->trunk_row, "secret", json_null());
		}
		write_row(store, req);
		return;
	}
	vp_uuid_text(store->trunk, id);
	VP_CLEANUP(vp_freep) char *context = vp_strf("trunks/secret/%s", id);

	err = context ? vp_vault_seal(store->gw->vault, store->org, context, password,
				strlen(password), on_password_sealed, store, NULL)
		      : ENOMEM;
	if (err != 0) {
		give_up(store, req, err);
	}
}

static void on_config_sealed(int err, const char *sealed, void *arg)
{
	struct store *store = arg;
	struct vp_http_req *req = store_req(store);

	if (!req) {
		return;
	}
	store->sealed = err == 0 ? strdup(sealed) : NULL;
	if (!store->sealed) {
		give_up(store, req, err != 0 ? err : ENOMEM);
		return;
	}
	seal_password(store, req);
}

static void seal_config(struct store *store, struct vp_http_req *req)
{
	char id[VP_UUID_TEXT_SIZE], *text = NULL;
	size_t len;
	int err = store->gw->vault ? vp_provider_config_text(store->config, &text, &len) : ENOKEY;

	vp_uuid_text(store->id, id);
	VP_CLEANUP(vp_freep) char *context = vp_strf("providers/config/%s", id);

	if (err == 0) {
		err = context ? vp_vault_seal(store->gw->vault, store->org, context, text, len,
					on_config_sealed, store, NULL)
			      : ENOMEM;
		vp_secret_free(text, len);
	}
	if (err != 0) {
		give_up(store, req, err);
	}
}

/* --- checking --- */

/* The trunk has checks of its own; what they find is told under the setting's key. */
static void check_trunk(struct store *store)
{
	json_t *columns = vp_sip_trunk_of(store->input.driver, store->config);
	json_t *faults = json_object(), *sentence;
	const char *column;

	trunk_input_read(columns, false, store->who->default_region, &store->trunk_row, faults);
	json_object_foreach(faults, column, sentence)
	{
		fault_add(store->faults, vp_sip_trunk_key(column), json_string_value(sentence));
	}
	json_decref(columns);
	json_decref(faults);
}

static void check(struct store *store, struct vp_http_req *req)
{
	if (!provider_input_merge(&store->input, store->who->default_region, store->config,
		    store->faults, store->changed)) {
		give_up(store, req, ENOMEM);
		return;
	}
	if (strcmp(store->input.driver->name, "sip") == 0) {
		check_trunk(store);
	}
	if (json_object_size(store->faults) > 0) {
		answer_fields(req, store->faults);
		store_free(store);
		return;
	}
	seal_config(store, req);
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
	struct store *store = arg;

	store->config = config;
	struct vp_http_req *req = store_req(store);

	if (!req) {
		return;
	}
	if ((err == ENOKEY || err == EBADMSG || err == EINVAL) && store->gw->vault) {
		store->config = config_of_shown(json_object_get(store->shown, "config"));
		err = store->config ? 0 : ENOMEM;
	}
	if (err != 0) {
		give_up(store, req, err);
		return;
	}
	check(store, req);
}

/* Takes body over; NULL: body_object has answered. NULL: it has answered. */
static struct store *store_begin(struct gateway *gw, struct vp_http_req *req,
	const struct identity *who, struct vp_uuid id, json_t *body)
{
	struct store *store = body ? calloc(1, sizeof(*store)) : NULL;

	if (!store) {
		if (body) {
			answer_db_error(req, "provider.store", ENOMEM, NULL);
		}
		json_decref(body);
		return NULL;
	}
	*store = (struct store){.gw = gw,
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
static bool read_body(
	struct store *store, struct vp_http_req *req, const struct vp_provider_driver *driver)
{
	provider_input_read(store->body, driver, &store->input, store->faults);
	if (!store->input.driver) {
		answer_fields(req, store->faults);
		store_free(store);
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
	struct store *store = store_begin(gw, req, who, vp_db_uuid(res, 0, PROVIDER_ID),
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
		store_free(store);
	} else if (wanted != 0 && wanted != store->version) {
		providers_conflict(req);
		store_free(store);
	} else {
		provider_config_open(gw, who->org, res, on_opened, store);
	}
}

void provider_create(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	struct store *store = store_begin(gw, req, who, vp_uuid_new(), body_object(req));

	if (!store || !read_body(store, req, NULL)) {
		return;
	}
	store->fresh = true;
	store->trunk = vp_uuid_new();
	store->config = vp_provider_config_create();
	if (!store->config) {
		give_up(store, req, ENOMEM);
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
