/* The table of who may say and hear what, from the side of those who may not. */
#include <criterion/criterion.h>
#include <string.h>
#include "services/bus/domain/policy.h"

#define EACH(i, list) for (size_t i = 0; i < sizeof(list) / sizeof((list)[0]); i++)

struct wish {
	const char *service, *topic;
};

Test(bus_policy, services_publish_what_they_own)
{
	static const struct wish good[] = {
		{"call-controller", "ev.call-controller.0199.call.changed"},
		{"call-controller", "ev.call-controller.-.call.changed"},
		{"call-controller", "ev.call-controller.-.bus.void"},
		{"call-controller", "rt.u.1"},
		{"call-controller", "cmd.router.r1"},
		{"call-controller", "rpl.g1"},
		{"call-controller", "hb.call-controller.c1"},
		{"gateway", "ev.gateway.0199.config.changed"},
		{"gateway", "cmd.call-controller.c1"},
		{"gateway", "hb.gateway.g1"},
		{"recorder", "ev.recorder.0199.recording.stored"},
		{"webhook-ingest", "ev.webhook-ingest.0199.provider.event"},
		{"webhook-ingest", "ev.webhook-ingest.-.bus.void"},
		{"webhook-ingest", "cmd.router.r1"},
		{"token-issuer", "rpl.g1"},
		{"voip", "hb.voip.cli"},
		{"voip", "rt.config"},
		{"voip", "cmd.call-controller.c1"},
	};
	EACH(i, good)
	{
		cr_assert(policy_may_publish(good[i].service, good[i].topic), "%s %s",
			good[i].service, good[i].topic);
	}
}

Test(bus_policy, services_do_not_publish_what_others_own)
{
	static const struct wish bad[] = {
		{"webhook-ingest", "cmd.call-controller.c1"},
		{"webhook-ingest", "cmd.gateway.g1"},
		{"webhook-ingest", "ev.webhook-ingest.0199.call.changed"},
		{"webhook-ingest", "ev.call-controller.0199.call.changed"},
		{"webhook-ingest", "ev.call-controller.0199.provider.x"},
		{"webhook-ingest", "rt.u.1"},
		{"webhook-ingest", "rpl.g1"},
		{"gateway", "ev.gateway.0199.call.changed"},
		{"gateway", "ev.gateway.0199.unknown.type"},
		{"gateway", "rpl.g1"},
		{"gateway", "hb.router.r1"},
		{"gateway", "hb.gateway"},
		{"gateway", "cmd.webhook-ingest.w1"},
		{"gateway", "cmd.router"},
		{"gateway", "cmd.router2.r1"},
		{"recorder", "cmd.call-controller.c1"},
		{"call-controller", "ev.call-controller.-.callx.changed"},
		{"call-controller", "ev.call-controller..call.changed"},
		{"call-controller", "ev.-.call.changed"},
		{"call-controller", "ev."},
		{"call-controller", "evil"},
		{"call-controller", "rt."},
		{"call-controller", "rpl."},
		{"call-controller", ""},
		{"voip", "ev.voip.-.bus.void"},
		{"voip", "cmd.router.r1"},
		{"voip", "rt.u.1"},
		{"voip", "rt.config.x"},
		{"voip", "rt."},
		{"webhook-ingest", "rt.config"},
		{"token-issuer", "rt.config"},
		{"stranger", "hb.stranger.s"},
		{"", "rt.u.1"},
	};
	EACH(i, bad)
	{
		cr_assert_not(policy_may_publish(bad[i].service, bad[i].topic), "%s %s",
			bad[i].service, bad[i].topic);
	}
}

Test(bus_policy, who_asks_may_be_held_to_what_it_needs)
{
	static const struct wish good[] = {
		{"voip", "trunk.test"},
		{"webhook-ingest", "route.voice"},
		{"gateway", "call.dial"},
		{"router", "call.provider_start"},
	};
	static const struct wish bad[] = {
		{"voip", "call.dial"},
		{"voip", "call.hangup"},
		{"voip", "call.list"},
		{"voip", "trunk.test.x"},
		{"voip", "trunk"},
		{"voip", ""},
		{"webhook-ingest", "route.outbound"},
		{"stranger", "trunk.test"},
	};
	EACH(i, good)
	{
		cr_assert(policy_may_ask(good[i].service, good[i].topic), "%s %s", good[i].service,
			good[i].topic);
	}
	EACH(i, bad)
	{
		cr_assert_not(policy_may_ask(bad[i].service, bad[i].topic), "%s %s", bad[i].service,
			bad[i].topic);
		cr_assert(policy_limits_asking(bad[i].service));
	}
	cr_assert_not(policy_limits_asking("gateway"));
}

Test(bus_policy, services_hear_what_concerns_them)
{
	static const struct wish good[] = {
		{"gateway", "ev."},
		{"gateway", "rt.u.1"},
		{"gateway", "rpl.g1"},
		{"gateway", "hb."},
		{"router", "cmd.router.r1"},
		{"router", "cmd.router."},
		{"router", "rt.trunk"},
		{"voip", "hb.router."},
		{"webhook-ingest", "rt.config"},
		{"webhook-ingest", "rpl.w1"},
		{"token-issuer", "rt.config"},
	};
	EACH(i, good)
	{
		cr_assert(policy_may_subscribe(good[i].service, good[i].topic), "%s %s",
			good[i].service, good[i].topic);
	}
}

Test(bus_policy, services_do_not_listen_at_doors)
{
	static const struct wish bad[] = {
		{"gateway", ""},
		{"gateway", "e"},
		{"gateway", "ev"},
		{"gateway", "rpl."},
		{"gateway", "rpl"},
		{"gateway", "cmd.router."},
		{"router", "cmd."},
		{"router", "cmd.router"},
		{"router", "cmd.router2."},
		{"webhook-ingest", "ev."},
		{"webhook-ingest", "rt."},
		{"webhook-ingest", "rt.u.1"},
		{"webhook-ingest", "rt.config.x"},
		{"recorder", "rt."},
		{"token-issuer", "rt."},
		{"token-issuer", "rt.u.1"},
		{"stranger", "hb."},
		{"", ""},
	};
	EACH(i, bad)
	{
		cr_assert_not(policy_may_subscribe(bad[i].service, bad[i].topic), "%s %s",
			bad[i].service, bad[i].topic);
	}
}

Test(bus_policy, the_list_of_services_ends)
{
	size_t n = 0;
	while (policy_service(n)) {
		cr_assert(policy_knows(policy_service(n)));
		n++;
	}
	cr_assert_gt(n, 5);
	cr_assert_null(policy_service(n + 1));
	cr_assert_not(policy_knows("bus"));
}
