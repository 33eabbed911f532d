/* SRTP backend on libsrtp2. It authenticates before it changes state, so this only translates. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <srtp2/srtp.h>
#include "services/call-controller/media/srtp.h"

#define REPLAY_WINDOW 1024

struct md_srtp {
	enum md_srtp_suite suite;
	srtp_t session;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_library(void)
{
	srtp_init();
}

static int translate(srtp_err_status_t status)
{
	switch (status) {
	case srtp_err_status_ok: return 0;
	case srtp_err_status_auth_fail: return EACCES;
	case srtp_err_status_replay_fail:
	case srtp_err_status_replay_old: return EALREADY;
	case srtp_err_status_alloc_fail: return ENOMEM;
	default: return EBADMSG;
	}
}

static void set_policy(srtp_policy_t *policy, enum md_srtp_suite suite)
{
	if (suite == MD_SRTP_GCM_128) {
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
	} else {
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
		srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
	}
}

int md_srtp_create(struct md_srtp **ret, enum md_srtp_suite suite, const uint8_t *key, bool sender)
{
	if (suite == MD_SRTP_NONE) {
		return EINVAL;
	}
	pthread_once(&once, init_library);
	struct md_srtp *s = calloc(1, sizeof(*s));
	if (!s) {
		return ENOMEM;
	}
	uint8_t copy[MD_SRTP_KEY_MAX];
	memcpy(copy, key, md_srtp_key_len(suite));
	srtp_policy_t policy = {
		.ssrc.type = sender ? ssrc_any_outbound : ssrc_any_inbound,
		.key = copy,
		.window_size = REPLAY_WINDOW,
	};
	set_policy(&policy, suite);
	s->suite = suite;
	int err = translate(srtp_create(&s->session, &policy));
	explicit_bzero(copy, sizeof(copy));
	if (err) {
		free(s);
		return err;
	}
	*ret = s;
	return 0;
}

struct md_srtp *md_srtp_destroy(struct md_srtp *srtp)
{
	if (srtp) {
		srtp_dealloc(srtp->session);
		free(srtp);
	}
	return NULL;
}

static int run(
	srtp_err_status_t (*fn)(srtp_t, void *, int *), struct md_srtp *s, uint8_t *p, size_t *len)
{
	int n = (int)*len;
	int err = translate(fn(s->session, p, &n));
	if (!err) {
		*len = (size_t)n;
	}
	return err;
}

int md_srtp_protect(struct md_srtp *srtp, uint8_t *p, size_t *len)
{
	return *len < 12 ? EBADMSG : run(srtp_protect, srtp, p, len);
}

int md_srtp_unprotect(struct md_srtp *srtp, uint8_t *p, size_t *len)
{
	return *len < 12 ? EBADMSG : run(srtp_unprotect, srtp, p, len);
}

int md_srtcp_protect(struct md_srtp *srtp, uint8_t *p, size_t *len)
{
	return *len < 8 ? EBADMSG : run(srtp_protect_rtcp, srtp, p, len);
}

int md_srtcp_unprotect(struct md_srtp *srtp, uint8_t *p, size_t *len)
{
	if (!md_srtcp_is_encrypted(srtp->suite, p, *len)) {
		return EBADMSG;
	}
	return run(srtp_unprotect_rtcp, srtp, p, len);
}
