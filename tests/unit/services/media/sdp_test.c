/* SDP from strangers, and ours. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <criterion/criterion.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/agree.h"
#include "services/call-controller/media/sdp.h"

static const char chrome[] =
	"v=0\r\no=- 46117 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n"
	"a=extmap-allow-mixed\r\na=msid-semantic: WMS x\r\n"
	"m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\n"
	"a=rtcp:9 IN IP4 0.0.0.0\r\na=ice-ufrag:aB3/\r\na=ice-pwd:0123456789012345678901+/\r\n"
	"a=ice-options:trickle\r\na=fingerprint:sha-256 "
	"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:"
	"ee:ff"
	"\r\na=setup:actpass\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
	"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
	"a=rtpmap:63 red/48000/2\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n"
	"a=rtpmap:8 PCMA/8000\r\na=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\n"
	"a=rtpmap:126 telephone-event/8000\r\n"
	"a=candidate:1 1 udp 2122 0f3a.local 51234 typ host\r\n"
	"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\n";

static const char trunk[] =
	"v=0\r\no=x 1 1 IN IP4 192.0.2.1\r\ns=call\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
	"m=audio 40000 RTP/AVP 8 0 18 101\r\na=rtpmap:18 G729/8000\r\n"
	"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\n";

static int parse(struct md_sdp *sdp, const char *text)
{
	char reason[MD_SDP_REASON_SIZE];
	return md_sdp_parse(sdp, text, strlen(text), reason);
}

Test(sdp, a_browsers_offer_is_understood)
{
	struct md_sdp sdp;
	cr_assert_eq(parse(&sdp, chrome), 0);
	const struct md_sdp_media *m = &sdp.media[sdp.audio];
	cr_assert_eq(sdp.n_media, 2);
	cr_assert(sdp.bundle && m->rtcp_mux && m->avpf && m->has_fingerprint);
	cr_assert_eq(m->proto, MD_PROTO_DTLS);
	cr_assert_eq(m->setup, MD_SETUP_ACTPASS);
	cr_assert_str_eq(m->ufrag, "aB3/");
	cr_assert_str_eq(m->mid, "0");
	cr_assert_eq(m->fingerprint[10], 0xaa);
	cr_assert_eq(m->fingerprint[31], 0xff);
	cr_assert_eq(m->n_formats, 3);
	cr_assert_eq(m->formats[0].codec, MD_OPUS);
	cr_assert_eq(m->formats[0].pt, 111);
	cr_assert_eq(m->formats[1].codec, MD_PCMU);
	cr_assert_eq(m->te_pt_8000, 126);
	cr_assert_eq(m->te_pt_48000, 110);
}

Test(sdp, a_trunks_offer_is_understood)
{
	struct md_sdp sdp;
	char ip[MD_ADDR_TEXT_SIZE];
	cr_assert_eq(parse(&sdp, trunk), 0);
	const struct md_sdp_media *m = &sdp.media[0];
	md_addr_text(&m->rtp, ip);
	cr_assert_str_eq(ip, "192.0.2.7");
	cr_assert_eq(md_addr_port(&m->rtp), 40000);
	cr_assert_eq(md_addr_port(&m->rtcp), 40001);
	cr_assert_eq(m->n_formats, 2);
	cr_assert_eq(m->formats[0].codec, MD_PCMA, "static types need no rtpmap");
	cr_assert_eq(m->te_pt_8000, 101);
	cr_assert_eq(m->te_pt_48000, MD_PT_NONE);
	cr_assert_eq(m->dir, MD_SENDRECV);
}

/* Puts one more line at the end of the trunk's offer. */
static int with_line(struct md_sdp *sdp, const char *line)
{
	char text[2048];
	snprintf(text, sizeof(text), "%s%s\r\n", trunk, line);
	return parse(sdp, text);
}

Test(sdp, attributes_of_a_trunk)
{
	struct md_sdp sdp;
	char ip[MD_ADDR_TEXT_SIZE];
	cr_assert_eq(with_line(&sdp, "a=sendonly"), 0);
	cr_assert_eq(sdp.media[0].dir, MD_SENDONLY);
	cr_assert_eq(with_line(&sdp, "a=rtcp:53020"), 0);
	cr_assert_eq(md_addr_port(&sdp.media[0].rtcp), 53020);
	cr_assert_eq(with_line(&sdp, "a=rtcp:53020 IN IP4 192.0.2.9"), 0);
	md_addr_text(&sdp.media[0].rtcp, ip);
	cr_assert_str_eq(ip, "192.0.2.9");
	cr_assert_eq(with_line(&sdp, "c=IN IP6 2001:db8::1"), 0);
	md_addr_text(&sdp.media[0].rtp, ip);
	cr_assert_str_eq(ip, "2001:db8::1");
	cr_assert_eq(md_addr_port(&sdp.media[0].rtp), 40000);
	cr_assert_eq(with_line(&sdp, "c=IN IP4 host.example"), 0);
	cr_assert_eq(sdp.media[0].rtp.len, 0, "no DNS for a peer");
}

