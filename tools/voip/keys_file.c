/* The key file's key is replaced while everything runs. Each step leaves a state in which all
 * secrets open with the key file as it then is, so a rotation that was killed is finished by the
 * next `voip keys rotate`:
 *   1. the new key is added to the file: services use it for new data keys, both keys open;
 *   2. every data key is wrapped anew, texts of the time before data keys get one;
 *   3. everything is opened once, as proof;
 *   4. the database is told that the old key is retired: it refuses that while a data key needs it,
 *      and refuses data keys wrapped by it from then on;
 *   5. the old key leaves the file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/crypto/keyfile.h"
#include "libcommon/vault/row.h"
#include "tools/voip/cli.h"
#include "tools/voip/keys.h"

enum { ROUNDS = 20 };

/* --- 1. the new key --- */

enum state { UNKNOWN, LIVE, RETIRED };

/* What the database knows of a key of the file. */
static int state_of(struct keys *keys, size_t i, enum state *ret)
{
	int err;
	VP_CLEANUP(vp_freep)
	char *text = tool_db_text(keys->db, "select retired from voip.wrapping_keys where id = $1",
		VP_PARAMS(VP_P_TEXT(vp_keyring_id(keys->ring, i))), &err);

	*ret = !text ? UNKNOWN : text[0] == 't' ? RETIRED : LIVE;
	return err;
}

/* The first key, when a rotation was begun before; a later one that the database does not know yet,
 * when it was prepared; *ret = count when a new one is to be made. */
static int choose(struct keys *keys, size_t *ret)
{
	const size_t n = vp_keyring_count(keys->ring);
	enum state first, later;
	int err = state_of(keys, 0, &first);

	*ret = n == 1 || first == RETIRED ? n : 0;
	for (size_t i = 1; i < n && !err && *ret == (first == RETIRED ? n : 0); i++) {
		err = state_of(keys, i, &later);
		if (later == UNKNOWN ? first != UNKNOWN : first == RETIRED && later == LIVE) {
			*ret = i;
		}
	}
	return err;
}

/* Afterwards the wanted key is the first of the file. */
static int bring_key(struct keys *keys)
{
	const size_t n = vp_keyring_count(keys->ring);
	char id[VP_KEY_ID_SIZE];
	size_t at;
	int err = choose(keys, &at);

	if (err) {
		return err;
	}
	if (at == n) {
		err = vp_keyfile_add(keys->path, true, id);
	} else if (at > 0) {
		err = vp_keyfile_activate(keys->path, vp_keyring_id(keys->ring, at));
	}
	if (err) {
		return keys_file_failed(keys, err);
	}
	err = keys_reload(keys);
	if (!err) {
		printf(at == n   ? "Key %s is new in %s\n"
			: at > 0 ? "Key %s of %s was prepared and takes over\n"
				 : "Key %s of %s: a rotation that was begun goes on\n",
			vp_keyring_id(keys->ring, 0), keys->path);
	}
	return err;
}

static int tell_database(struct keys *keys, size_t i)
{
	return tool_db_query(keys->db,
		"insert into voip.wrapping_keys (id) values ($1) on conflict do nothing",
		VP_PARAMS(VP_P_TEXT(vp_keyring_id(keys->ring, i))), NULL, NULL);
}

/* --- 2. data keys and old texts --- */

static int rewrap_row(struct keys_page *page, const struct vp_db_result *res, size_t i)
{
	const struct vp_uuid org = vp_db_uuid(res, i, 0), id = vp_db_uuid(res, i, 1);
	const char *old = vp_db_text(res, i, 2);
	VP_CLEANUP(vp_freep) char *wrapped = NULL;
	int err = vp_vault_row_rewrap(page->keys->ring, 0, org, id, old, &wrapped);

	if (err) {
		cli_failf("Nothing was lost; bring back the key file that has its key.",
			"the data key of %s cannot be opened: %s", vp_db_text(res, i, 3),
			strerror(err));
		return err;
	}
	return vp_db_tx_add(page->tx,
		"update voip.crypto_keys set kek_id = $1, wrapped_dek = $2 where org_id = $3 and "
		"id = $4 "
		"and wrapped_dek = $5",
		VP_PARAMS(VP_P_TEXT(vp_keyring_id(page->keys->ring, 0)), VP_P_TEXT(wrapped),
			VP_P_UUID(org), VP_P_UUID(id), VP_P_TEXT(old)));
}

