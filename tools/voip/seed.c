/* voip seed: a demo organisation that can call at once. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/demo-carrier/numbers.h"
#include "tools/voip/cli.h"
#include "tools/voip/seed.h"

enum { PASSWORD_CHARS = 16 };
#define DEMO_TOKEN "demo (voip seed)"

struct login {
	const char *role, *email, *name, *did;
	struct vp_uuid id;
	char password[128];
	struct model_token token;
};

struct seed {
	struct tool_db *db;
	const char *json_path;
	char host[64];
	long port;
	struct seed_ids ids;
	struct login admin, agent;
};

static void take_text(const json_t *login, const char *key, char *buf, size_t size)
{
	const char *text = json_string_value(json_object_get(login, key));

	if (text && *text && !buf[0]) {
		vp_strcopy(buf, size, text);
	}
}

/* What an earlier run gave out stays valid: people have it in their password managers. */
static void read_earlier(struct seed *seed)
{
	json_t *earlier = seed->json_path ? json_load_file(seed->json_path, 0, NULL) : NULL;
	struct login *logins[] = {&seed->admin, &seed->agent};

	for (size_t i = 0; i < VP_ARRAY_LEN(logins); i++) {
		struct login *login = logins[i];
		const json_t *old = json_object_get(earlier, login->role);

		take_text(old, "password", login->password, sizeof(login->password));
		take_text(old, "api_token", login->token.text, sizeof(login->token.text));
		if (!login->password[0]) {
			vp_random_text(login->password, PASSWORD_CHARS + 1);
		}
		if (!login->token.text[0]) {
			model_new_token(&login->token);
		}
	}
	json_decref(earlier);
}

static int find_ids(struct seed *seed)
{
	struct seed_ids *ids = &seed->ids;
	int err = model_find_org(seed->db, "Demo Company", &ids->org);

	err = err ? err : model_find_user(seed->db, ids->org, seed->admin.email, &ids->admin);
	err = err ? err : model_find_user(seed->db, ids->org, seed->agent.email, &ids->agent);
	err = err ? err : model_find_named(seed->db, ids->org, false, "Demo SIP", &ids->provider);
	err = err ? err : model_find_named(seed->db, ids->org, true, "Demo carrier", &ids->carrier);
	err = err ? err : model_find_named(seed->db, ids->org, true, "lab", &ids->lab);
	seed->admin.id = ids->admin;
	seed->agent.id = ids->agent;
	return err;
}

static int add_login(struct vp_db_tx *tx, const struct seed *seed, const struct login *login)
{
	struct vp_uuid org = seed->ids.org;
	struct model_user user = {.id = login->id,
		.email = login->email,
		.name = login->name,
		.role = login->role,
		.password = login->password,
		.timezone = "America/New_York"};
	int err = model_add_user(tx, org, &user);

	err = err ? err : model_drop_tokens(tx, org, login->id, DEMO_TOKEN);
	return err ? err : model_add_token(tx, org, login->id, DEMO_TOKEN, login->token.text, 0);
}

static int add_telephony(struct vp_db_tx *tx, const struct seed *seed)
{
	const struct seed_ids *ids = &seed->ids;
	struct model_provider provider = {
		.id = ids->provider, .name = "Demo SIP", .driver = "sip", .activate = true};
	struct model_trunk carrier = {.id = ids->carrier,
		.provider_id = ids->provider,
		.name = "Demo carrier",
		.host = seed->host,
		.port = seed->port,
		.transport = "udp",
		.codecs = "PCMU,PCMA",
		.srtp = "off",
		.caller_id = SEED_AGENT_DID};
	/* no host: nothing is dialled through it, it only lets calls in */
	struct model_trunk lab = {.id = ids->lab,
		.provider_id = ids->provider,
		.name = "lab",
		.host = "",
		.port = 5060,
		.transport = "udp",
		.codecs = "PCMU,PCMA",
		.srtp = "optional",
		.allowed_ips = SEED_LAB_SOURCE "/32",
		.priority = 100};
	int err = model_add_provider(tx, ids->org, &provider);

	err = err ? err : model_add_trunk(tx, ids->org, &carrier);
	err = err ? err : model_add_trunk(tx, ids->org, &lab);
	err = err ? err : model_add_did(tx, ids->org, SEED_AGENT_DID, ids->provider, ids->agent);
	return err ? err : model_add_did(tx, ids->org, SEED_ADMIN_DID, ids->provider, ids->admin);
}

static int fill(struct vp_db_tx *tx, const struct seed *seed)
{
	struct model_org org = {.id = seed->ids.org,
		.name = "Demo Company",
		.region = "US",
		.timezone = "America/New_York"};
	int err = model_add_org(tx, &org);

	err = err ? err : add_login(tx, seed, &seed->admin);
	err = err ? err : add_login(tx, seed, &seed->agent);
	err = err ? err : add_telephony(tx, seed);
	return err ? err : seed_contacts(tx, &seed->ids);
}

static json_t *login_json(const struct login *login)
{
	char id[VP_UUID_TEXT_SIZE];

	vp_uuid_text(login->id, id);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "user_id", id, "email", login->email,
		"name", login->name, "password", login->password, "api_token", login->token.text,
		"did", login->did);
}

