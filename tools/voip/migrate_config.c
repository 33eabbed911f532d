/* voip migrate-config: a Twilio provider from the TWILIO_* settings of .env. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/config/config.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/announce.h"
#include "tools/voip/cli.h"
#include "tools/voip/model.h"
#include "tools/voip/organisation.h"
#include "tools/voip/provision.h"
#include "tools/voip/stand_in.h"

#define PROVIDER_NAME "Twilio"
#define ORG_NAME "My organisation"

/* What the package, its guide and Twilio's own examples call them; the first that is set counts. */
static const struct {
	const char *key;
	const char *names[5];
} settings[] = {
	{"account_sid", {"TWILIO_ACCOUNT_SID", "TWILIO_SID"}},
	{"auth_token", {"TWILIO_AUTH_TOKEN", "TWILIO_TOKEN"}},
	{"api_key_sid", {"TWILIO_API_KEY_SID", "TWILIO_API_KEY"}},
	{"api_key_secret", {"TWILIO_API_KEY_SECRET", "TWILIO_API_SECRET"}},
	{"app_sid", {"TWILIO_TWIML_APP_SID", "TWILIO_APP_SID", "TWIML_APP_SID"}},
	{"from_number",
		{"TWILIO_FROM_NUMBER", "TWILIO_PHONE_NUMBER", "TWILIO_NUMBER", "TWILIO_FROM"}},
	{"voice_region", {"TWILIO_VOICE_REGION", "TWILIO_REGION"}},
};

struct migration {
	struct tool_db *db;
	struct tool_vault *vault;
	struct vp_uuid org, id;
	char region[3];
	struct vp_provider_config *config;
	bool force, exists;
	size_t n_twilio; /* providers of this driver that are there */
	bool is_active;
	char *sealed; /* settings of the one that exists */
};

/* The setting's name in the environment that counts, or the one to write when none does. */
static const char *name_of(const char *key)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(settings); i++) {
		if (strcmp(settings[i].key, key) != 0) {
			continue;
		}
		for (size_t k = 0; k < VP_ARRAY_LEN(settings[i].names) && settings[i].names[k];
			k++) {
			const char *value = getenv(settings[i].names[k]);

			if (value && *value) {
				return settings[i].names[k];
			}
		}
		return settings[i].names[0];
	}
	return key;
}

static int read_settings(struct migration *m)
{
	char e164[VP_E164_SIZE];
	const char *number;
	int err = 0;

	for (size_t i = 0; i < VP_ARRAY_LEN(settings) && !err; i++) {
		err = vp_provider_set(m->config, settings[i].key, getenv(name_of(settings[i].key)));
	}
	number = vp_provider_get(m->config, NULL, "from_number");
	if (!err && number && vp_e164_normalize(number, m->region, e164) == VP_E164_OK) {
		err = vp_provider_set(m->config, "from_number", e164);
	}
	return err;
}

static void print_fault(const char *key, const char *sentence, void *arg)
{
	(void)arg;
	fprintf(stderr, "      %s: %s\n", name_of(key), sentence);
}

static bool are_good(const struct migration *m)
{
	const struct vp_provider_driver *twilio = vp_provider_find("twilio");
	bool any = vp_provider_get(m->config, NULL, "account_sid") ||
		   vp_provider_get(m->config, NULL, "auth_token");

	if (!any) {
		cli_fail("there is no TWILIO_ACCOUNT_SID and no TWILIO_AUTH_TOKEN in the "
			 "environment or .env",
			"Name the CRM's file: --env-file /var/www/crm/.env; or type them: `voip "
			"setup --interactive`.");
		return false;
	}
	if (vp_provider_check(twilio, m->config, NULL, NULL) == 0) {
		return true;
	}
	fputs("voip: these settings cannot be right; nothing was changed\n", stderr);
	vp_provider_check(twilio, m->config, print_fault, NULL);
	return false;
}

