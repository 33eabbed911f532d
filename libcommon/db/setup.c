/* A client's beginning and end. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "libcommon/db/db_int.h"
#include "libcommon/db/metrics.h"

/* Edge-triggered, so that nobody needs to read the counters. */
static int add_own_fd(struct vp_db *db, int fd, void *mark)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET, .data.ptr = mark};
	return epoll_ctl(db->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0 ? 0 : errno;
}

static int open_fds(struct vp_db *db)
{
	db->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	db->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	db->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	db->gather_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (db->epoll_fd < 0 || db->wake_fd < 0 || db->timer_fd < 0 || db->gather_fd < 0) {
		return errno;
	}
	int err = add_own_fd(db, db->wake_fd, NULL);
	err = err ? err : add_own_fd(db, db->timer_fd, &db->timer_fd);
	return err ? err : add_own_fd(db, db->gather_fd, &db->gather_fd);
}

static int make_connections(struct vp_db *db, const struct vp_db_cfg *cfg)
{
	unsigned n = cfg->readers ? cfg->readers : 2;
	if (n > DB_READERS_MAX) {
		return EINVAL;
	}
	db->readers = calloc(n, sizeof(*db->readers));
	if (!db->readers) {
		return ENOMEM;
	}
	db->n_readers = n;
	for (unsigned i = 0; i < n; i++) {
		db_reader_init(&db->readers[i], db);
		db_conn_tick(&db->readers[i].conn, 0);
	}
	db_writer_init(&db->writer, db);
	db->has_writer = !cfg->no_writer;
	if (db->has_writer) {
		db_conn_tick(&db->writer.conn, 0);
	}
	return 0;
}

static void free_all(struct vp_db *db)
{
	for (unsigned i = 0; i < db->n_readers; i++) {
		db_conn_close(&db->readers[i].conn);
		if (db->readers[i].op) {
			db_op_free(db->readers[i].op);
		}
	}
	struct vp_db_op *op;
	while ((op = db_ops_pop(&db->waiting)) || (op = db_ops_pop(&db->done))) {
		db_op_free(op);
	}
	db_writer_free(&db->writer);
	struct vp_db_tx *tx;
	while ((tx = db_units_pop(&db->done_units))) {
		vp_db_tx_destroy(tx);
	}
	free(db->readers);
	db_target_deref(db->target);
	const int fds[] = {db->epoll_fd, db->wake_fd, db->timer_fd, db->gather_fd};
	for (size_t i = 0; i < VP_ARRAY_LEN(fds); i++) {
		if (fds[i] >= 0) {
			close(fds[i]);
		}
	}
	free(db);
}

int vp_db_create(struct vp_db **ret, const struct vp_db_cfg *cfg)
{
	if (!cfg->url) {
		return EINVAL;
	}
	struct vp_db *db = calloc(1, sizeof(*db));
	if (!db) {
		return ENOMEM;
	}
	db_metrics_init();
	db->epoll_fd = db->wake_fd = db->timer_fd = db->gather_fd = -1;
	db->queue_max = cfg->queue_max ? cfg->queue_max : 4096;
	db->gather_us = cfg->gather_ms * 1000LL;
	db->timeout_us = (cfg->timeout_ms ? cfg->timeout_ms : 5000) * 1000LL;
	db_ops_init(&db->waiting);
	db_ops_init(&db->done);
	db_units_init(&db->done_units);
	db_writer_init(&db->writer, db);
	int err = db_target_create(&db->target, cfg->url, cfg->password, cfg->app_name);
	if (!err) {
		err = open_fds(db);
	}
	if (!err) {
		err = make_connections(db, cfg);
	}
	if (err) {
		free_all(db);
		return err;
	}
	*ret = db;
	return 0;
}

/* Is there work that can still come to an end? */
static bool can_finish(const struct vp_db *db)
{
	const struct db_conn *writer = &db->writer.conn;
	if (db_writer_backlog(&db->writer) > 0 && (writer->pg || writer->connector)) {
		return true;
	}
	for (unsigned i = 0; i < db->n_readers; i++) {
		if (db->readers[i].op) {
			return true;
		}
	}
	return false;
}

/* A thread inside libpq, which must not be there any more when the process exits: libraries below
 * it (Kerberos) take their locks away then. One that waits for a dead host does no harm. */
static bool is_connecting(const struct vp_db *db)
{
	bool yes = db->has_writer && db->writer.conn.connector;
	for (unsigned i = 0; i < db->n_readers; i++) {
		yes = yes || db->readers[i].conn.connector;
	}
	return yes;
}

struct vp_db *vp_db_destroy(struct vp_db *db)
{
	if (!db) {
		return NULL;
	}
	db->ending = true;
	db_writer_start(&db->writer);
	const int64_t start = vp_mono_us();
	const int64_t until = start + DB_DESTROY_WAIT_MS * 1000LL;
	const int64_t connect_until = start + DB_DESTROY_CONNECT_MS * 1000LL;
	while ((can_finish(db) && vp_mono_us() < until) ||
		(is_connecting(db) && vp_mono_us() < connect_until)) {
		db_work(db, DB_TICK_MS);
	}
	free_all(db);
	return NULL;
}
