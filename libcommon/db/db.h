/* PostgreSQL without session state: unnamed parameters only, no LISTEN, no prepared names, no SET,
 * so it runs through PgBouncer. One thread uses a client: its loop watches one descriptor and
 * drains; all callbacks run inside vp_db_drain. Only connecting (names are looked up) happens in
 * threads.
 *
 * Two ways in: vp_db_query for reads and single statements (any connection, no order promised),
 * and vp_db_write for durable units (one writer connection, strictly in the order given; all that
 * queued while the last commit ran goes into one transaction). */
#ifndef VP_DB_H
#define VP_DB_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"

struct vp_db;
struct vp_db_op; /* a query under way */
struct vp_db_tx; /* statements that commit together */
struct vp_db_result;

struct vp_db_cfg {
	const char *url; /* libpq URL; several hosts: target_session_attrs=read-write is added */
	const char *password; /* NULL: in the URL, or none is needed */
	const char *app_name; /* shown in pg_stat_activity */
	unsigned readers;     /* connections for vp_db_query: default 2 */
	unsigned queue_max;   /* waiting operations before EAGAIN: default 4096 */
	unsigned timeout_ms;  /* of a query, default 5000 */
	unsigned gather_ms;   /* a commit follows the one before by so long at least, and takes all
				 that came meanwhile; a unit that comes alone goes at once, and
				 so does one that hurries. Default 0. It costs a busy program fewer
				 wake-ups and the server fewer commits */
	bool no_writer;       /* this program never writes durable units */
};

/* Starts threads and connects in the background; a database that is away is no error here. */
int vp_db_create(struct vp_db **ret, const struct vp_db_cfg *cfg);
/* Waits for running work at most 5 s, cancels the rest (no callbacks any more), frees. */
struct vp_db *vp_db_destroy(struct vp_db *db);
int vp_db_fd(const struct vp_db *db);
void vp_db_drain(struct vp_db *db);
bool vp_db_connected(const struct vp_db *db);

/* Parameters. Text form of PostgreSQL unless bytea; the values are copied. */
struct vp_db_param {
	enum {
		VP_DB_NULL,
		VP_DB_TEXT,
		VP_DB_INT,
		VP_DB_UUID,
		VP_DB_BYTES,
		VP_DB_BOOL,
		VP_DB_TIME,
		VP_DB_ARRAY
	} type;
	union {
		const char *text; /* NULL is SQL NULL */
		int64_t num;      /* VP_DB_TIME: Unix microseconds, 0 is SQL NULL */
		struct vp_uuid uuid;
		struct {
			const void *data;
			size_t len;
		} bytes;
		const struct vp_db_array *array; /* one value a row; NULL is SQL NULL */
	};
};
#define VP_P_NULL() ((struct vp_db_param){.type = VP_DB_NULL})
#define VP_P_TEXT(v) ((struct vp_db_param){.type = VP_DB_TEXT, .text = (v)})
#define VP_P_INT(v) ((struct vp_db_param){.type = VP_DB_INT, .num = (v)})
#define VP_P_BOOL(v) ((struct vp_db_param){.type = VP_DB_BOOL, .num = (v)})
#define VP_P_UUID(v) ((struct vp_db_param){.type = VP_DB_UUID, .uuid = (v)})
#define VP_P_TIME(v) ((struct vp_db_param){.type = VP_DB_TIME, .num = (v)})
#define VP_P_BYTES(d, l) ((struct vp_db_param){.type = VP_DB_BYTES, .bytes = {(d), (l)}})
#define VP_P_ARRAY(a) ((struct vp_db_param){.type = VP_DB_ARRAY, .array = (a)})
#define VP_PARAMS(...)                                                                             \
	(const struct vp_db_param[]){__VA_ARGS__},                                                 \
		sizeof((const struct vp_db_param[]){__VA_ARGS__}) / sizeof(struct vp_db_param)

/* An array of PostgreSQL, for many rows in one statement: insert ... select ... from unnest($1,
 * $2). It grows as values are put in, and travels in binary. A put that finds no memory is
 * remembered: the statement that gets the array says ENOMEM. */
enum vp_db_array_type {
	VP_DB_ARRAY_UUID,
	VP_DB_ARRAY_TEXT,
	VP_DB_ARRAY_BYTES,
	VP_DB_ARRAY_INT, /* bigint */
	VP_DB_ARRAY_TIME /* timestamptz, from Unix microseconds */
};
struct vp_db_array;
struct vp_db_array *vp_db_array_create(enum vp_db_array_type type); /* NULL: no memory */
struct vp_db_array *vp_db_array_destroy(struct vp_db_array *array);
void vp_db_array_put(struct vp_db_array *array, const void *data, size_t len); /* text, bytes */
void vp_db_array_put_uuid(struct vp_db_array *array, struct vp_uuid id);
void vp_db_array_put_int(struct vp_db_array *array, int64_t value); /* and times */

