/* What both SRTP backends share. */
#include "services/call-controller/media/srtp.h"

size_t md_srtp_key_len(enum md_srtp_suite suite)
{
	return suite == MD_SRTP_NONE ? 0 : 16 + md_srtp_salt_len(suite);
}

size_t md_srtp_salt_len(enum md_srtp_suite suite)
{
	return suite == MD_SRTP_GCM_128 ? 12 : 14;
}

const char *md_srtp_name(enum md_srtp_suite suite)
{
	switch (suite) {
	case MD_SRTP_CM_128_SHA1_80: return "AES_CM_128_HMAC_SHA1_80";
	case MD_SRTP_GCM_128: return "AEAD_AES_128_GCM";
	case MD_SRTP_NONE: break;
	}
	return "";
}

bool md_srtcp_is_encrypted(enum md_srtp_suite suite, const uint8_t *p, size_t len)
{
	/* the E bit and index stand before the HMAC tag, but last under GCM (RFC 7714, 9.2) */
	size_t from_end = suite == MD_SRTP_GCM_128 ? 4 : 14;
	size_t least = 8 + from_end + (suite == MD_SRTP_GCM_128 ? 16 : 0);
	return len >= least && p[len - from_end] & 0x80;
}
