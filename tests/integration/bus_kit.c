#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tests/integration/bus_kit.h"
#include "tests/integration/database.h"
#include "tests/lib/child.h"

#define TEST_SECONDS 170
#define START_MS 15000
#define PATIENCE 4 /* a busy machine is so much slower than the author of a test saw */
#define PEERS_MAX 16
#define PORT_FIRST 11000
#define PORT_COUNT 8000
#define PORT_TRIES 1000

static char dir[64];
static char *keys_dir, *db_url;

/* --- tests as processes --- */

void kit_fail(const char *file, int line, const char *cond, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	printf("# %s:%d: %s ", file, line, cond);
	vprintf(fmt, args);
	printf("%s%s\n", dir[0] ? ", files in " : "", dir);
	va_end(args);
	fflush(stdout);
	if (db_url) {
		kit_db_drop();
	}
	_exit(1);
}

int kit_once(void (*run)(void), unsigned max_seconds)
{
	alarm(max_seconds);
	run();
	free(VP_TAKE(keys_dir));
	if (dir[0]) {
		kit_run((const char *const[]){"rm", "-rf", dir, NULL});
	}
	fflush(stdout);
	return 0;
}

static void run_in_child(const struct kit_test *test)
{
	exit(kit_once(test->run, TEST_SECONDS)); /* with exit handlers: they look for leaks */
}

static bool run_test(const struct kit_test *test)
{
	fflush(stdout);
	pid_t pid = child_fork();
	if (pid == 0) {
		setpgid(0, 0); /* what it leaves behind is killed with it */
		run_in_child(test);
	}
	int status = -1;
	waitpid(pid, &status, 0);
	kill(-pid, SIGKILL);
	if (status != 0) {
		printf("# status %#x\n", (unsigned)status);
	}
	return status == 0;
}

int kit_main(const struct kit_test *tests, size_t n)
{
	const char *only = getenv("ONLY"); /* for a person who looks into one test */
	bool all_ok = true;
	printf("1..%zu\n", n);
	for (size_t i = 0; i < n; i++) {
		bool ok = (only && !strstr(tests[i].name, only)) || run_test(&tests[i]);
		all_ok = all_ok && ok;
		printf("%s %zu - %s\n", ok ? "ok" : "not ok", i + 1, tests[i].name);
	}
	return all_ok ? 0 : 1;
}

const char *kit_dir(void)
{
	if (!dir[0]) {
		vp_strcopy(dir, sizeof(dir), "/tmp/voip-test-XXXXXX");
		KIT_CHECK(mkdtemp(dir));
		chmod(dir, 0755);
	}
	return dir;
}

