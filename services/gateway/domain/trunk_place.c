#include <string.h>
#include "libcommon/base/address.h"
#include "libcommon/base/base.h"
#include "services/gateway/domain/provider_input.h"
#include "services/gateway/domain/trunk_place.h"

#define HOST_SIZE 256

/* "sip:someone@[fd00::1]:5060;lr" is at fd00::1. */
static void host_of(const char *uri, char ret[HOST_SIZE])
{
	const char *colon = strchr(uri, ':'), *at = strchr(uri, '@');
	const char *host = at ? at + 1 : colon ? colon + 1 : uri;
	size_t len;

	if (*host == '[') {
		host++;
		len = strcspn(host, "]");
	} else {
		len = strcspn(host, ":;?");
	}
	len = len < HOST_SIZE ? len : HOST_SIZE - 1;
	memcpy(ret, host, len);
	ret[len] = '\0';
}

static void check(const struct vp_nets *nets, const char *host, const char *column, json_t *faults)
{
	if (!vp_nets_allow_host(nets, host)) {
		fault_add(faults, column,
			"This address is not on the public internet, and trunks may not be there. "
			"For a telephone system in your own network, whoever runs this server "
			"names that network in VOIP_TRUNK_NETWORKS.");
	}
}

void trunk_place_check(const struct vp_nets *nets, const json_t *row, json_t *faults)
{
	const char *host = json_string_value(json_object_get(row, "host"));
	const char *proxy = json_string_value(json_object_get(row, "outbound_proxy"));
	char proxy_host[HOST_SIZE];

	if (host) {
		check(nets, host, "host", faults);
	}
	if (proxy) {
		host_of(proxy, proxy_host);
		check(nets, proxy_host, "outbound_proxy", faults);
	}
}
