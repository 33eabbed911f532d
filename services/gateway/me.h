/* What the API says about the signed-in user. */
#ifndef GATEWAY_ME_H
#define GATEWAY_ME_H
#include <jansson.h>
#include "services/gateway/identity.h"

/* csrf NULL: an API token has none. NULL: no memory. */
json_t *me_json(const struct identity *who, const char *csrf);
#endif
