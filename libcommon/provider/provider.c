#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/api.h"
#include "libcommon/provider/provider_int.h"

/* In the order that people are offered them. */
static const struct vp_provider_driver *const drivers[] = {
	&vp_driver_twilio, &vp_driver_telnyx, &vp_driver_sip};

static const char *const capability_words[] = {
	"dial", "receive", "hold", "dtmf", "transfer", "conference", "record", "reattach"};

size_t vp_provider_count(void)
{
	return VP_ARRAY_LEN(drivers);
}

const struct vp_provider_driver *vp_provider_at(size_t i)
{
	return i < VP_ARRAY_LEN(drivers) ? drivers[i] : NULL;
}

const struct vp_provider_driver *vp_provider_find(const char *name)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(drivers); i++) {
		if (strcmp(drivers[i]->name, name) == 0) {
			return drivers[i];
		}
	}
	return NULL;
}

const struct vp_provider_field *vp_provider_field(
	const struct vp_provider_driver *driver, const char *key)
{
	for (size_t i = 0; i < driver->n_fields; i++) {
		if (strcmp(driver->fields[i].key, key) == 0) {
			return &driver->fields[i];
		}
	}
	return NULL;
}

const char *vp_provider_capability_word(unsigned bit)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(capability_words); i++) {
		if (bit == 1u << i) {
			return capability_words[i];
		}
	}
	return NULL;
}

const char *vp_field_api_base(const char *value)
{
	return vp_api_base_fault(value);
}

const char *vp_field_phone_base(const char *value)
{
	return vp_phone_base_fault(value);
}
