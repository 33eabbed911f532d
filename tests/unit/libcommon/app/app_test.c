/* Runs a real service of the frame (app_probe.c) and watches it from outside. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "tests/lib/child.h"

#define WAIT_MS 20000

struct probe {
	pid_t pid;
	FILE *in;
	FILE *out; /* stdout and stderr */
	char line[2048];
	int port;
};

static struct probe probe;

static void child(int in, int out, const char *arg)
{
	char *const argv[] = {"app_probe", (char *)arg, NULL};
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execv(getenv("APP_PROBE"), argv);
	_exit(127);
}

static void spawn(const char *arg)
{
	int in[2], out[2];

	cr_assert_eq(pipe2(in, O_CLOEXEC), 0);
	cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
	probe.pid = child_fork();
	cr_assert_geq(probe.pid, 0);
	if (probe.pid == 0) {
		child(in[0], out[1], arg);
	}
	close(in[0]);
	close(out[1]);
	probe.in = fdopen(in[1], "w");
	probe.out = fdopen(out[0], "r");
	setvbuf(probe.out, NULL, _IONBF, 0);
}

/* The next line of the probe; false at the end of its output. */
static bool next_line(void)
{
	struct pollfd fd = {fileno(probe.out), POLLIN, 0};

	cr_assert_eq(poll(&fd, 1, WAIT_MS), 1, "the probe says nothing");
	if (!fgets(probe.line, sizeof(probe.line), probe.out)) {
		return false;
	}
	probe.line[strcspn(probe.line, "\n")] = '\0';
	return true;
}

static void await(const char *part)
{
	do {
		cr_assert(next_line(), "'%s' never came", part);
	} while (!strstr(probe.line, part));
}

/* All that is still to come. */
static char *rest(void)
{
	VP_CLEANUP(vp_freep) char *old = strdup("");

	while (next_line()) {
		char *more = vp_strf("%s%s\n", old, probe.line);

		free(old);
		old = more;
	}
	return VP_TAKE(old);
}

static int status(void)
{
	int result;

	cr_assert_eq(waitpid(probe.pid, &result, 0), probe.pid);
	probe.pid = 0;
	return WIFEXITED(result) ? WEXITSTATUS(result) : 1000 + WTERMSIG(result);
}

static void ask(const char *line, const char *want)
{
	fprintf(probe.in, "%s\n", line);
	fflush(probe.in);
	await("");
	cr_assert_str_eq(probe.line, want, "%s: %s", line, probe.line);
}

static void good_settings(void)
{
	setenv("VOIP_ENV_FILE", "/dev/null", 1);
	setenv("VOIP_BUS", "127.0.0.1:1+2", 1);
	setenv("T_KEY", "key-of-the-probe", 1);
	setenv("VOIP_ADMIN_LISTEN", "127.0.0.1:0", 1);
	setenv("VOIP_DB_PASSWORD", "password-of-the-role", 1);
}

static void start(void)
{
	json_t *json;

	good_settings();
	spawn(NULL);
	await("service.started");
	json = json_loads(probe.line, 0, NULL);
	probe.port = (int)json_integer_value(json_object_get(json, "admin_port"));
	json_decref(json);
	cr_assert_gt(probe.port, 0, "%s", probe.line);
}

static void stop(void)
{
	if (probe.pid > 0) {
		kill(probe.pid, SIGKILL);
		waitpid(probe.pid, NULL, 0);
	}
}

TestSuite(app, .fini = stop, .timeout = 60);

/* The answer to a GET, head and body; the caller frees. */
static char *get(const char *path)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)probe.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	VP_CLEANUP(vp_freep)
	char *head = vp_strf("GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);
	char *answer = calloc(1, 65536);
	size_t len = 0;
	ssize_t n;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	cr_assert_eq(write(fd, head, strlen(head)), (ssize_t)strlen(head));
	while (len < 65535 && (n = read(fd, answer + len, 65535 - len)) > 0) {
		len += (size_t)n;
	}
	close(fd);
	return answer;
}

