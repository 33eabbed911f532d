/* voip keys list, voip keys rotate */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/cli.h"
#include "tools/voip/keys.h"

/* --- list --- */

struct file_keys {
	const struct vp_keyring *ring;
	const char *path;
};

static long position(const struct vp_keyring *ring, const char *id)
{
	for (size_t i = 0; i < vp_keyring_count(ring); i++) {
		if (strcmp(vp_keyring_id(ring, i), id) == 0) {
			return (long)i;
		}
	}
	return -1;
}

/* Keys of the file and keys that the database needs. */
static void print_file_keys(const struct vp_db_result *res, void *arg)
{
	const struct file_keys *file = arg;

	printf("Key file %s\n", file->path);
	for (size_t i = 0; i < vp_db_rows(res); i++) {
		const char *id = vp_db_text(res, i, 0);
		const long at = position(file->ring, id);

		printf("  %-32s %-17s %ld data keys, %ld secrets of the time before them\n", id,
			at < 0                  ? "NOT IN THE FILE"
			: vp_db_bool(res, i, 3) ? "retired"
			: at == 0               ? "active"
						: "opens only",
			(long)vp_db_int(res, i, 1), (long)vp_db_int(res, i, 2));
	}
}

/* "a,b": ids have neither commas nor quotes. */
static char *file_ids(const struct vp_keyring *ring)
{
	char *ids = strdup("");

	for (size_t i = 0; i < vp_keyring_count(ring) && ids; i++) {
		char *more = vp_strf("%s%s%s", ids, i ? "," : "", vp_keyring_id(ring, i));

		free(ids);
		ids = more;
	}
	return ids;
}

static int list_file(struct tool_db *db, const struct file_keys *file, const char *texts)
{
	VP_CLEANUP(vp_freep) char *ids = file_ids(file->ring);
	VP_CLEANUP(vp_freep)
	char *sql = vp_strf(
		"with wraps as (select kek_id as id, count(*) as n from voip.crypto_keys "
		"group by 1), old as (select split_part(text, '.', 2) as id, count(*) as n "
		"from (%s) as t where text like 'v1.%%' group by 1), ours as (select id, at "
		"from unnest(string_to_array($1, ',')) with ordinality as f (id, at)) "
		"select k.id, coalesce(w.n, 0), coalesce(old.n, 0), coalesce(r.retired, "
		"false) from (select id from ours union select id from wraps union select id "
		"from old) as k left join ours using (id) left join wraps w using (id) left "
		"join old using (id) left join voip.wrapping_keys r using (id) order by "
		"ours.at nulls last, k.id",
		texts);

	return ids && sql ? tool_db_query(db, sql, VP_PARAMS(VP_P_TEXT(ids)), print_file_keys,
				    (void *)(uintptr_t)file)
			  : CLI_FAILED;
}

static void print_data_keys(const struct vp_db_result *res, void *arg)
{
	const char *before = "";

	(void)arg;
	for (size_t i = 0; i < vp_db_rows(res); i++) {
		const char *org = vp_db_text(res, i, 0);

		if (strcmp(org, before) != 0) {
			printf("%s\n", org);
		}
		before = org;
		printf("  %s %-8s of %s, wrapped by %s, seals %ld secrets\n", vp_db_text(res, i, 1),
			vp_db_text(res, i, 2), vp_db_text(res, i, 3), vp_db_text(res, i, 4),
			(long)vp_db_int(res, i, 5));
	}
	if (vp_db_rows(res) == 0) {
		puts("No organisation has a data key yet: the first secret makes one.");
	}
}

