/* Twilio: every call is a conference, whose participants are its legs. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/provider.h"
#include "libcommon/provider/twilio/calls.h"
#include "libcommon/provider/twilio/conferences.h"
#include "services/call-controller/adapters/carrier.h"

#define URL_SIZE 1024
#define TO_SIZE (PROVIDER_ID_SIZE + VP_UUID_TEXT_SIZE + 16)
#define FOUND_MAX 20
#define CLOCKS_US 5000000 /* how far Twilio's clock and ours may be apart */

static bool client(struct vp_uuid user, char *buf, size_t size)
{
	char id[VP_UUID_TEXT_SIZE], bare[VP_UUID_TEXT_SIZE];
	size_t n = 0;

	/* an identity has letters, digits and _ only */
	vp_uuid_text(user, id);
	for (size_t i = 0; id[i]; i++) {
		if (id[i] != '-') {
			bare[n++] = id[i];
		}
	}
	bare[n] = '\0';
	return (size_t)snprintf(buf, size, "client:user_%s", bare) < size;
}

static bool callback(char url[URL_SIZE], const struct carrier_account *account, const char *kind,
	const char *call, enum provider_who leg)
{
	return account->webhook_url &&
	       snprintf(url, URL_SIZE, "%s/voip/webhook/p/%s/%s?call=%s&leg=%s",
		       account->webhook_url, account->provider, kind, call,
		       provider_who_name(leg)) < URL_SIZE;
}

/* The user's phone is told which call of ours it is rung for. */
static bool address(char to[TO_SIZE], const struct carrier_dial *dial)
{
	return dial->leg == PROVIDER_AGENT
		       ? snprintf(to, TO_SIZE, "%s?call_id=%s", dial->to, dial->call) < TO_SIZE
		       : vp_strcopy(to, TO_SIZE, dial->to);
}

static int dial(struct vp_api_request *ret, const struct carrier_account *account,
	const struct carrier_dial *dial)
{
	const bool agent = dial->leg == PROVIDER_AGENT;
	char to[TO_SIZE];
	char status[URL_SIZE], conference[URL_SIZE], recording[URL_SIZE];
	struct vp_twilio_account login;
	const struct vp_twilio_participant participant = {.to = to,
		.from = dial->from,
		.call_token = dial->token,
		.label = provider_who_name(dial->leg),
		.status_callback = status,
		.conference_status_callback = conference,
		.recording_callback = recording,
		.timeout_s = dial->ring_s,
		.time_limit_s = dial->time_limit_s,
		.no_beep = true,
		.start_on_enter = VP_TWILIO_YES,
		/* nobody stays behind with music when the agent has gone */
		.end_on_exit = agent ? VP_TWILIO_YES : VP_TWILIO_NO,
		.early_media = VP_TWILIO_YES,
		/* no music for an agent alone: he is about to hear it ring */
		.wait_url = agent ? "" : NULL,
		.record = dial->record};

	if (!address(to, dial) || !callback(status, account, "status", dial->call, dial->leg) ||
		!callback(conference, account, "conference", dial->call, dial->leg) ||
		!callback(recording, account, "recording", dial->call, dial->leg)) {
		return EINVAL;
	}
	vp_twilio_account_of(account->config, &login);
	return vp_twilio_participant_create(ret, &login, dial->room, &participant);
}

static bool copy(char *dst, size_t size, const json_t *json, const char *name)
{
	const char *text = vp_twilio_text(json, name);

	return text && text[0] && vp_strcopy(dst, size, text);
}

static bool dialled(const json_t *json, struct carrier_found *ret)
{
	*ret = (struct carrier_found){0};
	(void)copy(ret->room, sizeof(ret->room), json, "conference_sid");
	return copy(ret->external_id, sizeof(ret->external_id), json, "call_sid");
}

static int find(struct vp_api_request *ret, const struct carrier_account *account,
	const struct carrier_dial *dial)
{
	struct vp_twilio_account login;
	char to[TO_SIZE];
	/* no document says whether Twilio lists a client with the parameters that it was dialled
	 * with: both are looked for by turns */
	const struct vp_twilio_call_filter filter = {.to = dial->looked % 2 ? dial->to : to,
		.from = dial->from,
		.started_from_us = dial->sent_us - CLOCKS_US,
		.page_size = FOUND_MAX};

	if (!address(to, dial)) {
		return EINVAL;
	}
	vp_twilio_account_of(account->config, &login);
	return vp_twilio_call_list(ret, &login, &filter);
}

