#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "services/gateway/adapters/session_store.h"

#define SLOTS 4096
#define TOUCH_S 300 /* how fresh last_seen_at is kept */

struct slot {
	struct identity *who;
	int64_t until_us;
};

struct session_store {
	struct vp_db *db;
	struct slot slots[SLOTS];
};

struct load {
	struct session_store *store;
	enum identity_kind kind;
	uint8_t key[IDENTITY_KEY_SIZE];
	session_found_h *h;
	void *arg;
};

#define PERSON                                                                                     \
	"u.org_id, u.id, u.email, u.name, u.locale, u.timezone, o.name, o.timezone, "              \
	"o.default_region, "                                                                       \
	"'|' || coalesce((select string_agg(distinct rp.permission, '|') || '|' "                  \
	"from user_roles ur join role_permissions rp on rp.org_id = ur.org_id "                    \
	"and rp.role_id = ur.role_id where ur.org_id = u.org_id and ur.user_id = u.id), ''), "     \
	"'|' || coalesce((select string_agg(replace(r.name, '|', '/'), '|' order by r.name) || "   \
	"'|' "                                                                                     \
	"from user_roles ur join roles r on r.org_id = ur.org_id and r.id = ur.role_id "           \
	"where ur.org_id = u.org_id and ur.user_id = u.id), '')"
#define JOINED                                                                                     \
	" join users u on u.org_id = x.org_id and u.id = x.user_id and u.is_active "               \
	"join orgs o on o.id = u.org_id and o.status = 'active' "

static const char sql_session[] =
	"select " PERSON ", x.last_seen_at < $2::timestamptz from sessions x" JOINED
	"where x.id_hash = $1 and x.expires_at > $3::timestamptz and x.last_seen_at > "
	"$4::timestamptz";
static const char sql_token[] =
	"select " PERSON
	", coalesce(x.last_used_at < $2::timestamptz, true) from api_tokens x" JOINED
	"where x.token_hash = $1 and x.revoked_at is null and (x.expires_at is null or "
	"x.expires_at > $3::timestamptz) and $4::timestamptz is not null";
static const char sql_user[] =
	"select " PERSON ", false from (select $1::uuid as org_id, $2::uuid as user_id) x" JOINED;
static const char sql_touch_session[] =
	"update sessions set last_seen_at = $2 where id_hash = $1 and last_seen_at < $2";
static const char sql_touch_token[] =
	"update api_tokens set last_used_at = $2 where token_hash = $1";

int session_store_create(struct session_store **ret, struct vp_db *db)
{
	struct session_store *store = calloc(1, sizeof(*store));
	if (store == NULL) {
		return ENOMEM;
	}
	store->db = db;
	*ret = store;
	return 0;
}

struct identity *identity_free(struct identity *who)
{
	if (who != NULL) {
		free(who->permissions);
		free(who->roles);
		free(who);
	}
	return NULL;
}

struct identity *identity_copy(const struct identity *who)
{
	struct identity *copy = malloc(sizeof(*copy));
	if (copy == NULL) {
		return NULL;
	}
	*copy = *who;
	copy->permissions = strdup(who->permissions);
	copy->roles = strdup(who->roles);
	if (copy->permissions == NULL || copy->roles == NULL) {
		return identity_free(copy);
	}
	return copy;
}

struct session_store *session_store_destroy(struct session_store *store)
{
	for (size_t i = 0; store != NULL && i < SLOTS; i++) {
		identity_free(store->slots[i].who);
	}
	free(store);
	return NULL;
}

static struct slot *slot_of(struct session_store *store, const uint8_t *key)
{
	return &store->slots[((unsigned)key[0] << 8 | key[1]) % SLOTS];
}

bool session_store_seen(
	struct session_store *store, enum identity_kind kind, const uint8_t key[IDENTITY_KEY_SIZE])
{
	const struct slot *slot = slot_of(store, key);
	return slot->who != NULL && slot->who->kind == kind &&
	       memcmp(slot->who->key, key, IDENTITY_KEY_SIZE) == 0;
}

const struct identity *session_store_cached(
	struct session_store *store, enum identity_kind kind, const uint8_t key[IDENTITY_KEY_SIZE])
{
	const struct slot *slot = slot_of(store, key);
	bool fresh = session_store_seen(store, kind, key) && slot->until_us >= vp_mono_us();
	return fresh ? slot->who : NULL;
}

