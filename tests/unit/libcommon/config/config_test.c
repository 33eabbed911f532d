#include <criterion/criterion.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc_fault.h"
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"

struct cfg {
	char *name, *url, *listen, *range, *path, *secret, *nets;
	int64_t port;
	bool on;
	int level;
};

static const struct vp_conf_field fields[] = {
	{.key = "T_NAME",
		.type = VP_CONF_STR,
		.offset = offsetof(struct cfg, name),
		.def = "ann",
		.max = 8,
		.help = "a name"},
	{.key = "T_URL",
		.type = VP_CONF_URL,
		.offset = offsetof(struct cfg, url),
		.def = "",
		.help = "a URL"},
	{.key = "T_LISTEN",
		.type = VP_CONF_LISTEN,
		.offset = offsetof(struct cfg, listen),
		.def = "",
		.help = "an address"},
	{.key = "T_RANGE",
		.type = VP_CONF_LISTEN_RANGE,
		.offset = offsetof(struct cfg, range),
		.def = "",
		.help = "an address with several ports"},
	{.key = "T_PATH",
		.type = VP_CONF_PATH,
		.offset = offsetof(struct cfg, path),
		.def = "",
		.help = "a file"},
	{.key = "T_SECRET",
		.type = VP_CONF_STR,
		.offset = offsetof(struct cfg, secret),
		.def = "",
		.min = 4,
		.secret = true,
		.help = "a secret"},
	{.key = "T_NETS",
		.type = VP_CONF_STR,
		.offset = offsetof(struct cfg, nets),
		.def = "",
		.help = "networks",
		.form = &vp_conf_networks},
	{.key = "T_PORT",
		.type = VP_CONF_INT,
		.offset = offsetof(struct cfg, port),
		.def = "80",
		.min = 1,
		.max = 65535,
		.help = "the port"},
	{.key = "T_ON",
		.type = VP_CONF_BOOL,
		.offset = offsetof(struct cfg, on),
		.def = "no",
		.help = "a switch"},
	{.key = "T_LEVEL",
		.type = VP_CONF_ENUM,
		.offset = offsetof(struct cfg, level),
		.def = "low",
		.choices = "low|middle|high",
		.help = "a level"},
};
#define N_FIELDS VP_ARRAY_LEN(fields)

/* Loads with everything that is reported collected; the caller frees *ret_report. */
static int load(struct cfg *cfg, char **ret_report)
{
	size_t len;
	FILE *err = open_memstream(ret_report, &len);
	int result;

	*cfg = (struct cfg){0};
	result = vp_conf_load(fields, N_FIELDS, cfg, err);
	fclose(err);
	return result;
}

static void works(struct cfg *cfg)
{
	VP_CLEANUP(vp_freep) char *report = NULL;

	cr_assert_eq(load(cfg, &report), 0, "%s", report);
	cr_assert_str_eq(report, "");
}

static void fails(const char *key, const char *value, const char *report_part)
{
	VP_CLEANUP(vp_freep) char *report = NULL;
	struct cfg cfg;

	setenv(key, value, 1);
	cr_assert_eq(load(&cfg, &report), EINVAL, "%s=%s", key, value);
	cr_assert_not_null(strstr(report, report_part), "%s=%s: %s", key, value, report);
	cr_assert_eq(strncmp(report, key, strlen(key)), 0, "%s", report);
	unsetenv(key);
}

static void accepts(const char *key, const char *value)
{
	struct cfg cfg;

	setenv(key, value, 1);
	works(&cfg);
	vp_conf_free(fields, N_FIELDS, &cfg);
	unsetenv(key);
}

static char *temp_file(const char *content)
{
	char *path = strdup("/tmp/vp-config-test-XXXXXX");
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
	return path;
}

static void drop_file(char **path)
{
	unlink(*path);
	vp_freep(path);
}

Test(config, defaults_are_taken_when_nothing_is_set)
{
	struct cfg cfg;

	works(&cfg);
	cr_assert_str_eq(cfg.name, "ann");
	cr_assert_null(cfg.url);
	cr_assert_eq(cfg.port, 80);
	cr_assert_not(cfg.on);
	cr_assert_eq(cfg.level, 0);
	vp_conf_free(fields, N_FIELDS, &cfg);
	cr_assert_null(cfg.name);
}

