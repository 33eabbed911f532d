/* What voice webhooks were answered with, so that the same question gets the same answer. Fixed
 * memory: the oldest answer goes first. */
#ifndef WEBHOOK_ANSWERS_H
#define WEBHOOK_ANSWERS_H
#include "libcommon/base/uuid.h"

#define ANSWERS_MAX 4096

struct answers;
struct answers *answers_create(void); /* NULL: no memory */
struct answers *answers_destroy(struct answers *answers);
/* NULL: there is none. Valid until the next answers_keep. */
const char *answers_find(const struct answers *answers, struct vp_uuid key);
/* Takes text over; NULL keeps nothing. */
void answers_keep(struct answers *answers, struct vp_uuid key, char *text);
#endif
