/* Hash map of things that carry their own node; keys are bytes that live in the thing. Peers choose
 * some of the keys, so the hash is keyed (SipHash). */
#ifndef VP_BUS_MAP_H
#define VP_BUS_MAP_H
#include <stddef.h>
#include <stdint.h>

struct bus_map_node {
	struct bus_map_node *next;
	uint64_t hash;
	const void *key;
	size_t len;
};
struct bus_map {
	struct bus_map_node **slots;
	size_t n_slots, n;
	unsigned char secret[16];
};

int bus_map_init(struct bus_map *map);
void bus_map_free(struct bus_map *map); /* the things stay */
struct bus_map_node *bus_map_find(const struct bus_map *map, const void *key, size_t len);
/* key and len of the node are set. */
void bus_map_put(struct bus_map *map, struct bus_map_node *node);
void bus_map_remove(struct bus_map *map, struct bus_map_node *node);
/* Calls h for each; h may remove the node that it is given, and no other. */
void bus_map_each(struct bus_map *map, void (*h)(struct bus_map_node *node, void *arg), void *arg);
uint64_t bus_map_hash(const struct bus_map *map, const void *key, size_t len);

#define BUS_OF(node, type, member) ((type *)((char *)(node)-offsetof(type, member)))
#endif