Test(config, every_type_is_read_from_the_environment)
{
	struct cfg cfg;

	setenv("T_NAME", "bob", 1);
	setenv("T_URL", "https://example.org/x?y=1", 1);
	setenv("T_LISTEN", "[::1]:0", 1);
	setenv("T_PATH", "/", 1);
	setenv("T_SECRET", "hush", 1);
	setenv("T_PORT", "65535", 1);
	setenv("T_ON", "TRUE", 1);
	setenv("T_LEVEL", "High", 1);
	works(&cfg);
	cr_assert_str_eq(cfg.name, "bob");
	cr_assert_str_eq(cfg.url, "https://example.org/x?y=1");
	cr_assert_str_eq(cfg.listen, "[::1]:0");
	cr_assert_str_eq(cfg.path, "/");
	cr_assert_str_eq(cfg.secret, "hush");
	cr_assert_eq(cfg.port, 65535);
	cr_assert(cfg.on);
	cr_assert_eq(cfg.level, 2);
	vp_conf_free(fields, N_FIELDS, &cfg);
}

Test(config, an_empty_value_means_not_set)
{
	struct cfg cfg;

	setenv("T_PORT", "", 1);
	setenv("T_SECRET", "", 1);
	works(&cfg);
	cr_assert_eq(cfg.port, 80);
	cr_assert_null(cfg.secret);
	vp_conf_free(fields, N_FIELDS, &cfg);
}

Test(config, all_faults_are_reported_at_once_with_what_is_wanted)
{
	VP_CLEANUP(vp_freep) char *report = NULL;
	struct cfg cfg;

	setenv("T_PORT", "70000", 1);
	setenv("T_ON", "maybe", 1);
	setenv("T_LEVEL", "top", 1);
	cr_assert_eq(load(&cfg, &report), EINVAL);
	cr_assert_str_eq(report,
		"T_PORT: is '70000', wants a whole number between 1 and 65535 (the port)\n"
		"T_ON: is 'maybe', wants true or false (a switch)\n"
		"T_LEVEL: is 'top', wants one of low|middle|high (a level)\n");
	cr_assert_null(cfg.name, "what was read before is freed again");
}

Test(config, wrong_values_of_each_type_are_refused)
{
	fails("T_PORT", "12x", "whole number");
	fails("T_PORT", "0", "between 1 and 65535");
	fails("T_PORT", "99999999999999999999999", "whole number");
	fails("T_NAME", "far too long a name", "at most 8");
	fails("T_LISTEN", "localhost:80", "ADDRESS:PORT");
	fails("T_LISTEN", "127.0.0.1", "ADDRESS:PORT");
	fails("T_LISTEN", "127.0.0.1:99999", "ADDRESS:PORT");
	fails("T_LISTEN", "127.0.0.1:", "ADDRESS:PORT");
	fails("T_LISTEN", "127.0.0.1:-1", "ADDRESS:PORT");
	fails("T_LISTEN", "::1:80", "ADDRESS:PORT");
	fails("T_LISTEN", "[::1:80", "ADDRESS:PORT");
	fails("T_LISTEN", "[]:80", "ADDRESS:PORT");
	fails("T_LISTEN", "127.0.0.1:80-90", "ADDRESS:PORT");
	fails("T_RANGE", "127.0.0.1:90-80", "ADDRESS:FIRST-LAST");
	fails("T_RANGE", "127.0.0.1:0-80", "ADDRESS:FIRST-LAST");
	fails("T_RANGE", "127.0.0.1:80-", "ADDRESS:FIRST-LAST");
	fails("T_RANGE", "127.0.0.1:80-90-95", "ADDRESS:FIRST-LAST");
	fails("T_RANGE", "127.0.0.1:80-65536", "ADDRESS:FIRST-LAST");
	fails("T_RANGE", "127.0.0.1-2:80", "ADDRESS:FIRST-LAST");
	fails("T_RANGE", "80-90", "ADDRESS:FIRST-LAST");
	fails("T_URL", "example.org", "a URL");
	fails("T_URL", "ftp://example.org", "a URL");
	fails("T_URL", "https://", "a URL");
	fails("T_URL", "https://user@/x", "a URL");
	fails("T_URL", "https://a b", "a URL");
	fails("T_PATH", "/no/such/file", "No such file");
	fails("T_LEVEL", "lowe", "one of");
	fails("T_NETS", "10.20.0.0/33", "wants networks or addresses by spaces, such as 10.20");
	fails("T_NETS", "10.20.0.0/16;", "at most 32 (networks)");
}

