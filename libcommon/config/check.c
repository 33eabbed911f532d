/* What each type of setting accepts. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "libcommon/base/address.h"
#include "libcommon/base/base.h"
#include "libcommon/config/check.h"
#include "libcommon/config/config.h"

#define STR_MAX_DEFAULT 4096
#define PORT_MAX 65535
#define HOST_SIZE 64

static bool is_networks(const char *text)
{
	struct vp_nets nets;

	return vp_nets_parse(&nets, text);
}

_Static_assert(VP_NETS_MAX == 32, "the sentence says so");
const struct vp_conf_form vp_conf_networks = {is_networks,
	"networks or addresses by spaces, such as 10.20.0.0/16 192.168.7.9, at most 32"};

static void *place(const struct vp_conf_field *field, void *cfg)
{
	return (char *)cfg + field->offset;
}

static int set_str(const struct vp_conf_field *field, const char *text, void *cfg, FILE *want)
{
	size_t max = field->max > 0 ? (size_t)field->max : STR_MAX_DEFAULT;
	char *copy;

	if (strlen(text) > max) {
		fprintf(want, "at most %zu characters", max);
		return EINVAL;
	}
	if (field->min > 0 && strlen(text) < (size_t)field->min) {
		fprintf(want, "at least %ld characters", field->min);
		return EINVAL;
	}
	if (field->form && !field->form->fits(text)) {
		fputs(field->form->want, want);
		return EINVAL;
	}
	copy = strdup(text);
	if (!copy) {
		return ENOMEM;
	}
	*(char **)place(field, cfg) = copy;
	return 0;
}

static int set_int(const struct vp_conf_field *field, const char *text, void *cfg, FILE *want)
{
	bool bounded = field->min != 0 || field->max != 0;
	char *end;
	long value;

	errno = 0;
	value = strtol(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 ||
		(bounded && (value < field->min || value > field->max))) {
		fprintf(want, "a whole number");
		if (bounded) {
			fprintf(want, " between %ld and %ld", field->min, field->max);
		}
		return EINVAL;
	}
	*(int64_t *)place(field, cfg) = value;
	return 0;
}

static int set_bool(const struct vp_conf_field *field, const char *text, void *cfg, FILE *want)
{
	static const char *const yes[] = {"true", "1", "yes", "on"};
	static const char *const no[] = {"false", "0", "no", "off"};

	for (size_t i = 0; i < VP_ARRAY_LEN(yes); i++) {
		bool value = strcasecmp(text, yes[i]) == 0;

		if (value || strcasecmp(text, no[i]) == 0) {
			*(bool *)place(field, cfg) = value;
			return 0;
		}
	}
	fprintf(want, "true or false");
	return EINVAL;
}

static int set_enum(const struct vp_conf_field *field, const char *text, void *cfg, FILE *want)
{
	const char *choice = field->choices;

	for (int i = 0;; i++) {
		size_t len = strcspn(choice, "|");

		if (strlen(text) == len && strncasecmp(text, choice, len) == 0) {
			*(int *)place(field, cfg) = i;
			return 0;
		}
		if (choice[len] == '\0') {
			break;
		}
		choice += len + 1;
	}
	fprintf(want, "one of %s", field->choices);
	return EINVAL;
}

static bool is_port(const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);

	return *text >= '0' && *text <= '9' && *end == '\0' && port <= PORT_MAX;
}

/* "127.0.0.1:80", "[::1]:80" */
static bool is_listen(const char *text)
{
	const char *colon = strrchr(text, ':');
	bool v6 = text[0] == '[';
	struct in6_addr addr;
	char host[HOST_SIZE];
	size_t len;

	if (!colon || !is_port(colon + 1)) {
		return false;
	}
	len = (size_t)(colon - text);
	if (len >= sizeof(host) || (v6 && (len < 2 || colon[-1] != ']'))) {
		return false;
	}
	memcpy(host, text, len);
	host[v6 ? len - 1 : len] = '\0';
	return inet_pton(v6 ? AF_INET6 : AF_INET, v6 ? host + 1 : host, &addr) == 1;
}

