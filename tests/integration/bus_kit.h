/* For tests of the bus with real processes: forwarders, a database with the real tables, clients,
 * and a loop that waits with a deadline. Plain programs that speak TAP, because Criterion does not
 * run under TSan; each test is a process of its own. */
#ifndef BUS_KIT_H
#define BUS_KIT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "libcommon/bus/bus.h"
#include "libcommon/db/db.h"

struct kit_test {
	const char *name;
	void (*run)(void);
};
int kit_main(const struct kit_test *tests, size_t n);
/* For benchmarks: one function, with the kit's clean-up. */
int kit_once(void (*run)(void), unsigned max_seconds);

#define KIT_CHECK(cond, ...)                                                                       \
	((cond) ? (void)0 : kit_fail(__FILE__, __LINE__, #cond, " " __VA_ARGS__))
_Noreturn void kit_fail(const char *file, int line, const char *cond, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* Runs a program to its end; its exit status. NULL-terminated. */
int kit_run(const char *const argv[]);
/* The cluster in this folder, which tools/dev/pg starts, does not outlive the test. */
void kit_hold_database(const char *tool, const char *pg_dir);
const char *kit_dir(void); /* of this test, removed when it succeeds */
int kit_free_port(void);
void kit_await_port(int port); /* until somebody listens there */

struct kit_forwarder {
	pid_t pid;
	int pub_port, sub_port, admin_port;
	bool curve;
};
/* Ports stay over a restart. Returns once it listens. */
void kit_forwarder_start(struct kit_forwarder *forwarder);
void kit_forwarder_kill(struct kit_forwarder *forwarder);
/* Waits until a line of its /metrics that begins so has at least this value. */
void kit_forwarder_await(const struct kit_forwarder *forwarder, const char *metric, double wanted);
/* "127.0.0.1:1+2,127.0.0.1:3+4" */
const char *kit_endpoints(const struct kit_forwarder *forwarders, size_t n);
const char *kit_keys(void); /* folder with keys of all services */

const char *kit_db_make(const char *server); /* with the migrations; NULL: VOIP_TEST_DB_URL */
void kit_db_drop(void);
int64_t kit_db_number(const char *sql);

struct kit_peer {
	struct vp_db *db;
	struct vp_bus *bus;
};
/* Without url no durable events. With CURVE when the kit has made keys. */
void kit_peer_open(struct kit_peer *peer, const char *endpoints, const char *url,
	const char *service, const char *node, const char *consumer);
void kit_peer_close(struct kit_peer *peer);
void kit_pump_once(struct kit_peer *peers, size_t n, int timeout_ms);
/* Until done(arg) holds; fails with what after the time. */
void kit_pump(struct kit_peer *peers, size_t n, bool (*done)(void *arg), void *arg, int max_ms,
	const char *what);
void kit_pump_ready(struct kit_peer *peers, size_t n);
void kit_pump_for(struct kit_peer *peers, size_t n, int ms);
#endif
