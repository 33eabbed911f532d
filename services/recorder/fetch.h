/* One recording of a carrier on its way: it is looked for, looked at, downloaded, checked, encoded,
 * stored, and perhaps deleted at the carrier. Its row is the only memory of that: whoever finds it
 * due after a crash does what is left. */
#ifndef RECORDER_FETCH_H
#define RECORDER_FETCH_H
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/provider/api.h"
#include "services/recorder/carrier_rows.h"
#include "services/recorder/carriers/carrier.h"
#include "services/recorder/domain/patience.h"
#include "services/recorder/encode.h"
#include "services/recorder/pool.h"
#include "services/recorder/records.h"

struct recorder;
struct vp_settings_op;

#define FETCH_LEASE_US 60000000LL

struct fetch {
	struct pool_task task;
	struct fetch *next;
	struct recorder *recorder;
	bool gone; /* to be forgotten */
	struct carrier_row row;
	const struct carrier *carrier;
	struct vp_settings_op *opening; /* the account's */
	struct vp_provider_config *config;
	struct vp_db_op *asking;
	struct vp_httpc_op *sending;
	struct vp_api_request request;
	int64_t renew_us; /* when the lease is to be made longer, monotonic */
	/* the download */
	unsigned hops; /* redirects that were followed */
	int fd;        /* of part; -1: not open */
	char part[PATH_MAX];
	uint64_t bytes;
	int64_t said_ms, started_us;
	/* the work */
	char key[RECORD_KEY_SIZE], part_name[64], record_name[64];
	struct record record;
	int work_err;
	int64_t began_us;
	struct encoded encoded;
};

/* Claims the row and does its next step; row is copied. */
int fetch_create(struct fetch **ret, struct recorder *recorder, const struct carrier_row *row);
/* Cancels what is under way, but work in the pool. */
struct fetch *fetch_destroy(struct fetch *fetch);
/* The lease is made longer when that is due. */
void fetch_renew(struct fetch *fetch, int64_t now_us);

/* --- between its files --- */
/* The step failed: it is due again later, or given up. why is said to people. */
void fetch_failed(struct fetch *fetch, enum patience kind, unsigned asked_s, const char *why);
/* The row says what comes next; another claim will do it. */
void fetch_done(struct fetch *fetch);
/* Sends the request that is made. */
void fetch_send(struct fetch *fetch, vp_httpc_h *h);
/* What the carrier's answer to it says; the request is cleared. */
void fetch_judge(
	struct fetch *fetch, const struct vp_httpc_reply *reply, struct vp_api_result *ret);
/* By the carrier's verdict; clears it. */
void fetch_refused(struct fetch *fetch, struct vp_api_result *result);
/* Names the files of this claim: who lost an earlier one and still works must not write over the
 * file of who has it now. What earlier claims left beside the store goes. */
void fetch_name_parts(struct fetch *fetch);
void fetch_look_for(struct fetch *fetch); /* fetch_search.c */
void fetch_download(struct fetch *fetch); /* fetch_download.c; the request is made */
void fetch_store(struct fetch *fetch);    /* fetch_store.c; the file is there */
#endif
