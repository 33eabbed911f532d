#include "tests/integration/database.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "tests/lib/child.h"

struct first {
	char text[512];
	bool failed;
};

static void on_result(const struct vp_db_result *res, void *arg)
{
	struct first *first = arg;
	const char *why = vp_db_result_error(res);
	first->failed = *why != '\0';
	if (first->failed) {
		printf("# database: %s\n", why);
	} else if (vp_db_rows(res) > 0) {
		vp_strcopy(first->text, sizeof(first->text), vp_db_text(res, 0, 0));
	}
}

const char *database_text(const char *url, const char *sql)
{
	static struct first first;
	first = (struct first){0};
	int err = vp_db_exec_now(url, sql, NULL, 0, on_result, &first);
	if (err || first.failed) {
		printf("# %s: %s\n", sql, strerror(err));
		fflush(stdout);
		return NULL;
	}
	return first.text;
}

static bool copied(const char *server, const char *name)
{
	const char *source = getenv("RINGMAIN_SOURCE_DIR");
	if (!source) {
		printf("# RINGMAIN_SOURCE_DIR is not set: run this with meson test\n");
		return false;
	}
	char *program = vp_strf("%s/tests/lib/make-database", source);
	int status = -1;
	fflush(stdout);
	pid_t pid = child_fork();
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO); /* ours is TAP */
		execl(program, program, server, name, (char *)NULL);
		_exit(127);
	}
	free(program);
	waitpid(pid, &status, 0);
	if (status != 0) {
		printf("# make-database ended with %#x\n", (unsigned)status);
	}
	return status == 0;
}

char *database_make(const char *server)
{
	uint64_t salt;
	char name[48];
	vp_random(&salt, sizeof(salt));
	snprintf(name, sizeof(name), "test_%016llx", (unsigned long long)salt);
	server = server ? server : getenv("VOIP_TEST_DB_URL");
	if (!server) {
		printf("# VOIP_TEST_DB_URL is not set: ./dev test sets it, or name a PostgreSQL "
		       "superuser's URL\n");
		return NULL;
	}
	if (!copied(server, name)) {
		return NULL;
	}
	char *url = vp_strf("%.*s/%s", (int)(strrchr(server, '/') - server), server, name);
	/* a setting of the place, which is not copied */
	char *sql = vp_strf("alter database %s set search_path = voip, public", name);
	if (!database_text(url, sql)) {
		free(VP_TAKE(url));
	}
	free(sql);
	return url;
}

void database_drop(const char *url)
{
	const char *name = strrchr(url, '/') + 1;
	char *server = vp_strf("%.*spostgres", (int)(name - url), url);
	char *sql = vp_strf("drop database if exists %s with (force)", name);
	database_text(server, sql);
	free(sql);
	free(server);
}
