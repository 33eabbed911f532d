/* The database client where others stand between it and PostgreSQL: PgBouncer in transaction mode,
 * a primary that was demoted, connections that end while their thread still makes them. */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tests/integration/bus_kit.h"
#include "tests/lib/child.h"

#define UNITS_MAX 2000

static struct kit_peer peers[2]; /* two clients share the pool's one connection */
static int called[UNITS_MAX], errs[UNITS_MAX], n_called;

static void on_written(int err, void *arg)
{
	intptr_t i = (intptr_t)arg;
	called[i]++;
	errs[i] = err;
	n_called++;
}

static void write_unit(struct vp_db *db, intptr_t i, bool bad)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	vp_db_tx_add(
		tx, "insert into t values ($1) on conflict do nothing", VP_PARAMS(VP_P_INT(i)));
	vp_db_tx_add(tx, bad ? "select 1/0" : "select 1", NULL, 0);
	KIT_CHECK(vp_db_write(db, tx, on_written, (void *)i) == 0);
}

static bool all_called(void *arg)
{
	return n_called >= *(int *)arg;
}

static int n_answers;

static void on_answer(int err, const struct vp_db_result *res, void *arg)
{
	KIT_CHECK(err == 0, "%s", vp_db_result_error(res));
	KIT_CHECK(vp_db_int(res, 0, 0) == (intptr_t)arg);
	size_t len = 0;
	uint8_t *bytes = vp_db_bytes(res, 0, 1, &len);
	KIT_CHECK(len == 3 && memcmp(bytes, "\0\1\2", 3) == 0);
	free(bytes);
	n_answers++;
}

static bool all_answered(void *arg)
{
	return n_answers >= *(int *)arg;
}

/* --- PgBouncer --- */

static pid_t pooler;
static int pooler_port;

static void write_settings(const char *path, const char *url)
{
	char host[64];
	int port;
	KIT_CHECK(sscanf(strchr(url, '@') + 1, "%63[^:]:%d", host, &port) == 2);
	FILE *file = fopen(path, "w");
	fprintf(file,
		"[databases]\n* = host=%s port=%d user=postgres\n[pgbouncer]\nlisten_addr = "
		"127.0.0.1\nlisten_port = %d\nunix_socket_dir =\nauth_type = any\npool_mode = "
		"transaction\ndefault_pool_size = 1\nmax_client_conn = 100\n",
		host, port, pooler_port);
	fclose(file);
}

/* It refuses to be root. */
static void leave_root(void)
{
	const struct passwd *user = geteuid() == 0 ? getpwnam("postgres") : NULL;
	if (user && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) {
		_exit(126);
	}
}

static void pooler_start(const char *url)
{
	char *path = vp_strf("%s/pgbouncer.ini", kit_dir());
	pooler_port = pooler_port ? pooler_port : kit_free_port();
	write_settings(path, url);
	const pid_t parent = getpid();
	pooler = child_fork();
	if (pooler == 0) {
		leave_root();
		child_leash(parent);
		execlp("pgbouncer", "pgbouncer", "-q", path, NULL);
		_exit(127);
	}
	kit_await_port(pooler_port);
	free(path);
}

static void pooler_kill(void)
{
	kill(pooler, SIGKILL);
	waitpid(pooler, NULL, 0);
}

static void open_through_pooler(const char *url)
{
	char *pooled = vp_strf(
		"postgresql://postgres@127.0.0.1:%d/%s", pooler_port, strrchr(url, '/') + 1);
	for (int i = 0; i < 2; i++) {
		const struct vp_db_cfg cfg = {.url = pooled, .readers = 2, .queue_max = 10000};
		KIT_CHECK(vp_db_create(&peers[i].db, &cfg) == 0);
	}
	free(pooled);
}

static void close_clients(void)
{
	for (int i = 0; i < 2; i++) {
		peers[i].db = vp_db_destroy(peers[i].db);
	}
}

static void queries_and_units_pass_a_pooler(void)
{
	const char *url = kit_db_make(NULL);
	kit_db_number("create table t (x int primary key)");
	pooler_start(url);
	open_through_pooler(url);
	int n = 1000;
	for (intptr_t i = 0; i < n; i++) {
		struct vp_db *db = peers[i % 2].db;
		write_unit(db, i, i % 97 == 5);
		KIT_CHECK(vp_db_query(db, "select $1::int, $2::bytea",
				  VP_PARAMS(VP_P_INT(i), VP_P_BYTES("\0\1\2", 3)), on_answer,
				  (void *)i, NULL) == 0);
	}
	kit_pump(peers, 2, all_called, &n, 30000, "all units");
	kit_pump(peers, 2, all_answered, &n, 30000, "all answers");
	for (int i = 0; i < n; i++) {
		KIT_CHECK(called[i] == 1 && errs[i] == (i % 97 == 5 ? EINVAL : 0), "%d: %d", i,
			errs[i]);
	}
	KIT_CHECK(kit_db_number("select count(*) from t") == n - 11);
	close_clients();
	pooler_kill();
	kit_db_drop();
}