static void answers(const char *path, const char *status_line, const char *body_part)
{
	VP_CLEANUP(vp_freep) char *answer = get(path);

	cr_assert_eq(strncmp(answer, status_line, strlen(status_line)), 0, "%s: %s", path, answer);
	cr_assert_not_null(strstr(answer, body_part), "%s: %s", path, answer);
}

Test(app, version_needs_no_settings)
{
	spawn("--version");
	await("voip-probe 0.");
	cr_assert_eq(status(), 0);
}

Test(app, help_names_every_setting)
{
	VP_CLEANUP(vp_freep) char *text = NULL;

	spawn("--help");
	text = rest();
	cr_assert_eq(status(), 0);
	cr_assert_not_null(strstr(text, "VOIP_BUS "), "%s", text);
	cr_assert_not_null(strstr(text, "the port (default 80)"), "%s", text);
	cr_assert_not_null(strstr(text, "the key (required)"), "%s", text);
}

Test(app, unknown_arguments_are_a_usage_error)
{
	spawn("--frobnicate");
	await("usage: voip-probe");
	free(rest());
	cr_assert_eq(status(), 64);
}

Test(app, check_prints_the_settings_without_secrets)
{
	VP_CLEANUP(vp_freep) char *text = NULL;

	good_settings();
	spawn("--check");
	text = rest();
	cr_assert_eq(status(), 0, "%s", text);
	cr_assert_not_null(strstr(text, "T_PORT=80"), "%s", text);
	cr_assert_not_null(strstr(text, "T_KEY=set"), "%s", text);
	cr_assert_null(strstr(text, "key-of-the-probe"), "%s", text);
	cr_assert_not_null(strstr(text, "VOIP_DB_PASSWORD=set"), "%s", text);
	cr_assert_null(strstr(text, "password-of-the-role"), "%s", text);
}

Test(app, faults_of_all_settings_come_at_once_and_exit_with_78)
{
	VP_CLEANUP(vp_freep) char *text = NULL;

	setenv("VOIP_ENV_FILE", "/no/such/file", 1);
	setenv("T_PORT", "0", 1);
	setenv("VOIP_LOG_LEVEL", "loud", 1);
	setenv("VOIP_NODE", "Has.Dots", 1);
	spawn(NULL);
	text = rest();
	cr_assert_eq(status(), 78);
	cr_assert_not_null(strstr(text, "VOIP_ENV_FILE"), "%s", text);
	cr_assert_not_null(strstr(text, "VOIP_BUS: is not set"), "%s", text);
	cr_assert_not_null(strstr(text, "VOIP_LOG_LEVEL: is 'loud'"), "%s", text);
	cr_assert_not_null(strstr(text, "T_PORT: is '0'"), "%s", text);
	cr_assert_not_null(strstr(text, "T_KEY: is not set"), "%s", text);
}

Test(app, a_node_with_a_dot_is_refused_since_topics_end_at_dots)
{
	good_settings();
	setenv("VOIP_NODE", "a.b", 1);
	spawn("--check");
	await("VOIP_NODE: is 'a.b'");
	free(rest());
	cr_assert_eq(status(), 78);
}

Test(app, a_service_may_check_its_settings_itself)
{
	good_settings();
	setenv("T_PORT", "666", 1);
	spawn("--check");
	await("T_PORT: is 666");
	free(rest());
	cr_assert_eq(status(), 78);
}

Test(app, the_result_of_run_is_the_exit_status)
{
	start();
	fclose(probe.in);
	await("service.stopped");
	cr_assert_eq(status(), 7);
}

Test(app, the_first_signal_drains_and_the_second_ends)
{
	start();
	kill(probe.pid, SIGTERM);
	await("service.stopping");
	await("stop 1");
	kill(probe.pid, SIGINT);
	await("stop 2");
	cr_assert_eq(status(), 0);
}

