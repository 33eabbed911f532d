#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "tests/integration/service_kit.h"
#include "tests/lib/child.h"

#define START_MS 30000
#define REPLY_MS 10000

/* The URL with another user and no password. */
static char *url_of(const char *db_url, const char *role)
{
	const char *host = strstr(db_url, "://");
	const char *at;

	KIT_CHECK(host);
	at = strchr(host, '@');
	return vp_strf("%.*s://%s@%s", (int)(host - db_url), db_url, role, at ? at + 1 : host + 3);
}

static void set(const char *key, char *value)
{
	setenv(key, value, 1);
	free(value);
}

static void child(
	const struct service_proc *proc, const struct kit_forwarder *f, const char *db_url)
{
	setenv("VOIP_ENV_FILE", "/dev/null", 1);
	set("VOIP_DB_URL", url_of(db_url, proc->role));
	set("VOIP_BUS", strdup(kit_endpoints(f, 1)));
	if (f->curve) {
		set("VOIP_BUS_CERT", vp_strf("%s/private/%s.key", kit_keys(), proc->name));
		set("VOIP_BUS_SERVER_KEY", vp_strf("%s/server.pub", kit_keys()));
	}
	for (size_t i = 0; proc->env && proc->env[i]; i += 2) {
		setenv(proc->env[i], proc->env[i + 1], 1);
	}
	if (!getenv("KIT_LOUD")) {
		KIT_CHECK(freopen("/dev/null", "w", stdout));
	}
	execl(getenv(proc->program), proc->name, (char *)NULL);
	_exit(127);
}

struct watch {
	const struct service_proc *proc;
	struct vp_bus *bus;
	unsigned nodes;
};

static void count(const char *node, unsigned load, unsigned capacity, void *arg)
{
	(void)node;
	(void)load;
	(void)capacity;
	((struct watch *)arg)->nodes++;
}

static bool is_seen(void *arg)
{
	struct watch *watch = arg;

	KIT_CHECK(waitpid(watch->proc->pid, NULL, WNOHANG) == 0, "%s ended", watch->proc->name);
	watch->nodes = 0;
	vp_bus_nodes(watch->bus, watch->proc->name, count, watch);
	return watch->nodes > 0;
}

void service_start(struct service_proc *proc, const struct kit_forwarder *forwarder,
	const char *db_url, struct kit_peer *peers, size_t n_peers)
{
	struct watch watch = {.proc = proc, .bus = peers[0].bus};

	KIT_CHECK(getenv(proc->program), "%s is not set: run this with meson test", proc->program);
	fflush(stdout);
	proc->pid = child_fork();
	KIT_CHECK(proc->pid >= 0);
	if (proc->pid == 0) {
		child(proc, forwarder, db_url);
	}
	kit_pump(peers, n_peers, is_seen, &watch, START_MS, "the service on the bus");
}

int service_stop(struct service_proc *proc)
{
	int status;

	kill(proc->pid, SIGTERM);
	KIT_CHECK(waitpid(proc->pid, &status, 0) == proc->pid);
	proc->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

void service_kill(struct service_proc *proc)
{
	kill(proc->pid, SIGKILL);
	waitpid(proc->pid, NULL, 0);
	proc->pid = 0;
}

static void on_result(const struct vp_db_result *res, void *arg)
{
	(void)arg;
	KIT_CHECK(vp_db_result_error(res)[0] == '\0', "%s", vp_db_result_error(res));
}

void service_sql(const char *db_url, const char *sql)
{
	KIT_CHECK(vp_db_exec_now(db_url, sql, NULL, 0, on_result, NULL) == 0, "%s", sql);
}

static void on_reply(const struct vp_bus_reply *reply, void *arg)
{
	struct service_reply *out = arg;

	out->calls++;
	out->status = reply->status;
	vp_strcopy(out->error, sizeof(out->error), reply->error);
	vp_strcopy(out->message, sizeof(out->message), reply->message);
	KIT_CHECK(reply->len <= sizeof(out->data));
	out->len = reply->len;
	if (reply->len > 0) {
		memcpy(out->data, reply->data, reply->len);
	}
}

static bool is_answered(void *arg)
{
	return ((struct service_reply *)arg)->calls > 0;
}

struct service_reply service_ask(struct kit_peer *peers, size_t n_peers, const char *service,
	const char *type, struct vp_uuid org, const void *data, size_t len)
{
	const struct vp_bus_req req = {.service = service,
		.type = type,
		.org = org,
		.data = data,
		.len = len,
		.timeout_ms = REPLY_MS / 2};
	struct service_reply reply = {0};
	struct vp_bus_op *op;

	KIT_CHECK(vp_bus_request(peers[0].bus, &req, on_reply, &reply, &op) == 0);
	kit_pump(peers, n_peers, is_answered, &reply, REPLY_MS, type);
	KIT_CHECK(reply.calls == 1);
	return reply;
}

void service_refused(struct service_reply reply, int status, const char *error)
{
	KIT_CHECK(reply.status == status && strcmp(reply.error, error) == 0, "%d %s: %s",
		reply.status, reply.error, reply.message);
	KIT_CHECK(strlen(reply.message) > 20, "%s", reply.message);
}
