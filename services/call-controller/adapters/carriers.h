/* The carriers' APIs: whose account it is (opened from the vault, remembered), asking, trying again
 * what may be tried again, and how each of them feels. */
#ifndef CC_CARRIERS_H
#define CC_CARRIERS_H
#include <stdbool.h>
#include "libcommon/base/uuid.h"
#include "libcommon/provider/api.h"
#include "services/call-controller/adapters/carrier.h"

struct carriers;
struct carrier_op;
struct ua_timers;
struct vp_db;
struct vp_vault;

struct carriers_cfg {
	struct ua_timers *timers;
	struct vp_db *db;
	struct vp_vault *vault;  /* NULL: no carrier's settings can be read */
	const char *webhook_url; /* where carriers post, VOIP_WEBHOOK_URL; NULL: nowhere */
	/* A carrier's API went away or came back. */
	void (*on_health)(struct vp_uuid org, struct vp_uuid provider, bool up, void *arg);
	void *arg;
};
int carriers_create(struct carriers **ret, const struct carriers_cfg *cfg);
/* Before vault and db; what is under way is cancelled. */
struct carriers *carriers_destroy(struct carriers *carriers);
int carriers_fd(const struct carriers *carriers);
void carriers_drain(struct carriers *carriers);
/* Configuration has changed: accounts are read again. */
void carriers_reload(struct carriers *carriers);
/* Calls h for each whose API is away. */
void carriers_each_down(struct carriers *carriers,
	void (*h)(struct vp_uuid org, struct vp_uuid provider, void *arg), void *arg);

struct carrier_ask {
	struct vp_uuid org, provider;
	const struct carrier_driver *driver;
	/* Fills the request; called again for each try. Its errors are VP_API_REFUSED. */
	int (*build)(struct vp_api_request *ret, const struct carrier_account *account, void *arg);
	/* Exactly once, never from inside carriers_ask, unless cancelled. The result is cleared
	 * after it, but for a json that was taken out of it. */
	void (*done)(struct vp_api_result *result, void *arg);
	void *arg;
	unsigned tries;     /* in all, of what may be repeated */
	unsigned window_ms; /* of the repeats: the carrier remembers an id for so long; 0: ever */
	bool patient;       /* also when nobody is there; else that is told at once */
};
int carriers_ask(
	struct carriers *carriers, const struct carrier_ask *ask, struct carrier_op **ret_op);
void carriers_cancel(struct carrier_op *op); /* NULL is no-op */
#endif
