#include "tools/bench/webhooks/carrier.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/telnyx/signature.h"
#include "libcommon/provider/twilio/signature.h"

#define FORM "application/x-www-form-urlencoded; charset=UTF-8"

static const char *const twilio_states[] = {"initiated", "ringing", "in-progress", "completed"};
static const char *const telnyx_states[] = {
	"call.initiated", "call.answered", "call.bridged", "call.hangup"};

void carrier_start(struct carrier *carrier)
{
	uint32_t random;
	vp_random(&random, sizeof(random));
	snprintf(carrier->run, sizeof(carrier->run), "%08" PRIx32, random);
}

static size_t twilio(const struct carrier *c, uint64_t call, unsigned seq, char *text)
{
	char body[2048], signature[VP_TWILIO_SIGNATURE_SIZE], url[512];
	int len = snprintf(body, sizeof(body),
		"AccountSid=%s&ApiVersion=2010-04-01&CallSid=CA%s%024" PRIx64
		"&CallStatus=%s&CallbackSource=call-progress-events&Called=%%2B49301%07" PRIu64
		"&CalledCity=&CalledCountry=DE&CalledState=&CalledZip=&Caller=%%2B14155550100"
		"&CallerCity=SAN+FRANCISCO&CallerCountry=US&CallerState=CA&CallerZip=94105"
		"&Direction=outbound-api&From=%%2B14155550100&FromCity=SAN+FRANCISCO&FromCountry=US"
		"&FromState=CA&FromZip=94105&SequenceNumber=%u"
		"&Timestamp=Mon%%2C+23+Nov+2026+00%%3A00%%3A00+%%2B0000&To=%%2B49301%07" PRIu64
		"&ToCity=&ToCountry=DE&ToState=&ToZip=&CallDuration=42&Duration=1",
		c->account_sid, c->run, call, twilio_states[seq % 4], call % 10000000, seq,
		call % 10000000);
	snprintf(url, sizeof(url), "%s%s", c->url, c->target);
	const struct vp_twilio_request request = {.url = url,
		.method = "POST",
		.content_type = FORM,
		.body = body,
		.len = (size_t)len};
	vp_assert(vp_twilio_sign(c->key, &request, signature) == 0);
	if (c->wrong) {
		signature[0] = signature[0] == 'A' ? 'B' : 'A';
	}
	return (size_t)snprintf(text, CARRIER_REQUEST_MAX,
		"POST %s HTTP/1.1\r\nHost: calls.example.com\r\nUser-Agent: TwilioProxy/1.1\r\n"
		"X-Forwarded-Proto: https\r\nContent-Type: " FORM "\r\nX-Twilio-Signature: %s\r\n"
		"I-Twilio-Idempotency-Token: 4d2ee8a1-5d8b-4d0d-%04x-%012" PRIx64 "\r\n"
		"Accept: */*\r\nContent-Length: %d\r\n\r\n%s",
		c->target, signature, seq, call, len, body);
}

static size_t telnyx(const struct carrier *c, uint64_t call, unsigned seq, char *text)
{
	char body[2048], signature[VP_TELNYX_SIGNATURE_SIZE], timestamp[24];
	int len = snprintf(body, sizeof(body),
		"{\"data\":{\"record_type\":\"event\",\"event_type\":\"%s\",\"id\":\"%s-%u-%"
		"016" PRIx64 "\",\"occurred_at\":\"2026-11-23T06:08:00.123456Z\",\"payload\":{"
		"\"call_control_id\":\"v3:%s%016" PRIx64
		"\",\"call_leg_id\":\"428c31b6-7af4-4bcb-b7f5-"
		"5013ef9657c1\",\"call_session_id\":\"%s-%016" PRIx64 "\",\"client_state\":null,"
		"\"connection_id\":\"7267xxxxxxxxxxxxxx\",\"from\":\"+14155550100\",\"to\":"
		"\"+49301%07" PRIu64 "\",\"direction\":\"outgoing\",\"state\":\"answered\","
		"\"start_time\":\"2026-11-23T06:07:59.123456Z\"}},\"meta\":{\"attempt\":1,"
		"\"delivered_to\":\"https://calls.example.com/voip/webhook/telnyx\"}}",
		telnyx_states[seq % 4], c->run, seq, call, c->run, call, c->run, call,
		call % 10000000);
	snprintf(timestamp, sizeof(timestamp), "%" PRId64, vp_time_us() / 1000000);
	vp_assert(vp_telnyx_sign(c->telnyx_seed, timestamp, body, (size_t)len, signature) == 0);
	return (size_t)snprintf(text, CARRIER_REQUEST_MAX,
		"POST %s HTTP/1.1\r\nHost: calls.example.com\r\nContent-Type: application/json\r\n"
		"telnyx-timestamp: %s\r\ntelnyx-signature-ed25519: %s\r\nContent-Length: "
		"%d\r\n\r\n%s",
		c->target, timestamp, signature, len, body);
}

size_t carrier_request(
	const struct carrier *carrier, uint64_t call, unsigned seq, char text[CARRIER_REQUEST_MAX])
{
	return carrier->key ? twilio(carrier, call, seq, text) : telnyx(carrier, call, seq, text);
}
