/* The frame of the `voip` command: a command is a row in a table, its options are a table too. */
#ifndef VOIP_CLI_H
#define VOIP_CLI_H
#include <stdbool.h>
#include <stddef.h>

struct cli_cmd {
	const char *name;    /* "user add" */
	const char *args;    /* "EMAIL [--name NAME]" */
	const char *summary; /* one line */
	const char *help;    /* more lines, each ends in \n; may be NULL */
	const char *example;
	int (*run)(const struct cli_cmd *cmd, int argc, char **argv); /* exit status */
};

/* Exit statuses of every command. */
enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

enum cli_kind { CLI_TEXT, CLI_NUMBER, CLI_FLAG, CLI_LIST };

#define CLI_LIST_MAX 32
struct cli_list {
	const char *item[CLI_LIST_MAX];
	size_t count;
};

struct cli_opt {
	const char *name; /* without dashes */
	enum cli_kind kind;
	void *value;   /* const char **, long *, bool *, struct cli_list * */
	long min, max; /* of a number */
};

/* Reads "--name value", "--name=value" and flags; what is left are the words. False: a fault was
 * printed (exit with CLI_USAGE). argv[0] is the command's last word; words may be NULL: none
 * wanted. */
bool cli_parse(const struct cli_cmd *cmd, const struct cli_opt *opts, size_t n_opts, int argc,
	char **argv, struct cli_list *words);

/* The same for a command of exactly one word: that word, or NULL. */
const char *cli_parse_word(const struct cli_cmd *cmd, const struct cli_opt *opts, size_t n_opts,
	int argc, char **argv);

/* Prints "voip: WHAT" and, on the next line, what to do about it. Returns CLI_FAILED. */
int cli_fail(const char *what, const char *way_out);
int cli_failf(const char *way_out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void cli_usage(const struct cli_cmd *cmd, bool whole);

/* Settings: .env (VOIP_ENV_FILE), then what a running ./dev up wrote (.run/dev.json, DEV_RUN). What
 * is set in the environment wins. */
void cli_load_settings(void);

/* NULL, after a message, when it is not set. */
const char *cli_db_url(void);

/* Value of KEY, or the content of the file KEY_FILE names. NULL: errno is 0 when neither is set,
 * else a message said why the file is of no use. The caller frees. */
char *cli_secret(const char *key);
/* For VP_CLEANUP on such a secret: overwrites and frees it. */
void cli_wipe(char **secret);

/* A whole file; NUL at the end, not counted. NULL with errno. The caller frees. */
char *cli_read_file(const char *path, size_t max, size_t *ret_len);
/* Writes a new file with these rights, in one step (rename). 0 or errno. */
int cli_write_file(const char *path, const char *text, size_t len, unsigned mode);

/* Runs a program and waits; its exit status, or -1 when it could not be started. */
int cli_run(char *const argv[]);

/* The directory of the voip program itself; the caller frees. */
char *cli_own_dir(void);

extern const struct cli_cmd cmd_call_unit, cmd_check_vectors, cmd_demo_call, cmd_doctor,
	cmd_generate_token, cmd_healthcheck, cmd_init_secrets, cmd_janitor, cmd_keys_list,
	cmd_keys_rotate, cmd_migrate, cmd_provider_activate, cmd_provider_add, cmd_provider_list,
	cmd_provider_provision, cmd_provider_test, cmd_seed, cmd_status, cmd_user_add,
	cmd_webhook_list, cmd_webhook_replay;
extern const struct cli_cmd cmd_import_laravel, cmd_migrate_config, cmd_setup;
#endif
