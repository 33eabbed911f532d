/* voip user add, voip generate-token */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/cli.h"
#include "tools/voip/model.h"

enum { PASSWORD_CHARS = 16, PASSWORD_MIN = 8, EMAIL_MAX = 254, TOKEN_DAYS_MAX = 3650 };

struct new_user {
	struct model_org org;
	struct model_user user;
	const char *password_file;
	char password[256];
};

static bool is_email(const char *text)
{
	const char *at = strchr(text, '@');

	return at && at != text && at[1] && !strchr(at + 1, '@') && strlen(text) <= EMAIL_MAX &&
	       !strpbrk(text, " \t\r\n,;<>\"");
}

/* From a file or standard input ("-"), never from an argument that `ps` would show. */
static int read_password(struct new_user *new)
{
	FILE *file = strcmp(new->password_file, "-") == 0 ? stdin : fopen(new->password_file, "re");

	if (!file || !fgets(new->password, sizeof(new->password), file)) {
		cli_failf(NULL, "no password could be read from %s", new->password_file);
		if (file && file != stdin) {
			fclose(file);
		}
		return EINVAL;
	}
	if (file != stdin) {
		fclose(file);
	}
	new->password[strcspn(new->password, "\r\n")] = '\0';
	if (strlen(new->password) < PASSWORD_MIN) {
		cli_failf("Choose a longer one.", "a password has at least %d characters",
			PASSWORD_MIN);
		return EINVAL;
	}
	return 0;
}

static int find_place(struct tool_db *db, struct new_user *new)
{
	int err = 0;
	VP_CLEANUP(vp_freep) char *only = NULL;

	if (!new->org.name) {
		only = tool_db_text(db,
			"select name from voip.orgs where (select count(*) from voip.orgs) = 1",
			NULL, 0, &err);
		if (err) {
			return err;
		}
		if (!only) {
			cli_fail("there is none, or more than one organisation",
				"Name it: --org 'Example Ltd' (it is made when there is none of "
				"that name).");
			return EINVAL;
		}
	}
	err = model_find_org(db, only ? only : new->org.name, &new->org.id);
	return err ? err : model_find_user(db, new->org.id, new->user.email, &new->user.id);
}

static int store_user(struct tool_db *db, struct new_user *new)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? 0 : ENOMEM;

	new->user.password = new->password;
	if (!err) {
		if (!new->org.name) {
			new->org.name = ""; /* it exists: only its roles are made sure of */
		}
		err = model_add_org(tx, &new->org);
	}
	err = err ? err : model_add_user(tx, new->org.id, &new->user);
	if (err) {
		vp_db_tx_destroy(tx);
		return err;
	}
	return tool_db_write(db, tx);
}

static int add_user(struct tool_db *db, struct new_user *new)
{
	char id[VP_UUID_TEXT_SIZE];
	int err = find_place(db, new);

	if (!err && new->password_file) {
		err = read_password(new);
	}
	if (!err && !new->password_file) {
		vp_random_text(new->password, PASSWORD_CHARS + 1);
	}
	err = err ? err : vp_crypto_init();
	err = err ? err : store_user(db, new);
	if (err) {
		return CLI_FAILED;
	}
	vp_uuid_text(new->user.id, id);
	printf("%s is %s (%s)\n", new->user.email, new->user.role, id);
	if (!new->password_file) {
		printf("password: %s\n", new->password);
	}
	return CLI_OK;
}

