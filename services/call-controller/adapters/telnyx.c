/* Telnyx by Call Control: legs that are bridged; a command that is repeated under its id acts once.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/provider.h"
#include "libcommon/provider/telnyx/calls.h"
#include "services/call-controller/adapters/carrier.h"

#define URL_SIZE 1024
#define STATE_SIZE 80

static void state_of(char state[STATE_SIZE], const char *call, enum provider_who leg)
{
	(void)snprintf(state, STATE_SIZE, "call=%s&leg=%s", call, provider_who_name(leg));
}

static int dial(struct vp_api_request *ret, const struct carrier_account *account,
	const struct carrier_dial *dial)
{
	char state[STATE_SIZE], url[URL_SIZE];
	struct vp_telnyx_account login;
	/* tells the user's phone which call of ours rings it */
	const struct vp_telnyx_header header = {"X-Call-Id", dial->call};
	const struct vp_telnyx_dial telnyx = {
		.connection_id = vp_provider_get(account->config, NULL, "connection_id"),
		.to = dial->to,
		.from = dial->from,
		.client_state = state,
		.command_id = dial->command,
		.bridge_to = dial->other[0] ? dial->other : NULL,
		.webhook_url = url,
		.timeout_s = dial->ring_s,
		.time_limit_s = dial->time_limit_s,
		.record = dial->record,
		.header = dial->leg == PROVIDER_AGENT ? &header : NULL};

	if (!account->webhook_url ||
		snprintf(url, sizeof(url), "%s/voip/webhook/p/%s/events", account->webhook_url,
			account->provider) >= (int)sizeof(url)) {
		return EINVAL;
	}
	state_of(state, dial->call, dial->leg);
	vp_telnyx_account_of(account->config, &login);
	return vp_telnyx_dial(ret, &login, &telnyx);
}

static bool dialled(const json_t *json, struct carrier_found *ret)
{
	const char *id = vp_telnyx_text(vp_telnyx_data(json), "call_control_id");
	const char *session = vp_telnyx_text(vp_telnyx_data(json), "call_session_id");

	*ret = (struct carrier_found){0};
	(void)vp_strcopy(ret->room, sizeof(ret->room), session ? session : "");
	return id && id[0] && vp_strcopy(ret->external_id, sizeof(ret->external_id), id);
}

/* What every command on a leg begins with; state is the caller's and lives as long. */
static struct vp_telnyx_command command_of(const struct vp_telnyx_account *login,
	const struct carrier_leg *leg, char state[STATE_SIZE])
{
	state_of(state, leg->call, leg->leg);
	return (struct vp_telnyx_command){.account = login,
		.call_control_id = leg->external_id,
		.client_state = leg->call[0] ? state : NULL,
		.command_id = leg->command};
}

static int hangup(struct vp_api_request *ret, const struct carrier_account *account,
	const struct carrier_leg *leg)
{
	char state[STATE_SIZE];
	struct vp_telnyx_account login;
	struct vp_telnyx_command command;

	vp_telnyx_account_of(account->config, &login);
	command = command_of(&login, leg, state);
	return vp_telnyx_hangup(ret, &command);
}

static bool is_over(const struct vp_api_result *result)
{
	return result->verdict == VP_API_OK || result->verdict == VP_API_NOT_FOUND ||
	       vp_telnyx_is_over(result);
}

/* The caller's leg rings until the agent has it. */
static int accept(struct vp_api_request *ret, const struct carrier_account *account,
	const struct carrier_leg *leg)
{
	char state[STATE_SIZE];
	struct vp_telnyx_account login;
	struct vp_telnyx_command command;

	vp_telnyx_account_of(account->config, &login);
	command = command_of(&login, leg, state);
	return vp_telnyx_answer_call(ret, &command);
}

static int dtmf(struct vp_api_request *ret, const struct carrier_account *account,
	const struct carrier_leg *leg)
{
	char state[STATE_SIZE];
	struct vp_telnyx_account login;
	struct vp_telnyx_command command;

	vp_telnyx_account_of(account->config, &login);
	command = command_of(&login, leg, state);
	return vp_telnyx_send_dtmf(ret, &command, leg->digits);
}

static int look(struct vp_api_request *ret, const struct carrier_account *account,
	const struct carrier_leg *leg)
{
	struct vp_telnyx_account login;

	vp_telnyx_account_of(account->config, &login);
	return vp_telnyx_call_fetch(ret, &login, leg->external_id);
}

/* "2026-11-23T06:08:00Z", with or without a fraction; 0: it is none. */
static int64_t time_of(const char *text)
{
	struct tm tm = {0};

	return text && strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? (int64_t)timegm(&tm) * 1000000
								: 0;
}

/* It says whether the leg lives and how long it was, not whether it was answered. */
static bool seen(const json_t *json, struct provider_news *ret)
{
	const json_t *data = vp_telnyx_data(json);
	const json_t *alive = json_object_get(data, "is_alive");
	const json_int_t talk = json_integer_value(json_object_get(data, "call_duration"));

	*ret = (struct provider_news){.leg = PROVIDER_NOBODY, .talk_s = -1};
	if (!json_is_boolean(alive)) {
		return false;
	}
	ret->said = json_is_true(alive) ? PROVIDER_SAID_STARTED : PROVIDER_SAID_ENDED;
	ret->end = talk > 0 ? PROVIDER_END_COMPLETED : PROVIDER_END_NORMAL;
	if (ret->said == PROVIDER_SAID_ENDED) {
		ret->at_us = time_of(vp_telnyx_text(data, "end_time"));
		ret->talk_s = talk > 0 && talk < 1000000 ? (int)talk : -1;
	}
	return true;
}

const struct carrier_driver carrier_telnyx = {.name = "telnyx",
	.connection = "connection_id",
	.answer = vp_telnyx_answer,
	.client_sql = "select 'sip:' || sip_username || '@sip.telnyx.com' from "
		      "voip.telnyx_credentials where org_id = $1 and provider_id = $2"
		      " and user_id = $3",
	.dial = dial,
	.dialled = dialled,
	.hangup = hangup,
	.is_over = is_over,
	.accept = accept,
	.phone_holds = true,
	.dtmf = dtmf,
	.look = look,
	.seen = seen};
