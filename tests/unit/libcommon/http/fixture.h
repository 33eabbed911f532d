/* A server in a thread and raw clients against it. Every wait has a deadline. */
#ifndef HTTP_FIXTURE_H
#define HTTP_FIXTURE_H
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/http/http.h"

#define WAIT_MS 20000

struct fixture {
	struct vp_http *http;
	int port, tls_port;
	int stop_fd;
	unsigned drain_s;
	void *thread;
	int run_result;
};

/* Fills listen when it is NULL; starts the loop in a thread. */
void fixture_start(struct fixture *f, struct vp_http_cfg cfg);
/* Asks the loop to stop and waits for it; destroys the server. */
void fixture_stop(struct fixture *f);
/* Only the first half. */
void fixture_ask_stop(struct fixture *f);

int client_connect(int port);
void client_send(int fd, const void *data, size_t len);
void client_send_text(int fd, const char *text);
/* Reads one answer (head and Content-Length body) into fresh NUL-ended memory; NULL when the
 * connection ended or the deadline passed first. */
char *client_answer(int fd);
/* Connects, sends, reads one answer, closes. */
char *client_ask(int port, const char *request);
/* True when the far side closes within ms. */
bool client_closed(int fd, int ms);
int answer_status(const char *answer);
const char *answer_body(const char *answer);
/* Value of a header in lower-case name, in fresh memory; NULL when there is none. */
char *answer_header(const char *answer, const char *name);

/* Waits until *value is at least want. */
bool wait_for(const volatile int *value, int want);

/* A self-signed pair in dir/cert.pem and dir/key.pem. */
void make_cert(const char *dir, const char *name);
char *make_dir(void); /* fresh, under the temporary folder */
void write_file(const char *dir, const char *name, const void *data, size_t len);
#endif
