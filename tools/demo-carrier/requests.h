/* What the control port can be asked, HTTP apart: read the body, do it, leave JSON or a file */
#ifndef DEMO_CARRIER_REQUESTS_H
#define DEMO_CARRIER_REQUESTS_H
#include <jansson.h>
#include <limits.h>
#include <stddef.h>

struct carrier;

enum request_kind {
	REQUEST_STATE,
	REQUEST_CALLS,
	REQUEST_CALL,
	REQUEST_AUDIO,
	REQUEST_RING,
	REQUEST_HANGUP,
	REQUEST_DIGITS,
};

struct request {
	enum request_kind kind;
	unsigned long id; /* of the call */
	json_t *body;     /* NULL: none */
	int status;
	json_t *reply;
	char file[PATH_MAX]; /* answered instead of reply when not empty */
};

struct request_defaults {
	const char *caller, *did;
};

/* Parses the body (may be empty). EINVAL: it is no JSON object, and the request is answered. */
int request_read(struct request *request, const char *body, size_t len);
void request_run(
	struct request *request, struct carrier *carrier, const struct request_defaults *defaults);
void request_fail(struct request *request, int status, const char *error, const char *message);
void request_free(struct request *request);
#endif