Test(sdp, session_values_fill_gaps_and_media_values_win)
{
	struct md_sdp sdp;
	cr_assert_eq(parse(&sdp, "v=0\r\na=inactive\r\na=setup:active\r\nc=IN IP4 192.0.2.1\r\n"
				 "m=audio 4 RTP/AVP 0\r\nm=audio 6 RTP/AVP 0\r\na=sendrecv\r\n"),
		0);
	cr_assert_eq(sdp.media[0].dir, MD_INACTIVE);
	cr_assert_eq(sdp.media[0].setup, MD_SETUP_ACTIVE);
	cr_assert_eq(sdp.media[1].dir, MD_SENDRECV);
}

Test(sdp, a_refused_audio_line_is_passed_over)
{
	struct md_sdp sdp;
	cr_assert_eq(
		parse(&sdp, "v=0\nc=IN IP4 192.0.2.1\nm=audio 0 RTP/AVP 0\nm=audio 8 RTP/AVP 8\n"),
		0);
	cr_assert_eq(sdp.audio, 1);
}

Test(sdp, sdes_takes_the_first_line_that_fits)
{
	struct md_sdp sdp;
	char text[2048];
	static const char head[] = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4 RTP/SAVP 0\r\n"
				   "a=crypto:1 AES_CM_256_HMAC_SHA1_80 inline:x\r\n"
				   "a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:"
				   "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4\r\n"
				   "a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:"
				   "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj UNENCRYPTED_SRTP\r\n"
				   "a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"
				   "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^31\r\n";
	cr_assert_eq(parse(&sdp, head), 0);
	cr_assert(sdp.media[0].has_crypto);
	cr_assert_eq(sdp.media[0].crypto_tag, 4, "neither MKI nor session parameters");
	cr_assert_eq(sdp.media[0].crypto_key[0], 'w');
	snprintf(text, sizeof(text), "%sa=crypto:9 AES_CM_128_HMAC_SHA1_80 inline:tooshort\r\n",
		head);
	cr_assert_eq(parse(&sdp, text), 0, "the one before was good");
	cr_assert_eq(parse(&sdp, "v=0\r\nm=audio 4 RTP/SAVP 0\r\n"
				 "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:tooshort\r\n"),
		EBADMSG);
}

Test(sdp, what_is_wrong_is_refused)
{
	static const char *const bad[] = {
		"",
		"v=1\r\n",
		"v=0\r\n",
		"hello",
		"v=0\r\nm=audio\r\n",
		"v=0\r\nm=audio 4\r\n",
		"v=0\r\nm=audio 4 RTP/AVP\r\n",
		"v=0\r\nm=audio x RTP/AVP 0\r\n",
		"v=0\r\nm=audio 65536 RTP/AVP 0\r\n",
		"v=0\r\nm=audio -4 RTP/AVP 0\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 128\r\n",
		"v=0\r\nm=audio 4 RTP/AVP zero\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\nc=IN IP4\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\nc=XX IP4 1.2.3.4\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\nc=IN IP4 1.2.3.4;rm\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\nA=x\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\nax\r\n",
		"v=0\r\n\r\nm=audio 4 RTP/AVP 0\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=rtpmap:0\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=rtpmap:999 X/1\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=rtpmap:0 PCMU\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=rtcp:x\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=ice-ufrag:ab\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=ice-pwd:short\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=ice-ufrag:a b c d\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=setup:maybe\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=mid:a b\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=fingerprint:sha-256 AB\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\nv=0\r\n",
		"v=0\r\nm=audio 4 RTP/AVP 0\r\na=x\001y\r\n",
		"v=0\r\nm=video 4 RTP/AVP 0\r\n",
		"v=0\r\nm=audio 0 RTP/AVP 0\r\n",
		"v=0\r\nm=audio 4 TCP/MRCP 0\r\n",
		"v=0\r\nm=video 4 X/Y <script>\r\nm=audio 4 RTP/AVP 0\r\n",
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		struct md_sdp sdp;
		char reason[MD_SDP_REASON_SIZE] = "";
		cr_assert_eq(md_sdp_parse(&sdp, bad[i], strlen(bad[i]), reason), EBADMSG,
			"case %zu: %s", i, bad[i]);
		cr_assert_str_neq(reason, "", "case %zu", i);
	}
}

