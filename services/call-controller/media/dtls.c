/* One DTLS association. OpenSSL reads and writes datagrams through a BIO of ours, since packets
 * come from the leg's demultiplexer and not from a socket of its own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include "services/call-controller/media/dtls_int.h"

#define MTU 1200 /* fits every path that carries WebRTC */

struct md_dtls {
	SSL *ssl;
	md_dtls_send_h *send;
	void *arg;
	const uint8_t *in; /* the datagram being read; NULL: none */
	size_t in_len;
	enum md_dtls_state state;
	struct md_flight flight;
};

static void keep(struct md_flight *f, const uint8_t *p, size_t len)
{
	size_t used = 0;
	for (unsigned i = 0; i < f->n; i++) {
		used += f->len[i];
	}
	if (f->n < sizeof(f->len) / sizeof(f->len[0]) && len <= sizeof(f->data) - used) {
		memcpy(f->data + used, p, len);
		f->len[f->n++] = (uint16_t)len;
	}
}

static int bio_write(BIO *bio, const char *p, int len)
{
	struct md_dtls *d = BIO_get_data(bio);
	keep(&d->flight, (const uint8_t *)p, (size_t)len);
	d->send((const uint8_t *)p, (size_t)len, d->arg);
	return len;
}

static int bio_read(BIO *bio, char *p, int size)
{
	struct md_dtls *d = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (!d->in) {
		BIO_set_retry_read(bio);
		return -1;
	}
	int n = d->in_len < (size_t)size ? (int)d->in_len : size;
	memcpy(p, d->in, (size_t)n);
	d->in = NULL;
	return n;
}

static long bio_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	(void)bio;
	(void)num;
	(void)ptr;
	switch (cmd) {
	case BIO_CTRL_FLUSH: return 1;
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
	case BIO_CTRL_DGRAM_QUERY_MTU: return MTU;
	case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD: return 48; /* IPv6 and UDP */
	default: return 0;
	}
}

BIO_METHOD *md_dtls_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "media datagram");
	if (m && BIO_meth_set_write(m, bio_write) && BIO_meth_set_read(m, bio_read) &&
		BIO_meth_set_ctrl(m, bio_ctrl)) {
		return m;
	}
	BIO_meth_free(m);
	return NULL;
}

int md_dtls_create(struct md_dtls **ret, struct md_dtls_ctx *ctx, md_dtls_send_h *send, void *arg)
{
	struct md_dtls *d = calloc(1, sizeof(*d));
	if (!d) {
		return ENOMEM;
	}
	d->send = send;
	d->arg = arg;
	d->ssl = SSL_new(ctx->ssl);
	BIO *bio = d->ssl ? BIO_new(ctx->bio) : NULL;
	if (!bio) {
		md_dtls_destroy(d);
		return ENOMEM;
	}
	BIO_set_data(bio, d);
	BIO_set_init(bio, 1);
	SSL_set_bio(d->ssl, bio, bio);
	SSL_set_mtu(d->ssl, MTU);
	SSL_set_accept_state(d->ssl);
	*ret = d;
	return 0;
}

struct md_dtls *md_dtls_destroy(struct md_dtls *dtls)
{
	if (dtls) {
		SSL_free(dtls->ssl);
		free(dtls);
	}
	return NULL;
}

/* Only alerts and repeated flights come once it is up; SSL_read answers both. */
static enum md_dtls_state read_on(struct md_dtls *d)
{
	char data[256];
	int n = SSL_read(d->ssl, data, sizeof(data));
	int err = n > 0 ? SSL_ERROR_NONE : SSL_get_error(d->ssl, n);
	if (err == SSL_ERROR_ZERO_RETURN) {
		return MD_DTLS_CLOSED;
	}
	return err == SSL_ERROR_NONE || err == SSL_ERROR_WANT_READ ? MD_DTLS_UP : MD_DTLS_FAILED;
}

