/* The second half of a provider's creation or change: what was checked is sealed and written. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/vault/vault.h"
#include "services/gateway/provider_store_int.h"
#include "services/gateway/provider_write.h"
#include "services/gateway/providers.h"

void provider_store_free(struct provider_store *store)
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

struct vp_http_req *provider_store_req(struct provider_store *store)
{
	struct vp_http_req *req = vp_http_ref_req(store->ref);

	if (!req) {
		provider_store_free(store);
	}
	return req;
}

void provider_store_give_up(struct provider_store *store, struct vp_http_req *req, int err)
{
	providers_not_sealed(req, err);
	provider_store_free(store);
}

static void write_row(struct provider_store *store, struct vp_http_req *req)
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
		provider_store_give_up(store, req, err);
	} else {
		provider_store_free(store);
	}
}

static void on_password_sealed(int err, const char *sealed, void *arg)
{
	struct provider_store *store = arg;
	struct vp_http_req *req = provider_store_req(store);

	if (!req) {
		return;
	}
	if (err != 0) {
		provider_store_give_up(store, req, err);
		return;
	}
	json_object_set_new(store->trunk_row, "secret", json_string(sealed));
	write_row(store, req);
}

static void seal_password(struct provider_store *store, struct vp_http_req *req)
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
		provider_store_give_up(store, req, err);
	}
}

static void on_config_sealed(int err, const char *sealed, void *arg)
{
	struct provider_store *store = arg;
	struct vp_http_req *req = provider_store_req(store);

	if (!req) {
		return;
	}
	store->sealed = err == 0 ? strdup(sealed) : NULL;
	if (!store->sealed) {
		provider_store_give_up(store, req, err != 0 ? err : ENOMEM);
		return;
	}
	seal_password(store, req);
}

void provider_store_seal(struct provider_store *store, struct vp_http_req *req)
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
		provider_store_give_up(store, req, err);
	}
}
