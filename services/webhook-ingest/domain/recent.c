/* A ring of keys in order of their arrival, and chains through it by hash. The keys are hashes
 * already, so any of their bytes choose the chain. */
#include <stdlib.h>
#include <string.h>
#include "services/webhook-ingest/domain/recent.h"

#define NONE UINT32_MAX
#define CHAINS (RECENT_MAX * 2)

struct node {
	struct vp_uuid key;
	void *pending;
	uint32_t next;
	bool used;
};

struct recent {
	uint32_t at; /* next place in the ring */
	uint32_t chains[CHAINS];
	struct node nodes[RECENT_MAX];
};

struct recent *recent_create(void)
{
	struct recent *recent = calloc(1, sizeof(*recent));
	if (recent) {
		memset(recent->chains, 0xFF, sizeof(recent->chains));
	}
	return recent;
}

struct recent *recent_destroy(struct recent *recent)
{
	free(recent);
	return NULL;
}

static uint32_t chain_of(struct vp_uuid key)
{
	uint32_t hash;
	memcpy(&hash, key.b, sizeof(hash));
	return hash % CHAINS;
}

static uint32_t find(const struct recent *recent, struct vp_uuid key)
{
	uint32_t i = recent->chains[chain_of(key)];
	while (i != NONE && !vp_uuid_equal(recent->nodes[i].key, key)) {
		i = recent->nodes[i].next;
	}
	return i;
}

static void drop(struct recent *recent, uint32_t i)
{
	uint32_t *at = &recent->chains[chain_of(recent->nodes[i].key)];
	while (*at != i) {
		at = &recent->nodes[*at].next;
	}
	*at = recent->nodes[i].next;
	recent->nodes[i].used = false;
}

bool recent_find(const struct recent *recent, struct vp_uuid key, void **ret_pending)
{
	uint32_t i = find(recent, key);
	if (i == NONE) {
		return false;
	}
	*ret_pending = recent->nodes[i].pending;
	return true;
}

void recent_add(struct recent *recent, struct vp_uuid key, void *pending)
{
	uint32_t i = recent->at;
	uint32_t *chain = &recent->chains[chain_of(key)];
	recent->at = (recent->at + 1) % RECENT_MAX;
	if (recent->nodes[i].used) {
		drop(recent, i);
	}
	recent->nodes[i] =
		(struct node){.key = key, .pending = pending, .next = *chain, .used = true};
	*chain = i;
}

void recent_settle(struct recent *recent, struct vp_uuid key, const void *pending)
{
	uint32_t i = find(recent, key);
	if (i == NONE) {
		recent_add(recent, key, NULL);
	} else if (recent->nodes[i].pending == pending) {
		recent->nodes[i].pending = NULL;
	}
}

void recent_forget(struct recent *recent, struct vp_uuid key)
{
	uint32_t i = find(recent, key);
	if (i != NONE) {
		drop(recent, i);
	}
}
