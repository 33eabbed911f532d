#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tests/integration/database.h"
#include "tests/integration/recorder/world.h"
#include "tests/lib/child.h"

enum { POLL_MS = 20, ARGS_MAX = 32 };

static char *read_text(const char *path)
{
	FILE *f = fopen(path, "r");
	cr_assert_not_null(f, "%s", path);
	char *text = calloc(1, 1 << 20);
	size_t n = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	text[n] = '\0';
	return text;
}

static void seed(struct world *w)
{
	char org[VP_UUID_TEXT_SIZE], user[VP_UUID_TEXT_SIZE];
	w->org = vp_uuid_new();
	w->user = vp_uuid_new();
	vp_uuid_text(w->org, org);
	vp_uuid_text(w->user, user);
	world_sql(w, "insert into orgs (id, name) values ('%s', 'test')", org);
	world_sql(w,
		"insert into users (org_id, id, email, name) values ('%s', '%s', 'a@b.c', 'A')",
		org, user);
}

void world_begin(struct world *w)
{
	*w = (struct world){0};
	vp_strcopy(w->dir, sizeof(w->dir), "/tmp/recorder_world.XXXXXX");
	cr_assert_not_null(mkdtemp(w->dir));
	snprintf(w->spool_dir, sizeof(w->spool_dir), "%s/spool", w->dir);
	snprintf(w->recording_dir, sizeof(w->recording_dir), "%s/recordings", w->dir);
	cr_assert_eq(mkdir(w->spool_dir, 0700), 0);
	w->db_url = database_make(NULL);
	cr_assert_not_null(w->db_url);
	world_sql(w, "select ensure_partitions(current_date)");
	seed(w);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void world_end(struct world *w)
{
	if (w->recorder) {
		world_stop(w, SIGKILL);
	}
	if (w->db_url) {
		database_drop(w->db_url);
		free(w->db_url);
	}
	nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* What a sanitizer of the child wants to know. */
static size_t pass_on(char **env, size_t n)
{
	static const char *const names[] = {
		"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"};
	for (size_t i = 0; i < VP_ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);
		if (value) {
			env[n++] = vp_strf("%s=%s", names[i], value);
		}
	}
	return n;
}

/* The child's environment: only what is named here. */
static void exec_recorder(struct world *w, char *extra)
{
	char *env[ARGS_MAX] = {NULL}, log[96];
	size_t n = 0;
	env[n++] = vp_strf("VOIP_DB_URL=%s?user=voip_recorder", w->db_url);
	env[n++] =
		vp_strf("VOIP_BUS=127.0.0.1:1+2"); /* nobody there: the database must be enough */
	env[n++] = vp_strf("VOIP_SPOOL_DIR=%s", w->spool_dir);
	env[n++] = vp_strf("VOIP_RECORDING_DIR=%s", w->recording_dir);
	env[n++] = vp_strf("VOIP_ENV_FILE=/dev/null");
	n = pass_on(env, n);
	for (char *line = extra ? strtok(extra, "\n") : NULL; line && n < ARGS_MAX - 1;
		line = strtok(NULL, "\n")) {
		env[n++] = line;
	}
	snprintf(log, sizeof(log), "%s/recorder.log", w->dir);
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	char *argv[] = {"voip-recorder", NULL};
	execve(getenv("RECORDER_EXE"), argv, env);
	_exit(127);
}

void world_start(struct world *w, const char *env)
{
	char *extra = env ? strdup(env) : NULL;
	w->recorder = child_fork();
	cr_assert_geq(w->recorder, 0);
	if (w->recorder == 0) {
		exec_recorder(w, extra);
	}
	free(extra);
}

void world_start_limited(struct world *w, long max_bytes)
{
	struct rlimit limit = {.rlim_cur = (rlim_t)max_bytes, .rlim_max = (rlim_t)max_bytes};
	w->recorder = child_fork();
	cr_assert_geq(w->recorder, 0);
	if (w->recorder == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		exec_recorder(w, NULL);
	}
}

int world_stop(struct world *w, int sig)
{
	int status;
	cr_assert_eq(kill(w->recorder, sig), 0);
	cr_assert_eq(waitpid(w->recorder, &status, 0), w->recorder);
	w->recorder = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

struct vp_uuid world_call(struct world *w, bool answered, bool ended)
{
	struct vp_uuid id = vp_uuid_new();
	char text[VP_UUID_TEXT_SIZE], org[VP_UUID_TEXT_SIZE], user[VP_UUID_TEXT_SIZE];
	vp_uuid_text(id, text);
	vp_uuid_text(w->org, org);
	vp_uuid_text(w->user, user);
	world_sql(w,
		"insert into calls (org_id, id, direction, status, user_id, started_at, "
		"answered_at, ended_at)"
		" values ('%s', '%s', 'outbound', '%s', '%s', now(), %s, %s)",
		org, text, ended ? "completed" : "in-progress", user, answered ? "now()" : "null",
		ended ? "now()" : "null");
	return id;
}

void world_end_call(struct world *w, struct vp_uuid call)
{
	char text[VP_UUID_TEXT_SIZE];
	vp_uuid_text(call, text);
	world_sql(
		w, "update calls set ended_at = now(), status = 'completed' where id = '%s'", text);
}

const char *world_spool(struct world *w, struct vp_uuid call)
{
	static char path[256];
	char text[VP_UUID_TEXT_SIZE];
	vp_uuid_text(call, text);
	snprintf(path, sizeof(path), "%s/%s.spool", w->spool_dir, text);
	return path;
}

static const char *query(struct world *w, const char *sql)
{
	const char *text = database_text(w->db_url, sql);
	cr_assert_not_null(text, "%s", sql);
	return text;
}

const char *world_sql(struct world *w, const char *fmt, ...)
{
	char sql[1024];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	return query(w, sql);
}

void world_until(struct world *w, const char *text, const char *fmt, ...)
{
	char sql[1024];
	const char *got;
	int64_t until = vp_mono_us() + WORLD_WAIT_MS * 1000LL;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(sql, sizeof(sql), fmt, ap);
	va_end(ap);
	while (strcmp(got = query(w, sql), text) != 0) {
		cr_assert_lt(vp_mono_us(), until, "waited in vain for '%s', is '%s': %s", text, got,
			sql);
		usleep(POLL_MS * 1000);
	}
}

bool world_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

void world_until_gone(const char *path)
{
	int64_t until = vp_mono_us() + WORLD_WAIT_MS * 1000LL;
	while (world_exists(path)) {
		cr_assert_lt(vp_mono_us(), until, "%s is still there", path);
		usleep(POLL_MS * 1000);
	}
}

unsigned world_logged(struct world *w, const char *text)
{
	char path[96];
	unsigned n = 0;
	snprintf(path, sizeof(path), "%s/recorder.log", w->dir);
	if (!world_exists(path)) {
		return 0;
	}
	char *log = read_text(path);
	for (const char *at = log; (at = strstr(at, text)) != NULL; at += strlen(text)) {
		n++;
	}
	free(log);
	return n;
}
