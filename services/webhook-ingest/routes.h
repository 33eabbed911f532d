/* Every address of the service. */
#ifndef WEBHOOK_ROUTES_H
#define WEBHOOK_ROUTES_H
#include <stddef.h>
#include "libcommon/http/http.h"

extern const struct vp_http_route ingest_routes[];
extern const size_t ingest_n_routes;
#endif
