/* Reads a .env file as people write them for shells and containers: KEY=value, "export KEY=value",
 * quotes of both kinds, comments. Values are taken as they stand: no $ is expanded. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/config/config.h"
#include "libcommon/config/env_file.h"

/* Keys set from a file, for vp_conf_print; a start-up list that lives as long as the process. */
static char **file_keys;
static size_t n_file_keys;

bool conf_from_env_file(const char *key)
{
	for (size_t i = 0; i < n_file_keys; i++) {
		if (strcmp(file_keys[i], key) == 0) {
			return true;
		}
	}
	return false;
}

static int remember(const char *key)
{
	char **grown = reallocarray(file_keys, n_file_keys + 1, sizeof(*grown));

	if (!grown) {
		return ENOMEM;
	}
	file_keys = grown;
	file_keys[n_file_keys] = strdup(key);
	if (!file_keys[n_file_keys]) {
		return ENOMEM;
	}
	n_file_keys++;
	return 0;
}

static char *trim(char *text)
{
	char *end;

	text += strspn(text, " \t");
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1])) {
		*--end = '\0';
	}
	return text;
}

static bool is_key(const char *text)
{
	return (isalpha((unsigned char)*text) || *text == '_') &&
	       text[strspn(text,
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* The value without its quotes or its comment; NULL when a quote is not closed. */
static char *unquote(char *text)
{
	char quote = text[0];
	char *end;

	if (quote != '"' && quote != '\'') {
		end = text[0] == '#' ? text : strstr(text, " #");
		if (end) {
			*end = '\0';
		}
		return trim(text);
	}
	end = strchr(text + 1, quote);
	if (!end) {
		return NULL;
	}
	*end = '\0';
	end = trim(end + 1);
	return *end == '\0' || *end == '#' ? text + 1 : NULL;
}

/* EINVAL when the line is no setting. */
static int take_line(char *line)
{
	char *key = trim(line);
	char *value;

	if (*key == '\0' || *key == '#') {
		return 0;
	}
	if (strncmp(key, "export ", 7) == 0) {
		key = trim(key + 7);
	}
	value = strchr(key, '=');
	if (!value) {
		return EINVAL;
	}
	*value++ = '\0';
	key = trim(key);
	value = unquote(trim(value));
	if (!value || !is_key(key)) {
		return EINVAL;
	}
	if (getenv(key) && !conf_from_env_file(key)) {
		return 0;
	}
	return setenv(key, value, 1) == 0 ? remember(key) : ENOMEM;
}

int vp_conf_env_file(const char *path, FILE *err)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	unsigned number = 0;
	int result = 0;

	if (!file) {
		if (errno == ENOENT) {
			return 0;
		}
		result = errno;
		fprintf(err, "%s: cannot be read: %s\n", path, strerrordesc_np(result));
		return result;
	}
	while (result != ENOMEM && getline(&line, &size, file) >= 0) {
		int fault = take_line(line);

		number++;
		if (fault == EINVAL) {
			fprintf(err, "%s:%u: wants KEY=value, a comment or an empty line\n", path,
				number);
		}
		result = fault ? fault : result;
	}
	free(line);
	fclose(file);
	return result;
}
