/* Finds the contact that a call is made for: by our id, or by its id in the CRM. */
#ifndef GATEWAY_ENTITY_H
#define GATEWAY_ENTITY_H
#include "libcommon/base/uuid.h"

#define ENTITY_ID_MAX 64

struct vp_db;
/* err: 0, ENOENT (no such contact), or of the database. */
typedef void entity_found_h(int err, struct vp_uuid id, void *arg);
/* EINVAL at once: type is none of person, lead, deal, or id is empty. */
int entity_find(struct vp_db *db, struct vp_uuid org, const char *type, const char *id,
	entity_found_h *h, void *arg);
#endif
