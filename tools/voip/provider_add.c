/* voip provider add: a SIP trunk */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/announce.h"
#include "tools/voip/cli.h"
#include "tools/voip/model.h"
#include "tools/voip/organisation.h"
#include "tools/voip/vault.h"

enum { SECRET_MAX = 1024, DRIVER_SIZE = 32 };

struct new_provider {
	const char *org_name, *password_file;
	struct model_provider provider;
	struct model_trunk trunk;
	struct cli_list dids;
	const char *did_user;
	bool no_register;
	char caller_id[VP_E164_SIZE];
};

static int seal_password(
	struct tool_db *db, struct vp_uuid org, struct new_provider *new, char **ret_sealed)
{
	char id[VP_UUID_TEXT_SIZE];
	VP_CLEANUP(cli_wipe) char *password = cli_read_file(new->password_file, SECRET_MAX, NULL);
	VP_CLEANUP(vp_freep) char *context = NULL;
	struct tool_vault *vault;
	int err;

	if (!password) {
		return cli_failf(
			NULL, "%s cannot be read: %s", new->password_file, strerror(errno));
	}
	vault = tool_vault_open(db);
	if (!vault) {
		return CLI_FAILED;
	}
	vp_uuid_text(new->trunk.id, id);
	context = vp_strf("trunks/secret/%s", id);
	err = context ? tool_vault_seal(vault, org, context, password, strcspn(password, "\r\n"),
				ret_sealed)
		      : ENOMEM;
	tool_vault_close(vault);
	return err;
}

static int add_dids(struct vp_db_tx *tx, struct vp_uuid org, const struct new_provider *new,
	struct vp_uuid user)
{
	int err = 0;

	for (size_t i = 0; i < new->dids.count && !err; i++) {
		char number[VP_E164_SIZE];
		enum vp_e164_verdict verdict = vp_e164_normalize(new->dids.item[i], "", number);

		if (verdict != VP_E164_OK) {
			cli_failf(vp_e164_explain(verdict), "--did %s is no number",
				new->dids.item[i]);
			return EINVAL;
		}
		err = model_add_did(tx, org, number, new->provider.id, user);
	}
	return err;
}

static int store(
	struct tool_db *db, struct vp_uuid org, struct new_provider *new, struct vp_uuid user)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? model_add_provider(tx, org, &new->provider) : ENOMEM;

	err = err ? err : model_add_trunk(tx, org, &new->trunk);
	err = err ? err : add_dids(tx, org, new, user);
	if (err) {
		vp_db_tx_destroy(tx);
		return err;
	}
	return tool_db_write(db, tx);
}

static int find_did_user(
	struct tool_db *db, const struct new_provider *new, struct vp_uuid *ret_user)
{
	struct vp_uuid org;

	if (new->dids.count == 0) {
		return 0;
	}
	if (!new->did_user) {
		return cli_fail(
			"--did needs --did-user", "Say whom the number rings: --did-user EMAIL.");
	}
	if (model_lookup_user(db, new->did_user, &org, ret_user) != 0) {
		return cli_failf(
			"`voip user add` makes one.", "there is no user '%s'", new->did_user);
	}
	return 0;
}

/* What has this name already, if anything has, and its trunk. */
static int find_provider(struct tool_db *db, struct vp_uuid org, struct new_provider *new)
{
	char driver[DRIVER_SIZE] = "";
	int err = model_find_named(db, org, false, new->provider.name, &new->provider.id);

	err = err ? err : model_driver_of(db, org, new->provider.id, driver, sizeof(driver));
	if (!err && driver[0] && strcmp(driver, new->provider.driver) != 0) {
		cli_failf("Give this one another --name.", "there is a %s provider named '%s'",
			driver, new->provider.name);
		return EEXIST;
	}
	return err ? err
		   : model_find_trunk(db, org, new->provider.id, new->trunk.name, &new->trunk.id);
}

static int add_provider(struct tool_db *db, struct new_provider *new)
{
	struct vp_uuid org, user = {0};
	char region[3];
	VP_CLEANUP(vp_freep) char *sealed = NULL;
	int err = organisation_find(db, new->org_name, &org, region);

	err = err ? err : find_did_user(db, new, &user);
	err = err ? err : find_provider(db, org, new);
	if (!err && new->password_file) {
		err = seal_password(db, org, new, &sealed);
	}
	if (err) {
		return CLI_FAILED;
	}
	new->trunk.provider_id = new->provider.id;
	new->trunk.secret = sealed;
	new->trunk.registers = sealed && !new->no_register;
	if (store(db, org, new, user) != 0) {
		return CLI_FAILED;
	}
	announce_config(org, "providers", new->provider.id);
	printf("%s: %s:%ld over %s, %s%s\n", new->provider.name, new->trunk.host, new->trunk.port,
		new->trunk.transport, sealed ? "with password" : "by IP address",
		new->provider.activate ? ", active" : "");
	return CLI_OK;
}