static void take_existing(const struct vp_db_result *res, void *arg)
{
	struct migration *m = arg;

	m->n_twilio = vp_db_rows(res);
	if (m->n_twilio > 0) {
		m->id = vp_db_uuid(res, 0, 0);
		m->sealed = strdup(vp_db_text(res, 0, 1));
		m->is_active = vp_db_bool(res, 0, 2);
		m->exists = m->n_twilio == 1 || vp_db_bool(res, 0, 3);
	}
}

/* The provider of the same account, else the only Twilio provider. */
static int find_existing(struct migration *m)
{
	return tool_db_query(m->db,
		"select id, config, is_active, coalesce(config_hint->>'account_sid' = $2, false) "
		"as same "
		"from voip.providers where org_id = $1 and driver = 'twilio' "
		"order by same desc, is_active desc, id",
		VP_PARAMS(VP_P_UUID(m->org),
			VP_P_TEXT(vp_provider_get(m->config, NULL, "account_sid"))),
		take_existing, m);
}

/* The stored settings say the same. */
static bool is_same(const struct migration *m)
{
	struct vp_provider_config *stored = NULL;
	char id[VP_UUID_TEXT_SIZE], *plain = NULL;
	size_t len;
	bool same;

	vp_uuid_text(m->id, id);
	VP_CLEANUP(vp_freep) char *context = vp_strf("providers/config/%s", id);

	if (!context || !m->sealed || !*m->sealed ||
		tool_vault_unseal(m->vault, m->org, context, m->sealed, &plain, &len) != 0) {
		return false;
	}
	same = vp_provider_config_parse(&stored, plain, len) == 0;
	for (size_t i = 0; same && i < VP_ARRAY_LEN(settings); i++) {
		const char *a = vp_provider_get(stored, NULL, settings[i].key);
		const char *b = vp_provider_get(m->config, NULL, settings[i].key);

		same = (!a && !b) || (a && b && strcmp(a, b) == 0);
	}
	vp_secret_free(plain, len);
	vp_provider_config_destroy(stored);
	return same;
}

static int store(struct migration *m)
{
	const struct provision provision = {.org = m->org,
		.id = m->exists ? m->id : vp_uuid_new(),
		.name = PROVIDER_NAME,
		.driver = vp_provider_find("twilio"),
		.config = m->config,
		.activate = true};
	int err = provision_store(m->db, m->vault, &provision);

	if (!err) {
		announce_config(m->org, "providers", provision.id);
		printf("%s is %s and active: the next calls go out by it\n", PROVIDER_NAME,
			m->exists ? "brought up to date" : "stored, sealed,");
		puts("Take the TWILIO_* lines out of .env now: they are not read any more.\n"
		     "`voip provider test " PROVIDER_NAME "` tries it step by step; `voip provider "
		     "provision " PROVIDER_NAME "`\n"
		     "makes at Twilio what is missing there for calls in the browser.");
	}
	return err ? CLI_FAILED : CLI_OK;
}

static int migrate(struct migration *m)
{
	if (find_existing(m) != 0) {
		return CLI_FAILED;
	}
	if (m->exists && m->is_active && is_same(m)) {
		puts("This provider is here already and active: nothing was changed");
		return CLI_OK;
	}
	if (m->n_twilio > 0 && !m->force && !(m->exists && is_same(m))) {
		return cli_fail("there is a Twilio provider already, with other settings",
			"`voip migrate-config --force` gives it those of .env; `voip provider "
			"list` shows it.");
	}
	if (m->n_twilio > 0 && !m->exists) {
		return cli_fail("there are several Twilio providers, and none of this account",
			"Which one is meant? Change it in the panel, or add one with `voip "
			"setup`.");
	}
	return store(m);
}

