/* config.changed: somebody configured something; what is remembered is read again when needed. */
#include "services/router/adapters/cache.h"
#include "services/router/handlers.h"
#include "services/router/router.h"

void on_config_changed(struct router *router)
{
	cache_make_stale(router->outbound);
	cache_make_stale(router->trunks);
	cache_make_stale(router->routes);
}
