/* The audio line of a call: what is offered, what was agreed, and where packets go. */
#include <errno.h>
#include <string.h>
#include "tools/demo-carrier/call_int.h"

enum { EVENT_TYPE = 101 };

static int add_format(struct call *call, const char *id, const char *name, const char *params)
{
	return sdp_format_add(NULL, call->media, false, id, name, PROMPT_RATE, 1, NULL, NULL, NULL,
		false, params ? "%s" : NULL, params);
}

static int add_formats(struct call *call)
{
	int err = 0;

	if (call->env->pcmu) {
		err = add_format(call, "0", "PCMU", NULL);
	}
	if (!err && call->env->pcma) {
		err = add_format(call, "8", "PCMA", NULL);
	}
	return err ? err : add_format(call, "101", "telephone-event", "0-15");
}

int call_sdp_create(struct call *call)
{
	struct voice_cfg cfg = {.address = &call->stack->address,
		.wav_path = call->wav,
		.sound = call->plan.sound,
		.tone_hz = call->plan.tone_hz,
		.speech = call->env->speech};
	int err = voice_create(&call->voice, &cfg);

	if (!err) {
		struct sa address = call->stack->address;
		sa_set_port(&address, 0);
		err = sdp_session_alloc(&call->sdp, &address);
	}
	if (!err) {
		err = sdp_media_add(&call->media, call->sdp, sdp_media_audio,
			voice_port(call->voice), sdp_proto_rtpavp);
	}
	if (!err) {
		err = add_formats(call);
	}
	if (!err) {
		err = sdp_media_set_lattr(call->media, true, "ptime", "%u", VOICE_TICK_MS);
	}
	return err;
}

/* The codec that the far side likes best among ours; -1: none. */
static int agreed_codec(const struct sdp_media *media)
{
	for (struct le *le = list_head(sdp_media_format_lst(media, false)); le; le = le->next) {
		const struct sdp_format *format = le->data;
		if (format->sup && (format->pt == 0 || format->pt == 8)) {
			return format->pt;
		}
	}
	return -1;
}

static int event_type(const struct sdp_media *media, bool local)
{
	const struct sdp_format *format =
		sdp_media_format(media, local, NULL, -1, "telephone-event", PROMPT_RATE, -1);

	return format && format->sup ? format->pt : -1;
}

static void note_hold(struct call *call, bool held)
{
	if (held && !call->held) {
		call->holds++;
	}
	call->held = held;
}

int call_sdp_read(struct call *call, struct mbuf *body)
{
	int err = sdp_decode(call->sdp, body, !call->offered);
	if (err) {
		return err;
	}
	call->offered = false;

	int codec = agreed_codec(call->media);
	if (codec < 0) {
		return ENOENT;
	}
	const struct sa *address = sdp_media_raddr(call->media);
	enum sdp_dir dir =
		sdp_media_rdir(call->media); /* seen from here: its sendonly is our recvonly */
	note_hold(call, !(dir & SDP_SENDONLY) || sa_is_any(address));

	struct voice_peer peer = {.address = address,
		.payload_type = codec,
		.event_type = event_type(call->media, false),
		.event_type_here = EVENT_TYPE,
		.send = sdp_media_dir(call->media) & SDP_SENDONLY};
	voice_set_peer(call->voice, &peer);
	return 0;
}

int call_sdp_write(struct call *call, bool offer, struct mbuf **ret)
{
	call->offered = offer;
	return sdp_encode(ret, call->sdp, offer);
}
