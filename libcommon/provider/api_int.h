/* What the drivers build requests and judge answers with. */
#ifndef VP_API_INT_H
#define VP_API_INT_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/provider/api.h"

#define VP_API_TIMEOUT_MS 15000

struct vp_api_field {
	const char *name, *value; /* value NULL: left out */
};

/* "a=b&c=d" (application/x-www-form-urlencoded) in fresh memory; NULL: out of memory. */
char *vp_api_form(const struct vp_api_field *fields, size_t n);
/* One segment of a path, escaped, in fresh memory. */
char *vp_api_segment(const char *text);
/* Number as text into buf; NULL when it is 0: left out. */
#define VP_API_NUMBER_SIZE 24
const char *vp_api_number(unsigned long value, char buf[VP_API_NUMBER_SIZE]);

/* Begins a request; url is taken over, NULL is ENOMEM. *ret is cleared unless 0 comes back. */
int vp_api_begin(struct vp_api_request *ret, const char *method, char *url);
/* Adds to the first free header; text is taken over. */
int vp_api_header(struct vp_api_request *request, char *text);
/* body is taken over, NULL is ENOMEM. */
int vp_api_body(struct vp_api_request *request, const char *content_type, char *body);
/* On err clears the request; err. */
int vp_api_end(struct vp_api_request *request, int err);

/* A carrier's way to say no. */
struct vp_api_carrier {
	const char *name;       /* "Twilio" */
	const char *login_hint; /* what to do about 401 and 403 */
	/* The carrier's code and message of an error body; message points into body, "" none. */
	void (*read_error)(const json_t *body, char code[16], const char **ret_message);
};
void vp_api_judge(const struct vp_api_carrier *carrier, const struct vp_api_request *request,
	const struct vp_httpc_reply *reply, struct vp_api_result *ret);

/* Member of an object, NULL unless it is text. */
const char *vp_api_text(const json_t *json, const char *name);
/* A number, also one in text; def: neither. */
long vp_api_long(const json_t *json, const char *name, long def);
#endif
