#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/provider/check/check_int.h"

#define TIMEOUT_MS 5000 /* of each request: a person waits, half a minute at most */

static void step_next(struct vp_check *check);

const char *check_setting(const struct vp_check *check, const char *key)
{
	return vp_provider_get(check->cfg.config, check->cfg.driver, key);
}

/* --- what was found --- */

static struct vp_check_step *add(struct vp_check *check, bool ok)
{
	struct vp_check_step *step = &check->report.steps[check->report.n];

	if (check->report.n < VP_CHECK_STEPS_MAX) {
		check->report.n++;
	}
	step->name = check->steps[check->at].name;
	step->ok = ok;
	step->hint[0] = '\0';
	check->report.success = check->report.success && ok;
	return step;
}

void check_ok(struct vp_check *check, const char *fmt, ...)
{
	struct vp_check_step *step = add(check, true);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(step->message, sizeof(step->message), fmt, args);
	va_end(args);
}

void check_bad(struct vp_check *check, const char *hint, const char *fmt, ...)
{
	struct vp_check_step *step = add(check, false);
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(step->message, sizeof(step->message), fmt, args);
	va_end(args);
	(void)snprintf(step->hint, sizeof(step->hint), "%s", hint);
	check->stop = check->stop || !check->steps[check->at].goes_on_after;
}

void check_learn(struct vp_check *check, const char *key, const char *value)
{
	const char *known = check_setting(check, key);

	if (!known || strcmp(known, value) != 0) {
		check->report.learned_key = key;
		check->report.learned_value = value;
	}
}

/* --- the public address --- */

int check_build_webhook(struct vp_check *check, struct vp_api_request *request)
{
	const char *base = check->cfg.webhook_url;

	if (!base) {
		check_bad(check, "Set VOIP_WEBHOOK_URL to the https address of this server.",
			"It is not known how the carrier reaches us.");
		return ECANCELED;
	}
	request->method = "GET";
	request->url = vp_strf("%s%shealthz", base, base[strlen(base) - 1] == '/' ? "" : "/");
	request->max_body = 65536;
	request->allow_private = check_setting(check, "api_base") != NULL;
	check->plain = true;
	return request->url ? 0 : ENOMEM;
}

static void judge_webhook(struct vp_check *check, const struct vp_httpc_reply *reply)
{
	const char *base = check->cfg.webhook_url;

	if (reply->err == EACCES) {
		check_bad(check,
			"Set VOIP_WEBHOOK_URL to an address that the internet knows, or open a "
			"tunnel.",
			"%s is an address of a private network: the carrier cannot reach it.",
			base);
	} else if (reply->err == EPROTO) {
		check_bad(check,
			"The carrier refuses such a certificate too. Renew it, with its whole "
			"chain.",
			"%s has no certificate that is trusted.", base);
	} else if (reply->err != 0) {
		check_bad(check,
			"Check the proxy before this server, the name in DNS, and the firewall.",
			"%s does not answer: %s", base,
			reply->reason ? reply->reason : "no answer");
	} else if (reply->status != 200 || !strstr(reply->body, "\"webhook-ingest\"")) {
		check_bad(check,
			"The proxy before this server must send /voip/webhook/ and /healthz to "
			"webhook-ingest, and that must run.",
			"%s answers, but not as webhook-ingest (status %d).", base, reply->status);
	} else {
		check_ok(check,
			"%s answers, asked from this server. That the carrier reaches it too shows "
			"with the first webhook.",
			base);
	}
}

void check_judge_url(struct vp_check *check, const char *url, enum vp_webhook which)
{
	const char *base = check->cfg.webhook_url;

	if (!base) {
		check_bad(check, "Set VOIP_WEBHOOK_URL first; then set up at the carrier.",
			"It sends its webhooks to %s; whether that is us is not known.",
			url && *url ? url : "nobody");
	} else if (!url || !*url) {
		check_bad(check, "Press \"Set up at the carrier\".",
			"It sends its webhooks to nobody.");
	} else if (!vp_webhook_is_ours(url, base, which, check->cfg.provider_id)) {
		check_bad(check, "Press \"Set up at the carrier\", or check VOIP_WEBHOOK_URL.",
			"It sends its webhooks to %.200s, which is not us.", url);
	} else {
		check_ok(check, "It sends its webhooks to us.");
	}
}

