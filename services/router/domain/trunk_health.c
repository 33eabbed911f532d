#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "services/router/domain/trunk_health.h"

#define GROW 16

struct hint {
	char trunk_id[TRUNK_ID_SIZE];
	char node[TRUNK_NODE_SIZE];
	bool up;
	int64_t at_us;
};
/* A plain list: an installation has tens of trunks and a handful of controllers. */
struct trunk_health {
	size_t n, size;
	struct hint *hints;
};

static struct hint *find(const struct trunk_health *health, const char *trunk_id, const char *node)
{
	for (size_t i = 0; i < health->n; i++) {
		struct hint *hint = &health->hints[i];

		if (strcmp(hint->trunk_id, trunk_id) == 0 && strcmp(hint->node, node) == 0) {
			return hint;
		}
	}
	return NULL;
}

static bool is_fresh(const struct hint *hint, int64_t now_us)
{
	return now_us - hint->at_us < TRUNK_HINT_TTL_US;
}

static struct hint *add(struct trunk_health *health, int64_t now_us)
{
	struct hint *grown;

	for (size_t i = 0; i < health->n; i++) {
		if (!is_fresh(&health->hints[i], now_us)) {
			return &health->hints[i];
		}
	}
	if (health->n == TRUNK_HINTS_MAX) {
		return NULL;
	}
	if (health->n == health->size) {
		grown = reallocarray(health->hints, health->size + GROW, sizeof(*grown));
		if (!grown) {
			return NULL;
		}
		health->hints = grown;
		health->size += GROW;
	}
	return &health->hints[health->n++];
}

struct trunk_health *trunk_health_create(void)
{
	return calloc(1, sizeof(struct trunk_health));
}

struct trunk_health *trunk_health_destroy(struct trunk_health *health)
{
	if (health) {
		free(health->hints);
		free(health);
	}
	return NULL;
}

bool trunk_health_hint(struct trunk_health *health, const char *trunk_id, const char *node, bool up,
	int64_t now_us)
{
	struct hint fresh = {.up = up, .at_us = now_us};
	struct hint *hint = find(health, trunk_id, node);

	if (!vp_strcopy(fresh.trunk_id, sizeof(fresh.trunk_id), trunk_id) ||
		!vp_strcopy(fresh.node, sizeof(fresh.node), node)) {
		return false;
	}
	hint = hint ? hint : add(health, now_us);
	if (!hint) {
		return false;
	}
	*hint = fresh;
	return true;
}

void trunk_health_forget_node(struct trunk_health *health, const char *node)
{
	size_t kept = 0;

	for (size_t i = 0; i < health->n; i++) {
		if (strcmp(health->hints[i].node, node) != 0) {
			health->hints[kept++] = health->hints[i];
		}
	}
	health->n = kept;
}

bool trunk_health_is_up(
	const struct trunk_health *health, const char *trunk_id, const char *node, int64_t now_us)
{
	const struct hint *own = find(health, trunk_id, node);
	bool known = false;

	if (own && is_fresh(own, now_us)) {
		return own->up;
	}
	for (size_t i = 0; i < health->n; i++) {
		const struct hint *hint = &health->hints[i];

		if (strcmp(hint->trunk_id, trunk_id) != 0 || !is_fresh(hint, now_us)) {
			continue;
		}
		if (hint->up) {
			return true;
		}
		known = true;
	}
	return !known;
}