static pid_t spawn(const char *const argv[], const char *const env[])
{
	pid_t pid = child_fork();
	if (pid != 0) {
		return pid;
	}
	for (size_t i = 0; env && env[i]; i += 2) {
		setenv(env[i], env[i + 1], 1);
	}
	int out = open("/dev/null", O_WRONLY);
	if (!getenv("KIT_LOUD")) {
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
	}
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

void kit_hold_database(const char *tool, const char *pg_dir)
{
	int ends[2];
	KIT_CHECK(pipe2(ends, O_CLOEXEC) == 0);
	pid_t pid = fork();
	KIT_CHECK(pid >= 0);
	if (pid == 0) {
		setsid(); /* who kills all of the test's group shall not get this one */
		dup2(ends[0], STDIN_FILENO);
		int out = open("/dev/null", O_WRONLY);
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
		execl(tool, tool, "hold", pg_dir, "0", (char *)NULL);
		_exit(127);
	}
	close(ends[0]); /* the other end closes with this process */
}

int kit_run(const char *const argv[])
{
	int status = -1;
	waitpid(spawn(argv, NULL), &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- forwarders --- */

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static bool can_bind(int fd, const char *address, int port)
{
	struct sockaddr_in addr = loopback(port);
	inet_pton(AF_INET, address, &addr.sin_addr);
	return bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;
}

/* Below the ephemeral range, where a connection of somebody else could take the port before the
 * server binds it; and marked on another address for the life of this process, so that tests that
 * run side by side never choose the same (tests/lib/ports.mjs marks in the same way). */
int kit_free_port(void)
{
	for (int tries = 0; tries < PORT_TRIES; tries++) {
		uint32_t random;
		KIT_CHECK(getrandom(&random, sizeof(random), 0) == sizeof(random));
		int port = PORT_FIRST + (int)(random % PORT_COUNT);
		int mark = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool ok = can_bind(mark, "127.0.0.254", port) && listen(mark, 1) == 0 &&
			  can_bind(probe, "127.0.0.1", port);
		close(probe);
		if (ok) {
			return port;
		}
		close(mark);
	}
	kit_fail(__FILE__, __LINE__, "a free port", " %d tries", PORT_TRIES);
}

void kit_await_port(int port)
{
	int64_t until = vp_mono_us() + START_MS * 1000LL;
	struct sockaddr_in addr = loopback(port);
	for (;;) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		bool ok = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;
		close(fd);
		if (ok) {
			return;
		}
		KIT_CHECK(vp_mono_us() < until, "nobody listens on port %d", port);
		poll(NULL, 0, 10);
	}
}

static const char *bus_program(void)
{
	const char *program = getenv("VOIP_BUS_BIN");
	KIT_CHECK(program, "VOIP_BUS_BIN must name voip-bus: run this with meson test");
	return program;
}

const char *kit_keys(void)
{
	if (!keys_dir) {
		keys_dir = vp_strf("%s/keys", kit_dir());
		KIT_CHECK(kit_run((const char *const[]){
				  bus_program(), "--make-keys", keys_dir, NULL}) == 0);
	}
	return keys_dir;
}

void kit_forwarder_start(struct kit_forwarder *f)
{
	if (!f->pub_port) {
		f->pub_port = kit_free_port();
		f->sub_port = kit_free_port();
		f->admin_port = kit_free_port();
	}
	char *pub = vp_strf("127.0.0.1:%d", f->pub_port),
	     *sub = vp_strf("127.0.0.1:%d", f->sub_port);
	char *admin = vp_strf("127.0.0.1:%d", f->admin_port);
	char *public = f->curve ? vp_strf("%s/public", kit_keys()) : NULL;
	char *cert = f->curve ? vp_strf("%s/private/bus.key", kit_keys()) : NULL;
	const char *const env[] = {"VOIP_BUS_LISTEN_PUB", pub, "VOIP_BUS_LISTEN_SUB", sub,
		"VOIP_ENV_FILE", "/dev/null", "VOIP_ADMIN_LISTEN", admin,
		f->curve ? "VOIP_BUS_KEYS" : NULL, public, "VOIP_BUS_CERT", cert, NULL};
	f->pid = spawn((const char *const[]){bus_program(), NULL}, env);
	kit_await_port(f->pub_port);
	kit_await_port(f->sub_port);
	free(pub);
	free(sub);
	free(admin);
	free(public);
	free(cert);
}

void kit_forwarder_kill(struct kit_forwarder *f)
{
	if (f->pid > 0) {
		kill(f->pid, SIGKILL);
		waitpid(f->pid, NULL, 0);
		f->pid = 0;
	}
}

static double read_metric(int port, const char *metric)
{
	static char page[1 << 18];
	static const char ask[] = "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	struct sockaddr_in addr = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t len = 0;
	ssize_t n = 0;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0 &&
		write(fd, ask, strlen(ask)) == (ssize_t)strlen(ask)) {
		while (len < sizeof(page) - 1 &&
			(n = read(fd, page + len, sizeof(page) - 1 - len)) > 0) {
			len += (size_t)n;
		}
	}
	close(fd);
	page[len] = '\0';
	const char *at = strstr(page, metric);
	at = at ? strchr(at, ' ') : NULL;
	return at ? strtod(at, NULL) : 0;
}

void kit_forwarder_await(const struct kit_forwarder *f, const char *metric, double wanted)
{
	int64_t until = vp_mono_us() + 10000000;
	while (read_metric(f->admin_port, metric) < wanted) {
		KIT_CHECK(vp_mono_us() < until, "%s stays below %g", metric, wanted);
		poll(NULL, 0, 20);
	}
}

const char *kit_endpoints(const struct kit_forwarder *forwarders, size_t n)
{
	static char text[256];
	size_t used = 0;
	for (size_t i = 0; i < n; i++) {
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s127.0.0.1:%d+%d",
			i ? "," : "", forwarders[i].pub_port, forwarders[i].sub_port);
	}
	return text;
}

