/* SRTP written a second time, straight from RFC 3711 and RFC 7714 on OpenSSL: what tests and load
 * generators hold the product's against. No replay check, packets in order. */
#ifndef REF_SRTP_H
#define REF_SRTP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#define REF_TAIL 20

enum ref_suite { REF_CM_SHA1_80, REF_GCM_128 };

/* Session keys of one direction, of RTP or of RTCP. */
struct ref_keys {
	enum ref_suite suite;
	uint8_t cipher[16], auth[20], salt[14];
	EVP_CIPHER_CTX *ctx;
	EVP_MAC_CTX *mac;
};

struct ref_srtp {
	struct ref_keys rtp, rtcp;
	bool started;
	uint16_t seq;
	uint32_t roc, rtcp_index;
};

/* RFC 3711 section 4.3.3: label 0-5, salt padded to 14 bytes with zeros. */
void ref_derive(
	const uint8_t key[16], const uint8_t salt[14], uint8_t label, uint8_t *out, size_t n);
/* master: 16 bytes of key, then the salt (14; GCM 12). */
void ref_srtp_init(struct ref_srtp *s, enum ref_suite suite, const uint8_t *master);
void ref_srtp_free(struct ref_srtp *s);

size_t ref_protect(struct ref_srtp *s, uint8_t *p, size_t len);
/* 0: the tag is wrong. */
size_t ref_unprotect(struct ref_srtp *s, uint8_t *p, size_t len);
size_t ref_rtcp_protect(struct ref_srtp *s, uint8_t *p, size_t len, bool encrypt);
size_t ref_rtcp_unprotect(struct ref_srtp *s, uint8_t *p, size_t len);

/* One packet under given session keys and counters: for the RFCs' own vectors. */
void ref_keys_init(struct ref_keys *k, enum ref_suite suite);
void ref_keys_free(struct ref_keys *k);
size_t ref_seal_rtp(struct ref_keys *k, uint32_t roc, uint8_t *p, size_t len);
size_t ref_seal_rtcp(struct ref_keys *k, uint32_t index, bool encrypt, uint8_t *p, size_t len);
#endif
