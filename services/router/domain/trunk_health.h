/* What the call-controllers last said of each trunk. A hint counts for a while only: hints may be
 * lost, and a trunk must not stay closed because "up" got lost. Nobody knows: the trunk is tried.
 */
#ifndef ROUTER_TRUNK_HEALTH_H
#define ROUTER_TRUNK_HEALTH_H
#include <stdbool.h>
#include <stdint.h>

#define TRUNK_HINT_TTL_US 60000000
#define TRUNK_HINTS_MAX 8192
#define TRUNK_NODE_SIZE 40
#define TRUNK_ID_SIZE 37

struct trunk_health;

struct trunk_health *trunk_health_create(void); /* NULL: no memory */
struct trunk_health *trunk_health_destroy(struct trunk_health *health);
/* False when the hint was dropped: bad id or node, or no room. */
bool trunk_health_hint(struct trunk_health *health, const char *trunk_id, const char *node, bool up,
	int64_t now_us);
/* The node is gone, and its hints with it. */
void trunk_health_forget_node(struct trunk_health *health, const char *node);
/* As the node sees it when it has a fresh hint, else up when any node sees it up or none knows. */
bool trunk_health_is_up(
	const struct trunk_health *health, const char *trunk_id, const char *node, int64_t now_us);
#endif
