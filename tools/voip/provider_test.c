/* voip provider test, provision: the steps of the admin page's Test and "Set up at the carrier". */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/announce.h"
#include "tools/voip/cli.h"
#include "tools/voip/provision.h"
#include "tools/voip/stored_provider.h"
#include "tools/voip/try_provider.h"

struct work {
	struct tool_db *db;
	struct tool_vault *vault;
	struct stored_provider provider;
	struct vp_provider_config *config; /* of a carrier with an API */
};

static bool is_sip(const struct work *work)
{
	return strcmp(work->provider.driver->name, "sip") == 0;
}

static enum try_verdict try_sip(const struct work *work)
{
	if (vp_uuid_is_nil(work->provider.trunk)) {
		try_say("config", false, "This provider has no trunk.",
			"Enter its server and save it, in the panel or by `voip setup "
			"--interactive`: that makes one.");
		return TRY_BAD;
	}
	return try_trunk(work->provider.org, work->provider.trunk, work->provider.trunk_version);
}

/* The exit status. */
static int test(struct work *work)
{
	enum try_verdict verdict;

	printf("Trying %s:\n", work->provider.name);
	verdict = is_sip(work)
			  ? try_sip(work)
			  : try_provider(work->provider.driver, work->config, work->provider.id);
	if (verdict == TRY_UNTRIED ||
		stored_provider_tested(work->db, &work->provider, verdict == TRY_GOOD) != 0) {
		return CLI_FAILED;
	}
	announce_config(work->provider.org, "providers", work->provider.id);
	if (verdict == TRY_GOOD) {
		puts("The provider works.");
	}
	return verdict == TRY_GOOD ? CLI_OK : CLI_FAILED;
}

static int keep(struct work *work)
{
	return provision_store(work->db, work->vault,
		&(struct provision){.org = work->provider.org,
			.id = work->provider.id,
			.name = work->provider.name,
			.driver = work->provider.driver,
			.config = work->config});
}

static int provision(struct work *work)
{
	bool learnt;
	enum try_verdict verdict;

	if (is_sip(work)) {
		return cli_fail("a SIP carrier cannot be set up from here",
			"On its page, let its numbers come to this server; `voip provider test` "
			"tries the trunk.");
	}
	printf("Setting up %s at the carrier:\n", work->provider.name);
	verdict = try_set_up(work->provider.driver, work->config, work->provider.id, &learnt);
	if (learnt && keep(work) != 0) {
		return CLI_FAILED;
	}
	if (verdict != TRY_GOOD) {
		return CLI_FAILED;
	}
	puts("");
	return test(work);
}

static int open_and_run(
	struct work *work, const char *org, const char *name, int (*run)(struct work *work))
{
	int err = stored_provider_find(work->db, org, name, &work->provider);

	if (!err && !is_sip(work)) {
		work->vault = tool_vault_open(work->db);
		err = work->vault ? stored_provider_open(
					    work->db, work->vault, &work->provider, &work->config)
				  : ENOKEY;
	}
	return err ? CLI_FAILED : run(work);
}

static int run_command(
	const struct cli_cmd *cmd, int argc, char **argv, int (*run)(struct work *work))
{
	struct work work = {0};
	const char *org = NULL;
	const char *word;
	const struct cli_opt opts[] = {{"org", CLI_TEXT, &org, 0, 0}};
	int status = CLI_FAILED;

	word = cli_parse_word(cmd, opts, VP_ARRAY_LEN(opts), argc, argv);
	if (!word) {
		return CLI_USAGE;
	}
	work.db = tool_db_open();
	if (work.db && vp_crypto_init() == 0) {
		status = open_and_run(&work, org, word, run);
	}
	vp_provider_config_destroy(work.config);
	tool_vault_close(work.vault);
	tool_db_close(work.db);
	return status;
}

static int run_test(const struct cli_cmd *cmd, int argc, char **argv)
{
	return run_command(cmd, argc, argv, test);
}

const struct cli_cmd cmd_provider_test = {
	.name = "provider test",
	.args = "ID|NAME [--org NAME]",
	.summary = "Try a provider step by step, as the admin page's Test does",
	.help = "  Twilio and Telnyx are asked from here: account, key, application, number, and "
		"whether\n"
		"  VOIP_WEBHOOK_URL reaches us. A SIP trunk is tried by a running "
		"call-controller, on the\n"
		"  bus that VOIP_BUS names. The outcome is kept with the provider: one that "
		"failed does\n"
		"  not stand in for others. Exit status 0: every step is ok.\n",
	.example = "voip provider test Acme",
	.run = run_test,
};

static int run_provision(const struct cli_cmd *cmd, int argc, char **argv)
{
	return run_command(cmd, argc, argv, provision);
}

const struct cli_cmd cmd_provider_provision = {
	.name = "provider provision",
	.args = "ID|NAME [--org NAME]",
	.summary = "Set up at Twilio or Telnyx what calls need, then try it",
	.help = "  Makes the TwiML application or the credential connection where there is none, "
		"and points\n"
		"  them and the caller number at VOIP_WEBHOOK_URL. May be repeated: what is so "
		"already stays.\n",
	.example = "VOIP_WEBHOOK_URL=https://crm.example voip provider provision Acme",
	.run = run_provision,
};
