/* Targets, routes, ranges and origins: the pure parts. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "libcommon/http/http_int.h"

static bool valid(const char *target)
{
	return vp_target_valid(target, strlen(target));
}

Test(target, escapes_must_be_whole_and_utf8)
{
	cr_assert(valid("/"));
	cr_assert(valid("/a/b?x=%C3%A4+b&y"));
	cr_assert(!valid(""));
	cr_assert(!valid("a"));
	cr_assert(!valid("*"));
	cr_assert(!valid("/%"));
	cr_assert(!valid("/%4"));
	cr_assert(!valid("/%zz"));
	cr_assert(!valid("/%00"));
	cr_assert(!valid("/%C3"));
	cr_assert(!valid("/%C0%AF"));
	cr_assert(!valid("/%ED%A0%80"));
	cr_assert(!valid("/\xC3\xA4"));
	cr_assert(!valid("/a\\b"));
}

Test(target, a_target_longer_than_the_limit_is_refused)
{
	char text[VP_HTTP_MAX_TARGET + 2];
	memset(text, 'a', sizeof(text));
	text[0] = '/';
	cr_assert(vp_target_valid(text, VP_HTTP_MAX_TARGET));
	cr_assert(!vp_target_valid(text, VP_HTTP_MAX_TARGET + 1));
}

Test(target, utf8_is_checked_by_its_table)
{
	cr_assert(vp_utf8_valid("\xF0\x9F\x98\x80", 4));
	cr_assert(vp_utf8_valid("\xF4\x8F\xBF\xBF", 4));
	cr_assert(!vp_utf8_valid("\xF4\x90\x80\x80", 4));
	cr_assert(!vp_utf8_valid("\xE0\x80\x80", 3));
	cr_assert(!vp_utf8_valid("\xC1\xBF", 2));
	cr_assert(!vp_utf8_valid("\x80", 1));
	cr_assert(!vp_utf8_valid("\xF0\x9F\x98", 3));
}

Test(target, decoding_knows_forms)
{
	char text[32];
	cr_assert_eq(vp_target_decode("a%2Bb+c%20d", 11, true, text), 7);
	cr_assert_str_eq(text, "a+b c d");
	vp_target_decode("a+b%2", 5, false, text);
	cr_assert_str_eq(text, "a+b%2");
}

static const struct vp_http_route routes[] = {
	{"GET", "/api/calls/history", NULL, 0, NULL},
	{"GET", "/api/calls/{id}", NULL, 0, NULL},
	{"POST", "/api/calls/{id}/hangup", NULL, 0, NULL},
	{"DELETE", "/api/calls/{id}", NULL, 0, NULL},
	{"GET", "/api/*", NULL, 0, NULL},
	{"*", "/any", NULL, 0, NULL},
};

static const struct vp_http_route *find(const char *method, const char *path, char *allow)
{
	static struct vp_route_match match;
	return vp_route_find(routes, 6, method, path, &match, allow, 64) ? match.route : NULL;
}

Test(route, the_most_exact_path_wins)
{
	char allow[64];
	cr_assert_eq(find("GET", "/api/calls/history", allow), &routes[0]);
	cr_assert_eq(find("GET", "/api/calls/17", allow), &routes[1]);
	cr_assert_eq(find("HEAD", "/api/calls/17", allow), &routes[1]);
	cr_assert_eq(find("DELETE", "/api/calls/history", allow), &routes[3]);
	cr_assert_eq(find("POST", "/api/calls/17/hangup", allow), &routes[2]);
	cr_assert_eq(find("GET", "/api/calls/17/else/more", allow), &routes[4]);
	cr_assert_eq(find("PURGE", "/any", allow), &routes[5]);
}

Test(route, an_unknown_path_and_a_wrong_method_differ)
{
	char allow[64];
	cr_assert_null(find("GET", "/other", allow));
	cr_assert_str_empty(allow);
	cr_assert_null(find("GET", "/apix", allow));
	cr_assert_null(find("GET", "/api", allow));
	cr_assert_str_empty(allow);
	cr_assert_null(find("PUT", "/api/calls/17", allow));
	cr_assert_str_eq(allow, "GET, DELETE");
	cr_assert_null(find("POST", "/api/calls//hangup", allow));
	cr_assert_null(find("GET", "/any/", allow));
}

Test(range, ranges_are_read_as_the_rfc_says)
{
	uint64_t first, last;
	cr_assert_eq(vp_range_parse("bytes=0-0", 10, &first, &last), 0);
	cr_assert(first == 0 && last == 0);
	cr_assert_eq(vp_range_parse("bytes=3-", 10, &first, &last), 0);
	cr_assert(first == 3 && last == 9);
	cr_assert_eq(vp_range_parse("bytes=-4", 10, &first, &last), 0);
	cr_assert(first == 6 && last == 9);
	cr_assert_eq(vp_range_parse("bytes=-40", 10, &first, &last), 0);
	cr_assert(first == 0 && last == 9);
	cr_assert_eq(vp_range_parse("bytes=5-99", 10, &first, &last), 0);
	cr_assert(first == 5 && last == 9);
	cr_assert_eq(vp_range_parse("bytes=10-", 10, &first, &last), ERANGE);
	cr_assert_eq(vp_range_parse("bytes=-0", 10, &first, &last), ERANGE);
	cr_assert_eq(vp_range_parse("bytes=0-", 0, &first, &last), ERANGE);
	cr_assert_eq(vp_range_parse("bytes=5-3", 10, &first, &last), EINVAL);
	cr_assert_eq(vp_range_parse("bytes=0-1,3-4", 10, &first, &last), EINVAL);
	cr_assert_eq(vp_range_parse("items=0-1", 10, &first, &last), EINVAL);
	cr_assert_eq(vp_range_parse("bytes=99999999999999999999-", 10, &first, &last), EINVAL);
}

Test(origin, only_our_own_origins_match)
{
	cr_assert(vp_origin_matches("http://localhost:8080", "localhost:8080", NULL));
	cr_assert(vp_origin_matches("https://CRM.example", "crm.example:443", NULL));
	cr_assert(
		vp_origin_matches("https://crm.example", "10.0.0.1:8080", "https://crm.example/"));
	cr_assert(!vp_origin_matches("https://crm.example.evil", "crm.example", NULL));
	cr_assert(!vp_origin_matches("https://evil.example", "crm.example", "https://crm.example"));
	cr_assert(!vp_origin_matches("https://crm.example:8443", "crm.example", NULL));
	cr_assert(!vp_origin_matches("null", "null", NULL));
	cr_assert(!vp_origin_matches("https://", "", NULL));
	cr_assert(!vp_origin_matches("https://crm.example/", "crm.example", NULL));
	cr_assert(!vp_origin_matches("file://crm.example", "crm.example", NULL));
}

static const char *client_of(const char *proxies, const char *peer, const char *forwarded)
{
	static char text[256];
	static struct vp_http http;
	cr_assert(vp_nets_parse(&http.proxies, proxies), "%s", proxies);
	snprintf(text, sizeof(text), "%s", forwarded != NULL ? forwarded : "");
	return vp_proxy_client(&http, peer, forwarded != NULL ? text : NULL);
}

Test(proxy, only_named_proxies_are_believed)
{
	static const char nets[] = "10.0.0.5, 10.1.0.0/16 2001:db8::/33";
	cr_assert_str_eq(client_of(nets, "192.0.2.1", "1.1.1.1"), "192.0.2.1");
	cr_assert_str_eq(client_of(nets, "10.0.0.6", "1.1.1.1"), "10.0.0.6");
	cr_assert_str_eq(client_of(nets, "10.0.0.5", "1.1.1.1"), "1.1.1.1");
	cr_assert_str_eq(client_of(nets, "10.0.0.5", NULL), "10.0.0.5");
	cr_assert_str_eq(client_of(nets, "10.1.255.255", "::1"), "::1");
	cr_assert_str_eq(client_of(nets, "2001:db8:7fff::1", "1.1.1.1"), "1.1.1.1");
	cr_assert_str_eq(client_of(nets, "2001:db8:8000::1", "1.1.1.1"), "2001:db8:8000::1");
	cr_assert_str_eq(client_of("", "10.0.0.5", "1.1.1.1"), "10.0.0.5");
}

Test(proxy, the_last_stranger_counts_not_what_he_claims)
{
	static const char nets[] = "10.0.0.0/8";
	cr_assert_str_eq(client_of(nets, "10.0.0.1", "6.6.6.6, 1.1.1.1"), "1.1.1.1");
	cr_assert_str_eq(client_of(nets, "10.0.0.1", "6.6.6.6,1.1.1.1, 10.2.3.4"), "1.1.1.1");
	cr_assert_str_eq(client_of(nets, "10.0.0.1", "10.9.9.9"), "10.9.9.9");
	cr_assert_str_eq(client_of(nets, "10.0.0.1", "nonsense"), "10.0.0.1");
	cr_assert_str_eq(client_of(nets, "10.0.0.1", "1.1.1.1, nonsense"), "10.0.0.1");
	cr_assert_str_eq(client_of(nets, "10.0.0.1", ""), "10.0.0.1");
	cr_assert_str_eq(client_of(nets, "10.0.0.1", ",,,"), "10.0.0.1");
}
