/* Whose webhooks we believe: every Twilio and Telnyx provider, active or not, with the key that its
 * signatures are checked with. Read from the database, kept in memory, and read again when somebody
 * configured something, when a webhook names a provider that is not known, and each half minute. */
#ifndef WEBHOOK_ACCOUNTS_H
#define WEBHOOK_ACCOUNTS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/provider/telnyx/signature.h"
#include "libcommon/provider/twilio/signature.h"
#include "services/webhook-ingest/domain/hook.h"

#define ACCOUNTS_MAX 20000
/* Of an address that names no provider: how many keys a webhook is tried with. More accounts of a
 * driver than this need addresses that name them. Each organisation has its turn before one has a
 * second, so that none can take all of them. */
#define ACCOUNTS_CANDIDATES 8

struct vp_db;
struct vp_vault;
struct accounts;

struct account {
	struct vp_uuid id, org;
	enum hook_driver driver;
	bool has_key; /* false: its settings could not be opened, or hold none */
	bool said;    /* that it has none, of these very settings */
	char account_sid[40];
	struct vp_twilio_key *twilio;
	uint8_t telnyx[VP_TELNYX_KEY_SIZE];
	char *sealed; /* what the key was read from */
};

int accounts_create(struct accounts **ret, struct vp_db *db, struct vp_vault *vault);
struct accounts *accounts_destroy(struct accounts *accounts);
bool accounts_loaded(const struct accounts *accounts); /* once */

/* Pointers are valid until the loop's next turn. NULL: not known. */
struct account *accounts_find(struct accounts *accounts, struct vp_uuid id);
/* Of a driver; with account_sid ("" for any) only those of that account. How many, at most max. */
size_t accounts_of(struct accounts *accounts, enum hook_driver driver, const char *account_sid,
	struct account **ret, size_t max);

/* A public key (Telnyx) is no secret: another organisation has given the same as its own, so the
 * key does not tell whose event it is. */
bool accounts_share_key(const struct accounts *accounts, const struct account *account);

/* What is remembered may be old: reads again, soon. */
void accounts_stale(struct accounts *accounts);
/* Reads anew, unless that happened a moment ago: then false. Else h is called once when it is done,
 * maybe before this returns, and never after accounts_destroy. Before the first reading succeeded h
 * waits for it, ten seconds at most. */
bool accounts_wait(struct accounts *accounts, void (*h)(void *arg), void *arg);
void accounts_tick(struct accounts *accounts); /* each 100 ms or so */
#endif