/* --- the walk --- */

static void destroy(struct vp_check *check)
{
	if (check->slot) {
		*check->slot = NULL;
	}
	vp_httpc_cancel(check->op);
	vp_api_request_clear(&check->request);
	free(check->base);
	free(check);
}

static void judge_carrier(struct vp_check *check, const struct vp_httpc_reply *reply)
{
	const struct check_step *step = &check->steps[check->at];
	struct vp_api_result result = {0};

	if (check->is_twilio) {
		vp_twilio_answer(&check->request, reply, &result);
	} else {
		vp_telnyx_answer(&check->request, reply, &result);
	}
	if (result.verdict == VP_API_OK) {
		step->judge(check, result.json);
	} else {
		check_bad(check, result.sentence, "The carrier refused it (%s%s%s).",
			vp_api_verdict_word(result.verdict), result.code[0] ? ", error " : "",
			result.code);
		check->stop = check->stop || result.verdict == VP_API_LOGIN ||
			      result.verdict == VP_API_AWAY || result.verdict == VP_API_UNKNOWN;
	}
	vp_api_result_clear(&result);
}

static void on_reply(const struct vp_httpc_reply *reply, void *arg)
{
	struct vp_check *check = arg;

	check->op = NULL;
	if (check->plain) {
		judge_webhook(check, reply);
	} else {
		judge_carrier(check, reply);
	}
	check->at++;
	step_next(check);
}

static int send_request(struct vp_check *check)
{
	struct vp_httpc_req http;

	check->request.timeout_ms = TIMEOUT_MS;
	vp_api_request_http(&check->request, &http);
	return vp_httpc_send(check->cfg.http, &http, on_reply, check, &check->op);
}

static bool is_skipped(const struct vp_check *check)
{
	return check->stop && check->steps[check->at].build != check_build_webhook;
}

static void step_next(struct vp_check *check)
{
	for (; check->steps[check->at].name; check->at++) {
		int err = ECANCELED;

		if (is_skipped(check)) {
			continue;
		}
		vp_api_request_clear(&check->request);
		check->request = (struct vp_api_request){0};
		check->plain = false;
		err = check->steps[check->at].build(check, &check->request);
		err = err == 0 ? send_request(check) : err;
		if (err == 0) {
			return;
		}
		if (err != ECANCELED) {
			check_bad(check, "Check this setting, then test again.",
				"It cannot be asked: %s.", strerror(err));
		}
	}
	*check->slot = NULL;
	check->slot = NULL; /* whoever holds it may be gone after this */
	check->cfg.h(&check->report, check->cfg.arg);
	destroy(check);
}

static int start(struct vp_check **slot, const struct vp_check_cfg *cfg,
	const struct check_step *twilio, const struct check_step *telnyx)
{
	struct vp_check *check = calloc(1, sizeof(*check));

	if (!check) {
		return ENOMEM;
	}
	check->cfg = *cfg;
	check->report.success = true;
	if (cfg->webhook_url) {
		check->base = strndup(cfg->webhook_url, strcspn(cfg->webhook_url, ", "));
		check->cfg.webhook_url = check->base;
	}
	check->is_twilio = strcmp(cfg->driver->name, "twilio") == 0;
	if (!check->is_twilio && strcmp(cfg->driver->name, "telnyx") != 0) {
		destroy(check);
		return ENOTSUP;
	}
	if (cfg->webhook_url && !check->base) {
		destroy(check);
		return ENOMEM;
	}
	check->steps = check->is_twilio ? twilio : telnyx;
	vp_twilio_account_of(cfg->config, &check->twilio);
	vp_telnyx_account_of(cfg->config, &check->telnyx);
	check->slot = slot;
	*slot = check;
	step_next(check);
	return 0;
}

int vp_check_start(struct vp_check **slot, const struct vp_check_cfg *cfg)
{
	return start(slot, cfg, check_twilio, check_telnyx);
}

int vp_provision_start(struct vp_check **slot, const struct vp_check_cfg *cfg)
{
	return start(slot, cfg, provision_twilio, provision_telnyx);
}

void vp_check_cancel(struct vp_check *check)
{
	if (check) {
		destroy(check);
	}
}