static json_t *numbers_json(void)
{
	struct numbers numbers;
	json_t *map = json_object();

	numbers_init(&numbers);
	for (size_t i = 0; i < numbers.count; i++) {
		json_object_set_new(map, numbers.entry[i].kind, json_string(numbers.entry[i].e164));
	}
	return map;
}

static json_t *result_json(const struct seed *seed)
{
	char org[VP_UUID_TEXT_SIZE], carrier[VP_UUID_TEXT_SIZE], lab[VP_UUID_TEXT_SIZE];

	vp_uuid_text(seed->ids.org, org);
	vp_uuid_text(seed->ids.carrier, carrier);
	vp_uuid_text(seed->ids.lab, lab);
	return json_pack(
		"{s:{s:s, s:s}, s:o, s:o, s:{s:{s:s}, s:{s:s, s:s, s:s}}, s:{s:o, s:s, s:s}}",
		"org", "id", org, "name", "Demo Company", "admin", login_json(&seed->admin),
		"agent", login_json(&seed->agent), "trunks", "carrier", "id", carrier, "lab", "id",
		lab, "source", SEED_LAB_SOURCE, "did", SEED_AGENT_DID, "demo_carrier", "numbers",
		numbers_json(), "caller", SEED_CALLER, "did", SEED_AGENT_DID);
}

static int write_result(const struct seed *seed)
{
	json_t *result = result_json(seed);
	VP_CLEANUP(vp_freep) char *text = result ? json_dumps(result, JSON_INDENT(2)) : NULL;
	int err;

	json_decref(result);
	if (!text) {
		return ENOMEM;
	}
	err = cli_write_file(seed->json_path, text, strlen(text), 0600);
	if (err) {
		cli_failf(NULL, "%s cannot be written: %s", seed->json_path, strerror(err));
	}
	return err;
}

static int make(struct seed *seed)
{
	struct vp_db_tx *tx;
	int err = find_ids(seed);

	if (err) {
		return err;
	}
	tx = vp_db_tx_create();
	err = tx ? fill(tx, seed) : ENOMEM;
	if (err) {
		vp_db_tx_destroy(tx);
		return err;
	}
	err = tool_db_write(seed->db, tx);
	return err ? err : seed_calls(seed->db, &seed->ids);
}

static bool split_address(const char *text, char host[64], long *port)
{
	const char *colon = strrchr(text, ':');
	char *end;

	if (!colon || colon == text || (size_t)(colon - text) >= 64) {
		return false;
	}
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	*port = strtol(colon + 1, &end, 10);
	return *end == '\0' && *port > 0 && *port <= 65535;
}

static int seed_and_tell(struct seed *seed)
{
	int err;

	read_earlier(seed);
	err = vp_crypto_init();
	err = err ? err : make(seed);
	if (!err && seed->json_path) {
		err = write_result(seed);
	}
	if (err) {
		return CLI_FAILED;
	}
	printf("Demo Company (demo data)\n  administrator  %s  %s\n  agent          %s  %s\n",
		seed->admin.email, seed->admin.password, seed->agent.email, seed->agent.password);
	return CLI_OK;
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	struct seed seed = {.admin = {.role = "admin",
				    .email = "admin@demo.test",
				    .name = "Ada Admin",
				    .did = SEED_ADMIN_DID},
		.agent = {.role = "agent",
			.email = "agent@demo.test",
			.name = "Alex Agent",
			.did = SEED_AGENT_DID}};
	const char *carrier = "127.0.0.1:5070", *admin = NULL, *agent = NULL;
	const struct cli_opt opts[] = {{"json", CLI_TEXT, &seed.json_path, 0, 0},
		{"demo-carrier", CLI_TEXT, &carrier, 0, 0},
		{"admin-password", CLI_TEXT, &admin, 0, 0},
		{"agent-password", CLI_TEXT, &agent, 0, 0}};
	int status;

	if (!cli_parse(cmd, opts, VP_ARRAY_LEN(opts), argc, argv, NULL)) {
		return CLI_USAGE;
	}
	if (!split_address(carrier, seed.host, &seed.port)) {
		return cli_fail("--demo-carrier wants ADDRESS:PORT", "For example 127.0.0.1:5070.");
	}
	vp_strcopy(seed.admin.password, sizeof(seed.admin.password), admin ? admin : "");
	vp_strcopy(seed.agent.password, sizeof(seed.agent.password), agent ? agent : "");
	seed.db = tool_db_open();
	if (!seed.db) {
		return CLI_FAILED;
	}
	status = seed_and_tell(&seed);
	tool_db_close(seed.db);
	return status;
}

const struct cli_cmd cmd_seed = {
	.name = "seed",
	.args = "[--json FILE] [--demo-carrier ADDR:PORT] [--admin-password P] [--agent-password "
		"P]",
	.summary = "Make a demo organisation: users, contacts, a trunk, some past calls",
	.help = "May be repeated: what is there stays. Passwords are random unless given; with "
		"--json\n"
		"they and the API tokens are written to FILE (0600), and read from it the next "
		"time.\n"
		"Never run it on a system that is reached from outside: its people do not exist, "
		"but\n"
		"its logins do.\n",
	.example = "voip seed --json .run/seed.json --demo-carrier 127.0.0.1:5070",
	.run = run,
};
