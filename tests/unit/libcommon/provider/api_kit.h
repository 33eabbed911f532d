/* Requests as one line of text, answers from a status and a body. */
#ifndef PROVIDER_API_KIT_H
#define PROVIDER_API_KIT_H
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/provider/api.h"

/* "METHOD URL BODY"; clears the request. */
static inline void request_is(int err, struct vp_api_request *request, const char *want)
{
	VP_CLEANUP(vp_freep) char *got = NULL;

	cr_assert_eq(err, 0, "%s: %s", want, strerror(err));
	got = vp_strf("%s %s%s%s", request->method, request->url, request->body ? " " : "",
		request->body ? request->body : "");
	cr_assert_str_eq(got, want);
	cr_assert_eq(request->len, request->body ? strlen(request->body) : 0);
	vp_api_request_clear(request);
	cr_assert_null(request->url);
}

static inline struct vp_httpc_reply reply_of(int status, const char *body)
{
	return (struct vp_httpc_reply){.status = status,
		.body = body,
		.len = strlen(body),
		.content_type = "application/json",
		.reason = ""};
}
#endif
