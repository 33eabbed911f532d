/* voip setup: asks, shows, stores, tries, activates. Nothing is written before the last yes. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/announce.h"
#include "tools/voip/ask.h"
#include "tools/voip/cli.h"
#include "tools/voip/model.h"
#include "tools/voip/provision.h"
#include "tools/voip/setup.h"
#include "tools/voip/stand_in.h"
#include "tools/voip/stored_provider.h"
#include "tools/voip/try_provider.h"

struct setup {
	struct tool_db *db;
	struct tool_vault
		*vault; /* opened before the first question: without a key they are in vain */
	struct setup_place place;
	const struct vp_provider_driver *driver;
	struct vp_provider_config *config;
	char name[SETUP_TEXT_SIZE];
	struct vp_uuid id, trunk_id;
	bool exists;
};

static int nothing_stored(void)
{
	fputs("voip: nothing was stored\n", stderr);
	return CLI_FAILED;
}

/* A name that is taken by the same driver means that provider. False: another one is wanted. */
static bool look_up_name(struct setup *s)
{
	char driver[SETUP_TEXT_SIZE] = "";

	s->exists = false;
	if (s->place.is_new) {
		s->id = vp_uuid_new();
		s->trunk_id = vp_uuid_new();
		return true;
	}
	if (model_find_named(s->db, s->place.org, false, s->name, &s->id) != 0 ||
		model_driver_of(s->db, s->place.org, s->id, driver, sizeof(driver)) != 0) {
		return false;
	}
	if (*driver && strcmp(driver, s->driver->name) != 0) {
		printf("  There is a %s provider of this name: take another one.\n", driver);
		return false;
	}
	s->exists = *driver;
	return model_find_trunk(s->db, s->place.org, s->id, s->name, &s->trunk_id) == 0;
}

static bool ask_name(struct setup *s)
{
	VP_CLEANUP(vp_freep)
	char *question =
		vp_strf("\nName of this provider, as you will see it\n  [%s] > ", s->driver->label);

	do {
		VP_CLEANUP(vp_freep) char *line = question ? ask_line(question) : NULL;

		if (!line) {
			return false;
		}
		if (!vp_strcopy(s->name, sizeof(s->name), *line ? line : s->driver->label)) {
			puts("  This is too long.");
			s->name[0] = '\0';
		}
	} while (!s->name[0] || !look_up_name(s));
	if (s->exists) {
		puts("  It is there already: its settings will be replaced.");
	}
	return true;
}

static bool ask_all(struct setup *s, const char *org, const char *driver)
{
	if (!setup_ask_place(s->db, org, &s->place)) {
		return false;
	}
	s->driver = driver ? vp_provider_find(driver) : setup_ask_driver();
	return s->driver && ask_name(s) && setup_ask_fields(s->driver, s->place.region, s->config);
}

/* Ctrl+C waits while rows are written: it finds all of them or none. */
static int store(struct setup *s, enum try_verdict verdict)
{
	const struct provision provision = {.org = s->place.org,
		.id = s->id,
		.trunk_id = s->trunk_id,
		.name = s->name,
		.driver = s->driver,
		.config = s->config,
		.test = verdict == TRY_GOOD  ? PROVISION_GOOD
			: verdict == TRY_BAD ? PROVISION_BAD
					     : PROVISION_UNTRIED};
	sigset_t stop, before;
	int err;

	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	sigprocmask(SIG_BLOCK, &stop, &before);
	err = s->place.is_new ? setup_store_place(s->db, &s->place) : 0;
	err = err ? err : provision_store(s->db, s->vault, &provision);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return err;
}

static int activate(struct setup *s)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? model_activate_provider(tx, s->place.org, s->id) : ENOMEM;

	if (err) {
		vp_db_tx_destroy(tx);
		return err;
	}
	return tool_db_write(s->db, tx);
}

static int offer_activation(struct setup *s, enum try_verdict verdict)
{
	if (!ask_yes(verdict == TRY_BAD ? "\nActivate it all the same? [y/N] "
					: "\nActivate it: new calls go out by it? [Y/n] ",
		    verdict != TRY_BAD)) {
		printf("%s is stored and inactive: `voip provider activate '%s'` activates it.\n",
			s->name, s->name);
		return CLI_OK;
	}
	if (activate(s) != 0) {
		return CLI_FAILED;
	}
	announce_config(s->place.org, "providers", s->id);
	printf("%s is the active provider: the next calls go out by it.\n", s->name);
	return CLI_OK;
}

static void say_next(const struct setup *s)
{
	const char *url = getenv("VOIP_BASE_URL");

	if (s->place.is_new) {
		printf("\nSign in at %s as %s", url && *url ? url : "the address of your gateway",
			s->place.email);
		printf(s->place.shows_password ? ", password %s\n" : " with your password.\n",
			s->place.password);
	}
	puts("`voip doctor` looks whether everything else is ready for the first call.");
}

/* Before it is stored: storing takes a trunk's password out of the settings, and setting up at the
 * carrier may add to them. */
