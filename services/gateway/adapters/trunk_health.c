#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "proto/route.pb-c.h"
#include "services/gateway/adapters/trunk_health.h"

#define ROWS_MAX 4096     /* 16384 trunk-controller pairs would be 1 MB; more than a panel shows */
#define FRESH_US 35000000 /* controllers repeat it each 10 s */

struct row {
	struct vp_uuid trunk;
	char node[64], reason[64];
	bool up, registered;
	unsigned sip_status;
	int64_t heard_us; /* 0: free */
};

struct trunk_health {
	struct row rows[ROWS_MAX];
	size_t n; /* rows that were ever used */
};

struct trunk_health *trunk_health_create(void)
{
	return calloc(1, sizeof(struct trunk_health));
}

struct trunk_health *trunk_health_destroy(struct trunk_health *health)
{
	free(health);
	return NULL;
}

/* The pair's row, else a free one, else the one that was not heard of for longest. */
static struct row *row_for(struct trunk_health *health, struct vp_uuid trunk, const char *node)
{
	struct row *oldest = &health->rows[0];

	for (size_t i = 0; i < health->n; i++) {
		struct row *row = &health->rows[i];

		if (vp_uuid_equal(row->trunk, trunk) && strcmp(row->node, node) == 0) {
			return row;
		}
		oldest = row->heard_us < oldest->heard_us ? row : oldest;
	}
	return health->n < ROWS_MAX ? &health->rows[health->n++] : oldest;
}

void trunk_health_hear(struct trunk_health *health, const struct vp_bus_msg *msg, int64_t mono_us)
{
	Ringmain__V1__TrunkHealth *told;
	struct vp_uuid trunk;

	if (strcmp(msg->type, "trunk.health") != 0) {
		return;
	}
	told = ringmain__v1__trunk_health__unpack(NULL, msg->len, msg->data);
	if (told && vp_uuid_parse(told->trunk_id, &trunk) && told->node[0]) {
		struct row *row = row_for(health, trunk, told->node);
		bool same_news = row->heard_us && vp_uuid_equal(row->trunk, trunk) &&
				 row->up == told->up && !told->reason[0];

		row->trunk = trunk;
		vp_strcopy(row->node, sizeof(row->node), told->node);
		if (!same_news) { /* a repeat has no reason: the first one's stays */
			vp_strcopy(row->reason, sizeof(row->reason), told->reason);
		}
		row->up = told->up;
		row->registered = told->registered;
		row->sip_status = told->sip_status;
		row->heard_us = mono_us;
	}
	ringmain__v1__trunk_health__free_unpacked(told, NULL);
}

static const struct row *next_fresh(
	const struct trunk_health *health, struct vp_uuid trunk, int64_t mono_us, size_t *at)
{
	while (*at < health->n) {
		const struct row *row = &health->rows[(*at)++];

		if (vp_uuid_equal(row->trunk, trunk) && mono_us - row->heard_us < FRESH_US) {
			return row;
		}
	}
	return NULL;
}

const char *trunk_health_word(
	const struct trunk_health *health, struct vp_uuid trunk, int64_t mono_us)
{
	const char *word = "unknown";
	const struct row *row;

	for (size_t at = 0; (row = next_fresh(health, trunk, mono_us, &at)) != NULL;) {
		if (row->up) {
			return "up";
		}
		word = "down";
	}
	return word;
}

json_t *trunk_health_nodes(const struct trunk_health *health, struct vp_uuid trunk, int64_t mono_us)
{
	json_t *nodes = json_array();
	const struct row *row;

	for (size_t at = 0; (row = next_fresh(health, trunk, mono_us, &at)) != NULL;) {
		json_array_append_new(
			nodes, json_pack("{s:s, s:b, s:b, s:i, s:s, s:i}", "node", row->node, "up",
				       row->up, "registered", row->registered, "sip_status",
				       (int)row->sip_status, "reason", row->reason, "age_s",
				       (int)((mono_us - row->heard_us) / 1000000)));
	}
	return nodes;
}
