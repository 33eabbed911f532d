/* What the relays share. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "tools/bench/media/relay.h"

pid_t relay_spawn(char *const argv[], char *const env[], const char *log)
{
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		if (fd >= 0) {
			dup2(fd, 1);
			dup2(fd, 2);
		}
		for (; *env; env++) {
			putenv(*env);
		}
		execvp(argv[0], argv);
		_exit(127);
	}
	return pid;
}

void relay_end(pid_t pid)
{
	if (pid <= 0) {
		return;
	}
	kill(pid, SIGTERM);
	for (int i = 0; i < 500; i++) {
		struct timespec t = {0, 10000000};
		if (waitpid(pid, NULL, WNOHANG) == pid) {
			return;
		}
		nanosleep(&t, NULL);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int relay_start(struct relay *relay, const struct relay_cfg *cfg)
{
	memset(relay, 0, sizeof(*relay));
	relay->cfg = *cfg;
	relay->legs = calloc(2 * (size_t)cfg->calls, sizeof(*relay->legs));
	if (!relay->legs) {
		return ENOMEM;
	}
	int err = cfg->kind == RELAY_OURS        ? relay_ours_start(relay)
		  : cfg->kind == RELAY_RTPENGINE ? relay_rtpengine_start(relay)
						 : relay_floor_start(relay);
	if (err) {
		relay_stop(relay);
	}
	return err;
}

void relay_idle(void *arg)
{
	struct relay *relay = arg;
	if (relay->cfg.kind == RELAY_OURS) {
		relay_ours_idle(relay);
	}
}

void relay_stop(struct relay *relay)
{
	switch (relay->cfg.kind) {
	case RELAY_OURS: relay_ours_stop(relay); break;
	case RELAY_RTPENGINE: relay_rtpengine_stop(relay); break;
	case RELAY_FLOOR: relay_floor_stop(relay); break;
	}
	free(relay->legs);
	relay->legs = NULL;
}
