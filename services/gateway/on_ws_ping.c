/* ping: the gateway is there. */
#include "services/gateway/sockets_int.h"

void on_ws_ping(struct ws_request *request, const json_t *message)
{
	(void)message;
	request_ok(request, NULL);
}
