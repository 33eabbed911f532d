/* One spool file on its way: it grows, its call ends, it is encoded, its row is committed, it is
 * deleted. The file is the only memory of that: whoever finds it after a crash does what is left.
 */
#ifndef RECORDER_SPOOL_H
#define RECORDER_SPOOL_H
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include "services/recorder/encode.h"
#include "services/recorder/pool.h"
#include "services/recorder/records.h"
#include "services/recorder/render.h"

struct recorder;

enum spool_state {
	SPOOL_WAITING, /* for the end of the file or of the call, or for another try */
	SPOOL_ASKING,  /* the database: whose call is it, has it ended */
	SPOOL_ENCODING,
	SPOOL_STORING, /* the row is being committed */
	SPOOL_GONE,    /* to be forgotten */
};

struct spool {
	struct pool_task task;
	struct spool *next;
	struct recorder *recorder;
	enum spool_state state;
	int64_t due_us; /* monotonic; of the next step while waiting */
	int64_t met_us; /* when this process first saw it */
	bool urgent;    /* its call has ended: look often */
	bool seen;      /* in the last reading of the folder */
	int lock_fd;    /* locked while this process works on it; -1: not */
	unsigned attempts;
	char path[PATH_MAX];
	struct spool_look look;
	bool looked;
	struct record record;
	struct record_query query;
	struct vp_db_op *asking;
	char record_name[48], key[RECORD_KEY_SIZE];
	int64_t began_us;
	int encode_err;
	struct encoded encoded;
};

/* name: a file of the spool folder. */
int spool_create(struct spool **ret, struct recorder *recorder, const char *name);
struct spool *spool_destroy(struct spool *spool);
/* The next step, when it is due. */
void spool_step(struct spool *spool, int64_t now_us);

/* --- between its files --- */
enum {
	SPOOL_RETRY_S = 30, /* of encoding, doubling */
	SPOOL_REASK_S = 2,  /* of the database, doubling */
};
void spool_wait(struct spool *spool, int64_t us);
/* what is logged; wait_s is that of the first time. */
void spool_try_again(struct spool *spool, const char *what, int err, int64_t wait_s);
/* Trying again would give the same: the file keeps its bytes under another name for a human. */
void spool_set_aside(struct spool *spool, const char *why);
void spool_delete(struct spool *spool); /* the work is done, or there was none */
void spool_encode(struct spool *spool, const struct record_found *found); /* spool_encode.c */
#endif
