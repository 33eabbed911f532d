/* What every rotation needs: the file, held for itself, and proof that all of it opens. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/crypto/datakey.h"
#include "libcommon/crypto/keyfile.h"
#include "libcommon/vault/row.h"
#include "tools/voip/cli.h"
#include "tools/voip/keys.h"

#define SWEEP_AFTER_US (3600 * INT64_C(1000000)) /* as vp_vault_seal promises */
enum { PAGE = 200 };

const char *keys_path(void)
{
	const char *path = getenv("VOIP_KEK_FILE");

	if (path && *path) {
		return path;
	}
	cli_fail("VOIP_KEK_FILE is not set",
		"It names the key file; `voip init-secrets DIR` makes one "
		"as DIR/kek.");
	return NULL;
}

int keys_file_failed(const struct keys *keys, int err)
{
	static const struct {
		int err;
		const char *advice;
	} advices[] = {
		{EBUSY, "It is mounted by itself: mount the folder that has it, so that a new file "
			"can "
			"take its place."},
		{EROFS, "Its folder is mounted for reading only: run this where it may be "
			"written."},
		{EPERM, "Run this as root or as the owner of the file, so that its rights can "
			"stay."},
		{EACCES, "Run this as root or as the owner of the file and its folder."},
		{EWOULDBLOCK, "Another `voip keys` is at work; wait for it to end."},
		{EFBIG, "It has 16 keys: `voip keys rotate` retires all but one."},
		{ENOENT, "`voip init-secrets DIR` makes one as DIR/kek."},
		{EINVAL, "It has lines \"ID BASE64-OF-32-BYTES\"; is it the right file?"},
	};
	const char *advice = "Nothing was lost: the old keys still open everything.";

	for (size_t i = 0; i < VP_ARRAY_LEN(advices); i++) {
		advice = advices[i].err == err ? advices[i].advice : advice;
	}
	return cli_failf(advice, "the key file %s cannot be used: %s", keys->path, strerror(err));
}

int keys_reload(struct keys *keys)
{
	struct vp_keyring *fresh = NULL;
	int err = vp_keyring_load(&fresh, keys->path);

	if (err) {
		return keys_file_failed(keys, err);
	}
	vp_keyring_destroy(keys->ring);
	keys->ring = fresh;
	return 0;
}

int keys_begin(struct keys *keys, struct tool_db *db)
{
	int err;

	*keys = (struct keys){.db = db, .lock = -1, .path = keys_path()};
	if (!keys->path) {
		return ENOENT;
	}
	err = vp_keyfile_lock(keys->path, &keys->lock);
	if (err) {
		return keys_file_failed(keys, err);
	}
	keys->vault = tool_vault_open(db);
	return keys->vault ? keys_reload(keys) : EINVAL;
}

void keys_end(struct keys *keys)
{
	tool_vault_close(keys->vault);
	vp_keyring_destroy(keys->ring);
	if (keys->lock >= 0) {
		close(keys->lock);
	}
}

/* --- before --- */

struct unknown {
	const struct vp_keyring *ring;
	char id[VP_KEY_ID_SIZE];
	long n;
};

static void find_unknown(const struct vp_db_result *res, void *arg)
{
	struct unknown *unknown = arg;

	for (size_t i = 0; i < vp_db_rows(res) && !unknown->id[0]; i++) {
		const char *id = vp_db_text(res, i, 0);
		bool known = false;

		for (size_t k = 0; k < vp_keyring_count(unknown->ring); k++) {
			known = known || strcmp(vp_keyring_id(unknown->ring, k), id) == 0;
		}
		if (!known) {
			(void)vp_strcopy(unknown->id, sizeof(unknown->id), id);
			unknown->n = (long)vp_db_int(res, i, 1);
		}
	}
}

int keys_check(struct keys *keys)
{
	struct unknown unknown = {.ring = keys->ring};
	VP_CLEANUP(vp_freep) char *texts = secret_rows_union();
	VP_CLEANUP(vp_freep)
	char *sql =
		texts ? vp_strf("select kek_id, count(*) from voip.crypto_keys group by 1 union "
				"all "
				"select split_part(text, '.', 2), count(*) from (%s) as t where "
				"text like 'v1.%%' group by 1",
				texts)
		      : NULL;
	int err = sql ? tool_db_query(keys->db, sql, NULL, 0, find_unknown, &unknown) : ENOMEM;

	if (!err && unknown.id[0]) {
		cli_failf(
			"Bring back the file that has it, or add its line to this one. `voip keys "
			"list` shows more.",
			"%ld data keys or secrets need key %s, which is not in %s: nothing was "
			"changed",
			unknown.n, unknown.id, keys->path);
		err = ENOKEY;
	}
	return err;
}

