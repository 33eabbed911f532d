/* A real service process on the kit's bus and database, with its own CURVE key and database role */
#ifndef SERVICE_KIT_H
#define SERVICE_KIT_H
#include <stdint.h>
#include <sys/types.h>

#include "libcommon/bus/bus.h"
#include "tests/integration/bus_kit.h"

struct service_proc {
	const char *program;    /* environment variable that names it: "VOIP_ROUTER_BIN" */
	const char *name;       /* on the bus */
	const char *role;       /* "voip_router" */
	const char *const *env; /* key, value, ..., NULL: its own settings */
	pid_t pid;
};

/* Starts it and waits until the peers see it on the bus. */
void service_start(struct service_proc *proc, const struct kit_forwarder *forwarder,
	const char *db_url, struct kit_peer *peers, size_t n_peers);
/* SIGTERM; its exit status, or 1000 + the signal that killed it. */
int service_stop(struct service_proc *proc);
void service_kill(struct service_proc *proc);

/* Executes statements without result. */
void service_sql(const char *db_url, const char *sql);

/* What came back; data is the packed message of a good reply. */
struct service_reply {
	int calls, status;
	char error[64], message[256];
	uint8_t data[4096];
	size_t len;
};
/* Asks as peer 0 and waits for the reply. */
struct service_reply service_ask(struct kit_peer *peers, size_t n_peers, const char *service,
	const char *type, struct vp_uuid org, const void *data, size_t len);
/* The reply must be this refusal, with a sentence for people. */
void service_refused(struct service_reply reply, int status, const char *error);
#endif
