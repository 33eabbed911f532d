#include <stddef.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "services/recorder/carrier_rows.h"
#include "services/recorder/fetch.h"
#include "services/recorder/fetches.h"
#include "services/recorder/recorder.h"

#define SECOND_US 1000000LL
#define LOOK_US SECOND_US          /* how often for rows that are due */
#define SWEEP_US (300 * SECOND_US) /* how often for calls that have none */
#define SWEEP_PAST_US (3 * 86400 * SECOND_US)
#define SETTLED_US (120 * SECOND_US) /* after its end a call has its row, if events work */
enum { SWEEP_MAX = 200 };

static unsigned count(const struct recorder *r)
{
	unsigned n = 0;

	for (const struct fetch *f = r->fetches; f; f = f->next) {
		n++;
	}
	return n;
}

static bool is_here(const struct recorder *r, struct vp_uuid id)
{
	const struct fetch *f = r->fetches;

	while (f && !vp_uuid_equal(f->row.id, id)) {
		f = f->next;
	}
	return f != NULL;
}

static void on_due(int err, const struct vp_db_result *res, void *arg)
{
	struct recorder *r = arg;
	struct carrier_row row;

	r->due_op = NULL;
	for (size_t i = 0; !err && i < vp_db_rows(res); i++) {
		struct fetch *f;
		carrier_row_read(res, i, &row);
		if (!is_here(r, row.id) && fetch_create(&f, r, &row) == 0) {
			f->next = r->fetches;
			r->fetches = f;
		}
	}
}

static void on_missing(int err, const struct vp_db_result *res, void *arg)
{
	struct recorder *r = arg;
	size_t n = err ? 0 : vp_db_rows(res);

	r->sweep_op = NULL;
	for (size_t i = 0; i < n; i++) {
		(void)carrier_row_expect(
			r->db, vp_db_uuid(res, i, 0), vp_db_uuid(res, i, 1), vp_time_us());
	}
	if (n > 0) {
		vp_log(WARN, "carrier_recording.missed", VP_KV_INT("calls", (int64_t)n));
		fetches_look_now(r);
	}
}

static void remove_gone(struct recorder *r)
{
	for (struct fetch **at = &r->fetches; *at;) {
		struct fetch *f = *at;
		if (f->gone) {
			*at = f->next;
			fetch_destroy(f);
		} else {
			at = &f->next;
		}
	}
}

void fetches_look_now(struct recorder *r)
{
	r->look_us = 0;
}

void fetches_step(struct recorder *r)
{
	int64_t now = vp_mono_us();
	unsigned busy;

	remove_gone(r);
	for (struct fetch *f = r->fetches; f; f = f->next) {
		fetch_renew(f, now);
	}
	busy = count(r);
	if (now >= r->look_us && !r->due_op && now >= r->full_until_us &&
		busy < r->cfg->carrier_parallel) {
		r->look_us = now + LOOK_US;
		(void)carrier_rows_due(
			r->db, (unsigned)r->cfg->carrier_parallel - busy, on_due, r, &r->due_op);
	}
	if (now >= r->sweep_us && !r->sweep_op && vp_db_connected(r->db)) {
		r->sweep_us = now + SWEEP_US;
		(void)carrier_rows_missing(r->db, vp_time_us() - SWEEP_PAST_US,
			vp_time_us() - SETTLED_US, SWEEP_MAX, on_missing, r, &r->sweep_op);
	}
}

void fetches_forget_all(struct recorder *r)
{
	vp_db_cancel(r->due_op);
	vp_db_cancel(r->sweep_op);
	while (r->fetches) {
		struct fetch *f = r->fetches;
		r->fetches = f->next;
		fetch_destroy(f);
	}
}
