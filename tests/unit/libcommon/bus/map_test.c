#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/map.h"

#define N 10000

struct thing {
	struct bus_map_node node;
	char key[16];
	int seen;
};

static struct bus_map map;
static struct thing *things;

static void set_up(void)
{
	cr_assert_eq(bus_map_init(&map), 0);
	things = calloc(N, sizeof(*things));
	for (int i = 0; i < N; i++) {
		snprintf(things[i].key, sizeof(things[i].key), "key-%d", i);
		things[i].node =
			(struct bus_map_node){.key = things[i].key, .len = strlen(things[i].key)};
		bus_map_put(&map, &things[i].node);
	}
}

static void tear_down(void)
{
	bus_map_free(&map);
	free(things);
}

TestSuite(bus_map, .init = set_up, .fini = tear_down, .timeout = 30);

static struct thing *find(const char *key)
{
	struct bus_map_node *node = bus_map_find(&map, key, strlen(key));
	return node ? BUS_OF(node, struct thing, node) : NULL;
}

Test(bus_map, what_was_put_is_found_and_nothing_else)
{
	for (int i = 0; i < N; i++) {
		cr_assert_eq(find(things[i].key), &things[i]);
	}
	cr_assert_eq(map.n, N);
	cr_assert_null(find("key-"));
	cr_assert_null(find("key-10000"));
	cr_assert_null(find(""));
	cr_assert_null(bus_map_find(&map, "key-1\0", 6), "length counts");
}

Test(bus_map, what_was_removed_is_gone_and_the_rest_stays)
{
	for (int i = 0; i < N; i += 3) {
		bus_map_remove(&map, &things[i].node);
		bus_map_remove(&map, &things[i].node); /* twice does no harm */
	}
	for (int i = 0; i < N; i++) {
		cr_assert_eq(find(things[i].key), i % 3 ? &things[i] : NULL);
	}
	cr_assert_eq(map.n, N - (N + 2) / 3);
}

static void mark_and_remove(struct bus_map_node *node, void *arg)
{
	BUS_OF(node, struct thing, node)->seen++;
	bus_map_remove(arg, node);
}

Test(bus_map, each_may_remove_what_it_is_given)
{
	bus_map_each(&map, mark_and_remove, &map);
	cr_assert_eq(map.n, 0);
	for (int i = 0; i < N; i++) {
		cr_assert_eq(things[i].seen, 1);
	}
}
