/* Providers and drivers as the API shows them; never a secret. */
#ifndef GATEWAY_PROVIDER_JSON_H
#define GATEWAY_PROVIDER_JSON_H
#include <jansson.h>
#include "libcommon/db/db.h"
#include "libcommon/provider/provider.h"

/* Rows with these columns, of "providers p" joined with the first trunk t of each. */
#define PROVIDER_FROM                                                                              \
	" from providers p left join lateral (select * from trunks x where x.org_id = p.org_id "   \
	"and x.provider_id = p.id order by x.priority, x.id limit 1) t on true "
#define PROVIDER_COLUMNS                                                                           \
	"p.id, p.name, p.driver, p.is_active, p.priority, p.version, "                             \
	"(extract(epoch from p.last_test_at) * 1000000)::bigint, p.last_test_ok, "                 \
	"(extract(epoch from p.created_at) * 1000000)::bigint, "                                   \
	"(extract(epoch from p.updated_at) * 1000000)::bigint, "                                   \
	"p.config_hint, p.config, t.id, to_jsonb(t) - 'secret', t.secret, t.version"
enum provider_column {
	PROVIDER_ID,
	PROVIDER_NAME,
	PROVIDER_DRIVER,
	PROVIDER_ACTIVE,
	PROVIDER_PRIORITY,
	PROVIDER_VERSION,
	PROVIDER_TEST_AT,
	PROVIDER_TEST_OK,
	PROVIDER_CREATED,
	PROVIDER_UPDATED,
	PROVIDER_HINT,
	PROVIDER_CONFIG, /* sealed; "" when there is none */
	PROVIDER_TRUNK,  /* null: it has none */
	PROVIDER_TRUNK_ROW,
	PROVIDER_TRUNK_SECRET, /* sealed */
	PROVIDER_TRUNK_VERSION,
};

/* health: "up", "down", "unknown". NULL: no memory. */
json_t *provider_json(const struct vp_db_result *res, size_t row, const char *health);
/* All drivers with their fields. */
json_t *drivers_json(void);
#endif
