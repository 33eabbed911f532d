/* A service that does what it reads: "ready PART 0|1", "core" and "dumpable" print what the frame
 * has set; the end of input ends it with status 7. Told to stop, it prints the level, and leaves
 * at 2. */
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"

struct probe_cfg {
	int64_t port;
	char *key;
};

static const struct vp_conf_field fields[] = {
	{.key = "T_PORT",
		.type = VP_CONF_INT,
		.offset = offsetof(struct probe_cfg, port),
		.def = "80",
		.min = 1,
		.max = 65535,
		.help = "the port"},
	{.key = "T_KEY",
		.type = VP_CONF_STR,
		.offset = offsetof(struct probe_cfg, key),
		.secret = true,
		.help = "the key"},
};

static void obey(struct vp_app *app, const char *line)
{
	char part[16];
	int ready;
	struct rlimit limit;

	if (sscanf(line, "ready %15s %d", part, &ready) == 2) {
		vp_app_ready(app, part, ready != 0);
		puts("done");
	} else if (strncmp(line, "core", 4) == 0) {
		getrlimit(RLIMIT_CORE, &limit);
		printf("%lld\n", (long long)limit.rlim_max);
	} else if (strncmp(line, "dumpable", 8) == 0) {
		printf("%d\n", prctl(PR_GET_DUMPABLE));
	} else if (strncmp(line, "node", 4) == 0) {
		printf("%s\n", vp_app_node(app));
	}
}

static int run(struct vp_app *app, const void *cfg)
{
	struct pollfd fds[2] = {{vp_app_stop_fd(app), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
	char line[64];

	(void)cfg;
	setvbuf(stdout, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		vp_app_alive(app);
		if (poll(fds, 2, 1000) < 0) {
			return 1;
		}
		if (fds[0].revents) {
			int level = vp_app_stop_level(app);

			printf("stop %d\n", level);
			if (level == 2) {
				return 0;
			}
		}
		if (fds[1].revents) {
			if (!fgets(line, sizeof(line), stdin)) {
				return 7;
			}
			obey(app, line);
		}
	}
}

static int check(const void *cfg, FILE *err)
{
	if (((const struct probe_cfg *)cfg)->port == 666) {
		fputs("T_PORT: is 666, wants another\n", err);
		return 22;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct vp_app_def def = {.name = "probe",
		.fields = fields,
		.n_fields = VP_ARRAY_LEN(fields),
		.cfg_size = sizeof(struct probe_cfg),
		.needs = VP_APP_BUS,
		.check = check,
		.run = run};

	return vp_app_main(&def, argc, argv);
}