Test(config, good_values_of_each_type_are_accepted)
{
	accepts("T_LISTEN", "0.0.0.0:65535");
	accepts("T_RANGE", "0.0.0.0:5060");
	accepts("T_RANGE", "0.0.0.0:5060-5079");
	accepts("T_RANGE", "[::1]:5060-65535");
	accepts("T_URL", "postgresql://u:p@h1:5432,h2:5432/db?sslmode=require");
	accepts("T_URL", "postgresql:///db?host=/run/postgresql");
	accepts("T_URL", "tcp://127.0.0.1:5561");
	accepts("T_ON", "off");
	accepts("T_ON", "1");
	accepts("T_NETS", "10.20.0.0/16 192.168.7.9, fd00::/8");
}

Test(config, a_secret_is_never_shown_in_a_report)
{
	fails("T_SECRET", "abc", "wants at least 4 characters (a secret)");
	VP_CLEANUP(vp_freep) char *report = NULL;
	struct cfg cfg;

	setenv("T_SECRET", "xyz", 1);
	cr_assert_eq(load(&cfg, &report), EINVAL);
	cr_assert_null(strstr(report, "xyz"));
}

Test(config, a_secret_may_come_from_a_file)
{
	VP_CLEANUP(drop_file) char *path = temp_file("from file\r\n");
	struct cfg cfg;

	setenv("T_SECRET_FILE", path, 1);
	works(&cfg);
	cr_assert_str_eq(cfg.secret, "from file");
	vp_conf_free(fields, N_FIELDS, &cfg);
}

Test(config, a_secret_from_both_places_is_a_fault)
{
	setenv("T_SECRET_FILE", "/dev/null", 1);
	fails("T_SECRET", "abcdef", "set twice");
}

Test(config, a_secret_file_that_is_missing_too_big_or_binary_is_a_fault)
{
	char *big = calloc(1, 70001);

	memset(big, 'x', 70000);
	VP_CLEANUP(drop_file) char *path = temp_file(big);

	fails("T_SECRET_FILE", "/no/such/file", "cannot be used: No such file");
	fails("T_SECRET_FILE", path, "too large");
	fails("T_SECRET_FILE", "/", "cannot be used");
	free(big);
}

Test(config, other_settings_do_not_come_from_files)
{
	VP_CLEANUP(drop_file) char *path = temp_file("81");
	struct cfg cfg;

	setenv("T_PORT_FILE", path, 1);
	works(&cfg);
	cr_assert_eq(cfg.port, 80);
	vp_conf_free(fields, N_FIELDS, &cfg);
}

Test(config, a_required_setting_that_is_missing_says_so)
{
	const struct vp_conf_field required = {
		.key = "T_NEEDED", .type = VP_CONF_STR, .help = "what for, e.g. x"};
	VP_CLEANUP(vp_freep) char *report = NULL;
	char *value = NULL;
	size_t len;
	FILE *err = open_memstream(&report, &len);

	cr_assert_eq(vp_conf_load(&required, 1, &value, err), EINVAL);
	fclose(err);
	cr_assert_str_eq(report, "T_NEEDED: is not set, but must be (what for, e.g. x)\n");
}

static int env_file(const char *content, char **ret_report)
{
	VP_CLEANUP(drop_file) char *path = temp_file(content);
	size_t len;
	FILE *err = open_memstream(ret_report, &len);
	int result = vp_conf_env_file(path, err);

	fclose(err);
	return result;
}

