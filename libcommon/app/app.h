/* The frame of every service: arguments, settings, log, signals, health, and the admin port
 * (/metrics, /livez, /readyz). It brings no event loop: the service watches one descriptor. */
#ifndef VP_APP_H
#define VP_APP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct vp_app;
struct vp_conf_field;

/* needs: without VOIP_DB_URL, or VOIP_BUS, the service does not start. */
#define VP_APP_DB 1u
#define VP_APP_BUS 2u

struct vp_app_def {
	const char *name;                   /* "router" */
	const struct vp_conf_field *fields; /* own keys; the common ones are added, see below */
	size_t n_fields;
	size_t cfg_size;
	unsigned needs; /* VP_APP_DB, VP_APP_BUS: common settings it cannot miss */
	/* Optional: what the table cannot say. Faults go to err, as vp_conf_load's; 0 or EINVAL */
	int (*check)(const void *cfg, FILE *err);
	/* Runs until told to stop; cfg is const from here on. Its result is the exit status. */
	int (*run)(struct vp_app *app, const void *cfg);
};

/* Settings of every service, read by vp_app_main beside the service's own. */
struct vp_common_cfg {
	char *db_url;      /* VOIP_DB_URL: libpq URL, may name several hosts */
	char *db_password; /* VOIP_DB_PASSWORD: NULL when the URL has it or none is needed */
	char *bus;      /* VOIP_BUS: "127.0.0.1:5561+5562,..." publish+subscribe port a forwarder */
	char *bus_cert; /* VOIP_BUS_CERT: this service's CURVE key file (secret, 0600) */
	char *bus_server_key; /* VOIP_BUS_SERVER_KEY: the forwarders' public key file */
	char *node;           /* VOIP_NODE: default: random, new at each start */
	char *admin_listen;   /* VOIP_ADMIN_LISTEN: "127.0.0.1:9101"; empty: no admin port */
	char *admin_file;     /* VOIP_ADMIN_FILE: is told the address when the port is bound */
	char *org;     /* VOIP_ORG: default organisation's id for single-tenant set-ups, optional */
	int log_level; /* VOIP_LOG_LEVEL */
};

/* Parses --check (validate settings, print them, exit 0 or 78), --version, --help; reads .env
 * (VOIP_ENV_FILE); sets log, RLIMIT_CORE 0, no dumps; blocks SIGTERM/SIGINT/SIGPIPE; starts the
 * admin port; calls run. Returns main's exit status. */
int vp_app_main(const struct vp_app_def *def, int argc, char **argv);

const struct vp_common_cfg *vp_app_common(const struct vp_app *app);
const char *vp_app_node(const struct vp_app *app);

/* Readable once the process was told to stop (first signal: drain; second: leave now). Read it with
 * vp_app_stop_level: 0 none, 1 drain, 2 now. */
int vp_app_stop_fd(const struct vp_app *app);
int vp_app_stop_level(struct vp_app *app);

/* The loop calls this about each second: /livez fails when it was not called for 10 s. */
void vp_app_alive(struct vp_app *app);

/* /readyz names each part that is not ready. A part is unready until set. Any thread. */
void vp_app_ready(struct vp_app *app, const char *part, bool ready);
#endif
