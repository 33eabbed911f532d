/* Messages on their way to the controller. Any thread sends its own at once; what the socket does
 * not take waits and is sent by the thread that watches its descriptor. */
#ifndef MD_OUTBOX_H
#define MD_OUTBOX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct md_outbox;

#define MD_OUTBOX_MAX 8192 /* messages that a controller may lag behind */

int md_outbox_create(struct md_outbox **ret);
struct md_outbox *md_outbox_destroy(struct md_outbox *outbox);
/* Readable when something begins to wait, and when more than MD_OUTBOX_MAX do: who reads so slowly
 * is to be cut off. */
int md_outbox_fd(const struct md_outbox *outbox);
/* The SEQPACKET socket that messages go to; -1: none, what comes is dropped and what waits too. */
void md_outbox_attach(struct md_outbox *outbox, int fd);
void md_outbox_put(struct md_outbox *outbox, const void *message, size_t len);
/* As put, but it does not go by itself: with the next that is put, or when it is hurried. */
void md_outbox_put_later(struct md_outbox *outbox, const void *message, size_t len);
void md_outbox_hurry(struct md_outbox *outbox);
/* While it is on all messages wait, without waking anybody: who turns it off flushes. */
void md_outbox_cork(struct md_outbox *outbox, bool on);
/* Sends what waits, unless all of it may wait longer: 0, or EAGAIN when the socket takes no more
 * now. */
int md_outbox_flush(struct md_outbox *outbox);
unsigned md_outbox_queued(struct md_outbox *outbox);
#endif
