/* Telnyx: key, call control application, credential connection, caller number, public key. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/check/check_int.h"
#include "libcommon/provider/telnyx/signature.h"

#define LOGIN_SIZE 33 /* a credential connection's user name: 4 to 32 letters and digits */
#define PASSWORD_SIZE 41

/* --- test --- */

static int build_key(struct vp_check *check, struct vp_api_request *request)
{
	return vp_telnyx_balance_fetch(request, &check->telnyx);
}

static void judge_key(struct vp_check *check, const struct json_t *json)
{
	const struct json_t *data = vp_telnyx_data(json);
	const char *balance = data ? vp_telnyx_text(data, "balance") : NULL;
	const char *currency = data ? vp_telnyx_text(data, "currency") : NULL;

	check_ok(check, "The API key is accepted; the balance is %.20s %.8s.",
		balance ? balance : "unknown", currency ? currency : "");
}

static int build_application(struct vp_check *check, struct vp_api_request *request)
{
	return vp_telnyx_connection_fetch(
		request, &check->telnyx, check_setting(check, "connection_id"));
}

static bool is_off(const struct json_t *data)
{
	return json_is_false(json_object_get(data, "active"));
}

static void judge_connection(struct vp_check *check, const struct json_t *json)
{
	const struct json_t *data = vp_telnyx_data(json);

	if (!data) {
		check_bad(check, "Try again.", "Telnyx's answer does not show the connection.");
	} else if (is_off(data)) {
		check_bad(check, "Telnyx portal: switch it on there.", "It is switched off.");
	} else {
		check_judge_url(
			check, vp_telnyx_text(data, "webhook_event_url"), VP_WEBHOOK_TELNYX);
	}
}

static int build_credentials(struct vp_check *check, struct vp_api_request *request)
{
	const char *id = check_setting(check, "credential_connection_id");

	if (!id) {
		check_bad(check, "Press \"Set up at the carrier\": it makes one.",
			"There is no credential connection: nobody can call in the browser without "
			"one.");
		return ECANCELED;
	}
	return vp_telnyx_connection_fetch(request, &check->telnyx, id);
}

static int build_number(struct vp_check *check, struct vp_api_request *request)
{
	return vp_telnyx_number_find(request, &check->telnyx, check_setting(check, "from_number"));
}

static void number_missing(struct vp_check *check)
{
	check_bad(check, "Telnyx portal: Numbers > My Numbers. Enter one of them, as +14155551234.",
		"The account does not own %s.", check_setting(check, "from_number"));
}

static void judge_number(struct vp_check *check, const struct json_t *json)
{
	const struct json_t *number = vp_telnyx_data_at(json, 0);
	const char *connection = number ? vp_telnyx_text(number, "connection_id") : NULL;
	const char *own = check_setting(check, "connection_id");

	if (!number) {
		number_missing(check);
	} else if (!connection || !own || strcmp(connection, own) != 0) {
		check_bad(check, "Press \"Set up at the carrier\": calls to it then come here.",
			"The number is yours, but calls to it go somewhere else.");
	} else {
		check_ok(check, "The number is yours, and calls to it come here.");
	}
}

static int build_public_key(struct vp_check *check, struct vp_api_request *request)
{
	const char *text = check_setting(check, "public_key");
	uint8_t key[VP_TELNYX_KEY_SIZE];

	(void)request;
	if (text && vp_telnyx_key_parse(text, key) == 0) {
		check_ok(check, "The public key has 32 bytes; webhooks are checked with it.");
	} else {
		check_bad(check,
			"Telnyx portal: Account > Keys & Credentials > Public Key. Copy it here.",
			"There is no public key: no webhook of Telnyx can be believed.");
	}
	return ECANCELED;
}

const struct check_step check_telnyx[] = {
	{"api_key", build_key, judge_key, false},
	{"application", build_application, judge_connection, true},
	{"credentials", build_credentials, judge_connection, true},
	{"number", build_number, judge_number, true},
	{"public_key", build_public_key, NULL, true},
	{"webhook", check_build_webhook, NULL, true},
	{.name = NULL},
};

/* --- set up --- */

