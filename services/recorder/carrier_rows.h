/* The rows of recordings that carriers make. A row is the job: due_at says when its next step is
 * due, and while a process works on it, until when nobody else takes it. */
#ifndef RECORDER_CARRIER_ROWS_H
#define RECORDER_CARRIER_ROWS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"
#include "libcommon/db/db.h"

/* The id of the one recording that a call has by itself; others are told apart by a text (the
 * carrier's id of them, or of the event that told). */
struct vp_uuid carrier_row_id(struct vp_uuid call, const char *other);

/* --- from events --- */
/* The call is over: if it was answered and dialled with a recording, there is one to be fetched,
 * first looked for at due_us. Nothing changes when it is known. */
int carrier_row_expect(struct vp_db *db, struct vp_uuid org, struct vp_uuid call, int64_t due_us);

struct carrier_news {
	struct vp_uuid org, call, provider;
	const char *leg;     /* agent, customer; "" it does not say */
	const char *leg_id;  /* of the leg that was recorded; "" it does not say */
	const char *session; /* where its recordings are listed */
	const char *id;      /* of the recording; "" it does not say */
	const char *event;   /* ours, of what told */
	const char *error;   /* there will be none, and why; NULL: it is ready */
};
int carrier_row_tell(struct vp_db *db, const struct carrier_news *news);
/* Whose a leg or session is, for news that name no call: (call, leg), or no row. */
int carrier_row_owner(
	struct vp_db *db, const struct carrier_news *news, vp_db_result_h *h, void *arg);

/* --- work --- */
struct carrier_row {
	struct vp_uuid org, id, call, user, provider;
	char driver[16], leg[16];
	char carrier_call[160], carrier_id[64];
	bool stored; /* what is left is to delete it at the carrier */
	/* the claim, once there is one: with the attempts it tells this one from any other */
	const char *node;
	unsigned attempts;
	unsigned unfinished; /* how often the work was begun and never came to an end */
	int64_t started_us, due_us;
};
/* handler: rows as carrier_row_read reads them. */
int carrier_rows_due(
	struct vp_db *db, unsigned most, vp_db_result_h *h, void *arg, struct vp_db_op **ret_op);
void carrier_row_read(const struct vp_db_result *res, size_t i, struct carrier_row *ret);
/* Takes it for row's node until lease_us, if it is as row says; the result has one row then:
 * (attempts, unfinished). All that follow change nothing once somebody else has claimed it. */
int carrier_row_claim(struct vp_db *db, const struct carrier_row *row, int64_t lease_us,
	vp_db_result_h *h, void *arg, struct vp_db_op **ret_op);
int carrier_row_renew(struct vp_db *db, const struct carrier_row *row, int64_t lease_us);
/* Work that may take the process with it begins: the result has a row if it may. */
int carrier_row_begin(struct vp_db *db, const struct carrier_row *row, vp_db_result_h *h, void *arg,
	struct vp_db_op **ret_op);
/* The step failed, or there was nothing to be had: state is open or failed, due_us 0 the end. */
int carrier_row_failed(struct vp_db *db, const struct carrier_row *row, const char *state,
	const char *why, int64_t due_us);
/* Another row has what this one stands for. */
int carrier_row_surplus(struct vp_db *db, const struct carrier_row *row);
/* No more tries, or it is deleted at the carrier (deleted_us not 0). */
int carrier_row_removed(struct vp_db *db, const struct carrier_row *row, int64_t due_us,
	int64_t deleted_us, const char *why);
/* Which of ids nobody has yet, one a row of the result, in the order of ids. */
int carrier_rows_free(struct vp_db *db, const struct carrier_row *row,
	const struct vp_db_array *ids, vp_db_result_h *h, void *arg, struct vp_db_op **ret_op);
/* This row's recording is that one. */
int carrier_row_name(struct vp_db *db, const struct carrier_row *row, const char *carrier_id,
	int64_t due_us, vp_db_written_h *h, void *arg);
/* The call has one more. */
int carrier_row_add(struct vp_db *db, const struct carrier_row *of, const char *carrier_id);

/* Calls that ended between these times, should have a recording, and have no row: (org, call). */
int carrier_rows_missing(struct vp_db *db, int64_t from_us, int64_t to_us, unsigned most,
	vp_db_result_h *h, void *arg, struct vp_db_op **ret_op);
#endif
