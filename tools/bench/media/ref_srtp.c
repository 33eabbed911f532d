/* See ref_srtp.h. */
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include "libcommon/base/base.h"
#include "tools/bench/media/ref_srtp.h"

enum { CM_TAG = 10, GCM_TAG = 16, E_BIT = 1 << 7 };

static void put32(uint8_t *p, uint32_t v)
{
	v = htonl(v);
	memcpy(p, &v, 4);
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return ntohl(v);
}

void ref_derive(
	const uint8_t key[16], const uint8_t salt[14], uint8_t label, uint8_t *out, size_t n)
{
	uint8_t iv[16] = {0}, zeros[32] = {0};
	int len;
	memcpy(iv, salt, 14);
	iv[7] ^= label;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	vp_assert(ctx && EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv) == 1);
	vp_assert(EVP_EncryptUpdate(ctx, out, &len, zeros, (int)n) == 1);
	EVP_CIPHER_CTX_free(ctx);
}

void ref_keys_init(struct ref_keys *k, enum ref_suite suite)
{
	k->suite = suite;
	k->ctx = EVP_CIPHER_CTX_new();
	vp_assert(k->ctx);
	const EVP_CIPHER *cipher = suite == REF_GCM_128 ? EVP_aes_128_gcm() : EVP_aes_128_ctr();
	vp_assert(EVP_EncryptInit_ex(k->ctx, cipher, NULL, k->cipher, NULL) == 1);
	if (suite == REF_CM_SHA1_80) {
		EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
		OSSL_PARAM params[] = {
			OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA1", 0),
			OSSL_PARAM_construct_end(),
		};
		k->mac = EVP_MAC_CTX_new(hmac);
		EVP_MAC_free(hmac);
		vp_assert(k->mac && EVP_MAC_init(k->mac, k->auth, sizeof(k->auth), params) == 1);
	}
}

void ref_keys_free(struct ref_keys *k)
{
	EVP_CIPHER_CTX_free(k->ctx);
	EVP_MAC_CTX_free(k->mac);
	k->ctx = NULL;
	k->mac = NULL;
}

void ref_srtp_init(struct ref_srtp *s, enum ref_suite suite, const uint8_t *master)
{
	uint8_t salt[14] = {0};
	memset(s, 0, sizeof(*s));
	memcpy(salt, master + 16, suite == REF_GCM_128 ? 12 : 14);
	struct ref_keys *both[] = {&s->rtp, &s->rtcp};
	for (uint8_t i = 0; i < 2; i++) {
		ref_derive(master, salt, (uint8_t)(3 * i), both[i]->cipher, 16);
		ref_derive(master, salt, (uint8_t)(3 * i + 1), both[i]->auth, 20);
		ref_derive(master, salt, (uint8_t)(3 * i + 2), both[i]->salt, 14);
		ref_keys_init(both[i], suite);
	}
}

void ref_srtp_free(struct ref_srtp *s)
{
	ref_keys_free(&s->rtp);
	ref_keys_free(&s->rtcp);
}

/* RFC 3711 section 4.1.1: salt * 2^16 xor SSRC * 2^64 xor index * 2^16. */
static void cm(struct ref_keys *k, uint32_t ssrc, uint64_t index, uint8_t *p, size_t n)
{
	uint8_t iv[16] = {0}, x[16] = {0};
	int len;
	memcpy(iv, k->salt, 14);
	put32(x + 4, ssrc);
	put32(x + 8, (uint32_t)(index >> 16));
	x[12] = (uint8_t)(index >> 8);
	x[13] = (uint8_t)index;
	for (int i = 0; i < 16; i++) {
		iv[i] ^= x[i];
	}
	vp_assert(EVP_EncryptInit_ex(k->ctx, NULL, NULL, NULL, iv) == 1);
	vp_assert(EVP_EncryptUpdate(k->ctx, p, &len, p, (int)n) == 1);
}

static void hmac(struct ref_keys *k, const uint8_t *p, size_t n, const uint8_t *more, size_t n_more,
	uint8_t tag[20])
{
	size_t len;
	vp_assert(EVP_MAC_init(k->mac, NULL, 0, NULL) == 1);
	vp_assert(EVP_MAC_update(k->mac, p, n) == 1);
	vp_assert(!n_more || EVP_MAC_update(k->mac, more, n_more) == 1);
	vp_assert(EVP_MAC_final(k->mac, tag, &len, 20) == 1);
}

