#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tests/unit/libcommon/db/fixture.h"

static char name[64];
static char *url;

static void first_number(const struct vp_db_result *res, void *arg)
{
	if (vp_db_rows(res) > 0) {
		*(int64_t *)arg = vp_db_int(res, 0, 0);
	}
	const char *why = vp_db_result_error(res);
	if (*why) {
		fprintf(stderr, "test database: %s\n", why);
	}
}

static int64_t sql_at(const char *where, const char *sql)
{
	int64_t number = 0;
	int err = vp_db_exec_now(where, sql, NULL, 0, first_number, &number);
	cr_assert_eq(err, 0, "%s: %s", sql, strerror(err));
	return number;
}

static const char *server(void)
{
	const char *text = getenv("VOIP_TEST_DB_URL");
	cr_assert_not_null(text, "VOIP_TEST_DB_URL is not set: ./dev test sets it, or name a "
				 "PostgreSQL superuser's URL");
	return text;
}

const char *test_db_make(void)
{
	uint64_t salt;
	vp_random(&salt, sizeof(salt));
	snprintf(name, sizeof(name), "test_%016llx", (unsigned long long)salt);
	const char *base = server();
	char *sql = vp_strf("create database %s", name);
	sql_at(base, sql);
	free(sql);
	const char *path = strrchr(base, '/');
	cr_assert_not_null(path);
	url = vp_strf("%.*s/%s", (int)(path - base), base, name);
	return url;
}

void test_db_drop(void)
{
	char *sql = vp_strf("drop database if exists %s with (force)", name);
	sql_at(server(), sql);
	free(sql);
	free(VP_TAKE(url));
}

int64_t test_db_sql(const char *sql)
{
	return sql_at(url, sql);
}

int64_t test_db_cut(void)
{
	char *sql = vp_strf("select count(pg_terminate_backend(pid)) from pg_stat_activity where "
			    "datname = '%s'",
		name);
	int64_t n = sql_at(server(), sql);
	free(sql);
	return n;
}

void test_db_until(struct vp_db *db, bool (*done)(void *arg), void *arg, const char *what)
{
	int64_t until = vp_mono_us() + TEST_WAIT_MS * 1000LL;
	while (!done(arg)) {
		cr_assert_lt(vp_mono_us(), until, "waited in vain: %s", what);
		struct pollfd fd = {.fd = vp_db_fd(db), .events = POLLIN};
		poll(&fd, 1, 100);
		vp_db_drain(db);
	}
}
