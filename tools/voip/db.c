#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "tools/voip/cli.h"
#include "tools/voip/db.h"

enum {
	CONNECT_WAIT_US = 10 * 1000000,
	ANSWER_WAIT_US = 120 * 1000000,
	POLL_MS = 100,
	WHY_SIZE = 512
};

struct tool_db {
	struct vp_db *db;
};

/* A question whose answer is awaited. */
struct wait {
	bool done;
	int err;
	bool silent;
	void (*h)(const struct vp_db_result *res, void *arg);
	void *arg;
};

static void drain_until(struct tool_db *db, const bool *done, int64_t deadline_us)
{
	struct pollfd pfd = {.fd = vp_db_fd(db->db), .events = POLLIN};

	while (!*done && vp_mono_us() < deadline_us) {
		poll(&pfd, 1, POLL_MS);
		vp_db_drain(db->db);
	}
}

static void on_result(int err, const struct vp_db_result *res, void *arg)
{
	struct wait *wait = arg;

	wait->err = err;
	wait->done = true;
	if (err && err != ENOTCONN && res && !wait->silent) {
		fprintf(stderr, "voip: the database refused: %s\n", vp_db_result_error(res));
	}
	if (!err && wait->h) {
		wait->h(res, wait->arg);
	}
}

static int ask(struct tool_db *db, const char *sql, const struct vp_db_param *params, size_t n,
	struct wait *wait)
{
	struct vp_db_op *op;
	int err = vp_db_query(db->db, sql, params, n, on_result, wait, &op);

	if (err) {
		return err;
	}
	drain_until(db, &wait->done, vp_mono_us() + ANSWER_WAIT_US);
	if (!wait->done) {
		vp_db_cancel(op);
		return ETIMEDOUT;
	}
	return wait->err;
}

/* A server that is just starting gets time; one that wants another password does not. */
static int await_database(const struct vp_db_cfg *cfg)
{
	const int64_t deadline = vp_mono_us() + CONNECT_WAIT_US;
	char why[WHY_SIZE];
	int err = vp_db_probe(cfg, why, sizeof(why));

	while (err == ENOTCONN && vp_mono_us() < deadline) {
		poll(NULL, 0, POLL_MS);
		err = vp_db_probe(cfg, why, sizeof(why));
	}
	if (err) {
		cli_failf("Is PostgreSQL running, and are VOIP_DB_URL and VOIP_DB_PASSWORD right? "
			  "`voip doctor` looks closer.",
			"the database does not answer: %s", why);
	}
	return err;
}

struct tool_db *tool_db_open(void)
{
	const char *url = cli_db_url();
	struct tool_db *db;
	VP_CLEANUP(cli_wipe) char *password = cli_secret("VOIP_DB_PASSWORD");
	struct vp_db_cfg cfg = {.url = url,
		.password = password,
		.app_name = "voip",
		.readers = 1,
		.timeout_ms = 60000};
	int err;

	if (!url || (!password && errno)) {
		return NULL;
	}
	vp_log_init("voip", "cli", VP_LOG_ERROR);
	if (await_database(&cfg) != 0) {
		return NULL;
	}
	db = calloc(1, sizeof(*db));
	err = db ? vp_db_create(&db->db, &cfg) : ENOMEM;
	if (err) {
		cli_failf(NULL, "the database cannot be used: %s", strerror(err));
		return tool_db_close(db);
	}
	return db;
}

struct tool_db *tool_db_close(struct tool_db *db)
{
	if (db) {
		vp_db_destroy(db->db);
		free(db);
	}
	return NULL;
}

char *tool_db_scram(const char *password)
{
	VP_CLEANUP(cli_wipe) char *own = cli_secret("VOIP_DB_PASSWORD");
	const struct vp_db_cfg cfg = {.url = cli_db_url(), .password = own, .app_name = "voip"};
	char *verifier = NULL;
	int err = cfg.url ? vp_db_scram(&cfg, password, &verifier) : EINVAL;

	if (err) {
		cli_failf(NULL, "the roles' password could not be prepared: %s", strerror(err));
	}
	return verifier;
}

static int report(int err)
{
	if (err == ENOTCONN || err == ETIMEDOUT) {
		cli_fail("the database went away", "Try again when it is back.");
	}
	return err;
}

int tool_db_query(struct tool_db *db, const char *sql, const struct vp_db_param *params, size_t n,
	void (*h)(const struct vp_db_result *res, void *arg), void *arg)
{
	struct wait wait = {.h = h, .arg = arg};

	return report(ask(db, sql, params, n, &wait));
}

int tool_db_try(struct tool_db *db, const char *sql, const struct vp_db_param *params, size_t n)
{
	struct wait wait = {.silent = true};

	return ask(db, sql, params, n, &wait);
}

static void take_text(const struct vp_db_result *res, void *arg)
{
	char **text = arg;

	if (vp_db_rows(res) > 0 && !vp_db_is_null(res, 0, 0)) {
		*text = strdup(vp_db_text(res, 0, 0));
	}
}

char *tool_db_text(struct tool_db *db, const char *sql, const struct vp_db_param *params, size_t n,
	int *ret_err)
{
	char *text = NULL;

	*ret_err = tool_db_query(db, sql, params, n, take_text, &text);
	return text;
}

static void on_written(int err, void *arg)
{
	struct wait *wait = arg;

	wait->err = err;
	wait->done = true;
}

int tool_db_write(struct tool_db *db, struct vp_db_tx *tx)
{
	struct wait *wait = calloc(1, sizeof(*wait));
	int err = wait ? vp_db_write(db->db, tx, on_written, wait) : ENOMEM;

	if (err) {
		vp_db_tx_destroy(tx);
		free(wait);
		return err;
	}
	drain_until(db, &wait->done, vp_mono_us() + ANSWER_WAIT_US);
	if (!wait->done) {
		/* the writer may still call back: the few bytes stay until the process ends */
		return report(ETIMEDOUT);
	}
	err = wait->err;
	free(wait);
	if (err && err != ENOTCONN) {
		cli_failf(
			"`voip migrate` brings the tables up to date; `voip doctor` looks closer.",
			"the database refused the change: %s", strerror(err));
	}
	return report(err);
}

struct vp_db *tool_db_client(struct tool_db *db)
{
	return db->db;
}

int tool_db_await(struct tool_db *db, const bool *done)
{
	drain_until(db, done, vp_mono_us() + ANSWER_WAIT_US);
	return *done ? 0 : ETIMEDOUT;
}
