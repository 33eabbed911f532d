/* Options, messages and files of the commands. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tools/voip/cli.h"

enum { SECRET_MAX = 65536 };

static const struct cli_opt *find_opt(
	const struct cli_opt *opts, size_t n_opts, const char *name, size_t len)
{
	for (size_t i = 0; i < n_opts; i++) {
		if (strlen(opts[i].name) == len && strncmp(opts[i].name, name, len) == 0) {
			return &opts[i];
		}
	}
	return NULL;
}

static bool add_item(struct cli_list *list, const char *item)
{
	if (list->count == CLI_LIST_MAX) {
		return false;
	}
	list->item[list->count++] = item;
	return true;
}

static bool set_number(const struct cli_opt *opt, const char *text)
{
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || end == text || *end != '\0' || value < opt->min || value > opt->max) {
		return false;
	}
	*(long *)opt->value = value;
	return true;
}

static bool set_value(const struct cli_opt *opt, const char *text)
{
	switch (opt->kind) {
	case CLI_TEXT: *(const char **)opt->value = text; return true;
	case CLI_NUMBER: return set_number(opt, text);
	case CLI_LIST: return add_item(opt->value, text);
	case CLI_FLAG: break;
	}
	return false;
}

/* "voip: 'WORD' IS_WHAT", and the usage. */
static bool usage_fault(const struct cli_cmd *cmd, const char *word, const char *is_what)
{
	fprintf(stderr, "voip: '%s' %s\n", word, is_what);
	cli_usage(cmd, false);
	return false;
}

/* One option at argv[*at]; steps over its value. */
static bool take_option(
	const struct cli_cmd *cmd, const struct cli_opt *opts, size_t n_opts, char **argv, int *at)
{
	const char *name = argv[*at] + 2;
	size_t len = strcspn(name, "=");
	const struct cli_opt *opt = find_opt(opts, n_opts, name, len);
	const char *text = name[len] == '=' ? name + len + 1 : NULL;

	if (!opt) {
		return usage_fault(cmd, argv[*at], "is no option here");
	}
	if (opt->kind == CLI_FLAG) {
		*(bool *)opt->value = true;
		return !text || usage_fault(cmd, argv[*at], "takes no value");
	}
	if (!text) {
		text = argv[*at + 1];
		if (!text) {
			return usage_fault(cmd, argv[*at], "wants a value");
		}
		(*at)++;
	}
	return set_value(opt, text) || usage_fault(cmd, opt->name, "cannot have this value");
}

bool cli_parse(const struct cli_cmd *cmd, const struct cli_opt *opts, size_t n_opts, int argc,
	char **argv, struct cli_list *words)
{
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) == 0 && argv[i][2]) {
			if (!take_option(cmd, opts, n_opts, argv, &i)) {
				return false;
			}
		} else if (!words || !add_item(words, argv[i])) {
			return usage_fault(cmd, argv[i], "is one word too many");
		}
	}
	return true;
}

const char *cli_parse_word(
	const struct cli_cmd *cmd, const struct cli_opt *opts, size_t n_opts, int argc, char **argv)
{
	struct cli_list words = {0};

	if (!cli_parse(cmd, opts, n_opts, argc, argv, &words)) {
		return NULL;
	}
	if (words.count != 1) {
		cli_usage(cmd, false);
		return NULL;
	}
	return words.item[0];
}

int cli_failf(const char *way_out, const char *fmt, ...)
{
	va_list ap;

	fputs("voip: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	if (way_out) {
		fprintf(stderr, "      %s\n", way_out);
	}
	return CLI_FAILED;
}

int cli_fail(const char *what, const char *way_out)
{
	return cli_failf(way_out, "%s", what);
}

void cli_usage(const struct cli_cmd *cmd, bool whole)
{
	FILE *out = whole ? stdout : stderr;

	fprintf(out, "usage: voip %s%s%s\n", cmd->name, cmd->args[0] ? " " : "", cmd->args);
	if (!whole) {
		return;
	}
	fprintf(out, "\n%s.\n", cmd->summary);
	if (cmd->help) {
		fprintf(out, "\n%s", cmd->help);
	}
	fprintf(out, "\nExample:\n  %s\n", cmd->example);
}

/* Bytes read, at most max + 1; -1 with errno. */
static ssize_t read_all(int fd, char *text, size_t max)
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, text + len, max + 1 - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len <= max);
	return n < 0 ? n : (ssize_t)len;
}

char *cli_read_file(const char *path, size_t max, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = fd >= 0 ? malloc(max + 2) : NULL;
	ssize_t len = text ? read_all(fd, text, max) : -1;

	if (fd >= 0) {
		close(fd);
	}
	if (len < 0 || (size_t)len > max) {
		errno = len < 0 ? errno : EFBIG;
		free(text);
		return NULL;
	}
	text[len] = '\0';
	if (ret_len) {
		*ret_len = (size_t)len;
	}
	return text;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0) {
			return errno;
		}
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0 ? 0 : errno;
}

int cli_write_file(const char *path, const char *text, size_t len, unsigned mode)
{
	VP_CLEANUP(vp_freep) char *temp = vp_strf("%s.XXXXXX", path);
	int fd = temp ? mkostemp(temp, O_CLOEXEC) : -1;
	int err;

	if (fd < 0) {
		return temp ? errno : ENOMEM;
	}
	err = write_all(fd, text, len);
	if (!err && fchmod(fd, mode) != 0) {
		err = errno;
	}
	close(fd);
	if (!err && rename(temp, path) != 0) {
		err = errno;
	}
	if (err) {
		unlink(temp);
	}
	return err;
}

int cli_run(char *const argv[])
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		return -1;
	}
	if (pid == 0) {
		execvp(argv[0], argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR) {
			return -1;
		}
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) == 127) {
		return -1;
	}
	return WEXITSTATUS(status);
}

char *cli_secret(const char *key)
{
	const char *value = getenv(key);
	char name[128];
	const char *path;
	VP_CLEANUP(vp_freep) char *text = NULL;

	if (value && *value) {
		return strdup(value);
	}
	snprintf(name, sizeof(name), "%s_FILE", key);
	path = getenv(name);
	errno = 0;
	if (!path || !*path) {
		return NULL;
	}
	text = cli_read_file(path, SECRET_MAX, NULL);
	if (text) {
		text[strcspn(text, "\r\n")] = '\0';
		errno = *text ? 0 : ENODATA;
	}
	if (errno) {
		int err = errno;

		cli_failf(NULL, "%s names %s: %s", name, path, strerror(err));
		errno = err;
		return NULL;
	}
	return VP_TAKE(text);
}

void cli_wipe(char **secret)
{
	if (*secret) {
		explicit_bzero(*secret, strlen(*secret));
	}
	vp_freep(secret);
}

char *cli_own_dir(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	char *slash;

	if (n <= 0) {
		return NULL;
	}
	path[n] = '\0';
	slash = strrchr(path, '/');
	*slash = '\0';
	return strdup(path);
}
