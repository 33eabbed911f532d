/* Inside of libcommon/db: statements, connections, and the two ways of using one. */
#ifndef VP_DB_INT_H
#define VP_DB_INT_H
#include <libpq-fe.h>
#include <pthread.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"

#define DB_TICK_MS 50            /* grain of deadlines and reconnects */
#define DB_SLOW_TICK_MS 1000     /* of a commit that is missing */
#define DB_CONNECT_TIMEOUT_S "5" /* a host */
#define DB_RETRY_MIN_MS 100
#define DB_RETRY_MAX_MS 5000
#define DB_COMMIT_TIMEOUT_MS 15000 /* a batch that shows no result for so long: connect anew */
#define DB_BATCH_UNITS 500
#define DB_GATHER_UNITS 100 /* so many are enough: they wait no longer */
#define DB_BATCH_BYTES (1u << 20)
#define DB_UNIT_TRIES 5 /* of a unit that met a deadlock or was serialised away */
#define DB_DESTROY_WAIT_MS 5000
#define DB_DESTROY_CONNECT_MS 500
#define DB_READERS_MAX 64
#define DB_PARAMS_MAX 65535 /* of the protocol: an int16 */

/* --- statement: text and parameters in one block of memory --- */
struct db_stmt {
	struct db_stmt *next;
	void (*on_rows)(const struct vp_db_result *res, void *arg); /* may be NULL */
	void *arg;
	const char *sql;
	size_t size; /* of the block: what a batch counts */
	int n;
	const char **values;
	int *lengths;
	int *formats;
	Oid *types;
};
int db_stmt_create(
	struct db_stmt **ret, const char *sql, const struct vp_db_param *params, size_t n);
/* Hands it to libpq; false: the connection is broken or memory is out. */
bool db_stmt_send(const struct db_stmt *stmt, PGconn *pg);

/* --- array --- */
struct vp_db_array {
	Oid type, element;
	uint8_t *data; /* as it travels */
	size_t len, size;
	uint32_t n;
	bool failed; /* memory was out once */
};

/* --- result --- */
struct vp_db_result {
	PGresult *pg;
	const char *error;
};
enum db_fault {
	DB_FAULT_NONE,
	DB_FAULT_STATEMENT, /* this statement's own: repeating does not help */
	DB_FAULT_TRANSIENT, /* deadlock, serialisation: repeating may help */
	DB_FAULT_AWAY,      /* the server leaves, is full, or became a replica: connect anew */
};
enum db_fault db_result_fault(const PGresult *res, int *ret_err);
const char *db_error_word(int err); /* for a result that the server did not make */

/* --- settings of a connection, shared with the threads that connect --- */
struct db_target;
int db_target_create(
	struct db_target **ret, const char *url, const char *password, const char *app_name);
struct db_target *db_target_ref(struct db_target *target);
struct db_target *db_target_deref(struct db_target *target);
PGconn *db_target_connect(const struct db_target *target); /* blocks */

/* --- connecting in a thread, since libpq looks names up blocking --- */
struct db_connector;
int db_connector_create(struct db_connector **ret, struct db_target *target, int notify_fd);
/* True once it is done; the connection may be NULL or bad, and is the caller's. */
bool db_connector_done(struct db_connector *connector, PGconn **ret_pg);
struct db_connector *db_connector_destroy(struct db_connector *connector);

/* --- a connection that comes back by itself --- */
struct db_conn {
	struct vp_db *db;
	struct db_connector *connector;
	PGconn *pg; /* NULL: away */
	int64_t retry_us;
	unsigned failures;
	bool wants_out;
	/* what uses it */
	void (*on_up)(struct db_conn *conn);
	void (*on_input)(struct db_conn *conn); /* something arrived: results may be ready */
	void (*on_lost)(struct db_conn *conn);
};
void db_conn_init(struct db_conn *conn, struct vp_db *db);
void db_conn_close(struct db_conn *conn);
void db_conn_poll(struct db_conn *conn); /* connector done? */
void db_conn_tick(struct db_conn *conn, int64_t now);
void db_conn_event(struct db_conn *conn);
void db_conn_flush(struct db_conn *conn);
void db_conn_lost(struct db_conn *conn);

