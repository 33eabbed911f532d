/* Brings a data key from the database, once for all who wait for it, and makes an organisation's
 * first. What the database decides: crypto_keys has one active row an organisation (two who make
 * the first at once end with the same), and refuses a row that is wrapped by a retired key. */
#include <errno.h>
#include <stdlib.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/db/db.h"
#include "libcommon/vault/row.h"
#include "libcommon/vault/vault_int.h"

static int ask_row(struct vault_load *load);

static void unlink_load(struct vault_load *load)
{
	*load->pprev = load->next;
	if (load->next) {
		load->next->pprev = load->pprev;
	}
}

/* The handlers may cancel others that wait here, or ask for the same key again: the first stands in
 * this list till its turn, the second gets a load of its own. */
static void end(struct vault_load *load, int err, struct vp_uuid id, const uint8_t *key)
{
	unlink_load(load);
	while (load->waiting) {
		vault_op_end(load->waiting, err, id, key);
	}
	free(load);
}

static void fail(struct vault_load *load, int err)
{
	end(load, err, load->id, NULL);
}

/* --- an organisation's first key --- */

static void on_made(int err, const struct vp_db_result *res, void *arg);

static int insert_key(struct vault_load *load)
{
	const struct vp_keyring *ring = load->vault->file.ring;
	const struct vp_uuid id = vp_uuid_new();
	VP_CLEANUP(vp_freep) char *wrapped = NULL;
	int err = vp_vault_row_new(ring, load->ring_key, load->org, id, &wrapped);

	return err ? err
		   : vp_db_query(load->vault->db,
			     "insert into voip.crypto_keys (org_id, id, kek_id, wrapped_dek) "
			     "values ($1, $2, $3, $4) on conflict (org_id) where state = 'active' "
			     "do nothing",
			     VP_PARAMS(VP_P_UUID(load->org), VP_P_UUID(id),
				     VP_P_TEXT(vp_keyring_id(ring, load->ring_key)),
				     VP_P_TEXT(wrapped)),
			     on_made, load, &load->query);
}

static void on_wrapper_known(int err, const struct vp_db_result *res, void *arg)
{
	struct vault_load *load = arg;

	(void)res;
	load->query = NULL;
	err = err ? err : insert_key(load);
	if (err) {
		fail(load, err);
	}
}

static int make_key(struct vault_load *load)
{
	return vp_db_query(load->vault->db,
		"insert into voip.wrapping_keys (id) values ($1) on conflict do nothing",
		VP_PARAMS(VP_P_TEXT(vp_keyring_id(load->vault->file.ring, load->ring_key))),
		on_wrapper_known, load, &load->query);
}

/* Ours or another's: the row says. EINVAL: the key that wraps it was retired after our file was
 * read. The next one of the file is tried, since a copy on another host may come late. */
static void on_made(int err, const struct vp_db_result *res, void *arg)
{
	struct vault_load *load = arg;

	(void)res;
	load->query = NULL;
	if (err == EINVAL) {
		load->ring_key = vault_file_refresh(&load->vault->file) ? 0 : load->ring_key + 1;
		err = ++load->tries < VAULT_TRIES &&
				      load->ring_key < vp_keyring_count(load->vault->file.ring)
			      ? make_key(load)
			      : EINVAL;
	} else if (!err) {
		err = ask_row(load);
	}
	if (err) {
		fail(load, err);
	}
}

/* --- a key that is there --- */

/* The file at hand lacks the key that wraps it: file or row are being changed. */
static void again(struct vault_load *load)
{
	int err = ++load->tries < VAULT_TRIES ? ask_row(load) : ENOKEY;

	if (err) {
		fail(load, err);
	}
}

static int open_row(
	struct vp_vault *vault, struct vp_uuid org, struct vp_uuid id, const char *wrapped)
{
	uint8_t *key = vault_cache_desk(&vault->cache);
	int err = vp_vault_row_open(vault->file.ring, org, id, wrapped, key);

	if (err == ENOKEY && vault_file_refresh(&vault->file)) {
		err = vp_vault_row_open(vault->file.ring, org, id, wrapped, key);
	}
	return err;
}

static void take_row(struct vault_load *load, struct vp_uuid id, const char *wrapped)
{
	struct vp_vault *vault = load->vault;
	const uint8_t *known = vault_cache_find(&vault->cache, load->org, id);
	int err = known ? 0 : open_row(vault, load->org, id, wrapped);

	if (!known && !err) {
		known = vault_cache_keep(&vault->cache, load->org, id);
	}
	if (err == ENOKEY) {
		again(load);
	} else if (err) {
		fail(load, err);
	} else {
		end(load, 0, id, known);
	}
}

static void on_row(int err, const struct vp_db_result *res, void *arg)
{
	struct vault_load *load = arg;

	load->query = NULL;
	if (!err && vp_db_rows(res) > 0) {
		take_row(load, vp_db_uuid(res, 0, 0), vp_db_text(res, 0, 1));
		return;
	}
	if (!err && !vp_uuid_is_nil(load->id)) {
		err = ENOKEY;
	} else if (!err) {
		(void)vault_file_refresh(&load->vault->file);
		err = ++load->tries < VAULT_TRIES ? make_key(load) : ENOKEY;
	}
	if (err) {
		fail(load, err);
	}
}

static int ask_row(struct vault_load *load)
{
	const bool by_id = !vp_uuid_is_nil(load->id);

	return vp_db_query(load->vault->db,
		by_id ? "select id, wrapped_dek from voip.crypto_keys where org_id = $1 and id = $2"
		      : "select id, wrapped_dek from voip.crypto_keys where org_id = $1 "
			"and state = 'active' and $2::uuid is not null",
		VP_PARAMS(VP_P_UUID(load->org), VP_P_UUID(load->id)), on_row, load, &load->query);
}

/* --- who waits --- */

static struct vault_load *find(struct vp_vault *vault, struct vp_uuid org, struct vp_uuid id)
{
	struct vault_load *load = vault->loads;

	while (load && !(vp_uuid_equal(load->org, org) && vp_uuid_equal(load->id, id))) {
		load = load->next;
	}
	return load;
}

static int start(
	struct vp_vault *vault, struct vp_uuid org, struct vp_uuid id, struct vault_load **ret)
{
	struct vault_load *load = calloc(1, sizeof(*load));
	int err;

	if (!load) {
		return ENOMEM;
	}
	load->vault = vault;
	load->org = org;
	load->id = id;
	load->waiting_tail = &load->waiting;
	err = ask_row(load);
	if (err) {
		free(load);
		return err;
	}
	load->next = vault->loads;
	load->pprev = &vault->loads;
	if (load->next) {
		load->next->pprev = &load->next;
	}
	vault->loads = load;
	*ret = load;
	return 0;
}

int vault_load_join(
	struct vp_vault *vault, struct vp_uuid org, struct vp_uuid id, struct vp_vault_op *op)
{
	struct vault_load *load = find(vault, org, id);
	int err = load ? 0 : start(vault, org, id, &load);

	if (err) {
		return err;
	}
	op->load = load;
	op->next = NULL;
	op->pprev = load->waiting_tail;
	*load->waiting_tail = op;
	load->waiting_tail = &op->next;
	return 0;
}

void vault_load_drop(struct vault_load *load)
{
	vp_db_cancel(load->query);
	unlink_load(load);
	while (load->waiting) {
		vault_op_free(load->waiting);
	}
	free(load);
}
