/* The service object of webhook-ingest, and what its handlers share. */
#ifndef WEBHOOK_INGEST_H
#define WEBHOOK_INGEST_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/log/log.h"
#include "services/webhook-ingest/adapters/accounts.h"
#include "services/webhook-ingest/count.h"
#include "services/webhook-ingest/domain/facts.h"

#define INGEST_BASES_MAX 8

struct answers;
struct inbox;
struct spill;
struct vp_app;
struct vp_bus;
struct vp_db;
struct vp_http;
struct vp_http_ref;
struct vp_http_req;
struct vp_limiter;
struct vp_vault;
struct voices;

struct ingest_cfg {
	char *listen, *listen_tls, *tls_cert, *tls_key;
	char *webhook_url, *trusted_proxies;
	char *kek_file, *spool_dir, *apology;
	int64_t spool_mib, voice_timeout_ms, bad_per_minute, max_conns;
};

struct ingest {
	struct vp_app *app;
	const struct ingest_cfg *cfg;
	char *bases_text, *bases[INGEST_BASES_MAX]; /* public URLs without a slash at the end */
	size_t n_bases;
	struct vp_http *http;
	struct vp_db *db;
	struct vp_bus *bus;
	struct vp_vault *vault;
	struct accounts *accounts;
	struct spill *spill;
	struct inbox *inbox;
	struct vp_limiter *limiter;
	struct answers *answers;
	struct voices *voices;   /* voice webhooks whose answer is asked for */
	struct vp_db_op *replay; /* the list of those to tell again is being read */
	struct vp_log_limit reject_log;
	unsigned seconds;
	int64_t bad_us; /* the last wrong signature; 0: none yet */
};

/* What an address says of itself. */
struct ingest_route {
	enum hook_driver driver; /* HOOK_DRIVER_MAX: its {driver} tells */
	const char *kind;        /* "" open */
};

/* A request whose signature was right; valid in the call it is given to. */
struct arrival {
	struct ingest *ingest;
	struct vp_http_req *req;
	struct hook hook;
	struct facts facts;
};

/* --- door.c: every webhook passes it --- */
void door_pass(struct vp_http_req *req, void *arg);

/* --- address.c --- */
bool address_is_shut_out(struct ingest *ingest, struct vp_http_req *req);
void address_note_bad(struct ingest *ingest, const char *address);

/* --- verify.c --- */
/* What a signature has proven. */
struct proof {
	struct account *account;
	bool has_form;
	struct vp_twilio_form
		form; /* the body's fields, which were read for it; the caller clears */
};
/* Who sent it, by its signature alone. REJECT_NONE and the account, or why not. */
enum reject verify(struct ingest *ingest, struct vp_http_req *req, enum hook_driver driver,
	struct account *const candidates[], size_t n, struct proof *ret);

/* --- handlers of what was verified --- */
void on_notice(struct arrival *arrival); /* status, recording, events ...: stored, 200 */
void on_voice(struct arrival *arrival);  /* router is asked; TwiML */

/* --- on_replay.c --- */
void on_replay_tick(struct ingest *ingest);

/* --- on_voice.c --- */
int voices_create(struct voices **ret);
struct voices *voices_destroy(struct voices *voices); /* before the bus */

int ingest_run(struct vp_app *app, const void *cfg);
#endif