/* "0.0.0.0:5060-5079": some free port of these. */
static bool is_listen_range(const char *text)
{
	const char *dash = strrchr(text, '-');
	char first[HOST_SIZE + sizeof(":65535")];
	long low;

	if (!dash) {
		return is_listen(text);
	}
	if ((size_t)(dash - text) >= sizeof(first)) {
		return false;
	}
	memcpy(first, text, (size_t)(dash - text));
	first[dash - text] = '\0';
	if (!is_listen(first) || !is_port(dash + 1)) {
		return false;
	}
	low = strtol(strrchr(first, ':') + 1, NULL, 10);
	return low > 0 && low <= strtol(dash + 1, NULL, 10);
}

static bool is_url(const char *text)
{
	static const char *const schemes[] = {"http", "https", "postgresql", "postgres", "tcp"};
	const char *host = strstr(text, "://");
	const char *at;
	size_t scheme_len;

	if (!host) {
		return false;
	}
	for (const char *p = text; *p; p++) {
		if ((unsigned char)*p <= ' ' || *p == 0x7f) {
			return false;
		}
	}
	scheme_len = (size_t)(host - text);
	host += 3;
	at = memchr(host, '@', strcspn(host, "/?#"));
	host = at ? at + 1 : host;
	for (size_t i = 0; i < VP_ARRAY_LEN(schemes); i++) {
		if (strlen(schemes[i]) == scheme_len &&
			strncmp(text, schemes[i], scheme_len) == 0) {
			/* a database may be named by a socket folder: postgresql:///db?host=/run */
			return strcspn(host, "/?#") > 0 || schemes[i][0] == 'p';
		}
	}
	return false;
}

static int set_listen(const struct vp_conf_field *field, const char *text, void *cfg, FILE *want)
{
	if (!is_listen(text)) {
		fprintf(want, "ADDRESS:PORT, for example 127.0.0.1:8080 or [::1]:8080");
		return EINVAL;
	}
	return set_str(field, text, cfg, want);
}

static int set_listen_range(
	const struct vp_conf_field *field, const char *text, void *cfg, FILE *want)
{
	if (!is_listen_range(text)) {
		fprintf(want, "ADDRESS:PORT or ADDRESS:FIRST-LAST, for example 0.0.0.0:5060-5079");
		return EINVAL;
	}
	return set_str(field, text, cfg, want);
}

static int set_url(const struct vp_conf_field *field, const char *text, void *cfg, FILE *want)
{
	if (!is_url(text)) {
		fprintf(want, "a URL with scheme http, https, postgresql or tcp and a host");
		return EINVAL;
	}
	return set_str(field, text, cfg, want);
}

static int set_path(const struct vp_conf_field *field, const char *text, void *cfg, FILE *want)
{
	if (access(text, R_OK) != 0) {
		fprintf(want, "a file or folder that this user can read (%s)",
			strerrordesc_np(errno));
		return EINVAL;
	}
	return set_str(field, text, cfg, want);
}

int conf_set(const struct vp_conf_field *field, const char *text, void *cfg, FILE *want)
{
	switch (field->type) {
	case VP_CONF_STR: return set_str(field, text, cfg, want);
	case VP_CONF_INT: return set_int(field, text, cfg, want);
	case VP_CONF_BOOL: return set_bool(field, text, cfg, want);
	case VP_CONF_ENUM: return set_enum(field, text, cfg, want);
	case VP_CONF_LISTEN: return set_listen(field, text, cfg, want);
	case VP_CONF_LISTEN_RANGE: return set_listen_range(field, text, cfg, want);
	case VP_CONF_URL: return set_url(field, text, cfg, want);
	case VP_CONF_PATH: return set_path(field, text, cfg, want);
	}
	return EINVAL;
}

void conf_print_url(const char *url, FILE *out)
{
	const char *host = strstr(url, "://");
	const char *at, *colon;

	host = host ? host + 3 : url;
	at = memrchr(host, '@', strcspn(host, "/?#"));
	colon = at ? memchr(host, ':', (size_t)(at - host)) : NULL;
	if (!colon) {
		fputs(url, out);
		return;
	}
	fprintf(out, "%.*s:***%s", (int)(colon - url), url, at);
}
