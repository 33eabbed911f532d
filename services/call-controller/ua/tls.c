#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <re.h>
#include "services/call-controller/ua/tls.h"

static bool is_address(const char *host)
{
	struct sa sa;

	return sa_set_str(&sa, host, 0) == 0;
}

static int trust_pem(SSL_CTX *ctx, const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	X509 *cert;
	int n = 0;

	if (!bio) {
		return ENOMEM;
	}
	while ((cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		n += X509_STORE_add_cert(store, cert) == 1;
		X509_free(cert);
	}
	ERR_clear_error(); /* the end of the text is an error to OpenSSL */
	BIO_free(bio);
	return n > 0 ? 0 : EINVAL;
}

static int expect_host(SSL_CTX *ctx, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

	if (is_address(host)) {
		return X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1 ? 0 : EINVAL;
	}
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 ? 0 : EINVAL;
}

static int modern_only(struct tls *tls)
{
	return SSL_CTX_set_min_proto_version(tls_openssl_context(tls), TLS1_2_VERSION) == 1
		       ? 0
		       : EINVAL;
}

int ua_tls_server(struct tls **ret, const char *pem_file)
{
	struct tls *tls = NULL;
	int err = tls_alloc(&tls, TLS_METHOD_SSLV23, pem_file, NULL);

	if (!err) {
		err = modern_only(tls);
	}
	if (err) {
		mem_deref(tls);
		return EINVAL;
	}
	*ret = tls;
	return 0;
}

int ua_tls_client(struct tls **ret, const char *host, const char *ca_pem, bool verify)
{
	struct tls *tls = NULL;
	SSL_CTX *ctx;
	int err = tls_alloc(&tls, TLS_METHOD_SSLV23, NULL, NULL);

	if (err) {
		return err;
	}
	ctx = tls_openssl_context(tls);
	err = modern_only(tls);
	if (!err && ca_pem) {
		err = trust_pem(ctx, ca_pem);
	} else if (!err) {
		err = SSL_CTX_set_default_verify_paths(ctx) == 1 ? 0 : EINVAL;
	}
	if (!err && verify) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
		err = expect_host(ctx, host);
	}
	if (err) {
		mem_deref(tls);
		return err;
	}
	*ret = tls;
	return 0;
}

int ua_tls_start(struct tls_conn **ret, struct tls *tls, struct tcp_conn *tcp, const char *host)
{
	struct tls_conn *conn = NULL;
	int err = tls_start_tcp(&conn, tls, tcp, 0);

	if (!err && host && !is_address(host)) {
		err = tls_set_servername(conn, host); /* RFC 6066: never an address */
	}
	if (err) {
		mem_deref(conn);
		return err;
	}
	*ret = conn;
	return 0;
}