static void keep(struct session_store *store, const struct identity *who)
{
	struct identity *copy = identity_copy(who);
	if (copy == NULL) {
		return;
	}
	struct slot *slot = slot_of(store, who->key);
	identity_free(slot->who);
	slot->who = copy;
	slot->until_us = vp_mono_us() + (int64_t)SESSION_CACHE_S * 1000000;
}

void session_store_forget(struct session_store *store, const uint8_t key[IDENTITY_KEY_SIZE])
{
	struct slot *slot = slot_of(store, key);
	slot->who = identity_free(slot->who);
}

static void on_touched(int err, const struct vp_db_result *res, void *arg)
{
	(void)err; /* the next request tries again */
	(void)res;
	(void)arg;
}

static void touch(const struct load *load)
{
	bool session = load->kind == IDENTITY_SESSION;
	vp_db_query(load->store->db, session ? sql_touch_session : sql_touch_token,
		VP_PARAMS(VP_P_BYTES(load->key, IDENTITY_KEY_SIZE), VP_P_TIME(vp_time_us())),
		on_touched, NULL, NULL);
}

static void read_row(const struct vp_db_result *res, const struct load *load, struct identity *who)
{
	who->kind = load->kind;
	memcpy(who->key, load->key, IDENTITY_KEY_SIZE);
	who->org = vp_db_uuid(res, 0, 0);
	who->user = vp_db_uuid(res, 0, 1);
	vp_strcopy(who->email, sizeof(who->email), vp_db_text(res, 0, 2));
	vp_strcopy(who->name, sizeof(who->name), vp_db_text(res, 0, 3));
	vp_strcopy(who->locale, sizeof(who->locale), vp_db_text(res, 0, 4));
	vp_strcopy(who->timezone, sizeof(who->timezone), vp_db_text(res, 0, 5));
	vp_strcopy(who->org_name, sizeof(who->org_name), vp_db_text(res, 0, 6));
	vp_strcopy(who->org_timezone, sizeof(who->org_timezone), vp_db_text(res, 0, 7));
	vp_strcopy(who->default_region, sizeof(who->default_region), vp_db_text(res, 0, 8));
	who->permissions = (char *)vp_db_text(res, 0, 9);
	who->roles = (char *)vp_db_text(res, 0, 10);
}

static void on_loaded(int err, const struct vp_db_result *res, void *arg)
{
	struct load *load = arg;
	struct identity who = {0};
	if (err == 0 && vp_db_rows(res) == 0 &&
		session_store_seen(load->store, load->kind, load->key)) {
		session_store_forget(load->store, load->key);
	}
	if (err != 0 || vp_db_rows(res) == 0) {
		load->h(err, NULL, load->arg);
		free(load);
		return;
	}
	read_row(res, load, &who);
	if (load->kind != IDENTITY_TICKET) {
		keep(load->store, &who);
		if (vp_db_bool(res, 0, 11)) {
			touch(load);
		}
	}
	load->h(0, &who, load->arg);
	free(load);
}

static struct load *load_create(
	struct session_store *store, enum identity_kind kind, session_found_h *h, void *arg)
{
	struct load *load = calloc(1, sizeof(*load));
	if (load != NULL) {
		*load = (struct load){.store = store, .kind = kind, .h = h, .arg = arg};
	}
	return load;
}

int session_store_load(struct session_store *store, enum identity_kind kind,
	const uint8_t key[IDENTITY_KEY_SIZE], session_found_h *h, void *arg)
{
	struct load *load = load_create(store, kind, h, arg);
	if (load == NULL) {
		return ENOMEM;
	}
	memcpy(load->key, key, IDENTITY_KEY_SIZE);
	int64_t now_us = vp_time_us();
	int err = vp_db_query(store->db, kind == IDENTITY_SESSION ? sql_session : sql_token,
		VP_PARAMS(VP_P_BYTES(load->key, IDENTITY_KEY_SIZE),
			VP_P_TIME(now_us - (int64_t)TOUCH_S * 1000000), VP_P_TIME(now_us),
			VP_P_TIME(now_us - (int64_t)SESSION_IDLE_S * 1000000)),
		on_loaded, load, NULL);
	if (err != 0) {
		free(load);
	}
	return err;
}

int session_store_load_user(struct session_store *store, struct vp_uuid org, struct vp_uuid user,
	session_found_h *h, void *arg)
{
	struct load *load = load_create(store, IDENTITY_TICKET, h, arg);
	if (load == NULL) {
		return ENOMEM;
	}
	int err = vp_db_query(store->db, sql_user, VP_PARAMS(VP_P_UUID(org), VP_P_UUID(user)),
		on_loaded, load, NULL);
	if (err != 0) {
		free(load);
	}
	return err;
}
