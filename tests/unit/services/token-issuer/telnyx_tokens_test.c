#include <criterion/criterion.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/telnyx_tokens.h"

#define NOW_US INT64_C(5000000)
#define NOW_S INT64_C(1800000000)
#define LIFE_S 900

static struct telnyx_tokens *tokens;

static void make(void)
{
	tokens = telnyx_tokens_create();
	cr_assert(tokens);
}

static void drop(void)
{
	telnyx_tokens_destroy(tokens);
}

TestSuite(telnyx_tokens, .init = make, .fini = drop);

/* Of one user, who asked at asked_us and has this credential. */
static struct token_request request_at(int64_t asked_us, const char *credential_id)
{
	struct token_request request = {.asked_us = asked_us};

	request.user.b[0] = 2;
	request.provider.b[0] = 9;
	vp_strcopy(
		request.telnyx.credential_id, sizeof(request.telnyx.credential_id), credential_id);
	return request;
}

static void keep(const char *credential_id)
{
	struct token_request request = request_at(NOW_US - 2, "");
	struct telnyx_token token = {
		.text = strdup("x.y.z"), .fetched_s = NOW_S, .expires_s = NOW_S + LIFE_S};

	vp_strcopy(token.credential_id, sizeof(token.credential_id), credential_id);
	telnyx_tokens_keep(tokens, &request, &token, NOW_US);
}

static bool known(const struct token_request *request, int64_t now_s)
{
	return telnyx_tokens_find(tokens, request, now_s) != NULL;
}

Test(telnyx_tokens, a_token_is_known_for_two_thirds_of_its_life)
{
	struct token_request request = request_at(NOW_US + 1, "c1");

	cr_assert_not(known(&request, NOW_S));
	keep("c1");
	cr_assert(known(&request, NOW_S));
	cr_assert(known(&request, NOW_S + LIFE_S * 2 / 3 - 1));
	cr_assert_not(known(&request, NOW_S + LIFE_S * 2 / 3));
	cr_assert_not(known(&request, NOW_S - 1), "the clock went back");
}

Test(telnyx_tokens, a_token_is_nobody_elses)
{
	struct token_request other_user = request_at(NOW_US + 1, "c1");
	struct token_request other_provider = other_user, other_settings = other_user;

	other_user.user.b[0] = 3;
	other_provider.provider.b[0] = 8;
	other_settings.settings[0] = 1;
	keep("c1");
	cr_assert_not(known(&other_user, NOW_S));
	cr_assert_not(known(&other_provider, NOW_S));
	cr_assert_not(known(&other_settings, NOW_S));
}

Test(telnyx_tokens, a_replaced_credential_wants_its_own_token)
{
	struct token_request request = request_at(NOW_US + 1, "c2");

	keep("c1");
	cr_assert_not(known(&request, NOW_S));
}

/* Two tabs: the second asked before the first's credential was stored, and its answer from the
 * database comes after the first's token. */
Test(telnyx_tokens, what_was_read_before_the_token_came_is_older_than_it)
{
	struct token_request second = request_at(NOW_US - 1, "");

	keep("c1");
	cr_assert(known(&second, NOW_S));
}
