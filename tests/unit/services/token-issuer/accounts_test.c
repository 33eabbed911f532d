#include <criterion/criterion.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "services/token-issuer/accounts.h"
#include "services/token-issuer/request.h"

#define NOW INT64_C(5000000)
#define LAST_US (ACCOUNTS_FRESH_MS * 1000 - 1)

static struct accounts *accounts;

static void make(void)
{
	accounts = accounts_create();
	cr_assert(accounts);
}

static void drop(void)
{
	accounts_destroy(accounts);
}

TestSuite(token_accounts, .init = make, .fini = drop);

static struct token_request request_of(uint8_t org, uint8_t user, uint8_t wanted)
{
	struct token_request request = {0};

	request.org.b[0] = org;
	request.user.b[0] = user; /* all in one slot: only the whole id tells them apart */
	request.wanted.b[0] = wanted;
	return request;
}

/* Asks, and remembers what was read. */
static void keep(uint8_t org, uint8_t user, uint8_t wanted)
{
	struct token_request request = request_of(org, user, wanted);

	cr_assert_not(accounts_find(accounts, &request, NOW));
	request.driver = "twilio";
	request.provider.b[0] = 9;
	memset(request.settings, 7, sizeof(request.settings));
	accounts_keep(accounts, &request);
}

static bool known(uint8_t org, uint8_t user, uint8_t wanted, int64_t now_us)
{
	struct token_request request = request_of(org, user, wanted);

	return accounts_find(accounts, &request, now_us);
}

Test(token_accounts, what_was_read_is_known_for_a_second)
{
	struct token_request request = request_of(1, 2, 0);

	keep(1, 2, 0);
	cr_assert(accounts_find(accounts, &request, NOW + LAST_US));
	cr_assert_str_eq(request.driver, "twilio");
	cr_assert_eq(request.provider.b[0], 9);
	cr_assert_eq(request.settings[VP_SHA256_SIZE - 1], 7);
	cr_assert_not(known(1, 2, 0, NOW + LAST_US + 1));
}

Test(token_accounts, an_account_is_nobody_elses)
{
	keep(1, 2, 0);
	cr_assert_not(known(2, 2, 0, NOW));
	cr_assert_not(known(1, 3, 0, NOW));
	cr_assert_not(known(1, 2, 4, NOW), "another provider was asked for");
	cr_assert(known(1, 2, 0, NOW));
}

Test(token_accounts, one_makes_room_for_another)
{
	keep(1, 2, 0);
	keep(1, 3, 0);
	cr_assert(known(1, 3, 0, NOW));
	cr_assert_not(known(1, 2, 0, NOW));
}

Test(token_accounts, a_change_makes_it_read_again)
{
	keep(1, 2, 0);
	accounts_forget(accounts);
	cr_assert_not(known(1, 2, 0, NOW));
	keep(1, 2, 0);
	cr_assert(known(1, 2, 0, NOW));
}

Test(token_accounts, what_was_read_before_a_change_is_not_remembered)
{
	struct token_request request = request_of(1, 2, 0);

	cr_assert_not(accounts_find(accounts, &request, NOW));
	request.driver = "sip";
	accounts_forget(accounts); /* while the database answers */
	accounts_keep(accounts, &request);
	cr_assert_not(known(1, 2, 0, NOW));
}
