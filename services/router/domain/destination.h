/* Which numbers an organisation may call. The longest prefix that fits a number decides; on a tie
 * the organisation's own word comes before ours, and its "deny" before its "allow".
 *
 * orgs.settings: {"dial": {"allow": ["+44", "DE"], "deny": ["+44870"]}}. A prefix is "+" and
 * digits, where x is any digit, or a region's two letters. Without "allow" only the organisation's
 * own region may be called. "allow": ["+"] opens the world, but what destination_table.c closes
 * stays closed until a prefix at least as long opens it. */
#ifndef ROUTER_DESTINATION_H
#define ROUTER_DESTINATION_H
#include <stdbool.h>
#include <stddef.h>

#define DESTINATION_PREFIX_SIZE 17
#define DESTINATION_RULES_MAX 128

struct destination_rule {
	char prefix[DESTINATION_PREFIX_SIZE];
	bool allow;
};
struct destination_policy {
	char region[3];
	size_t n_rules;
	struct destination_rule rules[DESTINATION_RULES_MAX];
};

/* The safe default: the own region. */
void destination_default(struct destination_policy *policy, const char *region);
/* Adds one rule of the organisation; false when the text is no prefix or the policy is full. */
bool destination_add(struct destination_policy *policy, const char *text, bool allow);

enum destination_verdict { DESTINATION_OK, DESTINATION_FORBIDDEN, DESTINATION_PREMIUM };
enum destination_verdict destination_check(
	const struct destination_policy *policy, const char *e164);

/* Inside: the closed prefixes, see destination_table.c. */
struct destination_closed {
	const char *prefix;
	const char *home; /* "JM DO": open for these regions; "" for none */
	bool premium;
};
extern const struct destination_closed destination_closed[];
extern const size_t destination_n_closed;
#endif
