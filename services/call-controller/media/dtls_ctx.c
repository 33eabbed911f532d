/* The process's DTLS certificate and settings. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/dtls_int.h"

#define CERT_DAYS 365 /* longer than a process lives; browsers look at the fingerprint only */

/* The chain means nothing: the fingerprint in the SDP is checked when the handshake is done. */
static int accept_any(int ok, X509_STORE_CTX *store)
{
	(void)ok;
	(void)store;
	return 1;
}

static X509 *make_cert(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *name = cert ? X509_get_subject_name(cert) : NULL;
	uint64_t serial;
	vp_random(&serial, sizeof(serial));
	if (!name || !X509_set_version(cert, 2) ||
		!ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1) ||
		!X509_gmtime_adj(X509_getm_notBefore(cert), -86400) ||
		!X509_gmtime_adj(X509_getm_notAfter(cert), CERT_DAYS * 86400L) ||
		!X509_NAME_add_entry_by_txt(
			name, "CN", MBSTRING_ASC, (const unsigned char *)"media", -1, -1, 0) ||
		!X509_set_issuer_name(cert, name) || !X509_set_pubkey(cert, key) ||
		!X509_sign(cert, key, EVP_sha256())) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

static bool set_fingerprint(struct md_dtls_ctx *ctx, X509 *cert)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n;
	if (!X509_digest(cert, EVP_sha256(), md, &n) || n != 32) {
		return false;
	}
	for (unsigned i = 0; i < n; i++) {
		snprintf(
			ctx->fingerprint + (size_t)3 * i, 4, "%02X%s", md[i], i + 1 < n ? ":" : "");
	}
	return true;
}

static bool set_up(struct md_dtls_ctx *ctx, EVP_PKEY *key, X509 *cert)
{
	SSL_CTX *ssl = ctx->ssl;
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, accept_any);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU |
					 SSL_OP_CIPHER_SERVER_PREFERENCE);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(ssl, 1); /* a datagram is one read */
	return SSL_CTX_set_min_proto_version(ssl, DTLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(ssl,
		       "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
		       "ECDHE-ECDSA-CHACHA20-POLY1305") == 1 &&
	       SSL_CTX_set1_groups_list(ssl, "X25519:P-256:P-384") == 1 &&
	       SSL_CTX_use_certificate(ssl, cert) == 1 && SSL_CTX_use_PrivateKey(ssl, key) == 1 &&
	       /* this one gives 0 for success */
	       SSL_CTX_set_tlsext_use_srtp(ssl, "SRTP_AEAD_AES_128_GCM:SRTP_AES128_CM_SHA1_80") ==
		       0 &&
	       set_fingerprint(ctx, cert);
}

int md_dtls_ctx_create(struct md_dtls_ctx **ret)
{
	struct md_dtls_ctx *ctx = calloc(1, sizeof(*ctx));
	if (!ctx) {
		return ENOMEM;
	}
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key ? make_cert(key) : NULL;
	ctx->ssl = SSL_CTX_new(DTLS_server_method());
	ctx->bio = md_dtls_bio_method();
	bool ok = cert && ctx->ssl && ctx->bio && set_up(ctx, key, cert);
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	if (!ok) {
		md_dtls_ctx_destroy(ctx);
		return EPROTO;
	}
	*ret = ctx;
	return 0;
}

struct md_dtls_ctx *md_dtls_ctx_destroy(struct md_dtls_ctx *ctx)
{
	if (ctx) {
		SSL_CTX_free(ctx->ssl);
		BIO_meth_free(ctx->bio);
		free(ctx);
	}
	return NULL;
}

const char *md_dtls_fingerprint(const struct md_dtls_ctx *ctx)
{
	return ctx->fingerprint;
}
