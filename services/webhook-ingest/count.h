/* Metrics of the service. */
#ifndef WEBHOOK_COUNT_H
#define WEBHOOK_COUNT_H
#include <stddef.h>
#include <stdint.h>

struct spill;

enum reject {
	REJECT_NONE,
	REJECT_SIGNATURE_MISSING,
	REJECT_SIGNATURE_MALFORMED,
	REJECT_SIGNATURE_WRONG,
	REJECT_BODY_HASH,
	REJECT_STALE,
	REJECT_ACCOUNT,          /* signed, but for another account than the provider's */
	REJECT_UNKNOWN_PROVIDER, /* no such provider, or none of this driver */
	REJECT_NO_KEY,           /* its key could not be read */
	REJECT_SHARED_KEY,       /* several organisations say that it is theirs */
	REJECT_TOO_MANY,         /* wrong ones from this address */
	REJECT_MAX
};
const char *reject_word(enum reject reject);

void count_start(void);
/* driver: an enum hook_driver, or HOOK_DRIVER_MAX for none. */
void count_rejected(int driver, enum reject reject);
void count_received(int driver);
void count_known(size_t n); /* duplicates */
void count_stored(int64_t us);
void count_spooled(void);
void count_unavailable(void);
void count_voice(int64_t us);
void count_apology(const char *reason); /* "timeout", "unavailable", "refused", "malformed" */
void count_replayed(void);
void count_gauges(unsigned waiting, const struct spill *spill);
#endif