Test(sdp, limits_hold)
{
	struct md_sdp sdp;
	char reason[MD_SDP_REASON_SIZE], *big = malloc(MD_SDP_MAX_BYTES + 1), *at = big;
	const char *end = big + MD_SDP_MAX_BYTES + 1;
	memset(big, 'a', MD_SDP_MAX_BYTES + 1);
	cr_assert_eq(md_sdp_parse(&sdp, big, MD_SDP_MAX_BYTES + 1, reason), EBADMSG);
	at += snprintf(at, (size_t)(end - at), "v=0\r\n");
	for (int i = 0; i < MD_SDP_MAX_LINES; i++) {
		at += snprintf(at, (size_t)(end - at), "a=x\r\n");
	}
	snprintf(at, (size_t)(end - at), "m=audio 4 RTP/AVP 0\r\n");
	cr_assert_eq(md_sdp_parse(&sdp, big, strlen(big), reason), EBADMSG, "too many lines");
	at = big + snprintf(big, MD_SDP_MAX_BYTES + 1, "v=0\r\n");
	for (int i = 0; i <= MD_SDP_MAX_MEDIA; i++) {
		at += snprintf(at, (size_t)(end - at), "m=audio 4 RTP/AVP 0\r\n");
	}
	cr_assert_eq(md_sdp_parse(&sdp, big, strlen(big), reason), EBADMSG, "too many streams");
	at = big + snprintf(big, MD_SDP_MAX_BYTES + 1, "v=0\r\nm=audio 4 RTP/AVP");
	for (int i = 0; i < 500; i++) {
		at += snprintf(at, (size_t)(end - at), " %d", i % 128);
	}
	cr_assert_eq(md_sdp_parse(&sdp, big, strlen(big), reason), 0, "many formats are no harm");
	cr_assert_leq(sdp.media[0].n_formats, MD_SDP_MAX_CODECS);
	free(big);
}

Test(sdp, every_cut_of_a_good_one_is_read_without_harm)
{
	size_t taken = 0;
	for (size_t n = 0; n < sizeof(chrome); n++) {
		struct md_sdp sdp;
		char reason[MD_SDP_REASON_SIZE], *exact = malloc(n + 1);
		memcpy(exact, chrome, n);
		taken += md_sdp_parse(&sdp, exact, n, reason) == 0;
		free(exact);
	}
	cr_assert_gt(taken, 0);
	cr_assert_lt(taken, sizeof(chrome));
}

Test(sdp, what_we_write_is_what_we_read)
{
	struct md_sdp offer, sdp;
	struct md_addr addr;
	struct md_sdp_format format = {MD_PCMU, 0};
	char text[4096];
	cr_assert_eq(parse(&offer, chrome), 0);
	cr_assert(md_addr_parse(&addr, "2001:db8::7", 5000));
	struct md_sdp_out out = {.id = 1,
		.version = 2,
		.addr = &addr,
		.proto = MD_PROTO_DTLS,
		.avpf = true,
		.dir = MD_RECVONLY,
		.formats = &format,
		.n_formats = 1,
		.te_pt_8000 = 126,
		.te_pt_48000 = MD_PT_NONE,
		.mid = "0",
		.bundle = true,
		.ufrag = "abcd1234",
		.pwd = "0123456789012345678901",
		.answer_to = &offer,
		.fingerprint = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
			       "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"};
	cr_assert(md_sdp_write(&out, text, sizeof(text)));
	cr_assert_eq(parse(&sdp, text), 0, "%s", text);
	cr_assert_eq(sdp.n_media, 2, "as many streams as the offer");
	cr_assert_eq(md_addr_port(&sdp.media[1].rtp), 0, "the other is refused");
	cr_assert_str_eq(sdp.media[1].mid, "1");
	cr_assert_str_eq(sdp.media[0].ufrag, "abcd1234");
	cr_assert_eq(sdp.media[0].dir, MD_RECVONLY);
	cr_assert_eq(sdp.media[0].setup, MD_SETUP_PASSIVE);
	cr_assert(md_addr_equal(&sdp.media[0].rtp, &addr));
	for (size_t size = 1; size < strlen(text); size += 7) {
		char *small = malloc(size);
		cr_assert_not(md_sdp_write(&out, small, size), "%zu bytes are too few", size);
		free(small);
	}
}

Test(sdp, agreement_takes_our_order_and_their_numbers)
{
	struct md_sdp sdp;
	struct md_agreed a;
	cr_assert_eq(parse(&sdp, chrome), 0);
	enum md_codec ours[] = {MD_PCMA, MD_OPUS};
	cr_assert(md_agree_on_offer(&a, &sdp.media[0], ours, 2));
	cr_assert_eq(a.codec, MD_PCMA);
	cr_assert_eq(a.te_tx, 126);
	cr_assert_eq(a.pt_rx[MD_PCMU], MD_PT_NONE);
	ours[0] = MD_OPUS;
	cr_assert(md_agree_on_offer(&a, &sdp.media[0], ours, 1));
	cr_assert_eq(a.pt_tx, 111);
	cr_assert_eq(a.te_tx, 110);
	cr_assert_eq(a.te_rate, 48000);
	cr_assert_not(md_agree_on_offer(&a, &sdp.media[0], ours, 0));
}

Test(sdp, types_that_look_like_rtcp_are_not_agreed_on_a_shared_port)
{
	struct md_sdp sdp;
	cr_assert_eq(parse(&sdp, "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 72 0\r\n"
				 "a=rtpmap:72 PCMA/8000\r\na=rtcp-mux\r\n"),
		0);
	cr_assert_eq(sdp.media[0].n_formats, 1);
	cr_assert_eq(sdp.media[0].formats[0].codec, MD_PCMU);
}