static enum try_verdict try_it(struct setup *s)
{
	const char *url = getenv("VOIP_WEBHOOK_URL");
	enum try_verdict verdict;
	bool learnt;

	puts("\nTrying it:");
	verdict = try_provider(s->driver, s->config, s->id);
	if (verdict != TRY_BAD || !url || !*url ||
		!ask_yes("\nSet it up at the carrier: make what is missing there, and point it "
			 "here? "
			 "[Y/n] ",
			true)) {
		return verdict;
	}
	if (try_set_up(s->driver, s->config, s->id, &learnt) != TRY_GOOD) {
		return TRY_BAD;
	}
	puts("\nTrying it again:");
	return try_provider(s->driver, s->config, s->id);
}

/* A trunk is tried by those who call through it, so it must be there. */
static enum try_verdict try_trunk_of(struct setup *s)
{
	struct stored_provider stored;
	char id[VP_UUID_TEXT_SIZE];
	enum try_verdict verdict;

	puts("\nTrying it:");
	vp_uuid_text(s->id, id);
	if (stored_provider_read(s->db, s->place.org, id, &stored) != 0) {
		return TRY_UNTRIED;
	}
	verdict = try_trunk(stored.org, stored.trunk, stored.trunk_version);
	if (verdict != TRY_UNTRIED) {
		stored_provider_tested(s->db, &stored, verdict == TRY_GOOD);
	}
	return verdict;
}

/* Questions, the last yes, and what follows it. */
static int walk(struct setup *s, const char *org, const char *driver)
{
	enum try_verdict verdict;
	bool is_trunk;
	int status;

	if (!ask_all(s, org, driver)) {
		return nothing_stored();
	}
	setup_show(s->driver, s->config);
	if (!ask_yes("\nStore this, sealed? [Y/n] ", true)) {
		return nothing_stored();
	}
	is_trunk = strcmp(s->driver->name, "sip") == 0;
	verdict = is_trunk ? TRY_UNTRIED : try_it(s);
	if (ask_is_over()) {
		return nothing_stored();
	}
	if (store(s, verdict) != 0) {
		return CLI_FAILED;
	}
	announce_config(s->place.org, "providers", s->id);
	verdict = is_trunk ? try_trunk_of(s) : verdict;
	status = offer_activation(s, verdict);
	say_next(s);
	return status;
}

static int run_walk(const char *org, const char *driver, const struct stand_in *stand_in)
{
	struct setup s = {.config = vp_provider_config_create()};
	int status = CLI_FAILED;

	s.db = s.config ? tool_db_open() : NULL;
	s.vault = s.db ? tool_vault_open(s.db) : NULL;
	if (s.vault && vp_crypto_init() == 0 && stand_in_set(stand_in, s.config) == 0) {
		status = walk(&s, org, driver);
	}
	tool_vault_close(s.vault);
	tool_db_close(s.db);
	vp_provider_config_destroy(s.config);
	explicit_bzero(&s.place, sizeof(s.place));
	return status;
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	const char *org = NULL, *driver = NULL;
	struct stand_in stand_in = {0};
	bool interactive = false;
	const struct cli_opt opts[] = {{"interactive", CLI_FLAG, &interactive, 0, 0},
		{"driver", CLI_TEXT, &driver, 0, 0}, {"org", CLI_TEXT, &org, 0, 0},
		STAND_IN_OPTIONS(&stand_in)};

	if (!cli_parse(cmd, opts, VP_ARRAY_LEN(opts), argc, argv, NULL)) {
		return CLI_USAGE;
	}
	if (driver && !vp_provider_find(driver)) {
		cli_failf("There are twilio, telnyx and sip.", "there is no driver '%s'", driver);
		return CLI_USAGE;
	}
	if (!stand_in_good(&stand_in)) {
		return CLI_USAGE;
	}
	if (!interactive && !ask_is_terminal()) {
		cli_fail("setup asks questions, and there is no terminal to ask them on",
			"--interactive reads the answers from standard input, a line each. Without "
			"questions:\n"
			"      `voip migrate-config` (TWILIO_* of .env), `voip provider add` (a "
			"SIP trunk).");
		return CLI_USAGE;
	}
	return run_walk(org, driver, &stand_in);
}

const struct cli_cmd cmd_setup = {
	.name = "setup",
	.args = "--interactive [--driver twilio|telnyx|sip] [--org NAME]",
	.summary = "Set up a provider step by step; on an empty system also you",
	.help = "Asks for what the carrier gave you, tells at once what cannot be right, tries it, "
		"and\n"
		"activates it. Secrets are typed unseen and stored sealed. Ctrl+C before the last "
		"yes\n"
		"leaves everything as it was. On a terminal --interactive goes without saying.\n\n"
		"  --driver D        twilio, telnyx or sip: not asked for\n"
		"  --org NAME        when there are several organisations\n" STAND_IN_HELP,
	.example = "voip setup --interactive",
	.run = run,
};
