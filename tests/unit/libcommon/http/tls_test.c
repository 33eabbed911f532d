/* TLS: versions, ALPN, and a certificate that is replaced while the server runs. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "fixture.h"

static void on_hello(struct vp_http_req *req, void *arg)
{
	(void)arg;
	vp_http_reply(req, 200, "text/plain", vp_http_is_tls(req) ? "tls" : "plain", 3);
}

static const struct vp_http_route routes[] = {{"GET", "/", on_hello, 0, NULL}};
static struct fixture f;
static char *dir, *cert, *key;

static void start(void)
{
	dir = make_dir();
	cert = vp_strf("%s/cert.pem", dir);
	key = vp_strf("%s/key.pem", dir);
	make_cert(dir, "first");
	fixture_start(&f, (struct vp_http_cfg){.routes = routes,
				  .n_routes = 1,
				  .listen_tls = "127.0.0.1:0",
				  .tls_cert = cert,
				  .tls_key = key,
				  .io_timeout_s = 1});
}

static void stop(void)
{
	fixture_stop(&f);
	unlink(cert);
	unlink(key);
	rmdir(dir);
	free(cert);
	free(key);
	free(dir);
}

struct tls_client {
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
};

/* alpn in wire form; max_version 0: any. */
static int tls_open(struct tls_client *c, const char *alpn, int max_version)
{
	struct timeval wait = {5, 0};
	c->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_security_level(c->ctx, 0);
	SSL_CTX_set_min_proto_version(c->ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(c->ctx, max_version);
	c->ssl = SSL_new(c->ctx);
	if (alpn != NULL) {
		SSL_set_alpn_protos(c->ssl, (const unsigned char *)alpn, (unsigned)strlen(alpn));
	}
	c->fd = client_connect(f.tls_port);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	SSL_set_fd(c->ssl, c->fd);
	return SSL_connect(c->ssl);
}

static void tls_close(struct tls_client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	close(c->fd);
}

Test(tls, serves_http_1_1_with_hsts)
{
	start();
	struct tls_client c;
	static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
	char buf[2048];
	int n, len_read = 0;
	cr_assert_eq(tls_open(&c, "\x02h2\x08http/1.1", 0), 1);
	const unsigned char *chosen;
	unsigned len;
	SSL_get0_alpn_selected(c.ssl, &chosen, &len);
	cr_assert(len == 8 && memcmp(chosen, "http/1.1", 8) == 0);
	SSL_write(c.ssl, get, sizeof(get) - 1);
	while ((n = SSL_read(c.ssl, buf + len_read, (int)sizeof(buf) - 1 - len_read)) > 0) {
		len_read += n;
	}
	buf[len_read] = '\0';
	cr_assert_eq(answer_status(buf), 200);
	cr_assert_str_eq(answer_body(buf), "tls");
	VP_CLEANUP(vp_freep) char *hsts = answer_header(buf, "strict-transport-security");
	cr_assert_str_eq(hsts, "max-age=31536000");
	tls_close(&c);
	stop();
}

Test(tls, a_client_that_only_speaks_http2_gets_no_http2)
{
	start();
	struct tls_client c;
	char buf[2048];
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
	if (tls_open(&c, "\x02h2", 0) == 1) {
		const unsigned char *chosen;
		unsigned len;
		SSL_get0_alpn_selected(c.ssl, &chosen, &len);
		cr_assert_eq(len, 0);
		SSL_write(c.ssl, preface, sizeof(preface) - 1);
		int n = SSL_read(c.ssl, buf, sizeof(buf) - 1);
		buf[n > 0 ? n : 0] = '\0';
		cr_assert(n <= 0 || answer_status(buf) == 400);
	}
	tls_close(&c);
	stop();
}

Test(tls, versions_below_1_2_are_refused)
{
	start();
	struct tls_client c;
	cr_assert_neq(tls_open(&c, NULL, TLS1_1_VERSION), 1);
	tls_close(&c);
	cr_assert_eq(tls_open(&c, NULL, TLS1_2_VERSION), 1);
	tls_close(&c);
	stop();
}

Test(tls, plain_text_and_silence_on_the_tls_port_are_closed)
{
	start();
	int fd = client_connect(f.tls_port), silent = client_connect(f.tls_port);
	client_send_text(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	cr_assert(client_closed(fd, WAIT_MS));
	cr_assert(client_closed(silent, WAIT_MS));
	close(fd);
	close(silent);
	stop();
}

static bool subject_is(const char *name)
{
	struct tls_client c;
	char subject[64] = "";
	if (tls_open(&c, NULL, 0) == 1) {
		X509 *peer = SSL_get1_peer_certificate(c.ssl);
		X509_NAME_get_text_by_NID(
			X509_get_subject_name(peer), NID_commonName, subject, sizeof(subject));
		X509_free(peer);
	}
	tls_close(&c);
	return strcmp(subject, name) == 0;
}

Test(tls, a_new_certificate_is_taken_without_restart)
{
	start();
	cr_assert(subject_is("first"));
	write_file(dir, "key.pem", "broken", 6);
	usleep(1200000); /* one sweep: a broken pair must not replace the good one */
	cr_assert(subject_is("first"));
	make_cert(dir, "second");
	int64_t until = vp_mono_us() + (int64_t)WAIT_MS * 1000;
	while (!subject_is("second")) {
		cr_assert(vp_mono_us() < until);
		usleep(100000);
	}
	stop();
}

Test(tls, a_wrong_certificate_file_is_an_error_at_start)
{
	struct vp_http *http = NULL;
	struct vp_http_cfg cfg = {
		.listen_tls = "127.0.0.1:0", .tls_cert = "/none", .tls_key = "/none"};
	cr_assert_neq(vp_http_create(&http, &cfg), 0);
	cfg.tls_cert = NULL;
	cr_assert_neq(vp_http_create(&http, &cfg), 0);
	cr_assert_null(http);
}
