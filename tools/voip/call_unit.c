/* voip call-unit: a call-controller and its media process as one thing to start, scale and stop,
 * for places that know one process a container. What dies is started again; a stop lets calls end.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "tools/voip/cli.h"

#define PAUSE_MIN_US 100000 /* before a restart; doubles with each death in a row */
#define PAUSE_MAX_US 5000000
#define STEADY_US 10000000 /* who lived so long died of something new */
#define DEATHS_MAX 6       /* in a row: then somebody else must help */
#define NOT_FOUND 127      /* execvp failed */
#define RUN_FOLDER "/run/voip"

struct proc {
	const char *program;
	void (*set_env)(void); /* of the new process; may be NULL */
	pid_t pid;             /* 0: does not run */
	int64_t started_us;
	int64_t start_at_us; /* when it does not run */
	unsigned deaths;     /* in a row */
};

struct unit {
	struct proc media, controller;
	sigset_t signals;
	char *folder; /* of the socket between them; NULL: somebody chose a place */
	bool stopping;
	bool media_told;
	int status;
};

/* --- what each of them sees --- */

static void set_and_free(const char *key, char *text)
{
	if (text) {
		setenv(key, text, 1);
	}
	free(text);
}

/* Its settings are ours, but media has an admin port of its own, and nothing that opens the
 * database. */
static void set_media_env(void)
{
	static const char *const keep_out[] = {
		"VOIP_DB_URL", "VOIP_DB_PASSWORD", "VOIP_DB_PASSWORD_FILE", "VOIP_BUS_CERT"};
	const char *listen = getenv("VOIP_ADMIN_LISTEN"), *file = getenv("VOIP_ADMIN_FILE");
	const char *colon = listen ? strrchr(listen, ':') : NULL;

	if (colon) {
		set_and_free("VOIP_ADMIN_LISTEN", vp_strf("%.*s:0", (int)(colon - listen), listen));
	}
	if (file && *file) {
		set_and_free("VOIP_ADMIN_FILE", vp_strf("%s.media", file));
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(keep_out); i++) {
		unsetenv(keep_out[i]);
	}
}

/* One socket for the two, in a folder that nobody else has. */
static int choose_socket(struct unit *unit)
{
	const char *set = getenv("VOIP_MEDIA_SOCKET"), *temp = getenv("TMPDIR");
	const char *base = access(RUN_FOLDER, W_OK) == 0 ? RUN_FOLDER
			   : temp && *temp               ? temp
							 : "/tmp";
	VP_CLEANUP(vp_freep) char *path = NULL;

	if (set && *set) {
		return 0;
	}
	unit->folder = vp_strf("%s/unit-XXXXXX", base);
	if (!unit->folder) {
		return ENOMEM;
	}
	if (!mkdtemp(unit->folder)) {
		int err = errno;

		vp_freep(&unit->folder);
		cli_failf("TMPDIR names a folder that can be written.", "%s: %s", base,
			strerror(err));
		return err;
	}
	path = vp_strf("%s/media.sock", unit->folder);
	return path && setenv("VOIP_MEDIA_SOCKET", path, 1) == 0 ? 0 : ENOMEM;
}

/* With what a media that was killed could not remove. */
static void remove_socket(struct unit *unit)
{
	static const char *const files[] = {"media.sock", "media.sock.lock"};

	for (size_t i = 0; unit->folder && i < VP_ARRAY_LEN(files); i++) {
		VP_CLEANUP(vp_freep) char *path = vp_strf("%s/%s", unit->folder, files[i]);

		if (path) {
			unlink(path);
		}
	}
	if (unit->folder) {
		rmdir(unit->folder);
	}
	vp_freep(&unit->folder);
}

/* --- start --- */

/* Beside this program, as installed; else where PATH has it. */
static void exec_program(const char *program)
{
	char *dir = cli_own_dir();
	char *path = dir ? vp_strf("%s/%s", dir, program) : NULL;
	char *const argv[] = {(char *)program, NULL};

	if (path && access(path, X_OK) == 0) {
		execv(path, argv);
	}
	execvp(program, argv);
	_exit(NOT_FOUND);
}

static void start(struct unit *unit, struct proc *proc)
{
	const pid_t parent = getpid();

	proc->started_us = vp_mono_us();
	proc->pid = fork();
	if (proc->pid < 0) {
		proc->pid = 0;
		proc->start_at_us = proc->started_us + PAUSE_MAX_US;
		vp_log(ERROR, "unit.fork_failed", VP_KV_STR("program", proc->program),
			VP_KV_ERR(errno));
		return;
	}
	if (proc->pid == 0) {
		/* a terminal's Ctrl+C must not reach both at once; who is orphaned drains */
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent) {
			_exit(EXIT_FAILURE);
		}
		sigprocmask(SIG_UNBLOCK, &unit->signals, NULL);
		if (proc->set_env) {
			proc->set_env();
		}
		exec_program(proc->program);
	}
	vp_log(INFO, "unit.started", VP_KV_STR("program", proc->program),
		VP_KV_INT("child", proc->pid));
}

static void start_when_due(struct unit *unit, struct proc *proc)
{
	if (proc->pid == 0 && vp_mono_us() >= proc->start_at_us) {
		start(unit, proc);
	}
}

/* --- end --- */