static int list_data(struct tool_db *db, const char *org, const char *texts)
{
	VP_CLEANUP(vp_freep)
	char *sql = vp_strf(
		"with used as (select org_id, split_part(text, '.', 2) as id, count(*) as n "
		"from (%s) as t where text like 'v2.%%' group by 1, 2) select o.name, k.id, "
		"k.state, to_char(k.created_at at time zone 'UTC', 'YYYY-MM-DD'), k.kek_id, "
		"coalesce(u.n, 0) from voip.crypto_keys k join voip.orgs o on o.id = k.org_id "
		"left join used u on u.org_id = k.org_id and u.id = k.id::text where o.name = "
		"coalesce($1, o.name) order by o.name, k.org_id, k.id",
		texts);

	return sql ? tool_db_query(db, sql, VP_PARAMS(VP_P_TEXT(org)), print_data_keys, NULL)
		   : CLI_FAILED;
}

static int list(struct tool_db *db, const char *org)
{
	VP_CLEANUP(vp_freep) char *texts = secret_rows_union();
	struct keys keys = {.lock = -1, .path = keys_path()};
	struct file_keys file = {.path = keys.path};
	int err = keys.path && texts ? keys_reload(&keys) : CLI_FAILED;

	if (!err) {
		file.ring = keys.ring;
		err = list_file(db, &file, texts);
	}
	err = err ? err : list_data(db, org, texts);
	keys_end(&keys);
	return err;
}

static int run_list(const struct cli_cmd *cmd, int argc, char **argv)
{
	const char *org = NULL;
	const struct cli_opt opts[] = {{"org", CLI_TEXT, &org, 0, 0}};
	struct tool_db *db;
	int err;

	if (!cli_parse(cmd, opts, VP_ARRAY_LEN(opts), argc, argv, NULL)) {
		return CLI_USAGE;
	}
	db = tool_db_open();
	if (!db) {
		return CLI_FAILED;
	}
	err = vp_crypto_init() == 0 ? list(db, org) : CLI_FAILED;
	tool_db_close(db);
	return err ? CLI_FAILED : CLI_OK;
}

const struct cli_cmd cmd_keys_list = {
	.name = "keys list",
	.args = "[--org NAME]",
	.summary = "Show which keys wrap and seal the stored secrets",
	.help = "  Keys themselves are never shown.\n",
	.example = "voip keys list",
	.run = run_list,
};

/* --- rotate --- */

static int run_rotate(const struct cli_cmd *cmd, int argc, char **argv)
{
	bool data = false, prepare = false;
	const struct cli_opt opts[] = {
		{"data-keys", CLI_FLAG, &data, 0, 0}, {"prepare", CLI_FLAG, &prepare, 0, 0}};
	struct tool_db *db;
	int err;

	if (!cli_parse(cmd, opts, VP_ARRAY_LEN(opts), argc, argv, NULL)) {
		return CLI_USAGE;
	}
	if (data && prepare) {
		cli_fail("--prepare is of the key file, --data-keys are in the database",
			"Run one after the other.");
		return CLI_USAGE;
	}
	db = tool_db_open();
	if (!db) {
		return CLI_FAILED;
	}
	setvbuf(stdout, NULL, _IOLBF, 0); /* what is said is done, also when this is killed */
	err = vp_crypto_init();
	if (!err) {
		err = data      ? keys_rotate_data(db)
		      : prepare ? keys_prepare_file(db)
				: keys_rotate_file(db);
	}
	tool_db_close(db);
	return err ? CLI_FAILED : CLI_OK;
}

const struct cli_cmd cmd_keys_rotate = {
	.name = "keys rotate",
	.args = "[--prepare | --data-keys]",
	.summary = "Replace the key of the key file while everything runs",
	.help = "  Makes a new key, wraps every data key by it, opens everything once as proof, "
		"and takes "
		"the old key\n"
		"  out of the file VOIP_KEK_FILE. Services notice by themselves. Whatever "
		"interrupts it: "
		"run it again.\n"
		"  --prepare     only adds the new key, for copies of the file on other hosts; "
		"then rotate\n"
		"  --data-keys   new data keys for all organisations instead, their secrets sealed "
		"anew\n",
	.example = "voip keys rotate",
	.run = run_rotate,
};
