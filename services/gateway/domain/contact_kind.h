/* Persons, leads and deals: what they have in common, and each one's columns and statements. */
#ifndef GATEWAY_CONTACT_KIND_H
#define GATEWAY_CONTACT_KIND_H
#include <jansson.h>
#include <stdbool.h>
#include "libcommon/db/db.h"

enum contact_type { CONTACT_PERSON, CONTACT_LEAD, CONTACT_DEAL, CONTACT_TYPE_MAX };

struct contact_kind {
	enum contact_type type;
	const char *name;   /* "person" */
	const char *plural; /* "persons": table and path */
	/* $1 organisation, $2 id */
	const char *sql_get;
	/* $1 organisation, $2 id, $3 fields (jsonb), $4 now; audit: $5 id, $6 actor type, $7 actor,
	 * $8 ip. A row when it was stored. */
	const char *sql_create, *sql_change;
};

const struct contact_kind *contact_kind(enum contact_type type);
const struct contact_kind *contact_kind_named(const char *name); /* "person"; NULL: none */
const struct contact_kind *contact_kind_at(const char *path);    /* "/api/voip/persons..." */

/* Row of sql_get as the API shows it. NULL: no memory. */
json_t *contact_json(const struct contact_kind *kind, const struct vp_db_result *res);
#endif