/* --- database --- */

int64_t kit_db_number(const char *sql)
{
	const char *text = database_text(db_url, sql);
	if (!text) {
		_exit(1);
	}
	return strtoll(text, NULL, 10);
}

const char *kit_db_make(const char *server)
{
	db_url = database_make(server);
	KIT_CHECK(db_url, "no database");
	return db_url;
}

void kit_db_drop(void)
{
	database_drop(db_url);
	free(VP_TAKE(db_url));
}

/* --- clients --- */

void kit_peer_open(struct kit_peer *peer, const char *endpoints, const char *url,
	const char *service, const char *node, const char *consumer)
{
	*peer = (struct kit_peer){0};
	if (url) {
		const struct vp_db_cfg cfg = {
			.url = url, .app_name = node, .readers = 1, .queue_max = 100000};
		KIT_CHECK(vp_db_create(&peer->db, &cfg) == 0);
	}
	char *cert = keys_dir ? vp_strf("%s/private/%s.key", keys_dir, service) : NULL;
	char *server_key = keys_dir ? vp_strf("%s/server.pub", keys_dir) : NULL;
	const struct vp_bus_cfg cfg = {.endpoints = endpoints,
		.cert = cert,
		.server_key = server_key,
		.service = service,
		.node = node,
		.db = peer->db,
		.consumer = consumer,
		.capacity = 100};
	int err = vp_bus_create(&peer->bus, &cfg);
	KIT_CHECK(err == 0, "vp_bus_create: %s", strerror(err));
	free(cert);
	free(server_key);
}

void kit_peer_close(struct kit_peer *peer)
{
	peer->bus = vp_bus_destroy(peer->bus);
	peer->db = vp_db_destroy(peer->db);
}

void kit_pump_once(struct kit_peer *peers, size_t n, int timeout_ms)
{
	struct pollfd fds[2 * PEERS_MAX];
	for (size_t i = 0; i < n; i++) {
		int bus_fd = peers[i].bus ? vp_bus_fd(peers[i].bus) : -1;
		int db_fd = peers[i].db ? vp_db_fd(peers[i].db) : -1;
		fds[2 * i] = (struct pollfd){.fd = db_fd, .events = POLLIN};
		fds[2 * i + 1] = (struct pollfd){.fd = bus_fd, .events = POLLIN};
	}
	poll(fds, 2 * n, timeout_ms);
	for (size_t i = 0; i < n; i++) {
		if (fds[2 * i].revents) {
			vp_db_drain(peers[i].db);
		}
		if (fds[2 * i + 1].revents) {
			vp_bus_drain(peers[i].bus);
		}
	}
}

void kit_pump(struct kit_peer *peers, size_t n, bool (*done)(void *arg), void *arg, int max_ms,
	const char *what)
{
	int64_t until = vp_mono_us() + PATIENCE * max_ms * 1000LL;
	while (!done(arg)) {
		KIT_CHECK(vp_mono_us() < until, "waited %d times %d ms in vain: %s", PATIENCE,
			max_ms, what);
		kit_pump_once(peers, n, 20);
	}
}

struct group {
	struct kit_peer *peers;
	size_t n;
};

static bool all_ready(void *arg)
{
	const struct group *group = arg;
	for (size_t i = 0; i < group->n; i++) {
		if (group->peers[i].bus && !vp_bus_ready(group->peers[i].bus)) {
			return false;
		}
	}
	return true;
}

void kit_pump_ready(struct kit_peer *peers, size_t n)
{
	kit_pump(peers, n, all_ready, &(struct group){peers, n}, START_MS, "all clients ready");
}

void kit_pump_for(struct kit_peer *peers, size_t n, int ms)
{
	int64_t until = vp_mono_us() + ms * 1000LL;
	while (vp_mono_us() < until) {
		kit_pump_once(peers, n, 10);
	}
}
