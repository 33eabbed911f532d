/* Whose key a webhook is tried with. */
#include <string.h>
#include "services/webhook-ingest/adapters/accounts_int.h"

struct account *accounts_row(const struct accounts_list *list, struct vp_uuid id)
{
	size_t low = 0, high = list->n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = memcmp(list->rows[middle].id.b, id.b, sizeof(id.b));
		if (order == 0) {
			return &list->rows[middle];
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return NULL;
}

struct account *accounts_find(struct accounts *accounts, struct vp_uuid id)
{
	return accounts_row(&accounts->now, id);
}

static bool is_meant(
	const struct account *account, enum hook_driver driver, const char *account_sid)
{
	return account->driver == driver && account->has_key &&
	       (account_sid[0] == '\0' || strcmp(account->account_sid, account_sid) == 0);
}

/* Whether the account, or any of its organisation, is among them. */
static bool has_turn(
	struct account *const list[], size_t n, const struct account *account, bool any)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i] == account || (any && vp_uuid_equal(list[i]->org, account->org))) {
			return true;
		}
	}
	return false;
}

size_t accounts_of(struct accounts *accounts, enum hook_driver driver, const char *account_sid,
	struct account **ret, size_t max)
{
	size_t n = 0;
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < accounts->now.n && n < max; i++) {
			struct account *account = &accounts->now.rows[i];
			if (is_meant(account, driver, account_sid) &&
				!has_turn(ret, n, account, round == 0)) {
				ret[n++] = account;
			}
		}
	}
	return n;
}

bool accounts_share_key(const struct accounts *accounts, const struct account *account)
{
	for (size_t i = 0; account->driver == HOOK_TELNYX && i < accounts->now.n; i++) {
		const struct account *other = &accounts->now.rows[i];
		if (is_meant(other, HOOK_TELNYX, "") && !vp_uuid_equal(other->org, account->org) &&
			memcmp(other->telnyx, account->telnyx, sizeof(other->telnyx)) == 0) {
			return true;
		}
	}
	return false;
}
