/* The keys of webhooks that came lately, so that a duplicate costs no statement. Fixed memory: the
 * oldest goes first. A key is pending while its webhook is on its way into the database. */
#ifndef WEBHOOK_RECENT_H
#define WEBHOOK_RECENT_H
#include <stdbool.h>
#include <stddef.h>
#include "libcommon/base/uuid.h"

#define RECENT_MAX 65536

struct recent;
struct recent *recent_create(void); /* NULL: no memory */
struct recent *recent_destroy(struct recent *recent);

/* False: the key is not known. *ret_pending: what was given with it, NULL once settled. */
bool recent_find(const struct recent *recent, struct vp_uuid key, void **ret_pending);
/* A key that is not known. pending may be NULL: settled from the start. */
void recent_add(struct recent *recent, struct vp_uuid key, void *pending);
/* The key is known from here on, and nothing is pending, unless it is another's. */
void recent_settle(struct recent *recent, struct vp_uuid key, const void *pending);
void recent_forget(struct recent *recent, struct vp_uuid key);
#endif