static int rewrap_all(struct keys *keys)
{
	size_t all;
	int err = keys_pages(keys,
		"select k.org_id, k.id, k.wrapped_dek, o.name from voip.crypto_keys k join "
		"voip.orgs o on o.id = k.org_id where k.kek_id <> $2 order by k.org_id, k.id limit "
		"$1",
		vp_keyring_id(keys->ring, 0), rewrap_row, &all);

	if (!err && all > 0) {
		printf("%zu data keys are wrapped by it\n", all);
	}
	return err;
}

static int reseal_old(const struct secret_row *row, void *arg)
{
	return keys_reseal(arg, row);
}

/* --- 4. the old key --- */

/* EAGAIN: a service that has not seen the new file yet made a data key with the old one. */
static int retire(struct keys *keys)
{
	int err = tool_db_try(keys->db,
		"update voip.wrapping_keys set retired = true where id <> $1 and not retired",
		VP_PARAMS(VP_P_TEXT(vp_keyring_id(keys->ring, 0))));

	return err == EINVAL ? EAGAIN : err;
}

static int turn(struct keys *keys, unsigned *ret_keys, unsigned *ret_secrets)
{
	int err = EAGAIN;

	for (int i = 0; i < ROUNDS && err == EAGAIN; i++) {
		err = rewrap_all(keys);
		err = err ? err : secret_rows_each(keys->db, "v1.%", reseal_old, keys);
		err = err ? err : keys_verify(keys, ret_keys, ret_secrets);
		err = err ? err : retire(keys);
	}
	if (err == EAGAIN) {
		cli_fail("data keys keep coming that are wrapped by the old key",
			"A service elsewhere has an old key file: copy the new one there, and "
			"repeat this.");
	} else if (err) {
		cli_failf("The old key is still in the key file; repeat the command to go on.",
			"the rotation stopped: %s", strerror(err));
	}
	return err;
}

static int rotate(struct keys *keys)
{
	unsigned n_keys = 0, n_secrets = 0;
	int err = keys_check(keys);

	err = err ? err : bring_key(keys);
	err = err ? err : tell_database(keys, 0);
	err = err ? err : turn(keys, &n_keys, &n_secrets);
	err = err ? err : keys_sweep(keys);
	if (err) {
		return err;
	}
	err = vp_keyfile_keep(keys->path, vp_keyring_id(keys->ring, 0));
	if (err) {
		return keys_file_failed(keys, err);
	}
	printf("%u data keys and %u secrets open with %s alone; older keys open nothing in this "
	       "database any more.\n"
	       "Copy %s to your other hosts and to your backup. A backup of the database from "
	       "before "
	       "still needs the old file.\n",
		n_keys, n_secrets, vp_keyring_id(keys->ring, 0), keys->path);
	return 0;
}

int keys_rotate_file(struct tool_db *db)
{
	struct keys keys;
	int err = keys_begin(&keys, db);

	err = err ? err : rotate(&keys);
	keys_end(&keys);
	return err;
}

/* --- several hosts --- */

static int prepare(struct keys *keys)
{
	char id[VP_KEY_ID_SIZE];
	int err = keys_check(keys);

	if (!err && vp_keyring_count(keys->ring) > 1) {
		return cli_failf("Copy the file to the other hosts, then run `voip keys rotate`.",
			"%s has %zu keys already", keys->path, vp_keyring_count(keys->ring));
	}
	err = err ? err : tell_database(keys, 0); /* so that the new one can be told from it */
	if (err) {
		return err;
	}
	err = vp_keyfile_add(keys->path, false, id);
	if (err) {
		return keys_file_failed(keys, err);
	}
	printf("Key %s stands in %s and is not used yet. Copy the file to your other hosts, then "
	       "run "
	       "`voip keys rotate` here.\n",
		id, keys->path);
	return 0;
}

int keys_prepare_file(struct tool_db *db)
{
	struct keys keys;
	int err = keys_begin(&keys, db);

	err = err ? err : prepare(&keys);
	keys_end(&keys);
	return err;
}
