/* TLS 1.2 and 1.3 by OpenSSL, HTTP/1.1 only: h2o 2.2.5 accepts HTTP/2 rapid reset
 * (CVE-2023-44487), so h2 is never offered by ALPN. */
#include <errno.h>
#include <openssl/ssl.h>
#include <sys/stat.h>
#include "libcommon/http/http_int.h"

#define CIPHERS_12                                                                                 \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                               \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"                               \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

static const h2o_iovec_t alpn[] = {{H2O_STRLIT("http/1.1")}, {NULL, 0}};

static int load_files(SSL_CTX *ctx, const char *cert, const char *key)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
		SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
		SSL_CTX_check_private_key(ctx) != 1) {
		return EKEYREJECTED;
	}
	return 0;
}

int vp_tls_create(const char *cert, const char *key, SSL_CTX **ret_ctx)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	if (ctx == NULL) {
		return ENOMEM;
	}
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx,
		SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"vp-http", 7);
	int err = SSL_CTX_set_cipher_list(ctx, CIPHERS_12) == 1 ? load_files(ctx, cert, key) : EIO;
	if (err != 0) {
		SSL_CTX_free(ctx);
		return err;
	}
	h2o_ssl_register_alpn_protocols(ctx, alpn);
	*ret_ctx = ctx;
	return 0;
}

int64_t vp_tls_stamp(const char *cert, const char *key)
{
	struct stat a, b;
	if (stat(cert, &a) != 0 || stat(key, &b) != 0) {
		return 0;
	}
	return (a.st_mtim.tv_sec ^ (int64_t)a.st_ino << 20) * 31 +
	       (b.st_mtim.tv_sec ^ (int64_t)b.st_ino << 20) + a.st_size + b.st_size;
}
