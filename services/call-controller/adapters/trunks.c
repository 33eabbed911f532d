#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/call-controller/adapters/trunks.h"
#include "services/call-controller/adapters/trunks_load.h"

#define RELOAD_MS 50 /* several changes at once are one */
#define RELOAD_RETRY_MS 2000
#define REFRESH_MS 5000 /* the command line writes the table and has no voice on the bus */
#define KNOWN_SIZE 512  /* remembered verdicts about source addresses */

struct known {
	uint8_t addr[16];
	unsigned generation; /* 0: nothing remembered */
	bool yes;
};

struct trunks {
	struct trunks_cfg cfg;
	struct trunk **list;
	size_t n;
	bool loaded;
	bool again; /* a change came while the table was being read */
	struct trunks_load *loading;
	struct trunks_shut shut;
	struct ua_timer reload;
	struct known known[KNOWN_SIZE];
	unsigned generation; /* of what is remembered */
};

static void load(void *arg);

static void load_in(struct trunks *trunks, int64_t ms)
{
	ua_timer_start(trunks->cfg.links.timers, &trunks->reload, ms, load, trunks);
}

struct trunk *trunks_find(struct trunks *trunks, struct vp_uuid id)
{
	for (size_t i = 0; i < trunks->n; i++) {
		if (vp_uuid_equal(trunks->list[i]->id, id)) {
			return trunks->list[i];
		}
	}
	return NULL;
}

/* True when a trunk came, went or was changed. */
static bool replace(struct trunks *trunks, struct trunk **list, size_t n)
{
	bool changed = false;

	for (size_t i = 0; i < trunks->n; i++) {
		if (!trunks->list[i]->kept) {
			trunk_destroy(trunks->list[i]); /* unregisters */
			changed = true;
		}
	}
	free(trunks->list);
	trunks->list = list;
	trunks->n = n;
	for (size_t i = 0; i < n; i++) {
		list[i]->kept = false;
		if (!list[i]->links) {
			trunk_start(list[i], &trunks->cfg.links);
			changed = true;
		}
	}
	trunks->generation += changed;
	return changed;
}

static void on_read(
	int err, struct trunk **list, size_t n, const struct trunks_shut *shut, void *arg)
{
	struct trunks *trunks = arg;
	const bool first = !trunks->loaded;

	trunks->loading = NULL;
	if (err) {
		vp_log(WARN, "trunks.not_read", VP_KV_ERR(err));
		load_in(trunks, RELOAD_RETRY_MS);
		return;
	}
	trunks->shut = *shut;
	if (replace(trunks, list, n) || first) {
		vp_log(INFO, "trunks.loaded", VP_KV_INT("trunks", n),
			VP_KV_INT("shut", trunks->shut.n));
	}
	trunks->loaded = true;
	if (first) {
		trunks->cfg.on_loaded(trunks->cfg.links.arg);
	}
	load_in(trunks, trunks->again ? RELOAD_MS : REFRESH_MS);
	trunks->again = false;
}

static struct trunk *find(struct vp_uuid id, void *arg)
{
	return trunks_find(arg, id);
}

static void load(void *arg)
{
	struct trunks *trunks = arg;
	const struct trunks_load_cfg cfg = {.db = trunks->cfg.db,
		.vault = trunks->cfg.vault,
		.shut_before = &trunks->shut,
		.find = find,
		.on_done = on_read,
		.arg = trunks};

	if (trunks->loading) {
		trunks->again = true;
	} else if (trunks_load_start(&trunks->loading, &cfg)) {
		load_in(trunks, RELOAD_RETRY_MS);
	}
}

void trunks_reload(struct trunks *trunks)
{
	load_in(trunks, RELOAD_MS);
}

bool trunks_loaded(const struct trunks *trunks)
{
	return trunks->loaded;
}

size_t trunks_shut(const struct trunks *trunks)
{
	return trunks->shut.n;
}

/* --- who is it --- */

