/* Settings: environment (and a .env file) into one struct by one table; every fault is reported
 * at once. A service reads only its own keys. KEY_FILE in the environment names a file that holds
 * the value of KEY (for secrets). */
#ifndef VP_CONFIG_H
#define VP_CONFIG_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum vp_conf_type {
	VP_CONF_STR,          /* char * (owned by the config) */
	VP_CONF_INT,          /* int64_t, min..max */
	VP_CONF_BOOL,         /* bool: true/false/1/0/yes/no/on/off */
	VP_CONF_ENUM,         /* int: index in choices ("a|b|c") */
	VP_CONF_LISTEN,       /* char *: "ADDR:PORT" checked */
	VP_CONF_LISTEN_RANGE, /* char *: "ADDR:PORT" or "ADDR:FIRST-LAST" checked */
	VP_CONF_URL,          /* char *: http(s)/postgresql/tcp URL checked for scheme and host */
	VP_CONF_PATH,         /* char *: existing file or folder */
};

/* What a text must look like. */
struct vp_conf_form {
	bool (*fits)(const char *text);
	const char *want; /* the end of "KEY: is 'text', wants ..." */
};
/* Networks and addresses, as vp_nets_parse takes them. */
extern const struct vp_conf_form vp_conf_networks;

struct vp_conf_field {
	const char *key; /* "VOIP_HTTP_LISTEN" */
	enum vp_conf_type type;
	size_t offset;
	const char *def; /* NULL: required; "": optional (NULL in the struct for strings) */
	long min, max;   /* integers: bounds; strings: max is the longest length (0: 4096) */
	const char *choices;
	bool secret;
	const char *help;                /* one line: what it is, an example */
	const struct vp_conf_form *form; /* of VP_CONF_STR; NULL: any text */
};

/* Fills cfg (zeroed by the caller). Faults go to err one a line: "VOIP_X: is 'abc', wants a number
 * between 1 and 65535 (the port ...)". 0, EINVAL when there was a fault, ENOMEM. */
int vp_conf_load(const struct vp_conf_field *fields, size_t n_fields, void *cfg, FILE *err);

/* Reads KEY=value lines into the environment (what is set there wins). ENOENT is no fault */
int vp_conf_env_file(const char *path, FILE *err);

/* Prints every key with its value, source and help; secrets as "set" or "not set". */
void vp_conf_print(const struct vp_conf_field *fields, size_t n_fields, const void *cfg, FILE *out);

void vp_conf_free(const struct vp_conf_field *fields, size_t n_fields, void *cfg);
#endif