/* --- reads --- */
struct vp_db_op {
	struct vp_db_op *next;
	struct db_stmt *stmt;
	vp_db_result_h *h; /* NULL: cancelled */
	void *arg;
	int64_t asked_us, deadline_us;
	int err;
	PGresult *res;
};
struct db_ops {
	struct vp_db_op *head, **tail;
	unsigned n;
};
void db_ops_init(struct db_ops *ops);
void db_ops_push(struct db_ops *ops, struct vp_db_op *op);
struct vp_db_op *db_ops_pop(struct db_ops *ops);
void db_op_free(struct vp_db_op *op);

struct db_reader {
	struct db_conn conn; /* first */
	struct vp_db_op *op;
};
void db_reader_init(struct db_reader *reader, struct vp_db *db);
void db_reader_start(struct db_reader *reader); /* takes the next waiting operation */
void db_reader_tick(struct db_reader *reader, int64_t now);

/* --- writes --- */
struct db_hook {
	struct db_hook *next;
	void (*h)(void *arg);
	void (*free_h)(void *arg);
	void *arg;
};
struct vp_db_tx {
	struct vp_db_tx *next;
	struct db_stmt *stmts, **stmts_tail, *last;
	struct db_hook *hooks, **hooks_tail;
	size_t size;
	unsigned n_stmts, tries;
	bool hurries;
	vp_db_written_h *h;
	void *arg;
	int64_t queued_us;
	int err;
};
struct db_units {
	struct vp_db_tx *head, **tail;
	unsigned n, hurried;
};
void db_units_init(struct db_units *units);
void db_units_push(struct db_units *units, struct vp_db_tx *tx);
struct vp_db_tx *db_units_pop(struct db_units *units);
void db_units_prepend(struct db_units *units, struct db_units *front);

struct db_writer {
	struct db_conn conn; /* first */
	struct db_units waiting, batch;
	enum { DB_WRITER_IDLE, DB_WRITER_BATCH, DB_WRITER_ROLLBACK } state;
	bool framed;                    /* the batch stands between BEGIN and COMMIT */
	unsigned pos;                   /* results seen of the batch */
	struct vp_db_tx *pos_tx;        /* unit that the next result belongs to */
	const struct db_stmt *pos_stmt; /* its statement; NULL: none is left */
	enum db_fault fault;            /* the batch's first */
	int fault_err;
	struct vp_db_tx *guilty; /* NULL: BEGIN or COMMIT failed */
	struct vp_db_tx *alone;  /* is repeated in a transaction of its own */
	unsigned limit;          /* units in the next batch */
	int64_t started_us;      /* when the last batch was sent */
	int64_t heard_us;        /* when the batch was sent or last answered */
	int64_t pause_us;        /* before a repetition */
};
void db_writer_init(struct db_writer *writer, struct vp_db *db);
void db_writer_start(struct db_writer *writer); /* sends what waits, when idle and connected */
void db_writer_tick(struct db_writer *writer, int64_t now);
void db_writer_free(struct db_writer *writer);
unsigned db_writer_backlog(const struct db_writer *writer);

/* --- the whole --- */
struct vp_db {
	struct db_target *target;
	int epoll_fd, wake_fd, timer_fd, gather_fd;
	int armed_ms;   /* the timer was set to so long; 0: it does not run */
	bool gathering; /* the gather timer runs */
	bool draining;  /* in vp_db_drain */
	bool ending;    /* in vp_db_destroy: no callbacks */
	unsigned queue_max;
	int64_t timeout_us, gather_us;
	struct db_ops waiting, done;
	struct db_units done_units;
	unsigned n_readers;
	struct db_reader *readers;
	bool has_writer;
	struct db_writer writer;
};
void db_wake(struct vp_db *db); /* the next drain has work */
/* Something waits for time to pass: the next tick comes within tick_ms. */
void db_arm(struct vp_db *db, int tick_ms);
/* True when units may wait for more to come; the writer starts again when the time is over. */
bool db_gather(struct vp_db *db, const struct db_units *units);
int db_work(struct vp_db *db, int timeout_ms); /* waits for events; how many there were */
void db_finish_op(struct vp_db *db, struct vp_db_op *op, int err, PGresult *res);
void db_finish_unit(struct vp_db *db, struct vp_db_tx *tx, int err);
#endif
