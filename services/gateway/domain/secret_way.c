#include "services/gateway/domain/secret_way.h"
#include <strings.h>
#include "libcommon/base/base.h"

enum secret_way secret_way_of(const struct vp_provider_driver *driver,
	const struct vp_provider_config *was, const struct vp_provider_config *now)
{
	for (size_t i = 0; i < driver->n_fields; i++) {
		const char *key = driver->fields[i].key;
		const char *before = vp_provider_get(was, driver, key),
			   *after = vp_provider_get(now, driver, key);

		if (driver->fields[i].destination &&
			strcasecmp(before ? before : "", after ? after : "") != 0) {
			return SECRET_WAY_ELSEWHERE;
		}
	}
	return driver->less_safe && driver->less_safe(was, now) ? SECRET_WAY_LESS_SAFE
								: SECRET_WAY_SAME;
}

const char *secret_way_sentence(enum secret_way way)
{
	return way == SECRET_WAY_LESS_SAFE
		       ? "The stored one was entered for a safer connection (transport, check of "
			 "the certificate or its authority differ) and is not sent over this one. "
			 "Enter it again, or take it out."
		       : "The stored one was entered for another server and is not sent to this "
			 "one. Enter it again, or take it out.";
}
