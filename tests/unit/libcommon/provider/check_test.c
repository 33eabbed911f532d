/* A carrier asked step by step, without a network: an HTTP client that nobody answers. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/provider/check/check.h"
#include "libcommon/provider/check/urls.h"
#include "libcommon/provider/provider.h"

Test(webhook_url, names_the_provider_and_knows_its_own)
{
	char *url = vp_webhook_url("https://crm.example/", VP_WEBHOOK_TWILIO_VOICE, "p1");

	cr_assert_str_eq(url, "https://crm.example/voip/webhook/p/p1/voice");
	cr_assert(vp_webhook_is_ours(url, "https://crm.example", VP_WEBHOOK_TWILIO_VOICE, "p1"));
	cr_assert_not(
		vp_webhook_is_ours(url, "https://crm.example", VP_WEBHOOK_TWILIO_VOICE, "p2"));
	cr_assert_not(
		vp_webhook_is_ours(url, "https://other.example", VP_WEBHOOK_TWILIO_VOICE, "p1"));
	cr_assert_not(
		vp_webhook_is_ours(url, "https://crm.example", VP_WEBHOOK_TWILIO_STATUS, "p1"));
	cr_assert(vp_webhook_is_ours("https://crm.example/voip/webhook/twilio/voice",
		"https://crm.example", VP_WEBHOOK_TWILIO_VOICE, "p1"));
	free(url);
	url = vp_webhook_url("https://crm.example", VP_WEBHOOK_TELNYX, "p1");
	cr_assert_str_eq(url, "https://crm.example/voip/webhook/p/p1");
	free(url);
}

struct outcome {
	unsigned calls;
	struct vp_check_report report;
};

static void on_report(const struct vp_check_report *report, void *arg)
{
	struct outcome *outcome = arg;

	outcome->calls++;
	outcome->report = *report;
}

static struct vp_provider_config *config_of(const char *json)
{
	struct vp_provider_config *config = NULL;

	cr_assert_eq(vp_provider_config_parse(&config, json, strlen(json)), 0);
	return config;
}

/* Port 9 of loopback: nobody listens there. */
static const char telnyx[] = "{\"api_key\":\"KEY0123456789abcdef\",\"connection_id\":\"1\",\"from_"
			     "number\":\"+14155550100\","
			     "\"api_base\":\"http://127.0.0.1:9\"}";

static void wait_for(struct vp_httpc *http, const struct outcome *outcome)
{
	struct pollfd fd = {.fd = vp_httpc_fd(http), .events = POLLIN};

	for (int i = 0; i < 200 && outcome->calls == 0; i++) {
		(void)poll(&fd, 1, 100);
		vp_httpc_drain(http);
	}
}

Test(check, a_carrier_that_is_away_ends_in_one_report_with_ways_out)
{
	struct vp_httpc *http;
	struct vp_check *check = NULL;
	struct outcome outcome = {0};
	struct vp_provider_config *config = config_of(telnyx);
	const struct vp_check_cfg cfg = {.driver = vp_provider_find("telnyx"),
		.config = config,
		.provider_id = "p1",
		.h = on_report,
		.arg = &outcome};
	struct vp_check_cfg started = cfg;

	cr_assert_eq(vp_httpc_create(&http, &(struct vp_httpc_cfg){0}), 0);
	started.http = http;
	cr_assert_eq(vp_check_start(&check, &started), 0);
	wait_for(http, &outcome);
	cr_assert_eq(outcome.calls, 1);
	cr_assert_null(check);
	cr_assert_not(outcome.report.success);
	cr_assert_eq(outcome.report.n, 2, "the key, and the public address");
	for (size_t i = 0; i < outcome.report.n; i++) {
		cr_assert_not(outcome.report.steps[i].ok);
		cr_assert_gt(strlen(outcome.report.steps[i].hint), 10);
	}
	vp_httpc_destroy(http);
	vp_provider_config_destroy(config);
}

Test(check, set_up_without_a_public_address_asks_nobody)
{
	struct vp_httpc *http;
	struct vp_check *check = NULL;
	struct outcome outcome = {0};
	struct vp_provider_config *config = config_of(telnyx);

	cr_assert_eq(vp_httpc_create(&http, &(struct vp_httpc_cfg){0}), 0);
	cr_assert_eq(vp_provision_start(&check, &(struct vp_check_cfg){.http = http,
							.driver = vp_provider_find("telnyx"),
							.config = config,
							.provider_id = "p1",
							.h = on_report,
							.arg = &outcome}),
		0);
	cr_assert_eq(outcome.calls, 1, "at once");
	cr_assert_null(check);
	cr_assert(strstr(outcome.report.steps[0].hint, "VOIP_WEBHOOK_URL"));
	vp_httpc_destroy(http);
	vp_provider_config_destroy(config);
}

Test(check, a_cancelled_one_tells_nothing)
{
	struct vp_httpc *http;
	struct vp_check *check = NULL;
	struct outcome outcome = {0};
	struct vp_provider_config *config = config_of(telnyx);

	cr_assert_eq(vp_httpc_create(&http, &(struct vp_httpc_cfg){0}), 0);
	cr_assert_eq(vp_check_start(&check, &(struct vp_check_cfg){.http = http,
						    .driver = vp_provider_find("telnyx"),
						    .config = config,
						    .provider_id = "p1",
						    .h = on_report,
						    .arg = &outcome}),
		0);
	vp_check_cancel(check);
	cr_assert_null(check);
	vp_check_cancel(NULL);
	vp_httpc_drain(http);
	cr_assert_eq(outcome.calls, 0);
	vp_httpc_destroy(http);
	vp_provider_config_destroy(config);
}

Test(check, a_sip_trunk_is_not_asked_by_http)
{
	struct vp_check *check = NULL;
	struct vp_provider_config *config = vp_provider_config_create();

	cr_assert_eq(
		vp_check_start(&check, &(struct vp_check_cfg){.driver = vp_provider_find("sip"),
					       .config = config,
					       .provider_id = "p1",
					       .h = on_report}),
		ENOTSUP);
	vp_provider_config_destroy(config);
}
