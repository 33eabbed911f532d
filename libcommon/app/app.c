/* From main to the service's loop and back. The order matters: memory is shut against dumps before
 * a secret is read, and signals are blocked before a thread starts, so that all threads inherit it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "libcommon/app/admin.h"
#include "libcommon/app/admin_file.h"
#include "libcommon/app/app.h"
#include "libcommon/app/health.h"
#include "libcommon/app/settings.h"
#include "libcommon/base/base.h"
#include "libcommon/base/dumps.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"

#define NODE_SIZE 33
#define RANDOM_NODE_LEN 16

struct vp_app {
	const struct vp_app_def *def;
	struct app_settings settings;
	char node[NODE_SIZE];
	int stop_fd;
	int stop_level;
	struct health health;
	struct admin *admin;
};

enum mode { MODE_RUN, MODE_CHECK, MODE_VERSION, MODE_HELP, MODE_WRONG };

static enum mode parse_mode(int argc, char **argv)
{
	if (argc <= 1) {
		return MODE_RUN;
	}
	if (argc > 2) {
		return MODE_WRONG;
	}
	if (strcmp(argv[1], "--check") == 0) {
		return MODE_CHECK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		return MODE_VERSION;
	}
	return strcmp(argv[1], "--help") == 0 ? MODE_HELP : MODE_WRONG;
}

static void print_usage(const struct vp_app_def *def, FILE *out)
{
	fprintf(out,
		"usage: voip-%s [--check | --version | --help]\n"
		"  --check    check the settings, print them without secrets, and exit\n"
		"\n"
		"Settings come from the environment and from a .env file (VOIP_ENV_FILE names "
		"another):\n",
		def->name);
	settings_explain(def, out);
}

static int open_signals(struct vp_app *app)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	app->stop_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return app->stop_fd < 0 ? errno : 0;
}

static void choose_node(struct vp_app *app)
{
	static const char hex[] = "0123456789abcdef";
	uint8_t random[RANDOM_NODE_LEN];

	if (app->settings.common.node) {
		vp_strcopy(app->node, sizeof(app->node), app->settings.common.node);
		return;
	}
	vp_random(random, sizeof(random));
	for (size_t i = 0; i < RANDOM_NODE_LEN; i++) {
		app->node[i] = hex[random[i] & 15];
	}
}

static void count_build(const struct vp_app *app)
{
	VP_CLEANUP(vp_freep)
	char *labels = vp_strf("service=\"%s\",version=\"%s\"", app->def->name, VP_VERSION);

	vp_assert(labels);
	vp_metric_set(vp_gauge("voip_build_info", "The running program.", labels), 1);
	vp_metric_set(
		vp_gauge("voip_start_time_seconds", "When the process started, Unix time.", NULL),
		vp_time_us() / 1000000);
}

static int start_admin(struct vp_app *app)
{
	const char *listen = app->settings.common.admin_listen;
	const char *file = app->settings.common.admin_file;
	int err = listen ? admin_start(&app->admin, listen, &app->health) : 0;

	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_STR("part", "admin port"),
			VP_KV_STR("listen", listen), VP_KV_ERR(err));
		return err;
	}
	err = listen && file ? admin_file_write(file, listen, admin_port(app->admin)) : 0;
	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_STR("part", "admin file"),
			VP_KV_STR("file", file), VP_KV_ERR(err));
	}
	return err;
}

static int start(struct vp_app *app)
{
	int err = open_signals(app);

	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_STR("part", "signals"), VP_KV_ERR(err));
		return err;
	}
	return start_admin(app);
}

static void end(struct vp_app *app)
{
	if (app->admin && app->settings.common.admin_file) {
		unlink(app->settings.common.admin_file);
	}
	admin_stop(app->admin);
	if (app->stop_fd >= 0) {
		close(app->stop_fd);
	}
}

static int run(struct vp_app *app)
{
	int status = EXIT_FAILURE;

	choose_node(app);
	vp_log_init(app->def->name, app->node, (enum vp_log_level)app->settings.common.log_level);
	health_init(&app->health, app->def->name);
	count_build(app);
	if (start(app) == 0) {
		vp_log(INFO, "service.started", VP_KV_STR("version", VP_VERSION),
			VP_KV_INT("pid", getpid()),
			VP_KV_INT("admin_port", app->admin ? admin_port(app->admin) : 0));
		status = app->def->run(app, app->settings.own);
		vp_log(INFO, "service.stopped", VP_KV_INT("status", status));
	}
	end(app);
	return status;
}

static int check_and_run(struct vp_app *app, bool only_check)
{
	int err = settings_load(&app->settings, app->def, stderr);

	if (err == ENOMEM) {
		fprintf(stderr, "voip-%s: out of memory\n", app->def->name);
		return EX_OSERR;
	}
	if (err) {
		fprintf(stderr, "voip-%s: not started: mend the settings above (see --help)\n",
			app->def->name);
		return EX_CONFIG;
	}
	if (only_check) {
		settings_print(&app->settings, app->def, stdout);
		return EXIT_SUCCESS;
	}
	if (app->settings.debug_dump) {
		vp_dumps_allow();
	} else {
		vp_dumps_forbid(true);
	}
	return run(app);
}

int vp_app_main(const struct vp_app_def *def, int argc, char **argv)
{
	struct vp_app app = {.def = def, .stop_fd = -1};
	enum mode mode = parse_mode(argc, argv);
	int status;

	switch (mode) {
	case MODE_VERSION: printf("voip-%s %s\n", def->name, VP_VERSION); return EXIT_SUCCESS;
	case MODE_HELP: print_usage(def, stdout); return EXIT_SUCCESS;
	case MODE_WRONG: print_usage(def, stderr); return EX_USAGE;
	case MODE_RUN:
	case MODE_CHECK: break;
	}
	umask(0077);
	vp_dumps_forbid(false); /* for good once VOIP_DEBUG_DUMP does not want them */
	status = check_and_run(&app, mode == MODE_CHECK);
	settings_free(&app.settings, def);
	return status;
}

const struct vp_common_cfg *vp_app_common(const struct vp_app *app)
{
	return &app->settings.common;
}

const char *vp_app_node(const struct vp_app *app)
{
	return app->node;
}

int vp_app_stop_fd(const struct vp_app *app)
{
	return app->stop_fd;
}

int vp_app_stop_level(struct vp_app *app)
{
	struct signalfd_siginfo info;

	while (read(app->stop_fd, &info, sizeof(info)) == sizeof(info)) {
		app->stop_level += app->stop_level < 2;
		health_drain(&app->health);
		vp_log(INFO, "service.stopping", VP_KV_INT("level", app->stop_level),
			VP_KV_INT("signal", info.ssi_signo));
	}
	return app->stop_level;
}

void vp_app_alive(struct vp_app *app)
{
	health_alive(&app->health);
}

void vp_app_ready(struct vp_app *app, const char *part, bool ready)
{
	health_set(&app->health, part, ready);
}