/* --- secrets --- */

int keys_reseal(struct keys *keys, const struct secret_row *row)
{
	VP_CLEANUP(vp_freep) char *sealed = NULL;
	char *plain = NULL;
	size_t len = 0;
	int err = tool_vault_unseal(keys->vault, row->org, row->context, row->text, &plain, &len);

	if (err) {
		cli_failf("Type it again (`voip provider add`, or the admin panel), then repeat "
			  "this.",
			"%s cannot be opened: %s", row->context, strerror(err));
		return err;
	}
	err = tool_vault_seal(keys->vault, row->org, row->context, plain, len, &sealed);
	vp_secret_free(plain, len);
	return err ? err : secret_row_store(keys->db, row, sealed);
}

/* --- after --- */

struct proof {
	struct keys *keys;
	struct tool_vault *vault;
	uint8_t *desk; /* where a data key is opened */
	struct vp_uuid org, id;
	unsigned keys_open, secrets_open;
	size_t rows;
	int err;
};

static void open_keys(const struct vp_db_result *res, void *arg)
{
	struct proof *proof = arg;

	proof->rows = vp_db_rows(res);
	for (size_t i = 0; i < proof->rows && !proof->err; i++) {
		proof->org = vp_db_uuid(res, i, 0);
		proof->id = vp_db_uuid(res, i, 1);
		proof->err = vp_vault_row_open(proof->keys->ring, proof->org, proof->id,
			vp_db_text(res, i, 2), proof->desk);
		proof->keys_open += proof->err == 0;
	}
}

static int prove_keys(struct proof *proof)
{
	int err = 0;

	do {
		err = tool_db_query(proof->keys->db,
			"select org_id, id, wrapped_dek from voip.crypto_keys where (org_id, id) > "
			"($1, "
			"$2) order by org_id, id limit $3",
			VP_PARAMS(VP_P_UUID(proof->org), VP_P_UUID(proof->id), VP_P_INT(PAGE)),
			open_keys, proof);
		err = err ? err : proof->err;
	} while (!err && proof->rows > 0);
	return err;
}

static int open_secret(const struct secret_row *row, void *arg)
{
	struct proof *proof = arg;
	char *plain = NULL;
	size_t len = 0;
	int err = tool_vault_unseal(proof->vault, row->org, row->context, row->text, &plain, &len);

	vp_secret_free(plain, len);
	proof->secrets_open += err == 0;
	if (err) {
		cli_failf(NULL, "%s does not open: %s", row->context, strerror(err));
	}
	return err;
}

int keys_verify(struct keys *keys, unsigned *ret_keys, unsigned *ret_secrets)
{
	struct proof proof = {.keys = keys,
		.vault = tool_vault_open(keys->db),
		.desk = vp_locked_alloc(VP_DATA_KEY_SIZE)};
	int err = proof.vault && proof.desk ? prove_keys(&proof) : ENOMEM;

	err = err ? err : secret_rows_each(keys->db, "_%", open_secret, &proof);
	if (err) {
		cli_failf("The old keys are still in the key file: nothing is lost. Repeat the "
			  "command "
			  "when what is said above is mended.",
			"not every secret opens: %s", strerror(err));
	}
	tool_vault_close(proof.vault);
	vp_locked_free(proof.desk);
	*ret_keys = proof.keys_open;
	*ret_secrets = proof.secrets_open;
	return err;
}

int keys_sweep(struct keys *keys)
{
	VP_CLEANUP(vp_freep) char *texts = secret_rows_union();
	VP_CLEANUP(vp_freep)
	char *sql = texts ? vp_strf("delete from voip.crypto_keys k where state = 'retired' and "
				    "retired_at < $1 and not exists (select from (%s) as t where "
				    "t.org_id = k.org_id and t.text like 'v2.' || k.id || '.%%')",
				    texts)
			  : NULL;

	return sql ? tool_db_query(keys->db, sql,
			     VP_PARAMS(VP_P_TIME(vp_time_us() - SWEEP_AFTER_US)), NULL, NULL)
		   : ENOMEM;
}
