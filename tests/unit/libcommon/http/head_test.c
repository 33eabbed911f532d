/* The strict look at a request's raw head. */
#include <criterion/criterion.h>
#include <string.h>
#include "libcommon/http/http_int.h"

static enum vp_head_verdict check(const char *head)
{
	return vp_head_check(head, strlen(head));
}

Test(head, plain_requests_pass)
{
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), VP_HEAD_OK);
	cr_assert_eq(check("\r\nGET / HTTP/1.1\r\nhost:\t a.b:80 \r\nX: \r\n\r\n"), VP_HEAD_OK);
	cr_assert_eq(check("POST / HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 3\r\n\r\nabc"),
		VP_HEAD_OK);
	cr_assert_eq(check("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"),
		VP_HEAD_OK);
}

Test(head, only_http_1_0_may_leave_out_the_host)
{
	cr_assert_eq(check("GET / HTTP/1.0\r\n\r\n"), VP_HEAD_OK);
	cr_assert_eq(check("GET / HTTP/1.1\r\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost:\r\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), VP_HEAD_BAD);
}

Test(head, a_body_has_one_length)
{
	static const char *const heads[] = {
		"Content-Length: 3\r\nContent-Length: 3\r\n",
		"Content-Length: 3\r\nContent-Length: 4\r\n",
		"Content-Length: 3, 3\r\n",
		"Content-Length: +3\r\n",
		"Content-Length: -1\r\n",
		"Content-Length: 0x3\r\n",
		"Content-Length: \r\n",
		"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
	};
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char text[256];
		snprintf(text, sizeof(text), "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n", heads[i]);
		cr_expect_eq(check(text), VP_HEAD_BAD, "%s", heads[i]);
	}
	cr_assert_eq(check("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), VP_HEAD_BAD);
}

Test(head, lines_end_in_crlf_and_are_not_folded)
{
	cr_assert_eq(check("GET / HTTP/1.1\nHost: a\r\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: a\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: a\r\n\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n"), VP_HEAD_BAD);
	cr_assert_eq(check("GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n"), VP_HEAD_BAD);
}

Test(head, a_cut_head_is_bad_at_every_length)
{
	static const char head[] = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
	for (size_t len = 0; len < sizeof(head) - 1; len++) {
		cr_expect_eq(vp_head_check(head, len), VP_HEAD_BAD, "%zu", len);
	}
	cr_assert_eq(vp_head_check(head, sizeof(head) - 1), VP_HEAD_OK);
}
