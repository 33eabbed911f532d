/* New data keys: each organisation gets one, its secrets are sealed anew. The old ones still open
 * for an hour, since a secret that was sealed by one may just be on its way into the database. What
 * was begun stands in data_key_rotations: organisations whose active key is younger are done. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/vault/row.h"
#include "tools/voip/cli.h"
#include "tools/voip/keys.h"

enum { ROUNDS = 20 };

static int renew_row(struct keys_page *page, const struct vp_db_result *res, size_t row)
{
	const struct vp_uuid org = vp_db_uuid(res, row, 0), old = vp_db_uuid(res, row, 1);
	const struct vp_uuid id = vp_uuid_new();
	VP_CLEANUP(vp_freep) char *wrapped = NULL;
	int err = vp_vault_row_new(page->keys->ring, 0, org, id, &wrapped);

	err = err ? err
		  : vp_db_tx_add(page->tx,
			    "update voip.crypto_keys set state = 'retired', retired_at = $1 "
			    "where org_id = $2 and id = $3",
			    VP_PARAMS(VP_P_TIME(vp_time_us()), VP_P_UUID(org), VP_P_UUID(old)));
	return err ? err
		   : vp_db_tx_add(page->tx,
			     "insert into voip.crypto_keys (org_id, id, kek_id, wrapped_dek) "
			     "values ($1, $2, $3, $4)",
			     VP_PARAMS(VP_P_UUID(org), VP_P_UUID(id),
				     VP_P_TEXT(vp_keyring_id(page->keys->ring, 0)),
				     VP_P_TEXT(wrapped)));
}

static int renew_all(struct keys *keys)
{
	size_t all;
	int err = keys_pages(keys,
		"select k.org_id, k.id from voip.crypto_keys k, voip.data_key_rotations r where "
		"k.state = 'active' and k.created_at < r.started_at order by k.org_id, k.id limit "
		"$1",
		NULL, renew_row, &all);

	if (!err) {
		printf("%zu organisations have a new data key\n", all);
	}
	return err;
}

/* --- secrets --- */

struct reseal {
	struct keys *keys;
	struct vp_uuid org;
	char *active; /* of this organisation: "v2.<id>." */
	unsigned n;
};

/* Rows come by organisation, so its key is asked for once. */
static int know_active(struct reseal *re, struct vp_uuid org)
{
	int err;
	char *text;

	if (re->active && vp_uuid_equal(re->org, org)) {
		return 0;
	}
	text = tool_db_text(re->keys->db,
		"select 'v2.' || id || '.' from voip.crypto_keys where org_id = $1 and state = "
		"'active'",
		VP_PARAMS(VP_P_UUID(org)), &err);
	if (err) {
		return err;
	}
	free(re->active);
	re->active = text ? text : strdup("-"); /* it has none yet: sealing makes it */
	re->org = org;
	return re->active ? 0 : ENOMEM;
}

static int reseal_other(const struct secret_row *row, void *arg)
{
	struct reseal *re = arg;
	int err = know_active(re, row->org);

	if (err || strncmp(row->text, re->active, strlen(re->active)) == 0) {
		return err;
	}
	re->n++;
	return keys_reseal(re->keys, row);
}

/* Until a walk finds nothing to do: somebody may be typing a secret just now. */
static int reseal_all(struct keys *keys)
{
	unsigned all = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct reseal re = {.keys = keys};
		int err = secret_rows_each(keys->db, "_%", reseal_other, &re);

		free(re.active);
		if (err) {
			return err;
		}
		all += re.n;
		if (re.n == 0) {
			break;
		}
	}
	printf("%u secrets are sealed anew\n", all);
	return 0;
}

static int begin(struct keys *keys)
{
	int err;
	VP_CLEANUP(vp_freep) char *before = NULL;

	err = keys_check(keys);
	before = err ? NULL
		     : tool_db_text(keys->db,
			       "select to_char(started_at at time zone 'UTC', 'YYYY-MM-DD "
			       "HH24:MI') from "
			       "voip.data_key_rotations",
			       NULL, 0, &err);
	if (before) {
		printf("The renewal that was begun at %s UTC goes on\n", before);
	}
	return err ? err
		   : tool_db_query(keys->db,
			     "insert into voip.data_key_rotations (id) values (1) on conflict do "
			     "nothing",
			     NULL, 0, NULL, NULL);
}

static int renew(struct keys *keys)
{
	unsigned n_keys = 0, n_secrets = 0;
	int err = begin(keys);

	err = err ? err : renew_all(keys);
	err = err ? err : reseal_all(keys);
	err = err ? err : keys_verify(keys, &n_keys, &n_secrets);
	err = err ? err : keys_sweep(keys);
	err = err ? err
		  : tool_db_query(
			    keys->db, "delete from voip.data_key_rotations", NULL, 0, NULL, NULL);
	if (err) {
		return cli_fail("the renewal is not complete",
			"All secrets still open; repeat the command to go on.");
	}
	printf("%u data keys and %u secrets open. Replaced data keys go with the next rotation "
	       "after an "
	       "hour.\n",
		n_keys, n_secrets);
	return 0;
}

int keys_rotate_data(struct tool_db *db)
{
	struct keys keys;
	int err = keys_begin(&keys, db);

	err = err ? err : renew(&keys);
	keys_end(&keys);
	return err;
}