Test(config, an_env_file_is_read_as_people_write_it)
{
	VP_CLEANUP(vp_freep) char *report = NULL;

	cr_assert_eq(
		env_file("# comment\n\nT_A=1\nexport T_B = two words # and more\nT_C='# $T_A'\n"
			 "T_D=\"x\" # y\r\nT_E=\nT_F=a#b\nT_A=again",
			&report),
		0, "%s", report);
	cr_assert_str_eq(getenv("T_A"), "again");
	cr_assert_str_eq(getenv("T_B"), "two words");
	cr_assert_str_eq(getenv("T_C"), "# $T_A");
	cr_assert_str_eq(getenv("T_D"), "x");
	cr_assert_str_eq(getenv("T_E"), "");
	cr_assert_str_eq(getenv("T_F"), "a#b");
}

Test(config, the_environment_wins_over_an_env_file)
{
	VP_CLEANUP(vp_freep) char *report = NULL;

	setenv("T_A", "mine", 1);
	cr_assert_eq(env_file("T_A=file\n", &report), 0);
	cr_assert_str_eq(getenv("T_A"), "mine");
}

Test(config, broken_lines_of_an_env_file_are_all_named)
{
	VP_CLEANUP(vp_freep) char *report = NULL;

	cr_assert_eq(
		env_file("T_A\nT_B=1\n9X=1\nT C=1\nT_D='open\nT_E='x'y\n=\n", &report), EINVAL);
	cr_assert_not_null(strstr(report, ":1:"));
	cr_assert_null(strstr(report, ":2:"));
	cr_assert_not_null(strstr(report, ":3:"));
	cr_assert_not_null(strstr(report, ":4:"));
	cr_assert_not_null(strstr(report, ":5:"));
	cr_assert_not_null(strstr(report, ":6:"));
	cr_assert_not_null(strstr(report, ":7:"));
	cr_assert_str_eq(getenv("T_B"), "1");
}

Test(config, no_env_file_is_no_fault)
{
	cr_assert_eq(vp_conf_env_file("/no/such/file", stderr), 0);
}

Test(config, print_shows_values_and_sources_but_no_secret)
{
	VP_CLEANUP(vp_freep) char *report = NULL, *text = NULL;
	struct cfg cfg;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	setenv("T_SECRET", "hush-hush", 1);
	setenv("T_URL", "postgresql://me:hidden@db/x", 1);
	setenv("T_LEVEL", "middle", 1);
	cr_assert_eq(env_file("T_NAME=carl\n", &report), 0);
	works(&cfg);
	vp_conf_print(fields, N_FIELDS, &cfg, out);
	fclose(out);
	vp_conf_free(fields, N_FIELDS, &cfg);
	cr_assert_not_null(strstr(text, "T_NAME=carl  # .env; a name\n"), "%s", text);
	cr_assert_not_null(
		strstr(text, "T_URL=postgresql://me:***@db/x  # environment"), "%s", text);
	cr_assert_not_null(strstr(text, "T_SECRET=set  # environment"), "%s", text);
	cr_assert_not_null(strstr(text, "T_LEVEL=middle"), "%s", text);
	cr_assert_not_null(strstr(text, "T_PORT=80  # default"), "%s", text);
	cr_assert_not_null(strstr(text, "T_PATH=not set"), "%s", text);
	cr_assert_null(strstr(text, "hush"), "%s", text);
}

Test(config, running_out_of_memory_at_any_point_is_reported_and_leaks_nothing)
{
	struct cfg cfg;
	long n = 0;
	bool failed;

	setenv("T_SECRET", "hush", 1);
	setenv("T_URL", "https://example.org", 1);
	do {
		cfg = (struct cfg){0};
		alloc_fault_at(n++);
		int err = vp_conf_load(fields, N_FIELDS, &cfg, stderr);

		failed = alloc_fault_end();
		cr_assert_eq(err, failed ? ENOMEM : 0, "allocation %ld", n - 1);
		vp_conf_free(fields, N_FIELDS, &cfg);
	} while (failed);
	cr_assert_gt(n, 8);
}
