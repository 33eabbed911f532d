/* Where a stored secret goes, and how well it is guarded on the way. The API never shows a secret,
 * so who may change a provider must not get it by sending it to a server of his own, or over a line
 * that he can listen on: then it has to be entered again. Once for settings, once for a trunk's row
 * in SQL. Pure. */
#ifndef GATEWAY_SECRET_WAY_H
#define GATEWAY_SECRET_WAY_H
#include "libcommon/provider/provider.h"

enum secret_way {
	SECRET_WAY_SAME, /* or a safer one */
	SECRET_WAY_ELSEWHERE,
	SECRET_WAY_LESS_SAFE,
};

enum secret_way secret_way_of(const struct vp_provider_driver *driver,
	const struct vp_provider_config *was, const struct vp_provider_config *now);
/* For a person, about the secret that was not taken over. */
const char *secret_way_sentence(enum secret_way way);

/* The same of two rows of trunks: "x.", "r." */
#define SECRET_WAY_GUARD_SQL(row)                                                                  \
	"case when " row "transport <> 'tls' then 0 when " row "tls_verify then 2 else 1 end"
#define SECRET_WAY_SQL(was, now)                                                                   \
	"case when lower(" was "host) <> lower(" now "host) or lower(coalesce(" was                \
	"outbound_proxy, '')) <> lower(coalesce(" now "outbound_proxy, '')) then 1 "               \
	"when " SECRET_WAY_GUARD_SQL(was) " > " SECRET_WAY_GUARD_SQL(                              \
		now) " or "                                                                        \
		     "(" was "transport = 'tls' and " was "tls_verify and " was                    \
		     "tls_ca is distinct from " now "tls_ca) then 2 else 0 end"
#endif