static int run_add(const struct cli_cmd *cmd, int argc, char **argv)
{
	struct new_user new = {
		.org = {.region = "US", .timezone = "UTC"}, .user = {.role = "agent"}};
	const char *word;
	const struct cli_opt opts[] = {{"name", CLI_TEXT, &new.user.name, 0, 0},
		{"role", CLI_TEXT, &new.user.role, 0, 0}, {"org", CLI_TEXT, &new.org.name, 0, 0},
		{"region", CLI_TEXT, &new.org.region, 0, 0},
		{"timezone", CLI_TEXT, &new.user.timezone, 0, 0},
		{"password-file", CLI_TEXT, &new.password_file, 0, 0}};
	struct tool_db *db;
	int status;

	word = cli_parse_word(cmd, opts, VP_ARRAY_LEN(opts), argc, argv);
	if (!word) {
		return CLI_USAGE;
	}
	if (!is_email(word)) {
		cli_fail("one e-mail address is wanted",
			"For example: voip user add ann@example.com");
		return CLI_USAGE;
	}
	if (strcmp(new.user.role, "admin") != 0 && strcmp(new.user.role, "agent") != 0) {
		cli_failf("Use --role admin or --role agent.", "there is no role '%s'",
			new.user.role);
		return CLI_USAGE;
	}
	new.user.email = word;
	db = tool_db_open();
	if (!db) {
		return CLI_FAILED;
	}
	status = add_user(db, &new);
	tool_db_close(db);
	return status;
}

const struct cli_cmd cmd_user_add = {
	.name = "user add",
	.args = "EMAIL [--name NAME] [--role admin|agent] [--org NAME] [--password-file FILE]",
	.summary = "Create a user, or give one a new password",
	.help = "  --role admin|agent    agent (default): phone, own calls, contacts; admin: "
		"everything\n"
		"  --org NAME            organisation; made when there is none of that name\n"
		"  --region CC           its country, for numbers typed without country code "
		"(default US)\n"
		"  --timezone ZONE       the user's, such as Europe/Berlin\n"
		"  --password-file FILE  first line is the password, - reads it from standard "
		"input;\n"
		"                        without it a random one is made and shown\n",
	.example = "voip user add ann@example.com --name 'Ann Example' --role admin --org 'Example "
		   "Ltd'",
	.run = run_add,
};

static int make_token(struct tool_db *db, const char *who, const char *name, long days)
{
	struct model_token token;
	struct vp_uuid org, user;
	struct vp_db_tx *tx;
	int err = model_lookup_user(db, who, &org, &user);

	if (err == ENOENT || err == EEXIST) {
		return cli_failf(err == ENOENT ? "`voip user add` makes one."
					       : "Give the user's id instead.",
			err == ENOENT ? "there is no user '%s'"
				      : "several organisations have a user '%s'",
			who);
	}
	tx = err ? NULL : vp_db_tx_create();
	if (!tx) {
		return CLI_FAILED;
	}
	model_new_token(&token);
	err = model_add_token(tx, org, user, name, token.text, days);
	if (err) {
		vp_db_tx_destroy(tx);
		return CLI_FAILED;
	}
	if (tool_db_write(db, tx) != 0) {
		return CLI_FAILED;
	}
	puts(token.text);
	return CLI_OK;
}

static int run_token(const struct cli_cmd *cmd, int argc, char **argv)
{
	const char *name = "voip generate-token";
	long days = 0;
	const char *word;
	const struct cli_opt opts[] = {
		{"name", CLI_TEXT, &name, 0, 0}, {"days", CLI_NUMBER, &days, 1, TOKEN_DAYS_MAX}};
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
	status = make_token(db, word, name, days);
	tool_db_close(db);
	return status;
}

const struct cli_cmd cmd_generate_token = {
	.name = "generate-token",
	.args = "USER [--name NAME] [--days N]",
	.summary = "Make an API token that acts as a user",
	.help = "USER is an e-mail address or an id. The token is shown once; only its hash is "
		"stored.\n\n"
		"  --name NAME   what it is for, shown in the panel\n"
		"  --days N      how long it is good (default: until it is revoked)\n",
	.example = "curl -H \"Authorization: Bearer $(voip generate-token ann@example.com)\" \\\n"
		   "    https://calls.example.com/api/voip/calls/history",
	.run = run_token,
};
