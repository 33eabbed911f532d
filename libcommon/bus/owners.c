#include <stddef.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/owners.h"

static const struct {
	const char *prefix, *service;
} owners[] = {
	{"audit.", "gateway"},
	{"call.", "call-controller"},
	{"config.", "gateway"},
	{"contact.", "gateway"},
	{"provider.", "webhook-ingest"},
	{"recording.", "recorder"},
	{"route.", "router"},
	{"token.", "token-issuer"},
};

const char *bus_owner_of(const char *type)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(owners); i++) {
		if (strncmp(type, owners[i].prefix, strlen(owners[i].prefix)) == 0) {
			return owners[i].service;
		}
	}
	return NULL;
}

bool bus_owns_events(const char *service)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(owners); i++) {
		if (strcmp(owners[i].service, service) == 0) {
			return true;
		}
	}
	return false;
}
