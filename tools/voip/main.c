/* voip: the operator's command. One file a command; this one finds it. */
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/dumps.h"
#include "tools/voip/cli.h"

static const struct cli_cmd *const commands[] = {&cmd_import_laravel, &cmd_migrate_config,
	&cmd_setup, &cmd_migrate, &cmd_seed, &cmd_user_add, &cmd_provider_add,
	&cmd_provider_activate, &cmd_provider_list, &cmd_provider_test, &cmd_provider_provision,
	&cmd_generate_token, &cmd_status, &cmd_doctor, &cmd_healthcheck, &cmd_call_unit,
	&cmd_demo_call, &cmd_janitor, &cmd_init_secrets, &cmd_keys_list, &cmd_keys_rotate,
	&cmd_webhook_list, &cmd_webhook_replay, &cmd_check_vectors};

static void list_commands(FILE *out)
{
	fputs("voip: sets up and looks after Ringmain\n\n", out);
	for (size_t i = 0; i < VP_ARRAY_LEN(commands); i++) {
		fprintf(out, "  %-19s %s\n", commands[i]->name, commands[i]->summary);
	}
	fputs("\n`voip help COMMAND` shows its options and an example. Settings come from the\n"
	      "environment, .env and, in a checkout, from a running ./dev up. The database is "
	      "VOIP_DB_URL;\n"
	      "its password may be in VOIP_DB_PASSWORD, or in the file VOIP_DB_PASSWORD_FILE "
	      "names.\n",
		out);
}

/* How many words of argv name this command: "user add" takes two. 0: it is another one. */
static int words_of(const struct cli_cmd *cmd, int argc, char **argv)
{
	const char *rest = cmd->name;

	for (int i = 0; i < argc; i++) {
		size_t len = strcspn(rest, " ");

		if (strlen(argv[i]) != len || strncmp(rest, argv[i], len) != 0) {
			return 0;
		}
		if (rest[len] == '\0') {
			return i + 1;
		}
		rest += len + 1;
	}
	return 0;
}

static const struct cli_cmd *find(int argc, char **argv, int *ret_words)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(commands); i++) {
		*ret_words = words_of(commands[i], argc, argv);
		if (*ret_words > 0) {
			return commands[i];
		}
	}
	return NULL;
}

static int unknown(int argc, char **argv)
{
	fprintf(stderr, "voip: there is no command '%s%s%s'; `voip help` lists them\n", argv[0],
		argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	return CLI_USAGE;
}

static int help(int argc, char **argv)
{
	int words;
	const struct cli_cmd *cmd;

	if (argc == 0) {
		list_commands(stdout);
		return CLI_OK;
	}
	cmd = find(argc, argv, &words);
	if (!cmd) {
		return unknown(argc, argv);
	}
	cli_usage(cmd, true);
	return CLI_OK;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			return true;
		}
	}
	return false;
}

int main(int argc, char **argv)
{
	const struct cli_cmd *cmd;
	int words;

	if (argc < 2) {
		list_commands(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
		return help(argc - 2, argv + 2);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("voip " VOIP_VERSION);
		return CLI_OK;
	}
	cmd = find(argc - 1, argv + 1, &words);
	if (!cmd) {
		return unknown(argc - 1, argv + 1);
	}
	if (wants_help(argc - words, argv + words)) {
		cli_usage(cmd, true);
		return CLI_OK;
	}
	vp_dumps_forbid(false); /* call-unit's children decide for themselves */
	cli_load_settings();
	return cmd->run(cmd, argc - words, argv + words);
}
