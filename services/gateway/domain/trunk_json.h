/* Trunks as the API shows them, and what their statements share; never a secret. */
#ifndef GATEWAY_TRUNK_JSON_H
#define GATEWAY_TRUNK_JSON_H
#include <jansson.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"
#include "libcommon/db/db.h"

/* clang-format off */
#define TRUNK_SET_OF(r)                                                                            \
	r "name, " r "host, " r "port, " r "transport, " r "outbound_proxy, " r "auth_method, "   \
	r "sip_username, " r "auth_username, " r "secret, " r "from_domain, " r "realm, "          \
	r "register, " r "register_expires, " r "allowed_ips, " r "codecs, " r "srtp, "            \
	r "number_format_out, " r "number_format_in, " r "tech_prefix, " r "caller_id, "           \
	r "caller_id_header, " r "tls_ca, " r "tls_verify, " r "options_interval_s, "              \
	r "session_timer, " r "max_channels, " r "dtmf, " r "is_active, " r "priority"
#define TRUNK_SET TRUNK_SET_OF("")
#define TRUNK_SET_R TRUNK_SET_OF("r.")
#define TRUNK_COLUMNS                                                                              \
	"t.id, to_jsonb(t) - array['secret', 'org_id', 'created_at', 'updated_at'], "             \
	"t.secret is not null, p.name, (extract(epoch from t.created_at) * 1000000)::bigint, "     \
	"(extract(epoch from t.updated_at) * 1000000)::bigint, t.version, p.is_active"
#define TRUNK_FROM                                                                                 \
	" from trunks t join providers p on p.org_id = t.org_id and p.id = t.provider_id "
/* clang-format on */
enum trunk_column {
	TRUNK_ID,
	TRUNK_ROW,
	TRUNK_HAS_SECRET,
	TRUNK_PROVIDER_NAME,
	TRUNK_CREATED,
	TRUNK_UPDATED,
	TRUNK_VERSION,
	TRUNK_PROVIDER_ACTIVE,
};

/* A row of TRUNK_COLUMNS. NULL: no memory. */
json_t *trunk_json(const struct vp_db_result *res, size_t row);
/* Makes columns a whole row of the table: ids, first version, times. */
void trunk_row_identify(json_t *row, struct vp_uuid org, struct vp_uuid id, struct vp_uuid provider,
	int64_t now_us);
#endif
