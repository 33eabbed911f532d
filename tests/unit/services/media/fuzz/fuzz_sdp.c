/* libFuzzer: any bytes as SDP, then agreement on it and our answer, which must be readable again */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/agree.h"
#include "services/call-controller/media/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer(const struct md_sdp *offer)
{
	static const enum md_codec ours[] = {MD_PCMU, MD_PCMA, MD_OPUS};
	static const uint8_t key[MD_SDES_KEY];
	const struct md_sdp_media *m = &offer->media[offer->audio];
	struct md_agreed agreed;
	struct md_sdp_format format;
	struct md_addr addr;
	struct md_sdp again;
	char text[8192], reason[MD_SDP_REASON_SIZE];
	if (!md_agree_on_offer(&agreed, m, ours, 3)) {
		return;
	}
	md_addr_parse(&addr, "192.0.2.1", 5000);
	struct md_sdp_out out = {.addr = &addr,
		.proto = m->proto,
		.avpf = m->avpf,
		.mid = m->mid,
		.bundle = offer->bundle,
		.ufrag = "abcdefgh",
		.pwd = "0123456789012345678901",
		.fingerprint = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
			       "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
		.crypto_key = m->has_crypto ? key : NULL,
		.crypto_tag = m->crypto_tag,
		.answer_to = offer};
	md_agree_formats(&agreed, &format, &out);
	vp_assert(md_sdp_write(&out, text, sizeof(text)));
	vp_assert(md_sdp_parse(&again, text, strlen(text), reason) == 0);
	vp_assert(again.n_media == offer->n_media);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct md_sdp sdp;
	char reason[MD_SDP_REASON_SIZE];
	if (md_sdp_parse(&sdp, (const char *)data, size, reason) == 0) {
		answer(&sdp);
	}
	return 0;
}
