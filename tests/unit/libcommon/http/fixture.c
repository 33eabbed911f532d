#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "fixture.h"

static void *loop_thread(void *arg)
{
	struct fixture *f = arg;
	f->run_result = vp_http_run(f->http);
	return NULL;
}

static void on_stop(void *arg)
{
	struct fixture *f = arg;
	uint64_t n;
	cr_assert(read(f->stop_fd, &n, sizeof(n)) == sizeof(n));
	vp_http_stop(f->http, f->drain_s);
}

void fixture_start(struct fixture *f, struct vp_http_cfg cfg)
{
	pthread_t *thread = malloc(sizeof(*thread));
	*f = (struct fixture){.drain_s = 3, .thread = thread};
	if (cfg.listen == NULL) {
		cfg.listen = "127.0.0.1:0";
	}
	cr_assert_eq(vp_http_create(&f->http, &cfg), 0);
	f->port = vp_http_port(f->http, false);
	f->tls_port = vp_http_port(f->http, true);
	f->stop_fd = eventfd(0, EFD_CLOEXEC);
	cr_assert_eq(vp_http_watch(f->http, f->stop_fd, on_stop, f), 0);
	cr_assert_eq(pthread_create(thread, NULL, loop_thread, f), 0);
}

void fixture_ask_stop(struct fixture *f)
{
	uint64_t one = 1;
	cr_assert(write(f->stop_fd, &one, sizeof(one)) == sizeof(one));
}

void fixture_stop(struct fixture *f)
{
	fixture_ask_stop(f);
	pthread_join(*(pthread_t *)f->thread, NULL);
	free(f->thread);
	f->http = vp_http_destroy(f->http);
	close(f->stop_fd);
	cr_assert_eq(f->run_result, 0);
}

int client_connect(int port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert(fd >= 0);
	cr_assert_eq(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

void client_send(int fd, const void *data, size_t len)
{
	const char *at = data;
	while (len != 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n <= 0) {
			return; /* the server may close early; the test looks at the answer */
		}
		at += n;
		len -= (size_t)n;
	}
}

void client_send_text(int fd, const char *text)
{
	client_send(fd, text, strlen(text));
}

static bool readable(int fd, int64_t until_us)
{
	int64_t left = (until_us - vp_mono_us()) / 1000;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	return left > 0 && poll(&p, 1, (int)left) == 1;
}

/* Length of head and body as far as the head tells; 0: not known yet. */
static size_t answer_len(const char *buf)
{
	const char *end = strstr(buf, "\r\n\r\n");
	if (end == NULL) {
		return 0;
	}
	char *text = answer_header(buf, "content-length");
	size_t len = text != NULL ? strtoull(text, NULL, 10) : 0;
	free(text);
	return (size_t)(end + 4 - buf) + len;
}

char *client_answer(int fd)
{
	int64_t until = vp_mono_us() + (int64_t)WAIT_MS * 1000;
	size_t size = 4096, len = 0, want = 0;
	char *buf = calloc(1, size + 1);
	while (want == 0 || len < want) {
		if (len == size) {
			size *= 2;
			buf = realloc(buf, size + 1);
		}
		/* byte by byte until the head is whole: the next answer stays in the socket */
		size_t take = want == 0 ? 1 : want - len < size - len ? want - len : size - len;
		ssize_t n = readable(fd, until) ? recv(fd, buf + len, take, 0) : 0;
		if (n <= 0) {
			free(buf);
			return NULL;
		}
		len += (size_t)n;
		buf[len] = '\0';
		want = want != 0 ? want : answer_len(buf);
	}
	return buf;
}

char *client_ask(int port, const char *request)
{
	int fd = client_connect(port);
	client_send_text(fd, request);
	char *answer = client_answer(fd);
	close(fd);
	return answer;
}

bool client_closed(int fd, int ms)
{
	int64_t until = vp_mono_us() + (int64_t)ms * 1000;
	char buf[4096];
	while (readable(fd, until)) {
		if (recv(fd, buf, sizeof(buf), 0) <= 0) {
			return true;
		}
	}
	return false;
}

int answer_status(const char *answer)
{
	if (answer == NULL || strlen(answer) < 12) {
		return 0;
	}
	return atoi(answer + 9);
}

const char *answer_body(const char *answer)
{
	const char *end = answer != NULL ? strstr(answer, "\r\n\r\n") : NULL;
	return end != NULL ? end + 4 : "";
}

char *answer_header(const char *answer, const char *name)
{
	size_t name_len = strlen(name);
	for (const char *line = strstr(answer, "\r\n");
		line != NULL && strncmp(line, "\r\n\r\n", 4) != 0;
		line = strstr(line + 2, "\r\n")) {
		const char *at = line + 2;
		if (strncasecmp(at, name, name_len) == 0 && at[name_len] == ':') {
			at += name_len + 1;
			at += strspn(at, " ");
			return strndup(at, strcspn(at, "\r"));
		}
	}
	return NULL;
}

bool wait_for(const volatile int *value, int want)
{
	int64_t until = vp_mono_us() + (int64_t)WAIT_MS * 1000;
	while (__atomic_load_n(value, __ATOMIC_ACQUIRE) < want) {
		if (vp_mono_us() > until) {
			return false;
		}
		poll(NULL, 0, 2);
	}
	return true;
}

char *make_dir(void)
{
	char *dir =
		vp_strf("%s/vp-http-XXXXXX", getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
	cr_assert_not_null(mkdtemp(dir));
	return dir;
}

void write_file(const char *dir, const char *name, const void *data, size_t len)
{
	VP_CLEANUP(vp_freep) char *path = vp_strf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	cr_assert_not_null(f);
	cr_assert_eq(fwrite(data, 1, len, f), len);
	fclose(f);
}

static FILE *create_in(const char *dir, const char *name)
{
	VP_CLEANUP(vp_freep) char *path = vp_strf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");
	cr_assert_not_null(f);
	return f;
}

void make_cert(const char *dir, const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
		(const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	X509_set_pubkey(cert, key);
	cr_assert(X509_sign(cert, key, EVP_sha256()) > 0);
	FILE *f = create_in(dir, "cert.pem");
	PEM_write_X509(f, cert);
	fclose(f);
	f = create_in(dir, "key.pem");
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	X509_free(cert);
	EVP_PKEY_free(key);
}