static void a_killed_pooler_loses_and_doubles_nothing(void)
{
	const char *url = kit_db_make(NULL);
	kit_db_number("create table t (x int primary key)");
	pooler_start(url);
	open_through_pooler(url);
	int n = 0;
	while (n < UNITS_MAX) {
		write_unit(peers[n % 2].db, n, false);
		n++;
		kit_pump_once(peers, 2, 1);
		if (n % 500 == 250) {
			pooler_kill();
			pooler_start(url);
		}
	}
	kit_pump(peers, 2, all_called, &n, 30000, "all units");
	for (int i = 0; i < n; i++) {
		KIT_CHECK(called[i] == 1 && errs[i] == 0, "%d: %d", i, errs[i]);
	}
	KIT_CHECK(kit_db_number("select count(*) from t") == n);
	close_clients();
	pooler_kill();
	kit_db_drop();
}

/* --- a demoted primary refuses to write; the client must look for the other one --- */

static void a_server_that_turned_read_only_is_left(void)
{
	const char *url = kit_db_make(NULL);
	kit_db_number("create table t (x int primary key)");
	KIT_CHECK(vp_db_create(&peers[0].db, &(struct vp_db_cfg){.url = url, .readers = 1}) == 0);
	int n = 1;
	write_unit(peers[0].db, 0, false);
	kit_pump(peers, 1, all_called, &n, 10000, "the first unit");
	char *sql = vp_strf(
		"alter database %s set default_transaction_read_only = on", strrchr(url, '/') + 1);
	kit_db_number(sql);
	free(sql);
	kit_db_number("select pg_terminate_backend(pid) from pg_stat_activity where datname = "
		      "current_database() and pid <> pg_backend_pid()");
	write_unit(peers[0].db, 1, false);
	kit_pump_for(peers, 1, 1500);
	KIT_CHECK(n_called == 1, "the unit waits, it does not fail");
	sql = vp_strf(
		"alter database %s set default_transaction_read_only = off", strrchr(url, '/') + 1);
	KIT_CHECK(vp_db_exec_now(getenv("VOIP_TEST_DB_URL"), sql, NULL, 0, NULL, NULL) == 0);
	free(sql);
	n = 2;
	kit_pump(peers, 1, all_called, &n, 15000, "the second unit, with the writable server back");
	KIT_CHECK(errs[1] == 0);
	close_clients();
	kit_db_drop();
}

/* --- threads --- */

static size_t threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	size_t n = 0;
	KIT_CHECK(tasks);
	for (const struct dirent *task; (task = readdir(tasks));) {
		n += task->d_name[0] != '.';
	}
	closedir(tasks);
	return n;
}

static void *ends_at_once(void *arg)
{
	return arg;
}

static void clients_may_end_while_they_connect(void)
{
	const char *url = kit_db_make(NULL);
	pthread_t first; /* a sanitizer starts a thread of its own beside the first */
	KIT_CHECK(pthread_create(&first, NULL, ends_at_once, NULL) == 0);
	KIT_CHECK(pthread_join(first, NULL) == 0);
	size_t before = threads();
	for (int i = 0; i < 200; i++) {
		struct vp_db *db;
		const struct vp_db_cfg cfg = {
			.url = i % 3 ? url : "postgresql://x@127.0.0.1:1/x", .readers = 3};
		KIT_CHECK(vp_db_create(&db, &cfg) == 0);
		poll(&(struct pollfd){.fd = vp_db_fd(db), .events = POLLIN}, 1, i % 10);
		vp_db_drain(db);
		vp_db_destroy(db);
	}
	int64_t until = vp_mono_us() + 10000000;
	while (threads() > before) {
		KIT_CHECK(vp_mono_us() < until, "threads that do not end");
		poll(NULL, 0, 5);
	}
	kit_db_drop();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"queries and units pass a pooler", queries_and_units_pass_a_pooler},
		{"a killed pooler loses and doubles nothing",
			a_killed_pooler_loses_and_doubles_nothing},
		{"a server that turned read-only is left", a_server_that_turned_read_only_is_left},
		{"clients may end while they connect", clients_may_end_while_they_connect},
	};
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
