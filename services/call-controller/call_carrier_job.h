/* A leg that is being dialled at a carrier: between call_carrier_dial.c, which orders it, and
 * call_carrier_find.c, which looks for it when the order's fate is not known. */
#ifndef CC_CALL_CARRIER_JOB_H
#define CC_CALL_CARRIER_JOB_H
#include <re.h>
#include "services/call-controller/call_carrier.h"

struct vp_db_op;

struct carrier_job {
	struct le le;
	struct controller *cc;
	struct vp_uuid org, provider, call, command;
	const struct carrier_driver *driver;
	struct carrier_dial dial;
	struct carrier_op *asking;
	struct vp_db_op *reading;
	struct ua_timer later;
	unsigned searches, empty;
	bool searching;
};

/* The leg is this one: the call's, or hung up when the call is over. Frees. */
void carrier_job_done(struct carrier_job *job, const struct carrier_found *found);
/* next: for certain nothing was dialled, and another carrier may do better. Frees. */
void carrier_job_failed(struct carrier_job *job, const char *why, const char *sentence, bool next);
/* Looks for it in a while, and again; ends in one of the above. */
void carrier_job_search(struct carrier_job *job);
#endif