static void addr_of(const struct sa *sa, uint8_t addr[16])
{
	memset(addr, 0, 16);
	if (sa_af(sa) == AF_INET) {
		memset(addr + 10, 0xff, 2);
		memcpy(addr + 12, &sa->u.in.sin_addr, 4);
	} else {
		memcpy(addr, &sa->u.in6.sin6_addr, 16);
	}
}

bool trunks_know(struct trunks *trunks, const struct sa *peer)
{
	uint8_t addr[16];
	struct known *known;

	addr_of(peer, addr);
	known = &trunks->known[hash_joaat(addr, sizeof(addr)) % KNOWN_SIZE];
	if (known->generation != trunks->generation ||
		memcmp(known->addr, addr, sizeof(addr)) != 0) {
		memcpy(known->addr, addr, sizeof(addr));
		known->generation = trunks->generation;
		known->yes = false;
		for (size_t i = 0; i < trunks->n && !known->yes; i++) {
			known->yes = trunk_has_addr(trunks->list[i], addr, peer);
		}
	}
	return known->yes;
}

struct trunk *trunks_of(struct trunks *trunks, const struct sa *peer, const struct pl *called)
{
	struct trunk *by_source = NULL;
	uint8_t addr[16];

	addr_of(peer, addr);
	for (size_t i = 0; i < trunks->n; i++) {
		struct trunk *trunk = trunks->list[i];

		if (!trunk_has_addr(trunk, addr, peer)) {
			continue;
		}
		if (!pl_strcmp(called, trunk->contact)) {
			return trunk;
		}
		by_source = by_source ? by_source : trunk;
	}
	return by_source;
}

static bool has_org_of(
	struct trunks *trunks, const struct vp_uuid *ids, size_t n, const struct trunk *trunk)
{
	for (size_t i = 0; i < n; i++) {
		if (vp_uuid_equal(trunks_find(trunks, ids[i])->org, trunk->org)) {
			return true;
		}
	}
	return false;
}

size_t trunks_also(struct trunks *trunks, const struct sa *peer, const struct trunk *first,
	struct vp_uuid *ret, size_t max)
{
	uint8_t addr[16];
	size_t n = 0;

	addr_of(peer, addr);
	for (size_t i = 0; i < trunks->n && n < max; i++) {
		const struct trunk *trunk = trunks->list[i];

		if (!vp_uuid_equal(trunk->org, first->org) && trunk_has_addr(trunk, addr, peer) &&
			!has_org_of(trunks, ret, n, trunk)) {
			ret[n++] = trunk->id;
		}
	}
	return n;
}

void trunks_each(struct trunks *trunks, void (*h)(const struct trunk *trunk, void *arg), void *arg)
{
	for (size_t i = 0; i < trunks->n; i++) {
		h(trunks->list[i], arg);
	}
}

const struct trunk_links *trunks_links(const struct trunks *trunks)
{
	return &trunks->cfg.links;
}

/* --- life --- */

void trunks_retire(struct trunks *trunks)
{
	ua_timer_stop(trunks->cfg.links.timers, &trunks->reload);
	for (size_t i = 0; i < trunks->n; i++) {
		trunk_retire(trunks->list[i]);
	}
}

int trunks_create(struct trunks **ret, const struct trunks_cfg *cfg)
{
	struct trunks *trunks = calloc(1, sizeof(*trunks));

	if (!trunks) {
		return ENOMEM;
	}
	trunks->cfg = *cfg;
	trunks->generation = 1;
	trunks->cfg.links.generation = &trunks->generation;
	load_in(trunks, 1);
	*ret = trunks;
	return 0;
}

struct trunks *trunks_destroy(struct trunks *trunks)
{
	if (!trunks) {
		return NULL;
	}
	trunks_load_cancel(trunks->loading);
	ua_timer_stop(trunks->cfg.links.timers, &trunks->reload);
	for (size_t i = 0; i < trunks->n; i++) {
		trunk_destroy(trunks->list[i]);
	}
	free(trunks->list);
	free(trunks);
	return NULL;
}