static bool is_callee(const struct carrier_dial *dial, const char *to)
{
	char with_call[TO_SIZE];

	return strcmp(to, dial->to) == 0 ||
	       (address(with_call, dial) && strcmp(to, with_call) == 0);
}

/* What ended already is a candidate, too: it rang, so it is not dialled again. */
static bool found(
	const json_t *json, const struct carrier_dial *dial, size_t i, struct carrier_found *ret)
{
	const json_t *entry = vp_twilio_list_at(json, "calls", i);
	struct vp_twilio_call call;

	*ret = (struct carrier_found){0};
	if (!entry) {
		return false;
	}
	/* one that is older, or another's, leaves the id empty */
	if (vp_twilio_call_read(entry, &call) && vp_twilio_is_sid(call.sid, "CA") && call.to &&
		is_callee(dial, call.to) &&
		(call.started_us == 0 || call.started_us >= dial->sent_us - CLOCKS_US)) {
		(void)vp_strcopy(ret->external_id, sizeof(ret->external_id), call.sid);
	}
	return true;
}

/* Said twice it is so once. */
static int harmless(int err, struct vp_api_request *request)
{
	if (!err) {
		request->repeatable = true;
	}
	return err;
}

static int hangup(struct vp_api_request *ret, const struct carrier_account *account,
	const struct carrier_leg *leg)
{
	static const struct vp_twilio_call_change end = {.status = "completed"};
	struct vp_twilio_account login;

	vp_twilio_account_of(account->config, &login);
	return harmless(vp_twilio_call_update(ret, &login, leg->external_id, &end), ret);
}

static bool is_over(const struct vp_api_result *result)
{
	return result->verdict == VP_API_OK || result->verdict == VP_API_NOT_FOUND ||
	       strcmp(result->code, "21220") == 0; /* it is not in progress any more */
}

static int hold(struct vp_api_request *ret, const struct carrier_account *account,
	const struct carrier_leg *leg)
{
	const struct vp_twilio_participant_change change = {
		.hold = leg->on ? VP_TWILIO_YES : VP_TWILIO_NO};
	struct vp_twilio_account login;

	vp_twilio_account_of(account->config, &login);
	return harmless(
		vp_twilio_participant_update(ret, &login, leg->room, leg->external_id, &change),
		ret);
}

static int look(struct vp_api_request *ret, const struct carrier_account *account,
	const struct carrier_leg *leg)
{
	struct vp_twilio_account login;

	vp_twilio_account_of(account->config, &login);
	return vp_twilio_call_fetch(ret, &login, leg->external_id);
}

static bool seen(const json_t *json, struct provider_news *ret)
{
	struct vp_twilio_call call;

	*ret = (struct provider_news){.leg = PROVIDER_NOBODY, .talk_s = -1};
	if (!vp_twilio_call_read(json, &call) || !call.status ||
		!provider_news_twilio_status(call.status, ret)) {
		return false;
	}
	(void)vp_strcopy(ret->external_id, sizeof(ret->external_id), call.sid);
	if (ret->said == PROVIDER_SAID_ENDED) {
		ret->at_us = call.ended_us;
		ret->talk_s = call.duration_s;
	}
	return true;
}

const struct carrier_driver carrier_twilio = {.name = "twilio",
	.answer = vp_twilio_answer,
	.client = client,
	.dial = dial,
	.dialled = dialled,
	.find = find,
	.found = found,
	.hangup = hangup,
	.is_over = is_over,
	.hold = hold,
	.look = look,
	.seen = seen};

const struct carrier_driver *carrier_driver_find(const char *name)
{
	static const struct carrier_driver *const drivers[] = {&carrier_twilio, &carrier_telnyx};

	for (size_t i = 0; i < VP_ARRAY_LEN(drivers); i++) {
		if (strcmp(drivers[i]->name, name) == 0) {
			return drivers[i];
		}
	}
	return NULL;
}
