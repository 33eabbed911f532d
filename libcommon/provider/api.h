/* What all carriers' APIs have in common: a request as it goes out, an answer as it is judged.
 * Pure, no I/O: drivers fill requests (twilio/api.h, telnyx/api.h), whoever has an HTTP client
 * sends them (libcommon/httpclient), and the driver judges the reply. */
#ifndef VP_API_H
#define VP_API_H
#include <stdbool.h>
#include <stddef.h>

struct json_t;
struct vp_httpc_req;
struct vp_httpc_reply;

#define VP_API_HEADERS_MAX 4

/* Owns all its text; cleared by vp_api_request_clear, which wipes what is secret. */
struct vp_api_request {
	const char *method; /* static */
	char *url;
	char *headers[VP_API_HEADERS_MAX + 1]; /* "Name: value", NULL at end */
	char *body;                            /* NULL: none */
	size_t len;
	char *user, *password; /* Basic; NULL: none */
	unsigned timeout_ms;
	size_t max_body;    /* of the answer; 0: the client's default */
	bool allow_private; /* the operator pointed the provider at another host */
	bool repeatable;    /* sent twice it acts once: it reads, deletes, or carries an id */
	bool wants_text;    /* the answer is text or audio, not JSON */
};
/* All zero, or filled: both are fine. */
void vp_api_request_clear(struct vp_api_request *request);
/* Points into request, which must live until vp_httpc_send has returned. */
void vp_api_request_http(const struct vp_api_request *request, struct vp_httpc_req *ret);

enum vp_api_verdict {
	VP_API_OK,
	VP_API_REFUSED,   /* it said no and did nothing: 400, 409, 422 ... */
	VP_API_LOGIN,     /* 401, 403: a wrong key, one that lacks a right, a suspended account */
	VP_API_NOT_FOUND, /* 404, 410 */
	VP_API_BUSY,      /* 429: nothing was done; the same again after retry_after_ms */
	VP_API_AWAY,      /* nothing was sent: no name, no connection, no TLS */
	VP_API_UNKNOWN,   /* timeout, cut, 5xx, garbage: nobody can say whether it acted */
	VP_API_VERDICT_MAX,
};

struct vp_api_result {
	enum vp_api_verdict verdict;
	bool may_repeat;         /* sending it again may help and does no second thing */
	unsigned retry_after_ms; /* of a repeat: what the carrier asked for; 0: back off as usual */
	int status;              /* of HTTP; 0: none came */
	char code[16];           /* the carrier's own; "" none */
	char sentence[384];      /* for a person, with the way out; "" when all is well */
	struct json_t *json;     /* the body of a good answer; NULL: it has none or is text */
};
/* Frees the JSON, which may hold what should not stay in memory. */
void vp_api_result_clear(struct vp_api_result *result);

/* "ok", "refused" ...: for logs and metrics. */
const char *vp_api_verdict_word(enum vp_api_verdict verdict);

/* NULL when base may stand for a carrier's API ("https://host", "http://127.0.0.1:9000/v2"), else
 * the sentence: https is needed outside loopback. */
const char *vp_api_base_fault(const char *base);
const char *vp_phone_base_fault(const char *base); /* of wss://host:port */
#endif
