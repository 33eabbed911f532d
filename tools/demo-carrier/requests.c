#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "tools/demo-carrier/call.h"
#include "tools/demo-carrier/carrier.h"
#include "tools/demo-carrier/requests.h"

enum { ANSWER_TIMEOUT_S = 30, SECONDS_MAX = 3600, TONE_HZ_MAX = 3800 };

void request_fail(struct request *request, int status, const char *error, const char *message)
{
	json_decref(request->reply);
	request->status = status;
	request->reply = json_pack("{s:s, s:s}", "error", error, "message", message);
}

static void succeed(struct request *request, json_t *reply)
{
	request->status = 200;
	request->reply = reply;
}

int request_read(struct request *request, const char *body, size_t len)
{
	if (len == 0) {
		return 0;
	}
	request->body = json_loadb(body, len, 0, NULL);
	if (!json_is_object(request->body)) {
		request_fail(request, 400, "bad_json", "the body is no JSON object");
		return EINVAL;
	}
	return 0;
}

static const char *text_of(const struct request *request, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(request->body, key));

	return text ? text : otherwise;
}

/* False when the field is there and is no number of 0..max. */
static bool number_of(
	const struct request *request, const char *key, json_int_t max, json_int_t *value)
{
	json_t *field = json_object_get(request->body, key);

	if (field) {
		*value = (json_int_t)json_number_value(field);
	}
	return !field || (json_is_number(field) && *value >= 0 && *value <= max);
}

static bool sound_of(const struct request *request, struct plan *plan)
{
	static const char *const words[] = {"silence", "tone", "speech", "echo"};
	const char *word = text_of(request, "play", "tone");

	for (unsigned i = 0; i < VP_ARRAY_LEN(words); i++) {
		if (strcmp(words[i], word) == 0) {
			plan->sound = (enum sound)i;
			return true;
		}
	}
	return false;
}

static bool read_ring(const struct request *request, const struct request_defaults *defaults,
	struct carrier_ring *ring)
{
	json_int_t tone = 600, timeout = ANSWER_TIMEOUT_S, hangup = 0, target = -1;
	bool fine = number_of(request, "tone", TONE_HZ_MAX, &tone) &&
		    number_of(request, "answer_timeout", SECONDS_MAX, &timeout) &&
		    number_of(request, "hangup_after", SECONDS_MAX, &hangup) &&
		    number_of(request, "target", TARGETS_MAX, &target) &&
		    sound_of(request, &ring->plan);

	ring->did = text_of(request, "did", defaults->did);
	ring->from = text_of(request, "from", defaults->caller);
	ring->registered = json_is_true(json_object_get(request->body, "registered"));
	ring->target = (int)target;
	ring->answer_timeout_s = timeout > 0 ? (unsigned)timeout : ANSWER_TIMEOUT_S;
	ring->plan.tone_hz = (uint32_t)tone;
	ring->plan.hangup_ms = (uint32_t)hangup * 1000;
	return fine;
}

/* Goes into a SIP URI as it is. */
static bool is_user_part(const char *text)
{
	return *text &&
	       strspn(text,
		       "+0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*#.-_") ==
		       strlen(text);
}

static void do_ring(
	struct request *request, struct carrier *carrier, const struct request_defaults *defaults)
{
	struct carrier_ring ring = {0};
	struct call *call;

	if (!read_ring(request, defaults, &ring) || !is_user_part(ring.did) ||
		!is_user_part(ring.from)) {
		request_fail(request, 400, "bad_request",
			"did and from are numbers, tone is up to 3800 Hz, play is silence, tone, "
			"speech or "
			"echo, answer_timeout and hangup_after are seconds");
		return;
	}
	switch (carrier_ring(carrier, &ring, &call)) {
	case 0: succeed(request, call_report(call)); break;
	case EDESTADDRREQ:
		request_fail(request, 409, "no_target",
			"there is no such --target, or nobody is registered");
		break;
	case EAGAIN: request_fail(request, 503, "too_many_calls", "too many calls are live"); break;
	default: request_fail(request, 500, "failed", "the call could not be started"); break;
	}
}

static void do_digits(struct request *request, struct call *call)
{
	switch (call_send_digits(call, text_of(request, "digits", ""))) {
	case 0: succeed(request, call_report(call)); break;
	case ENOTSUP:
		request_fail(request, 409, "no_events", "the far side takes no telephone-event");
		break;
	case ENOTCONN:
		request_fail(request, 409, "not_answered", "the call has no audio now");
		break;
	default:
		request_fail(
			request, 400, "bad_digits", "digits are 0-9 * # A-D, at most 32 waiting");
		break;
	}
}

static void do_audio(struct request *request, struct call *call)
{
	call_flush(call);
	if (access(call_wav(call), R_OK) != 0) {
		request_fail(request, 404, "no_audio", "nothing was heard in this call");
		return;
	}
	request->status = 200;
	vp_strcopy(request->file, sizeof(request->file), call_wav(call));
}

static void run_on_call(struct request *request, struct call *call)
{
	if (!call) {
		request_fail(request, 404, "no_call", "there is no call with this id");
		return;
	}
	switch (request->kind) {
	case REQUEST_HANGUP:
		call_hangup(call);
		succeed(request, call_report(call));
		break;
	case REQUEST_DIGITS: do_digits(request, call); break;
	case REQUEST_AUDIO: do_audio(request, call); break;
	default: succeed(request, call_report(call)); break;
	}
}

void request_run(
	struct request *request, struct carrier *carrier, const struct request_defaults *defaults)
{
	switch (request->kind) {
	case REQUEST_STATE: succeed(request, carrier_state(carrier)); break;
	case REQUEST_CALLS: succeed(request, carrier_calls(carrier)); break;
	case REQUEST_RING: do_ring(request, carrier, defaults); break;
	default: run_on_call(request, carrier_find(carrier, (unsigned)request->id)); break;
	}
}

void request_free(struct request *request)
{
	json_decref(request->body);
	json_decref(request->reply);
}
