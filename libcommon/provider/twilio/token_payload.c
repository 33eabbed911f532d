/* Written by hand, in the order of Twilio's own library: a token costs two microseconds, most of
 * them HMAC. */
#include <stdio.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/token_int.h"

/* A text of known room: what does not fit is not written, and full says so. */
struct writer {
	char *at, *end;
	bool full;
};

static void put(struct writer *w, const char *text, size_t len)
{
	if (len > (size_t)(w->end - w->at)) {
		w->full = true;
		return;
	}
	memcpy(w->at, text, len);
	w->at += len;
}

static void put_text(struct writer *w, const char *text)
{
	put(w, text, strlen(text));
}

static void put_number(struct writer *w, int64_t value)
{
	char buf[24], *at = buf + sizeof(buf);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (value < 0) {
		*--at = '-';
	}
	put(w, at, (size_t)(buf + sizeof(buf) - at));
}

static void put_escaped(struct writer *w, unsigned char c)
{
	static const char names[] = "b\bf\fn\nr\rt\t\"\"\\\\";
	char buf[8];

	for (const char *name = names; *name; name += 2) {
		if ((unsigned char)name[1] == c) {
			put(w, (const char[]){'\\', name[0]}, 2);
			return;
		}
	}
	snprintf(buf, sizeof(buf), "\\u%04x", c);
	put(w, buf, 6);
}

/* As JSON.stringify: quotes, backslashes and control characters; UTF-8 stays. */
static void put_string(struct writer *w, const char *text)
{
	put(w, "\"", 1);
	while (*text) {
		size_t plain = 0;

		while ((unsigned char)text[plain] >= 0x20 && text[plain] != '"' &&
			text[plain] != '\\') {
			plain++;
		}
		put(w, text, plain);
		text += plain;
		if (*text) {
			put_escaped(w, (unsigned char)*text++);
		}
	}
	put(w, "\"", 1);
}

static void put_outgoing(struct writer *w, const struct vp_twilio_token *token, const char *params)
{
	put_text(w, "\"outgoing\":{\"application_sid\":\"");
	put_text(w, token->application_sid);
	put_text(w, "\"");
	if (params) {
		put_text(w, ",\"params\":");
		put_text(w, params);
	}
	put_text(w, "}");
}

static void put_voice(struct writer *w, const struct vp_twilio_token *token, const char *params)
{
	const char *comma = "";

	put_text(w, "\"voice\":{");
	if (token->incoming) {
		put_text(w, "\"incoming\":{\"allow\":true}");
		comma = ",";
	}
	if (token->application_sid) {
		put_text(w, comma);
		put_outgoing(w, token, params);
		comma = ",";
	}
	if (token->push_credential_sid) {
		put_text(w, comma);
		put_text(w, "\"push_credential_sid\":\"");
		put_text(w, token->push_credential_sid);
		put_text(w, "\"");
		comma = ",";
	}
	if (token->endpoint_id) {
		put_text(w, comma);
		put_text(w, "\"endpoint_id\":");
		put_string(w, token->endpoint_id);
	}
	put_text(w, "}");
}

static void put_payload(struct writer *w, const char *account_sid, const char *api_key_sid,
	const struct vp_twilio_token *token, const char *params)
{
	put_text(w, "{\"jti\":\"");
	put_text(w, api_key_sid);
	put_text(w, "-");
	put_number(w, token->now_s);
	put_text(w, "\",\"grants\":{\"identity\":");
	put_string(w, token->identity);
	put_text(w, ",");
	put_voice(w, token, params);
	put_text(w, "},");
	if (token->nbf_s != 0) {
		put_text(w, "\"nbf\":");
		put_number(w, token->nbf_s);
		put_text(w, ",");
	}
	put_text(w, "\"iat\":");
	put_number(w, token->now_s);
	put_text(w, ",\"exp\":");
	put_number(w, token->now_s + token->ttl_s);
	put_text(w, ",\"iss\":\"");
	put_text(w, api_key_sid);
	put_text(w, "\",\"sub\":\"");
	put_text(w, account_sid);
	put_text(w, "\"}");
}

size_t vp_twilio_token_payload(char buf[VP_TWILIO_PAYLOAD_SIZE], const char *account_sid,
	const char *api_key_sid, const struct vp_twilio_token *token, const char *params)
{
	struct writer writer = {buf, buf + VP_TWILIO_PAYLOAD_SIZE, false};

	put_payload(&writer, account_sid, api_key_sid, token, params);
	vp_assert(!writer.full); /* the limits of the parts see to it */
	return (size_t)(writer.at - buf);
}