/* err: 0, ETIMEDOUT, ENOTCONN (it may or may not have run), EEXIST (unique key), EINVAL (refused by
 * a constraint), EACCES (no grant), EIO (other; vp_db_result_error says what). res is valid in the
 * callback only and may be NULL when err is not 0. Called exactly once, unless cancelled. */
typedef void vp_db_result_h(int err, const struct vp_db_result *res, void *arg);

/* EAGAIN: too much is waiting. ret_op may be NULL. */
int vp_db_query(struct vp_db *db, const char *sql, const struct vp_db_param *params,
	size_t n_params, vp_db_result_h *h, void *arg, struct vp_db_op **ret_op);
/* The callback will not be called; the statement may still run. NULL is no-op. */
void vp_db_cancel(struct vp_db_op *op);

size_t vp_db_rows(const struct vp_db_result *res);
size_t vp_db_affected(const struct vp_db_result *res);
bool vp_db_is_null(const struct vp_db_result *res, size_t row, size_t col);
const char *vp_db_text(const struct vp_db_result *res, size_t row, size_t col); /* "" when NULL */
int64_t vp_db_int(const struct vp_db_result *res, size_t row, size_t col);
bool vp_db_bool(const struct vp_db_result *res, size_t row, size_t col);
struct vp_uuid vp_db_uuid(const struct vp_db_result *res, size_t row, size_t col);
/* Decodes bytea; the caller frees. NULL when NULL or memory is out. */
uint8_t *vp_db_bytes(const struct vp_db_result *res, size_t row, size_t col, size_t *ret_len);
const char *vp_db_result_error(const struct vp_db_result *res); /* "" when none; for the log */

/* A durable unit: its statements commit together or not at all. Either vp_db_write takes it over
 * or the caller destroys it. */
struct vp_db_tx *vp_db_tx_create(void); /* NULL: no memory */
struct vp_db_tx *vp_db_tx_destroy(struct vp_db_tx *tx);
int vp_db_tx_add(struct vp_db_tx *tx, const char *sql, const struct vp_db_param *params, size_t n);
/* Of the statement that was added last: h sees its rows once it ran, before the commit is known,
 * and anew when the unit is repeated. So it notes what it sees, and acts after the commit. */
void vp_db_tx_on_rows(
	struct vp_db_tx *tx, void (*h)(const struct vp_db_result *res, void *arg), void *arg);
/* Called in vp_db_drain after the commit, before the writer's handler; in order of commit. free_h
 * (may be NULL) always runs for arg. This is how the bus publishes what was stored. */
int vp_db_tx_on_commit(
	struct vp_db_tx *tx, void (*h)(void *arg), void (*free_h)(void *arg), void *arg);

/* Somebody waits for this unit: it gathers no others, nor do those before it. */
void vp_db_tx_hurry(struct vp_db_tx *tx);

/* Takes tx over. The handler is called exactly once with 0 after the commit, or the error that made
 * this unit (alone) fail. While the database is away units wait (a unit is repeated after a broken
 * connection: write statements so that twice does no harm); EAGAIN when queue_max wait. */
typedef void vp_db_written_h(int err, void *arg);
int vp_db_write(struct vp_db *db, struct vp_db_tx *tx, vp_db_written_h *h, void *arg);
/* Units not yet committed. */
unsigned vp_db_write_backlog(const struct vp_db *db);

/* Connects once with cfg's url and password, and blocks. ENOTCONN: nobody lets us in now; EACCES:
 * the password is missing or wrong. why: the server's words, one line. */
int vp_db_probe(const struct vp_db_cfg *cfg, char *why, size_t size);

/* What ALTER ROLE ... PASSWORD takes instead of the password, so that no log of the server can hold
 * it. Connects as vp_db_probe, whose errors it has. The caller frees. */
int vp_db_scram(const struct vp_db_cfg *cfg, const char *secret, char **ret);

/* One statement at once on a connection of its own, for tools and start-up only (it blocks). */
int vp_db_exec_now(const char *url, const char *sql, const struct vp_db_param *params, size_t n,
	void (*h)(const struct vp_db_result *res, void *arg), void *arg);
#endif
