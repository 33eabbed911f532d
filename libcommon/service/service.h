/* The frame of a service on czmq's zloop: it opens database and bus, drains both, beats each
 * second, and ends in order: first draining (the bus sends no new requests here), then out. Only
 * this folder includes czmq. */
#ifndef VP_SERVICE_H
#define VP_SERVICE_H
#include <stdbool.h>

struct vp_app;
struct vp_bus;
struct vp_db;

struct vp_service_cfg {
	const char *name;          /* on the bus: "router" */
	unsigned capacity;         /* for presence */
	unsigned readers;          /* connections for reads; 0: the default */
	unsigned query_timeout_ms; /* 0: the default */
	bool writes;               /* it stores durable units and emits events */
	const char *consumer;      /* as in vp_bus_cfg */
	/* Registers handlers before the first drain. Not 0: the service does not start. */
	int (*start)(struct vp_bus *bus, struct vp_db *db, void *arg);
	/* One more client to watch: its descriptor, asked after start, and what drains it. May be
	 * NULL. */
	int (*fd)(void *arg);
	void (*drain)(void *arg);
	/* Undoes start, while bus and db are still there; also after a start that failed. May be
	 * NULL. */
	void (*stop)(void *arg);
	/* While true a drain goes on, at most 10 s. May be NULL. */
	bool (*busy)(void *arg);
	void *arg;
};

/* Runs until the app is told to stop. The result is main's exit status. After it no handler is
 * called any more, and bus and db are gone. */
int vp_service_run(struct vp_app *app, const struct vp_service_cfg *cfg);
#endif
