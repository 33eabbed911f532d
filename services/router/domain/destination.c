#include <ctype.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "services/router/domain/destination.h"

/* How many characters of the pattern fit; 0: it does not. "+" alone fits every number. */
static size_t match(const char *pattern, const char *e164)
{
	size_t i;

	for (i = 0; pattern[i] != '\0'; i++) {
		if (e164[i] == '\0' || (pattern[i] != 'x' && pattern[i] != e164[i])) {
			return 0;
		}
	}
	return i;
}

static bool is_home(const struct destination_closed *closed, const char *region)
{
	return region[0] != '\0' && strstr(closed->home, region) != NULL;
}

void destination_default(struct destination_policy *policy, const char *region)
{
	memset(policy, 0, sizeof(*policy));
	for (size_t i = 0; i < 2 && region[i] != '\0'; i++) {
		policy->region[i] = (char)toupper((unsigned char)region[i]);
	}
}

static bool is_prefix(const char *text)
{
	return text[0] == '+' && text[1 + strspn(text + 1, "0123456789x")] == '\0';
}

bool destination_add(struct destination_policy *policy, const char *text, bool allow)
{
	struct destination_rule rule = {.allow = allow};

	if (policy->n_rules == DESTINATION_RULES_MAX) {
		return false;
	}
	if (!vp_e164_calling_code(text, rule.prefix, sizeof(rule.prefix)) &&
		!(is_prefix(text) && vp_strcopy(rule.prefix, sizeof(rule.prefix), text))) {
		return false;
	}
	policy->rules[policy->n_rules++] = rule;
	return true;
}

/* The organisation's longest rule; without an "allow" of its own, its region's code is one. */
static size_t own_rule(const struct destination_policy *policy, const char *e164, bool *ret_allow)
{
	char code[DESTINATION_PREFIX_SIZE];
	bool has_allow = false;
	size_t best = 0;

	*ret_allow = false;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct destination_rule *rule = &policy->rules[i];
		size_t len = match(rule->prefix, e164);

		has_allow = has_allow || rule->allow;
		if (len > best || (len == best && len > 0 && !rule->allow)) {
			best = len;
			*ret_allow = rule->allow;
		}
	}
	if (!has_allow && vp_e164_calling_code(policy->region, code, sizeof(code))) {
		size_t len = match(code, e164);

		if (len > best) {
			best = len;
			*ret_allow = true;
		}
	}
	return best;
}

static const struct destination_closed *closed_rule(
	const struct destination_policy *policy, const char *e164, size_t *ret_len)
{
	const struct destination_closed *found = NULL;

	*ret_len = 0;
	for (size_t i = 0; i < destination_n_closed; i++) {
		const struct destination_closed *closed = &destination_closed[i];
		size_t len = match(closed->prefix, e164);

		if (len > *ret_len && !is_home(closed, policy->region)) {
			*ret_len = len;
			found = closed;
		}
	}
	return found;
}

enum destination_verdict destination_check(
	const struct destination_policy *policy, const char *e164)
{
	size_t own_len, closed_len;
	bool allow;
	const struct destination_closed *closed = closed_rule(policy, e164, &closed_len);

	own_len = own_rule(policy, e164, &allow);
	if (closed && closed_len > own_len) {
		return closed->premium ? DESTINATION_PREMIUM : DESTINATION_FORBIDDEN;
	}
	return allow ? DESTINATION_OK : DESTINATION_FORBIDDEN;
}
