/* A call as the WebSocket shows it (proto/asyncapi.yaml, schema Call). Pure. */
#ifndef GATEWAY_CALL_JSON_H
#define GATEWAY_CALL_JSON_H
#include <jansson.h>
#include <stdbool.h>
#include "proto/call.pb-c.h"

/* "in-progress"; "failed" for a number that we do not know. */
const char *call_status_word(Ringmain__V1__CallStatus status);
bool call_is_over(const Ringmain__V1__CallChanged *call);
/* session: of the socket that gets it. NULL: no memory, or text that is no UTF-8. */
json_t *call_json(const Ringmain__V1__CallChanged *call, const char *session);
#endif
