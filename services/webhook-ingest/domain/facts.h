/* What a verified webhook says, as far as this service must know: its kind, whom it speaks of, and
 * what makes it the same event as another one. And the event for the others. No I/O. */
#ifndef WEBHOOK_FACTS_H
#define WEBHOOK_FACTS_H
#include <stdbool.h>
#include "libcommon/provider/twilio/form.h"
#include "services/webhook-ingest/domain/hook.h"

#define FACTS_LEG_MAX 32

struct facts {
	char kind[HOOK_KIND_MAX + 1];
	char external_id[HOOK_EXTERNAL_MAX + 1];
	char parent_id[HOOK_EXTERNAL_MAX + 1];
	char call_id[VP_UUID_TEXT_SIZE]; /* ours; "" when it names none */
	char leg[FACTS_LEG_MAX + 1];
	int64_t occurred_us;        /* 0: it does not say */
	struct vp_uuid dedupe;      /* the same for the same event of a provider */
	struct vp_twilio_form form; /* twilio */
};

/* What is known of a webhook besides its bytes. */
struct facts_hints {
	const char *kind;  /* what the address said ("status"; "" when it left that open) */
	const char *token; /* of I-Twilio-Idempotency-Token, "" when none */
	struct vp_twilio_form *form; /* the body's fields: they are taken; NULL: not read yet */
};
/* A body that makes no sense has facts too, of kind "unknown". ENOMEM. Freed by facts_free. */
int facts_read(struct facts *ret, const struct hook *hook, const struct facts_hints *hints);
void facts_free(struct facts *facts);

/* The packed provider.event of proto/ringmain/v1/provider.proto, without fields and body when it
 * would not fit into a message. The caller frees. */
int facts_event(
	const struct facts *facts, const struct hook *hook, uint8_t **ret_data, size_t *ret_len);

/* Takes "call=" and "leg=" of a query (of our address, or a Telnyx client_state in the same form).
 */
void facts_read_ours(struct facts *facts, const char *query);

/* Copies what a word may hold (letters, digits, "._:-+@=/"); anything else, or too much, gives "".
 */
void facts_word(char *dst, size_t size, const char *text);
#endif
