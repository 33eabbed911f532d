/* voip provider activate, list */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/announce.h"
#include "tools/voip/cli.h"
#include "tools/voip/model.h"
#include "tools/voip/stored_provider.h"

static int activate(struct tool_db *db, const char *org_name, const char *name)
{
	struct stored_provider found;
	struct vp_db_tx *tx;
	int err = stored_provider_find(db, org_name, name, &found);

	if (err) {
		return CLI_FAILED;
	}
	tx = vp_db_tx_create();
	err = tx ? model_activate_provider(tx, found.org, found.id) : ENOMEM;
	if (err) {
		vp_db_tx_destroy(tx);
		return cli_fail(strerror(err), NULL);
	}
	if (tool_db_write(db, tx) != 0) {
		return CLI_FAILED;
	}
	announce_config(found.org, "providers", found.id);
	printf("%s is the active provider: the next calls go out by it\n", found.name);
	return CLI_OK;
}

static int run_activate(const struct cli_cmd *cmd, int argc, char **argv)
{
	const char *org_name = NULL;
	const char *word;
	const struct cli_opt opts[] = {{"org", CLI_TEXT, &org_name, 0, 0}};
	struct tool_db *db;
	int status;

	word = cli_parse_word(cmd, opts, VP_ARRAY_LEN(opts), argc, argv);
	if (!word) {
		return CLI_USAGE;
	}
	db = tool_db_open();
	if (!db) {
		return CLI_FAILED;
	}
	status = activate(db, org_name, word);
	tool_db_close(db);
	return status;
}

const struct cli_cmd cmd_provider_activate = {
	.name = "provider activate",
	.args = "ID|NAME [--org NAME]",
	.summary = "Let this provider carry new calls instead of the active one",
	.help = "  Live calls go on where they are. The services hear of it at once on the bus "
		"that\n"
		"  VOIP_BUS names (with VOIP_BUS_CERT, VOIP_BUS_SERVER_KEY), else within 5 s.\n",
	.example = "voip provider activate Acme",
	.run = run_activate,
};

static void print_providers(const struct vp_db_result *res, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < vp_db_rows(res); i++) {
		printf("%-8s %-7s %-24s %s\n", vp_db_bool(res, i, 0) ? "active" : "",
			vp_db_text(res, i, 1), vp_db_text(res, i, 2), vp_db_text(res, i, 3));
	}
	if (vp_db_rows(res) == 0) {
		puts("No active VoIP provider configured: `voip setup --interactive` makes one.");
	}
}

static int run_list(const struct cli_cmd *cmd, int argc, char **argv)
{
	struct tool_db *db;
	int err;

	if (!cli_parse(cmd, NULL, 0, argc, argv, NULL)) {
		return CLI_USAGE;
	}
	db = tool_db_open();
	if (!db) {
		return CLI_FAILED;
	}
	err = tool_db_query(db,
		"select p.is_active, p.driver, p.name, coalesce(string_agg(t.name || ' (' || "
		"case t.host when '' then 'inbound only' else t.host || ':' || t.port || '/' || "
		"t.transport "
		"end || ')', ', ' order by t.priority), 'no trunk') from voip.providers p "
		"left join voip.trunks t on t.org_id = p.org_id and t.provider_id = p.id and "
		"t.is_active "
		"group by p.org_id, p.id order by p.is_active desc, p.priority, p.name",
		NULL, 0, print_providers, NULL);
	tool_db_close(db);
	return err ? CLI_FAILED : CLI_OK;
}

const struct cli_cmd cmd_provider_list = {
	.name = "provider list",
	.args = "",
	.summary = "Show providers and their trunks",
	.example = "voip provider list",
	.run = run_list,
};
