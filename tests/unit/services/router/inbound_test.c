#include <criterion/criterion.h>

#include "services/router/domain/inbound.h"

static const struct vp_uuid our_org = {{1}}, other_org = {{2}}, nil;
static struct inbound_trunk trunk;
static char e164[VP_E164_SIZE];

static void start(void)
{
	trunk = (struct inbound_trunk){.found = true,
		.org_active = true,
		.org = our_org,
		.region = "GB",
		.format = NUMBER_NATIONAL};
}

TestSuite(inbound, .init = start);

Test(inbound, a_did_is_read_in_the_trunks_format)
{
	cr_assert_eq(inbound_read_did(&trunk, our_org, "02071838750", e164), REFUSAL_NONE);
	cr_assert_str_eq(e164, "+442071838750");
	cr_assert_eq(inbound_read_did(&trunk, nil, "+442071838750", e164), REFUSAL_NONE);
}

Test(inbound, a_trunk_of_another_organisation_leads_nowhere)
{
	cr_assert_eq(inbound_read_did(&trunk, other_org, "02071838750", e164), REFUSAL_NO_ROUTE);
}

Test(inbound, an_unknown_trunk_leads_nowhere)
{
	trunk.found = false;
	cr_assert_eq(inbound_read_did(&trunk, nil, "02071838750", e164), REFUSAL_NO_ROUTE);
}

Test(inbound, a_suspended_organisation_is_told_apart)
{
	trunk.org_active = false;
	cr_assert_eq(inbound_read_did(&trunk, our_org, "02071838750", e164), REFUSAL_ORG_INACTIVE);
}

Test(inbound, a_did_that_is_no_number_leads_nowhere)
{
	cr_assert_eq(inbound_read_did(&trunk, our_org, "reception", e164), REFUSAL_NO_ROUTE);
	cr_assert_eq(inbound_read_did(&trunk, our_org, "", e164), REFUSAL_NO_ROUTE);
}

Test(inbound, a_withheld_caller_is_empty)
{
	inbound_read_from(&trunk, "anonymous", e164);
	cr_assert_str_eq(e164, "");
	inbound_read_from(&trunk, "", e164);
	cr_assert_str_eq(e164, "");
	inbound_read_from(&trunk, "07400123456", e164);
	cr_assert_str_eq(e164, "+447400123456");
}

Test(inbound, a_number_without_user_leads_nowhere)
{
	cr_assert_eq(inbound_decide(&(struct inbound_route){0}), REFUSAL_NO_ROUTE);
	cr_assert_eq(
		inbound_decide(&(struct inbound_route){.number_found = true}), REFUSAL_NO_ROUTE);
}

Test(inbound, a_user_who_is_not_active_is_told)
{
	cr_assert_eq(
		inbound_decide(&(struct inbound_route){.number_found = true, .has_user = true}),
		REFUSAL_NO_USER);
}

Test(inbound, an_active_user_rings)
{
	cr_assert_eq(inbound_decide(&(struct inbound_route){
			     .number_found = true, .has_user = true, .user_active = true}),
		REFUSAL_NONE);
}