static enum md_dtls_state advance(struct md_dtls *d)
{
	ERR_clear_error();
	if (d->state == MD_DTLS_HANDSHAKE) {
		int n = SSL_do_handshake(d->ssl);
		if (n == 1) {
			d->state = MD_DTLS_UP;
		} else if (SSL_get_error(d->ssl, n) != SSL_ERROR_WANT_READ) {
			d->state = MD_DTLS_FAILED;
		}
	} else if (d->state == MD_DTLS_UP) {
		d->state = read_on(d);
	}
	ERR_clear_error();
	return d->state;
}

enum md_dtls_state md_dtls_input(struct md_dtls *dtls, const uint8_t *p, size_t len)
{
	dtls->in = p;
	dtls->in_len = len;
	dtls->flight.n = 0;
	enum md_dtls_state state = advance(dtls);
	dtls->in = NULL;
	return state;
}

enum md_dtls_state md_dtls_on_timer(struct md_dtls *dtls)
{
	if (dtls->state == MD_DTLS_HANDSHAKE && DTLSv1_handle_timeout(dtls->ssl) < 0) {
		dtls->state = MD_DTLS_FAILED;
	}
	ERR_clear_error();
	return dtls->state;
}

int md_dtls_wait_ms(const struct md_dtls *dtls)
{
	struct timeval left;
	if (dtls->state != MD_DTLS_HANDSHAKE || !DTLSv1_get_timeout(dtls->ssl, &left)) {
		return -1;
	}
	return (int)(left.tv_sec * 1000 + left.tv_usec / 1000) + 1;
}

const struct md_flight *md_dtls_flight(const struct md_dtls *dtls)
{
	return &dtls->flight;
}

static bool peer_has(struct md_dtls *d, const uint8_t fingerprint[32])
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	X509 *cert = SSL_get0_peer_certificate(d->ssl);
	return cert && X509_digest(cert, EVP_sha256(), md, &n) && n == 32 &&
	       CRYPTO_memcmp(md, fingerprint, 32) == 0;
}

/* RFC 5764 section 4.2: client key, server key, client salt, server salt. We are the server. */
static bool export_keys(struct md_dtls *d, struct md_dtls_keys *keys)
{
	uint8_t all[2 * MD_SRTP_KEY_MAX];
	size_t key = 16, salt = md_srtp_salt_len(keys->suite);
	if (SSL_export_keying_material(
		    d->ssl, all, 2 * (key + salt), "EXTRACTOR-dtls_srtp", 19, NULL, 0, 0) != 1) {
		return false;
	}
	memcpy(keys->rx, all, key);
	memcpy(keys->rx + key, all + 2 * key, salt);
	memcpy(keys->tx, all + key, key);
	memcpy(keys->tx + key, all + 2 * key + salt, salt);
	explicit_bzero(all, sizeof(all));
	return true;
}

int md_dtls_get_keys(struct md_dtls *dtls, const uint8_t fingerprint[32], struct md_dtls_keys *ret)
{
	const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(dtls->ssl);
	if (!peer_has(dtls, fingerprint)) {
		return EACCES;
	}
	if (!profile) {
		return EPROTO;
	}
	struct md_dtls_keys keys = {.suite = profile->id == SRTP_AEAD_AES_128_GCM
						     ? MD_SRTP_GCM_128
						     : MD_SRTP_CM_128_SHA1_80};
	if (!export_keys(dtls, &keys)) {
		ERR_clear_error();
		return EPROTO;
	}
	*ret = keys;
	return 0;
}

bool md_dtls_is_hello(const uint8_t *p, size_t len)
{
	/* record: type 22, version, epoch 0, ...; at 13 the handshake type, 1 is ClientHello; at 19
	 * the fragment's offset: browsers with post-quantum key shares send two fragments, and the
	 * second begins nothing */
	return len > 25 && p[0] == 22 && p[3] == 0 && p[4] == 0 && p[13] == 1 && p[19] == 0 &&
	       p[20] == 0 && p[21] == 0;
}
