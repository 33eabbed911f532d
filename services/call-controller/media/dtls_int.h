/* Shared by dtls.c and dtls_ctx.c. */
#ifndef MD_DTLS_INT_H
#define MD_DTLS_INT_H
#include <openssl/ssl.h>
#include "services/call-controller/media/dtls.h"

struct md_dtls_ctx {
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	char fingerprint[MD_FINGERPRINT_SIZE];
};

BIO_METHOD *md_dtls_bio_method(void);
#endif
