/* Twilio: account, API key, TwiML application, caller number. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/check/check_int.h"

/* --- test --- */

static int build_account(struct vp_check *check, struct vp_api_request *request)
{
	return vp_twilio_account_fetch(request, &check->twilio);
}

static void judge_account(struct vp_check *check, const struct json_t *json)
{
	const char *name = vp_twilio_text(json, "friendly_name");
	const char *status = vp_twilio_text(json, "status");

	if (status && strcmp(status, "active") == 0) {
		check_ok(check, "The account \"%.100s\" is active.", name ? name : "");
	} else {
		check_bad(check, "Sign in at twilio.com: the console says what it waits for.",
			"The account is %.40s.", status ? status : "in an unknown state");
	}
}

/* A standard key may not read accounts: a list of one number is what every key may. */
static int build_key(struct vp_check *check, struct vp_api_request *request)
{
	struct vp_twilio_account account = check->twilio;

	if (!account.api_key_sid || !account.api_key_secret) {
		check_bad(check,
			"Twilio console: Account > API keys. Make a standard key, enter its SID "
			"and "
			"secret here.",
			"There is no API key: nobody can call in the browser without one.");
		return ECANCELED;
	}
	account.by_key = true;
	return vp_twilio_number_list(request, &account, NULL, 1);
}

static void judge_key(struct vp_check *check, const struct json_t *json)
{
	(void)json;
	check_ok(check, "The API key is accepted.");
}

static int build_application(struct vp_check *check, struct vp_api_request *request)
{
	const char *sid = check_setting(check, "app_sid");

	if (!sid) {
		check_bad(check, "Press \"Set up at the carrier\": it makes one.",
			"There is no TwiML application: calls from the browser have nowhere to "
			"go.");
		return ECANCELED;
	}
	return vp_twilio_application_fetch(request, &check->twilio, sid);
}

static void judge_application(struct vp_check *check, const struct json_t *json)
{
	check_judge_url(check, vp_twilio_text(json, "voice_url"), VP_WEBHOOK_TWILIO_VOICE);
}

static int build_number(struct vp_check *check, struct vp_api_request *request)
{
	return vp_twilio_number_list(
		request, &check->twilio, check_setting(check, "from_number"), 1);
}

static void judge_number(struct vp_check *check, const struct json_t *json)
{
	const struct json_t *number = vp_twilio_list_at(json, "incoming_phone_numbers", 0);
	const char *app = number ? vp_twilio_text(number, "voice_application_sid") : NULL;
	const char *url = number ? vp_twilio_text(number, "voice_url") : NULL;
	const char *own = check_setting(check, "app_sid"), *base = check->cfg.webhook_url;
	bool leads_here = (app && own && strcmp(app, own) == 0) ||
			  (url && base &&
				  vp_webhook_is_ours(url, base, VP_WEBHOOK_TWILIO_VOICE,
					  check->cfg.provider_id));

	if (!number) {
		check_bad(check,
			"Twilio console: Phone Numbers > Active numbers. Enter one of them, as "
			"+14155551234.",
			"The account does not own %s.", check_setting(check, "from_number"));
	} else if (!leads_here) {
		check_bad(check, "Press \"Set up at the carrier\": calls to it then come here.",
			"The number is yours, but calls to it go somewhere else.");
	} else {
		check_ok(check, "The number is yours, and calls to it come here.");
	}
}

const struct check_step check_twilio[] = {
	{"account", build_account, judge_account, false},
	{"api_key", build_key, judge_key, true},
	{"application", build_application, judge_application, true},
	{"number", build_number, judge_number, true},
	{"webhook", check_build_webhook, NULL, true},
	{.name = NULL},
};

/* --- set up --- */

static void app_name(const struct vp_check *check, char buf[64])
{
	(void)snprintf(buf, 64, "Ringmain %.40s", check->cfg.provider_id);
}

/* Knows the application already, or looks for the one that an earlier, interrupted time made. */
static int build_find(struct vp_check *check, struct vp_api_request *request)
{
	const char *sid = check_setting(check, "app_sid");
	char name[64];

	if (!check->cfg.webhook_url) {
		check_bad(check, "Set VOIP_WEBHOOK_URL to the https address of this server.",
			"It is not known how Twilio reaches us.");
		return ECANCELED;
	}
	if (sid) {
		vp_strcopy(check->app_sid, sizeof(check->app_sid), sid);
		return ECANCELED;
	}
	app_name(check, name);
	return vp_twilio_application_find(request, &check->twilio, name);
}

static void judge_find(struct vp_check *check, const struct json_t *json)
{
	const struct json_t *app = vp_twilio_list_at(json, "applications", 0);
	const char *sid = app ? vp_twilio_text(app, "sid") : NULL;

	if (sid) {
		vp_strcopy(check->app_sid, sizeof(check->app_sid), sid);
	}
}

static int build_save(struct vp_check *check, struct vp_api_request *request)
{
	const char *base = check->cfg.webhook_url, *id = check->cfg.provider_id;
	VP_CLEANUP(vp_freep) char *voice = vp_webhook_url(base, VP_WEBHOOK_TWILIO_VOICE, id);
	VP_CLEANUP(vp_freep) char *fallback = vp_webhook_url(base, VP_WEBHOOK_TWILIO_FALLBACK, id);
	VP_CLEANUP(vp_freep) char *status = vp_webhook_url(base, VP_WEBHOOK_TWILIO_STATUS, id);
	char name[64];
	const struct vp_twilio_application app = {.friendly_name = check->app_sid[0] ? NULL : name,
		.voice_url = voice,
		.voice_fallback_url = fallback,
		.status_callback = status};

	app_name(check, name);
	return voice && fallback && status
		       ? vp_twilio_application_save(request, &check->twilio,
				 check->app_sid[0] ? check->app_sid : NULL, &app)
		       : ENOMEM;
}

static void judge_save(struct vp_check *check, const struct json_t *json)
{
	const char *sid = vp_twilio_text(json, "sid");
	bool made = check->app_sid[0] == '\0';

	if (!sid || !vp_strcopy(check->app_sid, sizeof(check->app_sid), sid)) {
		check_bad(check, "Try again.", "Twilio's answer does not name the application.");
		return;
	}
	check_learn(check, "app_sid", check->app_sid);
	check_ok(check,
		made ? "The TwiML application %s was made; its webhooks come to us."
		     : "The webhooks of the TwiML application %s come to us.",
		check->app_sid);
}

static void judge_find_number(struct vp_check *check, const struct json_t *json)
{
	const struct json_t *number = vp_twilio_list_at(json, "incoming_phone_numbers", 0);
	const char *sid = number ? vp_twilio_text(number, "sid") : NULL;

	if (!sid || !vp_strcopy(check->number_id, sizeof(check->number_id), sid)) {
		check_bad(check,
			"Twilio console: Phone Numbers > Active numbers. Enter one of them, as "
			"+14155551234.",
			"The account does not own %s.", check_setting(check, "from_number"));
	}
}

static int build_point(struct vp_check *check, struct vp_api_request *request)
{
	return vp_twilio_number_update(request, &check->twilio, check->number_id, check->app_sid);
}

static void judge_point(struct vp_check *check, const struct json_t *json)
{
	(void)json;
	check_ok(check, "Calls to %s go to that application.", check_setting(check, "from_number"));
}

const struct check_step provision_twilio[] = {
	{"application", build_find, judge_find, false},
	{"application", build_save, judge_save, false},
	{"number", build_number, judge_find_number, false},
	{"number", build_point, judge_point, false},
	{.name = NULL},
};