/* The controller first: it ends or drains the calls that media carries. */
static void tell(struct unit *unit)
{
	struct proc *proc = unit->controller.pid ? &unit->controller : &unit->media;

	if (proc->pid) {
		kill(proc->pid, SIGTERM);
		unit->media_told = unit->media_told || proc == &unit->media;
	}
}

static void stop(struct unit *unit, int status)
{
	unit->stopping = true;
	unit->status = unit->status ? unit->status : status;
	tell(unit);
}

static bool is_hopeless(int status)
{
	return WIFEXITED(status) &&
	       (WEXITSTATUS(status) == EX_CONFIG || WEXITSTATUS(status) == NOT_FOUND);
}

static void plan_restart(struct unit *unit, struct proc *proc, int status)
{
	const int64_t now = vp_mono_us();
	int64_t pause = PAUSE_MIN_US;

	proc->deaths = now - proc->started_us < STEADY_US ? proc->deaths + 1 : 1;
	if (is_hopeless(status) || proc->deaths > DEATHS_MAX) {
		vp_log(ERROR, "unit.gives_up", VP_KV_STR("program", proc->program));
		stop(unit, is_hopeless(status) ? WEXITSTATUS(status) : CLI_FAILED);
		return;
	}
	for (unsigned i = 1; i < proc->deaths && pause < PAUSE_MAX_US; i++) {
		pause *= 2;
	}
	pause = pause < PAUSE_MAX_US ? pause : PAUSE_MAX_US;
	proc->start_at_us = now + pause;
	vp_log(WARN, "unit.restarts", VP_KV_STR("program", proc->program),
		VP_KV_INT("in_ms", pause / 1000));
}

static void on_death(struct unit *unit, struct proc *proc, int status)
{
	proc->pid = 0;
	vp_log(INFO, "unit.ended", VP_KV_STR("program", proc->program),
		VP_KV_INT("status", WIFEXITED(status) ? WEXITSTATUS(status) : -1),
		VP_KV_INT("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0));
	if (!unit->stopping) {
		plan_restart(unit, proc, status);
	}
	if (unit->stopping && !unit->controller.pid && !unit->media_told) {
		tell(unit);
	}
}

/* As the first process of a container also those that are nobody's. */
static void reap(struct unit *unit)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == unit->media.pid) {
			on_death(unit, &unit->media, status);
		} else if (pid == unit->controller.pid) {
			on_death(unit, &unit->controller, status);
		}
	}
}

/* --- the loop --- */

/* Until a signal comes, or the next start is due. The signal; 0: none. */
static int wait_for_signal(const struct unit *unit)
{
	const struct proc *const procs[] = {&unit->media, &unit->controller};
	int64_t until = INT64_MAX, left;
	struct timespec timeout;

	for (size_t i = 0; i < VP_ARRAY_LEN(procs); i++) {
		if (procs[i]->pid == 0 && procs[i]->start_at_us < until && !unit->stopping) {
			until = procs[i]->start_at_us;
		}
	}
	if (until == INT64_MAX) {
		return sigwaitinfo(&unit->signals, NULL);
	}
	left = until - vp_mono_us();
	left = left > 0 ? left : 0;
	timeout = (struct timespec){left / 1000000, left % 1000000 * 1000};
	return sigtimedwait(&unit->signals, NULL, &timeout);
}

static void keep_running(struct unit *unit)
{
	int signal = 0;

	do {
		if (signal == SIGTERM || signal == SIGINT) {
			stop(unit, CLI_OK);
		}
		reap(unit);
		if (!unit->stopping) {
			start_when_due(unit, &unit->media);
			start_when_due(unit, &unit->controller);
		}
		if (unit->stopping && !unit->media.pid && !unit->controller.pid) {
			return;
		}
		signal = wait_for_signal(unit);
	} while (true);
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	struct unit unit = {.media = {.program = "voip-media", .set_env = set_media_env},
		.controller = {.program = "voip-call-controller"}};

	if (!cli_parse(cmd, NULL, 0, argc, argv, NULL)) {
		return CLI_USAGE;
	}
	vp_log_init("call-unit", "unit", VP_LOG_INFO);
	sigemptyset(&unit.signals);
	sigaddset(&unit.signals, SIGTERM);
	sigaddset(&unit.signals, SIGINT);
	sigaddset(&unit.signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &unit.signals, NULL);
	/* this process has read .env: what the two would find there is in the environment */
	if (setenv("VOIP_ENV_FILE", "/dev/null", 1) != 0 || choose_socket(&unit) != 0) {
		return CLI_FAILED;
	}
	keep_running(&unit);
	remove_socket(&unit);
	return unit.status;
}

const struct cli_cmd cmd_call_unit = {
	.name = "call-unit",
	.args = "",
	.summary = "Run a call-controller with its media process, as one container does",
	.help = "Both get this command's environment (`voip-call-controller --help`, `voip-media "
		"--help`) and\n"
		"a socket between them. Who dies is started again; the unit ends with an error "
		"when that does\n"
		"not help. SIGTERM lets calls end (VOIP_DRAIN_S), a second one ends them.\n\n"
		"VOIP_ADMIN_LISTEN is the controller's, which is ready when media is; media takes "
		"a "
		"free port\n"
		"of the same address and writes it to VOIP_ADMIN_FILE with .media added.\n",
	.example = "VOIP_ADMIN_LISTEN=127.0.0.1:0 VOIP_ADMIN_FILE=/run/voip/admin voip call-unit",
	.run = run,
};
