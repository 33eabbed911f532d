/* The service object and its settings. */
#ifndef RECORDER_RECORDER_H
#define RECORDER_RECORDER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "services/recorder/sound_file.h"

struct pool;
struct spool;
struct store;
struct vp_app;
struct vp_bus;
struct vp_bus_msg;
struct vp_db;
struct vp_metric;

enum storage_kind { STORAGE_LOCAL, STORAGE_S3 };

struct recorder_cfg {
	bool enabled;
	int storage; /* enum storage_kind */
	int format;  /* enum sound_format */
	char *dir, *spool_dir;
	int64_t workers; /* 0: one a core */
};

struct recorder_metrics {
	struct vp_metric *stored, *retried, *set_aside, *without_audio; /* counters */
	struct vp_metric *seconds; /* counter: of stored sound */
	struct vp_metric *packets, *packets_unusable;
	struct vp_metric *spools;         /* gauge: files in the spool folder */
	struct vp_metric *storage_full;   /* gauge: 1 while the disk is full */
	struct vp_metric *encode_seconds; /* histogram */
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
};

/* Runs until told to stop; the exit status. */
int recorder_run(struct vp_app *app, const void *cfg);

/* Handler of "call.changed"; arg is the recorder. */
void on_call_changed(const struct vp_bus_msg *msg, void *arg);
#endif