static int build_save_application(struct vp_check *check, struct vp_api_request *request)
{
	const char *base = check->cfg.webhook_url;

	if (!base) {
		check_bad(check, "Set VOIP_WEBHOOK_URL to the https address of this server.",
			"It is not known how Telnyx reaches us.");
		return ECANCELED;
	}
	VP_CLEANUP(vp_freep)
	char *url = vp_webhook_url(base, VP_WEBHOOK_TELNYX, check->cfg.provider_id);
	const struct vp_telnyx_application app = {.webhook_url = url};

	return url ? vp_telnyx_application_save(
			     request, &check->telnyx, check_setting(check, "connection_id"), &app)
		   : ENOMEM;
}

static void judge_save_application(struct vp_check *check, const struct json_t *json)
{
	const struct json_t *outbound = json_object_get(vp_telnyx_data(json), "outbound");
	const char *profile =
		outbound ? vp_telnyx_text(outbound, "outbound_voice_profile_id") : NULL;

	if (profile) {
		vp_strcopy(check->profile_id, sizeof(check->profile_id), profile);
		check_ok(check, "The webhooks of the Call Control application come to us.");
	} else {
		check_ok(check,
			"The webhooks of the Call Control application come to us. It has no "
			"outbound voice profile yet: without one Telnyx lets no call out.");
	}
}

static int build_save_credentials(struct vp_check *check, struct vp_api_request *request)
{
	const char *id = check_setting(check, "credential_connection_id");
	char name[64], login[LOGIN_SIZE], password[PASSWORD_SIZE];
	VP_CLEANUP(vp_freep)
	char *url =
		vp_webhook_url(check->cfg.webhook_url, VP_WEBHOOK_TELNYX, check->cfg.provider_id);
	struct vp_telnyx_credential_connection connection = {.webhook_url = url,
		.outbound_voice_profile_id = check->profile_id[0] ? check->profile_id : NULL};
	uint8_t random[12];
	int err;

	if (!url) {
		return ENOMEM;
	}
	if (!id) {
		(void)snprintf(name, sizeof(name), "Ringmain %.40s", check->cfg.provider_id);
		vp_random(random, sizeof(random));
		vp_strcopy(login, sizeof(login), "ringmain");
		vp_hex(random, sizeof(random), login + strlen(login));
		vp_random_text(password, sizeof(password));
		connection.name = name;
		connection.user_name = login;
		connection.password = password;
	}
	err = vp_telnyx_credential_connection_save(request, &check->telnyx, id, &connection);
	explicit_bzero(password, sizeof(password));
	return err;
}

static void judge_save_credentials(struct vp_check *check, const struct json_t *json)
{
	const struct json_t *data = vp_telnyx_data(json);
	const char *id = data ? vp_telnyx_text(data, "id") : NULL;
	bool known = check_setting(check, "credential_connection_id") != NULL;

	if (!id || !vp_strcopy(check->connection_id, sizeof(check->connection_id), id)) {
		check_bad(check, "Try again.", "Telnyx's answer does not name the connection.");
		return;
	}
	check_learn(check, "credential_connection_id", check->connection_id);
	check_ok(check,
		known ? "The webhooks of the credential connection come to us; calls from "
			"browsers are parked for us, and all tabs of a user ring."
		      : "A credential connection was made; calls from browsers are parked for "
			"us, and all tabs of a user ring.");
}

static void judge_find_number(struct vp_check *check, const struct json_t *json)
{
	const struct json_t *number = vp_telnyx_data_at(json, 0);
	const char *id = number ? vp_telnyx_text(number, "id") : NULL;

	if (!id || !vp_strcopy(check->number_id, sizeof(check->number_id), id)) {
		number_missing(check);
	}
}

static int build_point(struct vp_check *check, struct vp_api_request *request)
{
	return vp_telnyx_number_update(
		request, &check->telnyx, check->number_id, check_setting(check, "connection_id"));
}

static void judge_point(struct vp_check *check, const struct json_t *json)
{
	(void)json;
	check_ok(check, "Calls to %s go to that application.", check_setting(check, "from_number"));
}

const struct check_step provision_telnyx[] = {
	{"application", build_save_application, judge_save_application, false},
	{"credentials", build_save_credentials, judge_save_credentials, false},
	{"number", build_number, judge_find_number, false},
	{"number", build_point, judge_point, false},
	{.name = NULL},
};
