/* Messages on their way to the controller: queued by any thread, sent by the control thread. */
#ifndef MD_OUTBOX_H
#define MD_OUTBOX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct md_outbox;

int md_outbox_create(struct md_outbox **ret);
struct md_outbox *md_outbox_destroy(struct md_outbox *outbox);
/* Readable when something was queued. */
int md_outbox_fd(const struct md_outbox *outbox);
void md_outbox_put(struct md_outbox *outbox, const void *message, size_t len);
/* Sends all there is to a SEQPACKET socket: 0, or EAGAIN when it takes no more now. */
int md_outbox_flush(struct md_outbox *outbox, int fd);
void md_outbox_clear(struct md_outbox *outbox);
unsigned md_outbox_queued(struct md_outbox *outbox);
#endif
