/* Who the client is when a proxy stands before us. Only proxies that the operator named are
 * believed. */
#include <string.h>
#include <sys/socket.h>
#include "libcommon/base/address.h"
#include "libcommon/http/http_int.h"

bool vp_proxy_is_trusted(const struct vp_http *http, const char *address)
{
	struct sockaddr_storage read;
	return http->proxies.n != 0 && vp_address_read(address, &read) &&
	       vp_nets_hold(&http->proxies, (struct sockaddr *)&read);
}

const char *vp_proxy_client(const struct vp_http *http, const char *peer, char *forwarded)
{
	struct sockaddr_storage read;
	const char *client = peer;
	/* from the right: each proxy appends whom it saw, so what stands left of a stranger is his
	 * word */
	while (forwarded != NULL && vp_proxy_is_trusted(http, client)) {
		char *comma = strrchr(forwarded, ',');
		char *word = comma != NULL ? comma + 1 : forwarded;
		word += strspn(word, " ");
		word[strcspn(word, " ")] = '\0';
		if (!vp_address_read(word, &read)) {
			break;
		}
		client = word;
		if (comma == NULL) {
			break;
		}
		*comma = '\0';
	}
	return client;
}
