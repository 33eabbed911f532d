#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/provider/check/check.h"
#include "tools/voip/cli.h"
#include "tools/voip/try_provider.h"

enum { TRY_WAIT_US = 90 * 1000000, POLL_MS = 100 };

struct trial {
	bool done, good, learnt;
	struct vp_provider_config *learns; /* NULL: a test, which learns nothing */
};

void try_say(const char *name, bool ok, const char *message, const char *hint)
{
	printf("  %-5s %-12s %s\n", ok ? "ok" : "FAULT", name, message);
	if (!ok && hint[0]) {
		printf("        -> %s\n", hint);
	}
}

static void on_report(const struct vp_check_report *report, void *arg)
{
	struct trial *trial = arg;

	for (size_t i = 0; i < report->n; i++) {
		const struct vp_check_step *step = &report->steps[i];

		try_say(step->name, step->ok, step->message, step->hint);
	}
	trial->done = true;
	trial->good = report->success;
	if (trial->learns && report->learned_key) {
		trial->learnt = vp_provider_set(trial->learns, report->learned_key,
					report->learned_value) == 0;
	}
}

static void await(struct vp_httpc *http, const struct trial *trial)
{
	const int64_t deadline_us = vp_mono_us() + TRY_WAIT_US;
	struct pollfd pfd = {.fd = vp_httpc_fd(http), .events = POLLIN};

	while (!trial->done && vp_mono_us() < deadline_us) {
		poll(&pfd, 1, POLL_MS);
		vp_httpc_drain(http);
	}
}

static int ask_carrier(const struct vp_provider_driver *driver,
	const struct vp_provider_config *config, struct vp_uuid id, struct trial *trial)
{
	const struct vp_httpc_cfg http_cfg = {0};
	const char *url = getenv("VOIP_WEBHOOK_URL");
	char text[VP_UUID_TEXT_SIZE];
	struct vp_check *check = NULL;
	struct vp_check_cfg cfg = {.driver = driver,
		.config = config,
		.provider_id = text,
		.webhook_url = url && *url ? url : NULL,
		.h = on_report,
		.arg = trial};
	int err = vp_httpc_create(&cfg.http, &http_cfg);

	vp_uuid_text(id, text);
	err = err             ? err
	      : trial->learns ? vp_provision_start(&check, &cfg)
			      : vp_check_start(&check, &cfg);
	if (!err) {
		await(cfg.http, trial);
	}
	vp_check_cancel(check);
	vp_httpc_destroy(cfg.http);
	return err;
}

static enum try_verdict judge(int err, const struct trial *trial)
{
	if (err || !trial->done) {
		printf("  FAULT the carrier could not be asked: %s\n",
			strerror(err ? err : ETIMEDOUT));
	}
	return trial->good ? TRY_GOOD : TRY_BAD;
}

enum try_verdict try_provider(const struct vp_provider_driver *driver,
	const struct vp_provider_config *config, struct vp_uuid id)
{
	struct trial trial = {0};
	int err = ask_carrier(driver, config, id, &trial);

	return judge(err, &trial);
}

enum try_verdict try_set_up(const struct vp_provider_driver *driver,
	struct vp_provider_config *config, struct vp_uuid id, bool *ret_learnt)
{
	struct trial trial = {.learns = config};
	int err = ask_carrier(driver, config, id, &trial);

	*ret_learnt = trial.learnt;
	return judge(err, &trial);
}
