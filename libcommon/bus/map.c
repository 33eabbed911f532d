#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/map.h"

#define SLOTS_MIN 64

int bus_map_init(struct bus_map *map)
{
	map->n = 0;
	map->n_slots = SLOTS_MIN;
	map->slots = calloc(map->n_slots, sizeof(struct bus_map_node *));
	randombytes_buf(map->secret, sizeof(map->secret));
	return map->slots ? 0 : ENOMEM;
}

void bus_map_free(struct bus_map *map)
{
	free(map->slots);
	map->slots = NULL;
	map->n_slots = map->n = 0;
}

uint64_t bus_map_hash(const struct bus_map *map, const void *key, size_t len)
{
	uint64_t hash;
	crypto_shorthash((unsigned char *)&hash, key, len, map->secret);
	return hash;
}

struct bus_map_node *bus_map_find(const struct bus_map *map, const void *key, size_t len)
{
	uint64_t hash = bus_map_hash(map, key, len);
	struct bus_map_node *node = map->slots[hash & (map->n_slots - 1)];
	while (node &&
		(node->hash != hash || node->len != len || memcmp(node->key, key, len) != 0)) {
		node = node->next;
	}
	return node;
}

static void link_node(struct bus_map *map, struct bus_map_node *node)
{
	struct bus_map_node **slot = &map->slots[node->hash & (map->n_slots - 1)];
	node->next = *slot;
	*slot = node;
}

/* Without memory the chains merely grow longer. */
static void grow(struct bus_map *map)
{
	struct bus_map_node **old = map->slots;
	size_t n_old = map->n_slots;
	struct bus_map_node **slots = calloc(n_old * 2, sizeof(struct bus_map_node *));
	if (!slots) {
		return;
	}
	map->slots = slots;
	map->n_slots = n_old * 2;
	for (size_t i = 0; i < n_old; i++) {
		while (old[i]) {
			struct bus_map_node *node = old[i];
			old[i] = node->next;
			link_node(map, node);
		}
	}
	free(old);
}

void bus_map_put(struct bus_map *map, struct bus_map_node *node)
{
	if (map->n >= map->n_slots) {
		grow(map);
	}
	node->hash = bus_map_hash(map, node->key, node->len);
	link_node(map, node);
	map->n++;
}

void bus_map_remove(struct bus_map *map, struct bus_map_node *node)
{
	struct bus_map_node **at = &map->slots[node->hash & (map->n_slots - 1)];
	while (*at && *at != node) {
		at = &(*at)->next;
	}
	if (*at) {
		*at = node->next;
		map->n--;
	}
}

void bus_map_each(struct bus_map *map, void (*h)(struct bus_map_node *node, void *arg), void *arg)
{
	for (size_t i = 0; i < map->n_slots; i++) {
		struct bus_map_node *node = map->slots[i];
		while (node) {
			struct bus_map_node *next = node->next;
			h(node, arg);
			node = next;
		}
	}
}