/* RFC 7714 section 8.1 (RTP: two zero bytes, SSRC, ROC, SEQ) and 9.1 (RTCP: ..., 0, 0, index). */
static void gcm_iv(const struct ref_keys *k, uint32_t ssrc, uint64_t index, uint8_t iv[12])
{
	uint8_t x[12] = {0};
	put32(x + 2, ssrc);
	x[6] = (uint8_t)(index >> 40);
	x[7] = (uint8_t)(index >> 32);
	put32(x + 8, (uint32_t)index);
	for (int i = 0; i < 12; i++) {
		iv[i] = k->salt[i] ^ x[i];
	}
}

struct gcm {
	const uint8_t *aad[2];
	size_t aad_len[2];
	uint8_t *text;
	size_t len;
	uint8_t *tag;
};

static bool gcm(struct ref_keys *k, const uint8_t iv[12], const struct gcm *g, bool seal)
{
	int len;
	vp_assert(EVP_CipherInit_ex(k->ctx, NULL, NULL, NULL, iv, seal) == 1);
	if (!seal) {
		vp_assert(EVP_CIPHER_CTX_ctrl(k->ctx, EVP_CTRL_AEAD_SET_TAG, GCM_TAG, g->tag) == 1);
	}
	for (int i = 0; i < 2; i++) {
		vp_assert(!g->aad_len[i] ||
			  EVP_CipherUpdate(k->ctx, NULL, &len, g->aad[i], (int)g->aad_len[i]) == 1);
	}
	vp_assert(!g->len || EVP_CipherUpdate(k->ctx, g->text, &len, g->text, (int)g->len) == 1);
	if (EVP_CipherFinal_ex(k->ctx, g->text + g->len, &len) != 1) {
		return false;
	}
	if (seal) {
		vp_assert(EVP_CIPHER_CTX_ctrl(k->ctx, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, g->tag) == 1);
	}
	return true;
}

static size_t rtp_header(const uint8_t *p)
{
	size_t at = 12 + 4U * (p[0] & 15);
	return p[0] & 0x10 ? at + 4 + 4 * ((size_t)p[at + 2] << 8 | p[at + 3]) : at;
}

static uint64_t rtp_index(uint32_t roc, const uint8_t *p)
{
	return (uint64_t)roc << 16 | (uint64_t)p[2] << 8 | p[3];
}

size_t ref_seal_rtp(struct ref_keys *k, uint32_t roc, uint8_t *p, size_t len)
{
	size_t head = rtp_header(p);
	uint8_t iv[12], tag[20], be_roc[4];
	if (k->suite == REF_GCM_128) {
		struct gcm g = {.aad = {p},
			.aad_len = {head},
			.text = p + head,
			.len = len - head,
			.tag = tag};
		gcm_iv(k, get32(p + 8), rtp_index(roc, p), iv);
		gcm(k, iv, &g, true);
		memcpy(p + len, tag, GCM_TAG);
		return len + GCM_TAG;
	}
	cm(k, get32(p + 8), rtp_index(roc, p), p + head, len - head);
	put32(be_roc, roc);
	hmac(k, p, len, be_roc, 4, tag);
	memcpy(p + len, tag, CM_TAG);
	return len + CM_TAG;
}

static size_t open_rtp(struct ref_keys *k, uint32_t roc, uint8_t *p, size_t len)
{
	size_t tag_len = k->suite == REF_GCM_128 ? GCM_TAG : CM_TAG;
	if (len < 12 + tag_len || rtp_header(p) + tag_len > len) {
		return 0;
	}
	size_t head = rtp_header(p);
	uint8_t iv[12], tag[20], be_roc[4];
	len -= tag_len;
	if (k->suite == REF_GCM_128) {
		memcpy(tag, p + len, GCM_TAG);
		struct gcm g = {.aad = {p},
			.aad_len = {head},
			.text = p + head,
			.len = len - head,
			.tag = tag};
		gcm_iv(k, get32(p + 8), rtp_index(roc, p), iv);
		return gcm(k, iv, &g, false) ? len : 0;
	}
	put32(be_roc, roc);
	hmac(k, p, len, be_roc, 4, tag);
	if (CRYPTO_memcmp(tag, p + len, CM_TAG) != 0) {
		return 0;
	}
	cm(k, get32(p + 8), rtp_index(roc, p), p + head, len - head);
	return len;
}

