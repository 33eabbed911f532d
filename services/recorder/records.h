/* The rows of recordings, and the fact that goes out with the last change of one. */
#ifndef RECORDER_RECORDS_H
#define RECORDER_RECORDS_H
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"
#include "libcommon/db/db.h"

struct vp_bus;
struct encoded;

struct record {
	struct vp_uuid org, id, call, user; /* user nil: nobody's */
	const char *disk, *key, *format, *spool, *node;
	unsigned attempts;
	int64_t started_us;
	int64_t due_us; /* of a carrier's: something is left to do with it there; 0: nothing is */
	bool claimed;   /* of a carrier's: the row must still be this node's claim of these attempts
			 */
};

/* The same spool always gives the same id, so whoever does the work again meets his own row. Shaped
 * as a UUIDv7 of the moment at which the recording began. */
struct vp_uuid record_id(struct vp_uuid call, int64_t start_us);
/* Any id of that kind: the same of the same seed. */
struct vp_uuid record_id_of(int64_t time_us, const void *seed, size_t len);

#define RECORD_KEY_SIZE 80
/* Where the file of a call's recording lies in the store: "2026/11/<name>". */
void record_key(char ret_key[RECORD_KEY_SIZE], struct vp_uuid call, const char *name);

struct record_found {
	bool call_known, call_ended, call_answered;
	bool finished;       /* the recording is stored, or was deleted since */
	unsigned unfinished; /* how often work on it was begun and never came to an end */
	struct vp_uuid org, user;
};
/* err as of vp_db_query; found is NULL then. */
typedef void record_found_h(int err, const struct record_found *found, void *arg);
struct record_query {
	record_found_h *h;
	void *arg;
};
/* query lives until the handler ran or the operation was cancelled. */
int record_find(struct vp_db *db, struct vp_uuid call, struct vp_uuid id,
	struct record_query *query, struct vp_db_op **ret_op);

/* More often work is not begun: the file takes down who works on it. */
#define RECORD_UNFINISHED_MAX 5

/* Gives tx to the writer, unless err says that it could not be made. */
int record_write(struct vp_db *db, struct vp_db_tx *tx, int err, vp_db_written_h *h, void *arg);
/* EAGAIN: too much waits, nothing was written. open and failed never touch a row that is stored or
 * deleted. open counts a beginning; its result has a row if the work may begin. */
int record_open(struct vp_db *db, const struct record *record, vp_db_result_h *h, void *arg,
	struct vp_db_op **ret_op);
int record_failed(struct vp_db *db, const struct record *record, const char *why);
/* With the event recording.stored. h is called once unless this failed; with EINVAL if the record
 * has a claim that is not valid any more: nothing was written. */
int record_stored(struct vp_db *db, struct vp_bus *bus, const struct record *record,
	const struct encoded *encoded, vp_db_written_h *h, void *arg);
#endif
