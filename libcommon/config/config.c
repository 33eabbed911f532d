/* Environment into a struct by a table, and the same table printed for people. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/config/check.h"
#include "libcommon/config/config.h"
#include "libcommon/config/env_file.h"

#define SECRET_FILE_MAX 65536
#define KEY_SIZE 128

static bool is_text(enum vp_conf_type type)
{
	return type == VP_CONF_STR || type == VP_CONF_LISTEN || type == VP_CONF_LISTEN_RANGE ||
	       type == VP_CONF_URL || type == VP_CONF_PATH;
}

/* Environment variable KEY_FILE of a secret, NULL when it has none. */
static const char *secret_file(const struct vp_conf_field *field)
{
	char key[KEY_SIZE];
	const char *path;

	if (!field->secret) {
		return NULL;
	}
	snprintf(key, sizeof(key), "%s_FILE", field->key);
	path = getenv(key);
	return path && *path ? path : NULL;
}

/* The file's text without its last line break; the caller frees. */
static int read_secret(const char *path, char **ret_text)
{
	VP_CLEANUP(vp_freep) char *text = calloc(1, SECRET_FILE_MAX + 1);
	FILE *file = fopen(path, "re");
	size_t len = 0;
	int err = 0;

	if (!file || !text) {
		err = file ? ENOMEM : errno;
	} else {
		len = fread(text, 1, SECRET_FILE_MAX + 1, file);
		err = ferror(file) ? EIO : len > SECRET_FILE_MAX ? EFBIG : 0;
	}
	if (file) {
		fclose(file);
	}
	if (err) {
		return err;
	}
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
		text[--len] = '\0';
	}
	if (strlen(text) != len) {
		return EILSEQ;
	}
	*ret_text = VP_TAKE(text);
	return 0;
}

/* Text of a setting: environment, file, default. *ret_text NULL: optional and not set. */
static int find_text(const struct vp_conf_field *field, char **ret_text, FILE *err)
{
	const char *value = getenv(field->key);
	const char *path = secret_file(field);
	int fault;

	if (value && *value == '\0') {
		value = NULL; /* KEY= in a .env file means: not set */
	}
	if (value && path) {
		fprintf(err, "%s: is set twice, unset either it or %s_FILE\n", field->key,
			field->key);
		return EINVAL;
	}
	if (path) {
		fault = read_secret(path, ret_text);
		if (fault && fault != ENOMEM) {
			fprintf(err, "%s_FILE: '%s' cannot be used: %s\n", field->key, path,
				strerrordesc_np(fault));
			return EINVAL;
		}
		return fault;
	}
	if (!value && !field->def) {
		fprintf(err, "%s: is not set, but must be (%s)\n", field->key, field->help);
		return EINVAL;
	}
	value = value ? value : field->def;
	*ret_text = *value ? strdup(value) : NULL;
	return *value && !*ret_text ? ENOMEM : 0;
}

static int load_field(const struct vp_conf_field *field, void *cfg, FILE *err)
{
	VP_CLEANUP(vp_freep) char *text = NULL;
	VP_CLEANUP(vp_freep) char *want = NULL;
	size_t want_len;
	FILE *sink;
	int fault = find_text(field, &text, err);

	if (fault || !text) {
		return fault;
	}
	sink = open_memstream(&want, &want_len);
	if (!sink) {
		return ENOMEM;
	}
	fault = conf_set(field, text, cfg, sink);
	if (fclose(sink) != 0) {
		return ENOMEM;
	}
	if (fault == EINVAL && field->secret) {
		fprintf(err, "%s: is wrong, wants %s (%s)\n", field->key, want, field->help);
	} else if (fault == EINVAL) {
		fprintf(err, "%s: is '%s', wants %s (%s)\n", field->key, text, want, field->help);
	}
	return fault;
}

int vp_conf_load(const struct vp_conf_field *fields, size_t n_fields, void *cfg, FILE *err)
{
	int result = 0;

	for (size_t i = 0; i < n_fields; i++) {
		int fault = load_field(&fields[i], cfg, err);

		if (fault && result != ENOMEM) {
			result = fault;
		}
	}
	if (result) {
		vp_conf_free(fields, n_fields, cfg);
	}
	return result;
}

static void print_value(const struct vp_conf_field *field, const void *cfg, FILE *out)
{
	const void *place = (const char *)cfg + field->offset;
	const char *text = is_text(field->type) ? *(char *const *)place : NULL;

	if (field->secret) {
		fputs(text ? "set" : "not set", out);
	} else if (field->type == VP_CONF_URL && text) {
		conf_print_url(text, out);
	} else if (is_text(field->type)) {
		fputs(text ? text : "not set", out);
	} else if (field->type == VP_CONF_INT) {
		fprintf(out, "%lld", (long long)*(const int64_t *)place);
	} else if (field->type == VP_CONF_BOOL) {
		fputs(*(const bool *)place ? "true" : "false", out);
	} else {
		const char *choice = field->choices;

		for (int i = *(const int *)place; i > 0; i--) {
			choice += strcspn(choice, "|") + 1;
		}
		fprintf(out, "%.*s", (int)strcspn(choice, "|"), choice);
	}
}

static const char *source_of(const struct vp_conf_field *field)
{
	const char *value = getenv(field->key);

	if (value && *value) {
		return conf_from_env_file(field->key) ? ".env" : "environment";
	}
	return secret_file(field) ? "file" : "default";
}

void vp_conf_print(const struct vp_conf_field *fields, size_t n_fields, const void *cfg, FILE *out)
{
	for (size_t i = 0; i < n_fields; i++) {
		fprintf(out, "%s=", fields[i].key);
		print_value(&fields[i], cfg, out);
		fprintf(out, "  # %s; %s\n", source_of(&fields[i]), fields[i].help);
	}
}

void vp_conf_free(const struct vp_conf_field *fields, size_t n_fields, void *cfg)
{
	for (size_t i = 0; i < n_fields; i++) {
		char **text = (char **)((char *)cfg + fields[i].offset);

		if (!is_text(fields[i].type) || !*text) {
			continue;
		}
		if (fields[i].secret) {
			explicit_bzero(*text, strlen(*text));
		}
		vp_freep(text);
	}
}
