/* The service object and its settings. */
#ifndef RECORDER_RECORDER_H
#define RECORDER_RECORDER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "services/recorder/sound_file.h"

struct fetch;
struct pool;
struct spool;
struct store;
struct vp_app;
struct vp_bus;
struct vp_bus_msg;
struct vp_db;
struct vp_db_op;
struct vp_httpc;
struct vp_metric;
struct vp_vault;

enum storage_kind { STORAGE_LOCAL, STORAGE_S3 };

struct recorder_cfg {
	bool enabled;
	int storage; /* enum storage_kind */
	int format;  /* enum sound_format */
	char *dir, *spool_dir;
	int64_t workers; /* 0: one a core */
	char *kek_file;  /* opens carriers' accounts; "" none */
	int64_t carrier_parallel, carrier_max_mib, carrier_timeout_s;
	char *carrier_hosts; /* beside the drivers' own, domain/place.h */
	bool carrier_delete; /* at the carrier, once it is stored here */
};

struct recorder_metrics {
	struct vp_metric *stored, *retried, *set_aside, *without_audio; /* counters */
	struct vp_metric *seconds; /* counter: of stored sound */
	struct vp_metric *packets, *packets_unusable;
	struct vp_metric *spools;         /* gauge: files in the spool folder */
	struct vp_metric *storage_full;   /* gauge: 1 while the disk is full */
	struct vp_metric *encode_seconds; /* histogram */
	/* of carriers, counters */
	struct vp_metric *carrier_stored, *carrier_retried, *carrier_failed, *carrier_found;
	struct vp_metric *carrier_deleted, *carrier_bytes, *carrier_strange;
};

struct recorder {
	const struct recorder_cfg *cfg;
	struct vp_app *app;
	struct vp_db *db;
	struct vp_bus *bus;
	struct store *store;
	struct pool *pool;
	struct recorder_metrics metrics;
	struct spool *spools;  /* list */
	int64_t scan_us;       /* when the folder is read again, monotonic */
	int64_t full_until_us; /* the disk was full: nothing is encoded before, monotonic */
	/* of carriers (fetches.c) */
	struct vp_httpc *http;
	struct vp_vault *vault; /* NULL: no key file */
	struct fetch *fetches;  /* list */
	struct vp_db_op *due_op, *sweep_op;
	int64_t look_us, sweep_us; /* when the next is due, monotonic */
};

void recorder_make_metrics(struct recorder_metrics *ret);

/* Runs until told to stop; the exit status. */
int recorder_run(struct vp_app *app, const void *cfg);

/* Handler of "call.changed"; arg is the recorder. */
void on_call_changed(const struct vp_bus_msg *msg, void *arg);
/* Likewise of "provider.event". */
void on_provider_event(const struct vp_bus_msg *msg, void *arg);
#endif
