#include <stdlib.h>
#include <string.h>

#include "services/token-issuer/accounts.h"
#include "services/token-issuer/request.h"

#define SLOTS 4096 /* users; more of them make room for each other */

struct slot {
	struct vp_uuid org, user,
		wanted; /* wanted: the provider that was asked for, nil the active */
	struct vp_uuid provider;
	const char *driver; /* NULL: free */
	uint8_t settings[VP_SHA256_SIZE];
	int64_t asked_us;
	uint64_t generation;
};
struct accounts {
	uint64_t generation;
	struct slot slots[SLOTS];
};

struct accounts *accounts_create(void)
{
	return calloc(1, sizeof(struct accounts));
}

struct accounts *accounts_destroy(struct accounts *accounts)
{
	free(accounts);
	return NULL;
}

/* A user's id ends in random bytes. */
static size_t place(const struct token_request *request)
{
	return ((size_t)request->user.b[14] << 8 | request->user.b[15]) % SLOTS;
}

static bool is_of(const struct slot *slot, const struct token_request *request)
{
	return slot->driver && vp_uuid_equal(slot->org, request->org) &&
	       vp_uuid_equal(slot->user, request->user) &&
	       vp_uuid_equal(slot->wanted, request->wanted);
}

bool accounts_find(const struct accounts *accounts, struct token_request *request, int64_t now_us)
{
	const struct slot *slot = &accounts->slots[place(request)];

	request->asked_us = now_us;
	request->generation = accounts->generation;
	if (!is_of(slot, request) || slot->generation != accounts->generation ||
		now_us - slot->asked_us >= ACCOUNTS_FRESH_MS * 1000LL) {
		return false;
	}
	request->driver = slot->driver;
	request->provider = slot->provider;
	memcpy(request->settings, slot->settings, VP_SHA256_SIZE);
	return true;
}

void accounts_keep(struct accounts *accounts, const struct token_request *request)
{
	struct slot *slot = &accounts->slots[place(request)];

	*slot = (struct slot){.org = request->org,
		.user = request->user,
		.wanted = request->wanted,
		.provider = request->provider,
		.driver = request->driver,
		.asked_us = request->asked_us,
		.generation = request->generation};
	memcpy(slot->settings, request->settings, VP_SHA256_SIZE);
}

void accounts_forget(struct accounts *accounts)
{
	accounts->generation++;
}
