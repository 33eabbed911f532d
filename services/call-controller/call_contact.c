/* Who the other side is: by the number, whole and then by its last nine digits; or the entity that
 * the dial named. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/db/db.h"
#include "services/call-controller/controller.h"

#define NAMES                                                                                      \
	" left join voip.persons p on p.org_id = $1 and n.entity_type = 'person' and p.id = "      \
	"n.entity_id"                                                                              \
	" left join voip.leads l on l.org_id = $1 and n.entity_type = 'lead' and l.id = "          \
	"n.entity_id"                                                                              \
	" left join voip.deals d on d.org_id = $1 and n.entity_type = 'deal' and d.id = "          \
	"n.entity_id"

#define COLUMNS                                                                                    \
	"select n.entity_type, n.entity_id, coalesce(p.name, l.name, d.name, '') as name,"         \
	" coalesce(p.company, l.company, d.company, '') as company"

#define BY_NUMBER                                                                                  \
	COLUMNS                                                                                    \
	" from ((select 0 as rank, entity_type, entity_id from voip.contact_numbers"               \
	"  where org_id = $1 and e164 = $2 order by is_primary desc, entity_type desc limit 1)"    \
	" union all"                                                                               \
	" (select 1, entity_type, entity_id from voip.contact_numbers"                             \
	"  where org_id = $1 and tail9 = $3 order by is_primary desc, entity_type desc limit 1)"   \
	" order by rank limit 1) n" NAMES

#define BY_ENTITY                                                                                  \
	COLUMNS " from (select $2::text as entity_type, $3::uuid as entity_id) n" NAMES            \
		" where coalesce(p.id, l.id, d.id) is not null"

#define STORE(found)                                                                               \
	"update voip.calls c set contact_type = f.entity_type, contact_id = f.entity_id,"          \
	" contact_name = f.name, contact_company = f.company from (" found ") f"                   \
	" where c.org_id = $1 and c.id = $4"

static void copy_cut(char *dst, size_t size, const char *src)
{
	size_t len = strnlen(src, size - 1);

	while (len > 0 && src[len] && ((unsigned char)src[len] & 0xc0) == 0x80) {
		len--; /* not through the middle of a character */
	}
	memcpy(dst, src, len);
	dst[len] = '\0';
}

static void take_row(struct call_contact *contact, const struct vp_db_result *res)
{
	*contact = (struct call_contact){0};
	if (vp_db_rows(res) == 0) {
		return; /* a call to or from a stranger is a call too */
	}
	copy_cut(contact->type, sizeof(contact->type), vp_db_text(res, 0, 0));
	contact->id = vp_db_uuid(res, 0, 1);
	copy_cut(contact->name, sizeof(contact->name), vp_db_text(res, 0, 2));
	copy_cut(contact->company, sizeof(contact->company), vp_db_text(res, 0, 3));
}

static void know(struct call *call, const struct call_contact *contact)
{
	call->contact_known = true;
	if (contact->type[0]) {
		call->contact = *contact;
		if (call->stored) {
			call_tell(call);
		}
	}
}

static void on_found(int err, const struct vp_db_result *res, void *arg)
{
	struct call *call = arg;
	struct call_contact contact;

	call->looking_up = NULL;
	if (!err) {
		take_row(&contact, res);
		know(call, &contact);
	}
}

/* The number by which the other side may be known; false: short codes and withheld numbers belong
 * to nobody. */
static bool known_by(const struct call *call, const char **ret_number, char tail[10])
{
	*ret_number = call->direction == CALL_OUTBOUND ? call->to : call->from;
	vp_e164_tail9(*ret_number, tail);
	return strlen(tail) >= 7;
}

void call_contact_look_up(struct call *call)
{
	const char *number;
	char tail[10];

	vp_db_cancel(call->looking_up);
	call->looking_up = NULL;
	if (call->contact.type[0]) {
		(void)vp_db_query(call->cc->db, BY_ENTITY,
			VP_PARAMS(VP_P_UUID(call->org), VP_P_TEXT(call->contact.type),
				VP_P_UUID(call->contact.id)),
			on_found, call, &call->looking_up);
	} else if (known_by(call, &number, tail)) {
		(void)vp_db_query(call->cc->db, BY_NUMBER,
			VP_PARAMS(VP_P_UUID(call->org), VP_P_TEXT(number), VP_P_TEXT(tail)),
			on_found, call, &call->looking_up);
	}
}

/* --- in the unit that makes the call's row --- */

struct joined {
	struct controller *cc;
	struct vp_uuid call;
	struct call_contact contact;
};

static void on_rows(const struct vp_db_result *res, void *arg)
{
	struct joined *joined = arg;

	take_row(&joined->contact, res);
}

static void on_stored(void *arg)
{
	const struct joined *joined = arg;
	struct call *call = controller_find(joined->cc, joined->call);

	if (call && !call->contact_known) {
		know(call, &joined->contact);
	}
}

int call_contact_join(const struct call *call, struct vp_db_tx *tx)
{
	struct joined *joined;
	const char *number;
	char tail[10];
	int err;

	if (call->contact_known || call->looking_up || !known_by(call, &number, tail)) {
		return 0;
	}
	joined = calloc(1, sizeof(*joined));
	if (!joined) {
		return ENOMEM;
	}
	joined->cc = call->cc;
	joined->call = call->id;
	err = vp_db_tx_on_commit(tx, on_stored, free, joined);
	if (err) {
		free(joined);
		return err;
	}
	err = vp_db_tx_add(
		tx, BY_NUMBER, VP_PARAMS(VP_P_UUID(call->org), VP_P_TEXT(number), VP_P_TEXT(tail)));
	if (!err) {
		vp_db_tx_on_rows(tx, on_rows, joined);
	}
	return err;
}

int call_contact_store(const struct call *call, struct vp_db_tx *tx)
{
	const char *number;
	char tail[10];

	if (call->contact_known) {
		return 0;
	}
	if (call->contact.type[0]) {
		return vp_db_tx_add(tx, STORE(BY_ENTITY),
			VP_PARAMS(VP_P_UUID(call->org), VP_P_TEXT(call->contact.type),
				VP_P_UUID(call->contact.id), VP_P_UUID(call->id)));
	}
	return known_by(call, &number, tail)
		       ? vp_db_tx_add(tx, STORE(BY_NUMBER),
				 VP_PARAMS(VP_P_UUID(call->org), VP_P_TEXT(number), VP_P_TEXT(tail),
					 VP_P_UUID(call->id)))
		       : 0;
}
