#include <string.h>
#include "services/call-controller/domain/trunk_advice.h"

const char *trunk_register_advice(unsigned status, const char *reason)
{
	if (strcmp(reason, "wrong_password") == 0) {
		return "The provider refuses this user name and password. Copy both again from the "
		       "provider's page; some want another name for authentication.";
	}
	if (strcmp(reason, "cannot_authenticate") == 0) {
		return "The provider asks for a kind of authentication that we do not have, or for "
		       "another realm than the trunk names. Leave the realm empty.";
	}
	switch (status) {
	case 0:
		return "The provider does not answer a REGISTER. Check server, port and transport, "
		       "and that a firewall lets SIP pass.";
	case 401:
	case 407: return "The provider wants a password. Enter user name and password.";
	case 403:
		return "The provider refuses this account from here. Check that it is active and "
		       "that our address is allowed.";
	case 404:
		return "The provider does not know this user name. Check it, and the domain after "
		       "the @.";
	case 423:
		return "The provider wants registrations to last longer. Raise the registration "
		       "time.";
	case 429:
	case 503:
		return "The provider takes no more registrations now. Wait some minutes and try "
		       "again.";
	default: break;
	}
	return "The provider refuses the registration. Its support can tell why.";
}

bool trunk_options_alive(unsigned status)
{
	return status >= 200 && status != 408 && status != 503;
}

const char *trunk_options_advice(unsigned status, bool over_udp)
{
	if (status == 408 || status == 503) {
		return "The provider says that it is not available. Try again later, or another of "
		       "its servers.";
	}
	if (over_udp) {
		return "Nobody answers. Check server and port, that a firewall lets UDP pass both "
		       "ways, and that the provider allows our address.";
	}
	return "The connection stands, but nobody answers SIP on it. Check the port, and that the "
	       "provider allows our address.";
}