Test(app, the_admin_port_answers)
{
	start();
	answers("/livez", "HTTP/1.1 200", "{\"alive\":true}");
	answers("/metrics", "HTTP/1.1 200", "voip_build_info{service=\"probe\"");
	answers("/metrics", "HTTP/1.1 200", "text/plain; version=0.0.4");
	answers("/nothing", "HTTP/1.1 404", "");
}

Test(app, ready_is_what_all_parts_are_and_ends_with_the_drain)
{
	char whose[64];

	start();
	snprintf(whose, sizeof(whose), "{\"service\":\"probe\",\"pid\":%d,", (int)probe.pid);
	answers("/readyz", "HTTP/1.1 503", "\"ready\":false");
	ask("ready db 1", "done");
	answers("/readyz", "HTTP/1.1 200",
		"\"parts\":{\"db\":true},\"draining\":false,\"ready\":true}");
	answers("/readyz", "HTTP/1.1 200", whose);
	ask("ready bus 0", "done");
	answers("/readyz", "HTTP/1.1 503", "\"bus\":false");
	ask("ready bus 1", "done");
	answers("/readyz", "HTTP/1.1 200", "\"ready\":true");
	kill(probe.pid, SIGTERM);
	await("stop 1");
	answers("/readyz", "HTTP/1.1 503", "\"draining\":true");
	answers("/livez", "HTTP/1.1 200", "true");
}

Test(app, memory_is_closed_to_dumps_unless_asked_for)
{
	start();
	ask("core", "0");
	ask("dumpable", "0");
}

Test(app, dumps_can_be_asked_for)
{
	setenv("VOIP_DEBUG_DUMP", "yes", 1);
	start();
	ask("dumpable", "1");
}

Test(app, a_named_node_keeps_its_name)
{
	setenv("VOIP_NODE", "cc-1", 1);
	start();
	ask("node", "cc-1");
}

Test(app, an_admin_port_that_is_taken_stops_the_start)
{
	start();
	VP_CLEANUP(vp_freep) char *taken = vp_strf("127.0.0.1:%d", probe.port);
	pid_t first = probe.pid;

	setenv("VOIP_ADMIN_LISTEN", taken, 1);
	spawn(NULL);
	await("start.failed");
	cr_assert_not_null(strstr(probe.line, "admin port"), "%s", probe.line);
	cr_assert_eq(status(), 1);
	probe.pid = first;
}

/* Empty when there is no such file. */
static void read_admin_file(const char *path, char text[64])
{
	FILE *file = fopen(path, "re");

	text[0] = '\0';
	if (file) {
		cr_assert_not_null(fgets(text, 64, file));
		fclose(file);
	}
}

Test(app, the_bound_admin_address_is_written_where_it_was_asked_for)
{
	char dir[] = "/tmp/app_test.XXXXXX", text[64];

	cr_assert_not_null(mkdtemp(dir));
	VP_CLEANUP(vp_freep) char *path = vp_strf("%s/admin", dir);
	setenv("VOIP_ADMIN_FILE", path, 1);
	start();
	VP_CLEANUP(vp_freep) char *want = vp_strf("127.0.0.1:%d\n", probe.port);
	read_admin_file(path, text);
	cr_assert_str_eq(text, want);
	fclose(probe.in);
	cr_assert_eq(status(), 7);
	read_admin_file(path, text);
	cr_assert_str_eq(text, "", "a stopped service leaves no address behind");
	cr_assert_eq(rmdir(dir), 0, "nor anything else");
}

Test(app, an_admin_file_that_cannot_be_written_stops_the_start)
{
	good_settings();
	setenv("VOIP_ADMIN_FILE", "/no/such/folder/admin", 1);
	spawn(NULL);
	await("start.failed");
	cr_assert_not_null(strstr(probe.line, "/no/such/folder/admin"), "%s", probe.line);
	cr_assert_eq(status(), 1);
}
