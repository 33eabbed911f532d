#include <stddef.h>
#include <string.h>
#include "services/call-controller/domain/sip_status.h"

struct sip_outcome sip_outcome_of(unsigned status, bool progressed)
{
	switch (status) {
	case SIP_NO_RESPONSE:
		return (struct sip_outcome){CALL_EV_TRUNK_FAILED, "trunk_down", !progressed};
	case SIP_WRONG_PASSWORD:
		return (struct sip_outcome){CALL_EV_TRUNK_FAILED, "provider_refused", false};
	case 408:
		if (progressed) {
			return (struct sip_outcome){CALL_EV_TRUNK_NO_ANSWER, "no_answer", false};
		}
		return (struct sip_outcome){CALL_EV_TRUNK_NO_ANSWER, "no_answer", true};
	case 480:
	case 487: return (struct sip_outcome){CALL_EV_TRUNK_NO_ANSWER, "no_answer", false};
	case 486:
	case 600: return (struct sip_outcome){CALL_EV_TRUNK_BUSY, "busy", false};
	case 603: return (struct sip_outcome){CALL_EV_TRUNK_BUSY, "declined", false};
	case 404:
	case 410:
	case 484:
	case 604: return (struct sip_outcome){CALL_EV_TRUNK_FAILED, "invalid_number", false};
	case 401:
	case 402:
	case 403:
	case 407: return (struct sip_outcome){CALL_EV_TRUNK_FAILED, "provider_refused", false};
	case 415:
	case 488:
	case 606: return (struct sip_outcome){CALL_EV_TRUNK_FAILED, "media", false};
	case 500:
	case 503:
	case 504: return (struct sip_outcome){CALL_EV_TRUNK_FAILED, "trunk_down", !progressed};
	default: break;
	}
	if (status >= 300 && status < 400) {
		return (struct sip_outcome){CALL_EV_TRUNK_FAILED, "redirected", false};
	}
	if (status >= 500 && status < 600) {
		return (struct sip_outcome){CALL_EV_TRUNK_FAILED, "trunk_down", false};
	}
	return (struct sip_outcome){CALL_EV_TRUNK_FAILED, "rejected", false};
}

struct sip_outcome sip_end_of(unsigned status, bool progressed, bool answered)
{
	if (status == SIP_HUNG_UP) {
		return (struct sip_outcome){CALL_EV_TRUNK_HANGUP, NULL, false};
	}
	if (status == SIP_GONE || answered) {
		return (struct sip_outcome){CALL_EV_TRUNK_GONE, NULL, false};
	}
	return sip_outcome_of(status, progressed);
}

struct sip_refusal sip_refusal_of(enum call_state ended, const char *cause)
{
	static const struct {
		const char *cause;
		struct sip_refusal refusal;
	} by_cause[] = {
		{"no_route", {404, "Not Found"}},
		{"no_user", {404, "Not Found"}},
		{"invalid_number", {404, "Not Found"}},
		{"destination_forbidden", {403, "Forbidden"}},
		{"media", {488, "Not Acceptable Here"}},
		{"shutdown", {503, "Service Unavailable"}},
		{"too_many_calls", {503, "Service Unavailable"}},
		{"unavailable", {503, "Service Unavailable"}},
		{"media_lost", {503, "Service Unavailable"}},
	};

	for (size_t i = 0; i < sizeof(by_cause) / sizeof(by_cause[0]); i++) {
		if (strcmp(cause, by_cause[i].cause) == 0) {
			return by_cause[i].refusal;
		}
	}
	if (ended == CALL_BUSY) {
		return (struct sip_refusal){486, "Busy Here"};
	}
	if (ended == CALL_FAILED) {
		return (struct sip_refusal){500, "Server Internal Error"};
	}
	return (struct sip_refusal){480, "Temporarily Unavailable"};
}

const char *call_cause_text(const char *cause)
{
	static const char *const texts[][2] = {
		{"agent_no_answer", "None of your browser tabs took the call."},
		{"browser_lost", "The connection to your browser was lost."},
		{"busy", "The number is busy."},
		{"caller_hung_up", "The caller hung up before the call was answered."},
		{"canceled", "The call was cancelled before it was answered."},
		{"declined", "The call was declined."},
		{"hangup", ""},
		{"invalid_number", "This number does not exist or is not complete."},
		{"media", "The other side does not support our audio. Check the trunk's codecs and "
			  "encryption."},
		{"media_lost", "The audio service stopped. Please call again."},
		{"no_answer", "Nobody answered."},
		{"no_route", "There is no route for this call. Check numbers and routes."},
		{"nobody_available", "Nobody was signed in to take the call."},
		{"node_lost", "The service that held the call stopped. Please call again."},
		{"no_webhook_url", "VOIP_WEBHOOK_URL is not set, and without it a provider cannot "
				   "tell how the call goes. Ask who runs this installation."},
		{"other_phone", "This call's audio is in the provider's phone of the tab that took "
				"it, and cannot move. It can be ended here."},
		{"provider_down", "The provider does not answer. Try again in a moment; "
				  "administrators can test it: Settings > VoIP > Providers."},
		{"provider_refused", "The provider refused the call. Check the trunk's user name, "
				     "password and allowed numbers."},
		{"redirected", "The provider sent the call elsewhere, which is not followed. Check "
			       "the trunk's server with the provider."},
		{"rejected", "The provider rejected the call. Check the number; administrators can "
			     "test the provider: Settings > VoIP > Providers."},
		{"shutdown", "The service was stopped. Please call again."},
		{"too_long", "The call reached the longest time allowed."},
		{"trunk_down",
			"The trunk does not answer. Check its host and network, or try again "
			"later."},
		{"trunk_lost", "The connection to the provider was lost. Please call again."},
		{"unavailable", "A part of the telephone service is starting or away. Try again in "
				"a moment."},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(cause, texts[i][0]) == 0) {
			return texts[i][1];
		}
	}
	return "The call could not be made. Try again; administrators can test the provider: "
	       "Settings > VoIP > Providers.";
}