/* A system without any organisation gets one of the CRM's name. */
static int find_place(struct migration *m, const char *name, const char *region)
{
	const char *app = getenv("APP_NAME");
	struct model_org org = {.id = vp_uuid_new(), .region = region, .timezone = "UTC"};
	char code[8];
	struct vp_db_tx *tx;
	int err;

	if (organisation_count(m->db) != 0) {
		return organisation_find(m->db, name, &m->org, m->region);
	}
	if (strlen(region) != 2 || !vp_e164_calling_code(region, code, sizeof(code))) {
		return cli_failf(
			"Two letters like US, GB or DE.", "there is no country '%s'", region);
	}
	org.name = name ? name : app && *app ? app : ORG_NAME;
	m->org = org.id;
	vp_strcopy(m->region, sizeof(m->region), region);
	if (read_settings(m) != 0 || !are_good(m)) { /* before anything is made */
		return EINVAL;
	}
	tx = vp_db_tx_create();
	err = tx ? model_add_org(tx, &org) : ENOMEM;
	if (err) {
		vp_db_tx_destroy(tx);
		return err;
	}
	err = tool_db_write(m->db, tx);
	if (!err) {
		printf("Organisation '%s' made; `voip user add EMAIL --role admin` makes who signs "
		       "in\n",
			org.name);
	}
	return err;
}

/* 0, or an error after a message. */
static int read_env_file(const char *path)
{
	if (access(path, R_OK) != 0) {
		cli_failf("It is the .env in the CRM's folder.", "%s cannot be read: %s", path,
			strerror(errno));
		return errno;
	}
	return vp_conf_env_file(path, stderr) == ENOMEM ? ENOMEM : 0;
}

static int run_migration(struct migration *m, const char *org, const char *region)
{
	int status = CLI_FAILED;

	m->db = tool_db_open();
	m->vault = m->db ? tool_vault_open(m->db) : NULL;
	if (m->vault && find_place(m, org, region) == 0 && read_settings(m) == 0 && are_good(m)) {
		status = migrate(m);
	}
	tool_vault_close(m->vault);
	tool_db_close(m->db);
	free(m->sealed);
	return status;
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	struct migration m = {0};
	const char *org = NULL, *region = "US", *env_file = NULL;
	struct stand_in stand_in = {0};
	const struct cli_opt opts[] = {{"force", CLI_FLAG, &m.force, 0, 0},
		{"env-file", CLI_TEXT, &env_file, 0, 0}, {"org", CLI_TEXT, &org, 0, 0},
		{"region", CLI_TEXT, &region, 0, 0}, STAND_IN_OPTIONS(&stand_in)};
	int status;

	if (!cli_parse(cmd, opts, VP_ARRAY_LEN(opts), argc, argv, NULL)) {
		return CLI_USAGE;
	}
	if (!stand_in_good(&stand_in)) {
		return CLI_USAGE;
	}
	if (vp_crypto_init() != 0 || (env_file && read_env_file(env_file) != 0)) {
		return CLI_FAILED;
	}
	m.config = vp_provider_config_create();
	status = m.config && stand_in_set(&stand_in, m.config) == 0 ? run_migration(&m, org, region)
								    : CLI_FAILED;
	vp_provider_config_destroy(m.config);
	return status;
}

const struct cli_cmd cmd_migrate_config = {
	.name = "migrate-config",
	.args = "[--force] [--env-file FILE] [--org NAME]",
	.summary = "Make the Twilio provider from TWILIO_* in .env, sealed and active",
	.help = "Reads TWILIO_ACCOUNT_SID (or TWILIO_SID), TWILIO_AUTH_TOKEN (TWILIO_TOKEN),\n"
		"TWILIO_FROM_NUMBER (TWILIO_NUMBER, TWILIO_PHONE_NUMBER), and if they are there\n"
		"TWILIO_API_KEY, TWILIO_API_SECRET, TWILIO_APP_SID, TWILIO_REGION. Afterwards "
		"exactly one\n"
		"provider is active. A second run changes nothing.\n\n"
		"  --force           a Twilio provider that is here gets these settings\n"
		"  --env-file FILE   the CRM's .env\n"
		"  --org NAME        when there are several organisations; the first one's name\n"
		"  --region CC       its country, for a number without country code (default "
		"US)\n" STAND_IN_HELP,
	.example = "voip migrate-config --env-file /var/www/crm/.env",
	.run = run,
};
