/* The spool: webhooks that were verified while PostgreSQL was away, in files of a folder, in order.
 * What was synced survives any crash; what was not yet synced was not answered.
 *
 * File "<number>.hooks": "RMHOOKS1", then records: length (u32, little endian) | CRC-32 of the rest
 * (u32) | the bytes of hook_pack. A file ends at its first record that is not whole. A file is
 * removed when all of it is in the database; one with a damaged record inside is kept as
 * "<number>.damaged" for a person to look at.
 *
 * Several processes may share the folder: each takes a place in it ("0", "1" ...) and locks it, and
 * takes over what a process that died left in another place. */
#ifndef WEBHOOK_SPILL_H
#define WEBHOOK_SPILL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "services/webhook-ingest/domain/hook.h"

#define SPILL_FILE_MAX ((uint64_t)8 << 20)
#define SPILL_PLACES 16 /* processes that share a folder, at most */

struct spill;

/* Errors of the file system; EWOULDBLOCK: all places of the folder are taken. */
int spill_create(struct spill **ret, const char *dir, uint64_t max_bytes);
struct spill *spill_destroy(struct spill *spill);

/* Takes over what processes that are gone left in other places. Now and then. */
int spill_adopt(struct spill *spill);

/* Puts one behind the others; it is safe after spill_sync. ENOSPC: max_bytes are reached. */
int spill_add(struct spill *spill, const struct hook *hook);
/* Writes and fdatasyncs what was added. An error: none of what was added since the last is safe. */
int spill_sync(struct spill *spill);

bool spill_is_empty(const struct spill *spill); /* nothing is left that is not in the database */
uint64_t spill_bytes(const struct spill *spill);

/* The next that was synced and not taken yet; ENODATA: none. Freed by free. */
int spill_next(struct spill *spill, struct hook **ret);
/* All that was taken is in the database: files that are through are removed. */
void spill_done(struct spill *spill);
/* What was taken last can never be stored: its file is kept as "<number>.damaged". */
void spill_spoil(struct spill *spill);
/* All that was taken since the last spill_done is to be taken again. */
void spill_rewind(struct spill *spill);
#endif
