/* A connection that comes back by itself, with growing pauses and jitter, so that a restarted
 * database is not met by everybody in the same instant. Its user (reader, writer) sees three
 * things: up, input, lost. */
#include <string.h>
#include <sys/epoll.h>
#include "libcommon/db/db_int.h"
#include "libcommon/db/metrics.h"

static void watch(struct db_conn *conn, int verb)
{
	struct epoll_event ev = {
		.events = EPOLLIN | (conn->wants_out ? EPOLLOUT : 0),
		.data.ptr = conn,
	};
	epoll_ctl(conn->db->epoll_fd, verb, PQsocket(conn->pg), &ev);
}

void db_conn_init(struct db_conn *conn, struct vp_db *db)
{
	conn->db = db;
	conn->retry_us = 0; /* the first tick connects */
}

static void close_socket(struct db_conn *conn)
{
	if (conn->pg) {
		epoll_ctl(conn->db->epoll_fd, EPOLL_CTL_DEL, PQsocket(conn->pg), NULL);
		PQfinish(VP_TAKE(conn->pg));
	}
	conn->wants_out = false;
}

void db_conn_close(struct db_conn *conn)
{
	conn->connector = db_connector_destroy(conn->connector);
	close_socket(conn);
}

static void retry_later(struct db_conn *conn)
{
	int64_t pause_ms = DB_RETRY_MAX_MS;
	if (conn->failures < 6) {
		pause_ms = (int64_t)DB_RETRY_MIN_MS << conn->failures;
	}
	if (pause_ms > DB_RETRY_MAX_MS) {
		pause_ms = DB_RETRY_MAX_MS;
	}
	conn->failures++;
	uint32_t jitter;
	vp_random(&jitter, sizeof(jitter));
	int64_t half_us = pause_ms * 500;
	conn->retry_us = vp_mono_us() + half_us + (int64_t)(jitter % (uint32_t)(half_us + 1));
	db_arm(conn->db, DB_TICK_MS);
}

void db_conn_poll(struct db_conn *conn)
{
	PGconn *pg = NULL;
	if (!conn->connector || !db_connector_done(conn->connector, &pg)) {
		return;
	}
	conn->connector = db_connector_destroy(conn->connector);
	if (PQstatus(pg) != CONNECTION_OK || PQsetnonblocking(pg, 1) != 0) {
		PQfinish(pg);
		retry_later(conn);
		return;
	}
	conn->pg = pg;
	conn->failures = 0;
	watch(conn, EPOLL_CTL_ADD);
	conn->on_up(conn);
}

void db_conn_tick(struct db_conn *conn, int64_t now)
{
	if (conn->pg || conn->connector) {
		return;
	}
	if (now < conn->retry_us) {
		db_arm(conn->db, DB_TICK_MS);
		return;
	}
	if (db_connector_create(&conn->connector, conn->db->target, conn->db->wake_fd) != 0) {
		retry_later(conn);
	}
}

void db_conn_event(struct db_conn *conn)
{
	if (!conn->pg) {
		return;
	}
	if (conn->wants_out) {
		db_conn_flush(conn);
	}
	if (conn->pg && PQconsumeInput(conn->pg) != 1) {
		/* what the server said before it left may tell whose fault it was */
		conn->on_input(conn);
		if (conn->pg) {
			db_conn_lost(conn);
		}
		return;
	}
	if (conn->pg) {
		conn->on_input(conn);
	}
}

void db_conn_flush(struct db_conn *conn)
{
	int left = PQflush(conn->pg);
	if (left < 0) {
		db_conn_lost(conn);
		return;
	}
	if ((left == 1) != conn->wants_out) {
		conn->wants_out = left == 1;
		watch(conn, EPOLL_CTL_MOD);
	}
}

void db_conn_lost(struct db_conn *conn)
{
	db_count_lost();
	close_socket(conn);
	retry_later(conn);
	conn->on_lost(conn);
}