/* In-order streams with some loss: the nearest index. */
static uint32_t guess_roc(const struct ref_srtp *s, uint16_t seq)
{
	if (!s->started) {
		return 0;
	}
	int step = (int)seq - (int)s->seq;
	return step < -32768 ? s->roc + 1 : step > 32768 && s->roc ? s->roc - 1 : s->roc;
}

static void note(struct ref_srtp *s, uint32_t roc, uint16_t seq)
{
	if (!s->started || roc > s->roc || (roc == s->roc && seq > s->seq)) {
		s->roc = roc;
		s->seq = seq;
		s->started = true;
	}
}

size_t ref_protect(struct ref_srtp *s, uint8_t *p, size_t len)
{
	uint16_t seq = (uint16_t)(p[2] << 8 | p[3]);
	uint32_t roc = guess_roc(s, seq);
	note(s, roc, seq);
	return ref_seal_rtp(&s->rtp, roc, p, len);
}

size_t ref_unprotect(struct ref_srtp *s, uint8_t *p, size_t len)
{
	if (len < 12) {
		return 0;
	}
	uint16_t seq = (uint16_t)(p[2] << 8 | p[3]);
	uint32_t roc = guess_roc(s, seq);
	len = open_rtp(&s->rtp, roc, p, len);
	if (len) {
		note(s, roc, seq);
	}
	return len;
}

size_t ref_seal_rtcp(struct ref_keys *k, uint32_t index, bool encrypt, uint8_t *p, size_t len)
{
	uint8_t iv[12], tag[20], word[4];
	put32(word, index | (encrypt ? 1U << 31 : 0));
	if (k->suite == REF_GCM_128) {
		struct gcm g = {.aad = {p, word},
			.aad_len = {encrypt ? 8 : len, 4},
			.text = p + 8,
			.len = encrypt ? len - 8 : 0,
			.tag = tag};
		gcm_iv(k, get32(p + 4), index, iv);
		gcm(k, iv, &g, true);
		memcpy(p + len, tag, GCM_TAG);
		memcpy(p + len + GCM_TAG, word, 4);
		return len + GCM_TAG + 4;
	}
	if (encrypt) {
		cm(k, get32(p + 4), index, p + 8, len - 8);
	}
	memcpy(p + len, word, 4);
	hmac(k, p, len + 4, NULL, 0, tag);
	memcpy(p + len + 4, tag, CM_TAG);
	return len + 4 + CM_TAG;
}

size_t ref_rtcp_protect(struct ref_srtp *s, uint8_t *p, size_t len, bool encrypt)
{
	return ref_seal_rtcp(&s->rtcp, ++s->rtcp_index, encrypt, p, len);
}

size_t ref_rtcp_unprotect(struct ref_srtp *s, uint8_t *p, size_t len)
{
	struct ref_keys *k = &s->rtcp;
	uint8_t iv[12], tag[20];
	if (k->suite == REF_GCM_128) {
		if (len < 8 + GCM_TAG + 4 || !(p[len - 4] & E_BIT)) {
			return 0;
		}
		len -= 4;
		uint8_t *word = p + len;
		len -= GCM_TAG;
		memcpy(tag, p + len, GCM_TAG);
		struct gcm g = {.aad = {p, word},
			.aad_len = {8, 4},
			.text = p + 8,
			.len = len - 8,
			.tag = tag};
		gcm_iv(k, get32(p + 4), get32(word) & 0x7fffffff, iv);
		return gcm(k, iv, &g, false) ? len : 0;
	}
	if (len < 8 + 4 + CM_TAG || !(p[len - CM_TAG - 4] & E_BIT)) {
		return 0;
	}
	len -= CM_TAG;
	hmac(k, p, len, NULL, 0, tag);
	if (CRYPTO_memcmp(tag, p + len, CM_TAG) != 0) {
		return 0;
	}
	len -= 4;
	cm(k, get32(p + 4), get32(p + len) & 0x7fffffff, p + 8, len - 8);
	return len;
}