static bool is_one_of(const char *text, const char *first, const char *second, const char *third)
{
	return strcmp(text, first) == 0 || strcmp(text, second) == 0 || strcmp(text, third) == 0;
}

/* False after a message. */
static bool check(struct new_provider *new, const char *driver, const char *caller_id)
{
	enum vp_e164_verdict verdict = VP_E164_OK;

	if (strcmp(driver, "sip") != 0) {
		cli_failf("`voip setup --interactive` sets up Twilio and Telnyx; this command "
			  "takes sip.",
			"no trunk is added for '%s'", driver);
		return false;
	}
	if (!new->trunk.host || !is_one_of(new->trunk.transport, "udp", "tcp", "tls") ||
		!is_one_of(new->trunk.srtp, "off", "optional", "required")) {
		cli_fail("--host is needed; --transport is udp, tcp or tls; --srtp is off, "
			 "optional or required",
			"`voip help provider add` has an example.");
		return false;
	}
	if (new->password_file && !new->trunk.username) {
		cli_fail("a password needs --username", NULL);
		return false;
	}
	if (caller_id) {
		verdict = vp_e164_normalize(caller_id, "", new->caller_id);
		new->trunk.caller_id = new->caller_id;
	}
	if (verdict != VP_E164_OK) {
		cli_failf(vp_e164_explain(verdict), "--caller-id %s is no number", caller_id);
		return false;
	}
	return true;
}

static int run_add(const struct cli_cmd *cmd, int argc, char **argv)
{
	struct new_provider new = {.provider = {.driver = "sip"},
		.trunk = {.transport = "udp", .port = -1, .codecs = "PCMU,PCMA", .srtp = "off"}};
	const char *word;
	const char *caller_id = NULL;
	bool inactive = false;
	const struct cli_opt opts[] = {{"name", CLI_TEXT, &new.provider.name, 0, 0},
		{"org", CLI_TEXT, &new.org_name, 0, 0}, {"host", CLI_TEXT, &new.trunk.host, 0, 0},
		{"port", CLI_NUMBER, &new.trunk.port, 0, 65535},
		{"transport", CLI_TEXT, &new.trunk.transport, 0, 0},
		{"username", CLI_TEXT, &new.trunk.username, 0, 0},
		{"auth-username", CLI_TEXT, &new.trunk.auth_username, 0, 0},
		{"password-file", CLI_TEXT, &new.password_file, 0, 0},
		{"no-register", CLI_FLAG, &new.no_register, 0, 0},
		{"allowed-ips", CLI_TEXT, &new.trunk.allowed_ips, 0, 0},
		{"codecs", CLI_TEXT, &new.trunk.codecs, 0, 0},
		{"srtp", CLI_TEXT, &new.trunk.srtp, 0, 0},
		{"caller-id", CLI_TEXT, &caller_id, 0, 0}, {"did", CLI_LIST, &new.dids, 0, 0},
		{"did-user", CLI_TEXT, &new.did_user, 0, 0},
		{"inactive", CLI_FLAG, &inactive, 0, 0}};
	struct tool_db *db;
	int status;

	word = cli_parse_word(cmd, opts, VP_ARRAY_LEN(opts), argc, argv);
	if (!word) {
		return CLI_USAGE;
	}
	if (!check(&new, word, caller_id)) {
		return CLI_USAGE;
	}
	new.provider.name = new.provider.name ? new.provider.name : new.trunk.host;
	new.trunk.name = new.provider.name;
	new.provider.activate = !inactive;
	if (new.trunk.port < 0) {
		new.trunk.port = strcmp(new.trunk.transport, "tls") == 0 ? 5061 : 5060;
	}
	db = tool_db_open();
	if (!db) {
		return CLI_FAILED;
	}
	status = vp_crypto_init() == 0 ? add_provider(db, &new) : CLI_FAILED;
	tool_db_close(db);
	return status;
}

const struct cli_cmd cmd_provider_add = {
	.name = "provider add",
	.args = "sip --host HOST [--name NAME] [--username U --password-file FILE] [options]",
	.summary = "Add a SIP trunk as provider, or change the one of that name",
	.help = "  --host, --port, --transport udp|tcp|tls   where it is (port 0: ask DNS for "
		"SRV)\n"
		"  --username, --auth-username, --password-file   digest; the trunk then "
		"registers,\n"
		"      unless --no-register. Without a password the carrier knows us by our "
		"address.\n"
		"  --allowed-ips CIDR,...   who may send us calls, beside HOST\n"
		"  --codecs PCMU,PCMA,opus  in this order\n"
		"  --srtp off|optional|required\n"
		"  --caller-id NUMBER       shown when the user has no number of his own\n"
		"  --did NUMBER --did-user EMAIL   calls to NUMBER ring this user; may be "
		"repeated\n"
		"  --inactive               leave the active provider as it is\n"
		"  --org NAME               when there are several organisations\n",
	.example = "voip provider add sip --name Acme --host sip.acme.example --username 100 \\\n"
		   "    --password-file /run/secrets/acme --caller-id +14155550100",
	.run = run_add,
};
