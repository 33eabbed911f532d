#include <criterion/criterion.h>
#include <string.h>

#include "services/router/domain/voice.h"

static void is_user(const char *text, bool wanted)
{
	struct vp_uuid user;
	char id[VP_UUID_TEXT_SIZE];

	cr_assert_eq(voice_identity_parse(text, &user), wanted, "%s", text);
	if (wanted) {
		vp_uuid_text(user, id);
		cr_assert_str_eq(id, "01890000-0000-7000-8000-000000000011", "%s", text);
	}
}

Test(voice, an_identity_is_user_and_an_id)
{
	is_user("client:user_01890000000070008000000000000011", true);
	is_user("client:user_01890000_0000_7000_8000_000000000011", true);
	is_user("user_01890000-0000-7000-8000-000000000011", true);
	is_user("client:user_01890000000070008000000000000011f", false);
	is_user("client:user_0189000000007000800000000000001", false);
	is_user("client:user_0189000000007000800000000000001x", false);
	is_user("client:admin", false);
	is_user("client:user_", false);
	is_user("client:", false);
	is_user("+14155551234", false);
	is_user("", false);
}

Test(voice, a_caller_must_be_there_active_and_allowed)
{
	struct voice_caller caller = {
		.found = true, .org_active = true, .user_active = true, .may_call = true};

	cr_assert_eq(voice_decide_caller(&caller), REFUSAL_NONE);
	caller.may_call = false;
	cr_assert_eq(voice_decide_caller(&caller), REFUSAL_NO_PERMISSION);
	caller.org_active = false;
	cr_assert_eq(voice_decide_caller(&caller), REFUSAL_ORG_INACTIVE);
	caller.user_active = false;
	cr_assert_eq(voice_decide_caller(&caller), REFUSAL_NO_LOGIN);
	cr_assert_eq(voice_decide_caller(&(struct voice_caller){0}), REFUSAL_NO_LOGIN);
}

Test(voice, a_number_must_be_ours_and_lead_to_somebody)
{
	struct voice_did did = {.found = true,
		.org_active = true,
		.number_found = true,
		.has_user = true,
		.user_active = true};

	cr_assert_eq(voice_decide_did(&did), REFUSAL_NONE);
	did.user_active = false;
	cr_assert_eq(voice_decide_did(&did), REFUSAL_NO_USER);
	did.org_active = false;
	cr_assert_eq(voice_decide_did(&did), REFUSAL_ORG_INACTIVE);
	did.has_user = false;
	cr_assert_eq(voice_decide_did(&did), REFUSAL_NO_ROUTE);
	did = (struct voice_did){.found = true, .org_active = true, .has_user = true};
	cr_assert_eq(voice_decide_did(&did), REFUSAL_NO_ROUTE);
}

Test(voice, strangers_hear_nothing_about_our_settings)
{
	for (int r = REFUSAL_NONE; r < REFUSAL_MAX; r++) {
		const char *said = voice_say_to_stranger((enum refusal)r);

		cr_assert_null(strstr(said, "Settings"));
		cr_assert_gt(strlen(said), 20);
	}
}
