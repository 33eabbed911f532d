#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/twilio/form.h"
#include "libcommon/provider/twilio/signature.h"

#define TOKEN "12345678901234567890123456789012"
#define URL "https://crm.example.com/voip/webhook/twilio/voice"
#define FORM "application/x-www-form-urlencoded; charset=UTF-8"

static struct vp_twilio_key *key;

static void start(void)
{
	cr_assert_eq(vp_crypto_init(), 0);
	cr_assert_eq(vp_twilio_key_create(&key, TOKEN), 0);
}

static void stop(void)
{
	key = vp_twilio_key_destroy(key);
	cr_assert_null(vp_twilio_key_destroy(NULL));
}

TestSuite(twilio_signature, .init = start, .fini = stop);

static struct vp_twilio_request request_of(const char *url, const char *type, const char *body)
{
	return (struct vp_twilio_request){.url = url,
		.method = "POST",
		.content_type = type,
		.body = body,
		.len = strlen(body)};
}

static enum vp_twilio_verdict verify(const char *url, const char *body, const char *signature)
{
	struct vp_twilio_request request = request_of(url, FORM, body);

	request.signature = signature;
	return vp_twilio_verify(key, &request);
}

static void sign(const char *url, const char *body, char signature[VP_TWILIO_SIGNATURE_SIZE])
{
	const struct vp_twilio_request request = request_of(url, FORM, body);

	cr_assert_eq(vp_twilio_sign(key, &request, signature), 0);
}

Test(twilio_signature, what_we_sign_is_what_twilio_signs)
{
	char signature[VP_TWILIO_SIGNATURE_SIZE];

	/* cases of Twilio's own library, see the shared vectors */
	sign(URL,
		"CallSid=CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&Event=ringing&Event=answered&Event="
		"ringing&Event=Completed",
		signature);
	cr_assert_str_eq(signature, "Ms3GbqTpt5lrlskZSund66/brHY=");
	sign(URL, "b=1&B=2&_u=3&a=4&A=5&Zz=6&a.b=7&a-b=8", signature);
	cr_assert_str_eq(signature, "YkTyqzrepzJMaMYkcY1TKZa8tRM=");
}

Test(twilio_signature, one_key_verifies_many_requests)
{
	char signature[VP_TWILIO_SIGNATURE_SIZE];

	for (int i = 0; i < 100; i++) {
		VP_CLEANUP(vp_freep) char *body = vp_strf("CallSid=CA%d&n=%d", i, i * 7);

		sign(URL, body, signature);
		cr_assert_eq(verify(URL, body, signature), VP_TWILIO_GOOD);
		signature[3] ^= 1;
		cr_assert_neq(verify(URL, body, signature), VP_TWILIO_GOOD);
	}
}

Test(twilio_signature, ports_do_not_matter_where_they_are_the_standard_ones)
{
	char signature[VP_TWILIO_SIGNATURE_SIZE];

	sign("https://a.example:443/x?y=1", "a=1", signature);
	cr_assert_eq(verify("https://a.example/x?y=1", "a=1", signature), VP_TWILIO_GOOD);
	cr_assert_eq(verify("https://a.example:8443/x?y=1", "a=1", signature), VP_TWILIO_WRONG);
	sign("http://[2001:db8::1]/x", "", signature);
	cr_assert_eq(verify("http://[2001:db8::1]:80/x", "", signature), VP_TWILIO_GOOD);
	cr_assert_eq(verify("http://[2001:db8::1]:81/x", "", signature), VP_TWILIO_GOOD,
		"a configured port that Twilio left out");
}

Test(twilio_signature, faults_are_told_apart)
{
	char signature[VP_TWILIO_SIGNATURE_SIZE];

	sign(URL, "a=1", signature);
	cr_assert_eq(verify(URL, "a=1", NULL), VP_TWILIO_MISSING);
	cr_assert_eq(verify(URL, "a=1", ""), VP_TWILIO_MISSING);
	cr_assert_eq(verify(URL, "a=1", "AAAA"), VP_TWILIO_MALFORMED);
	cr_assert_eq(verify(URL, "a=1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=="), VP_TWILIO_MALFORMED);
	cr_assert_eq(verify(URL, "a=1", "AAAAAAAAAAAAAAAAAAAAAAAAAA-="), VP_TWILIO_MALFORMED);
	cr_assert_eq(verify(URL, "a=1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), VP_TWILIO_WRONG);
	cr_assert_eq(verify(URL, "a=%4", signature), VP_TWILIO_MALFORMED);
	cr_assert_eq(verify(URL, "a=%zz", signature), VP_TWILIO_MALFORMED);
	cr_assert_eq(verify("not a url", "a=1", signature), VP_TWILIO_MALFORMED);
	cr_assert_eq(verify("https://:443/", "a=1", signature), VP_TWILIO_MALFORMED);
	cr_assert_eq(verify(URL, "a=2", signature), VP_TWILIO_WRONG);
	cr_assert_eq(verify(URL, "a=1", signature), VP_TWILIO_GOOD);
}

Test(twilio_signature, a_body_that_is_no_form_is_bound_by_its_hash)
{
	static const char body[] = "{\"event\":\"x\",\"n\":1}";
	static const char url[] =
		URL "?x=1&bodySHA256=27ebfe91a318dc07829eec267640f3751e9a3cdc12079c47803ad76b340"
		    "4b82e";
	struct vp_twilio_request request = request_of(url, "application/json", body);
	char signature[VP_TWILIO_SIGNATURE_SIZE];

	cr_assert_eq(vp_twilio_sign(key, &request, signature), 0);
	request.signature = signature;
	cr_assert_eq(vp_twilio_verify(key, &request), VP_TWILIO_GOOD);
	request.len--;
	cr_assert_eq(vp_twilio_verify(key, &request), VP_TWILIO_BODY_HASH);
	request.content_type = NULL;
	cr_assert_eq(vp_twilio_verify(key, &request), VP_TWILIO_BODY_HASH);
	request.content_type = "application/x-www-form-urlencodedx";
	cr_assert_eq(vp_twilio_verify(key, &request), VP_TWILIO_BODY_HASH);
	request = request_of(URL, NULL, "");
	cr_assert_eq(vp_twilio_sign(key, &request, signature), 0);
	request.signature = signature;
	cr_assert_eq(vp_twilio_verify(key, &request), VP_TWILIO_GOOD, "nothing to bind");
	request.content_type = "application/json";
	cr_assert_eq(vp_twilio_verify(key, &request), VP_TWILIO_BODY_HASH);
}

Test(twilio_signature, what_is_too_much_is_refused)
{
	char *url = malloc(9000), *body = malloc(4000);
	char signature[VP_TWILIO_SIGNATURE_SIZE];

	memset(url, 'a', 8999);
	memcpy(url, "https://a/", 10);
	url[8999] = '\0';
	cr_assert_eq(verify(url, "", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), VP_TWILIO_MALFORMED);
	memset(body, '&', 3999);
	body[3999] = '\0';
	cr_assert_eq(verify(URL, body, "AAAAAAAAAAAAAAAAAAAAAAAAAAA="), VP_TWILIO_MALFORMED);
	body[1023] = '\0';
	sign(URL, "", signature);
	cr_assert_eq(verify(URL, body, signature), VP_TWILIO_GOOD, "empty fields are none");
	free(url);
	free(body);
}

static void sorted_is(const char *body, const char *want)
{
	struct vp_twilio_form form;
	char got[4096] = "";
	size_t used = 0;

	cr_assert_eq(vp_twilio_form_parse(&form, body, strlen(body)), 0);
	vp_twilio_form_join(&form);
	for (size_t i = 0; i < form.n_sorted; i++) {
		const struct vp_twilio_field *f = form.sorted[i];
		used += (size_t)snprintf(got + used, sizeof(got) - used, "%.*s=%.*s ",
			(int)f->name_len, f->name, (int)f->value_len, f->value);
		cr_assert_lt(used, sizeof(got));
	}
	cr_assert_str_eq(got, want);
	vp_twilio_form_clear(&form);
}

Test(twilio_signature, fields_are_sorted_as_javascript_sorts)
{
	sorted_is("", "");
	sorted_is("&&", "");
	sorted_is("b&a=&=x", "=x a= b= ");
	sorted_is("a=2&a=1&a=2", "a=1 a=2 ");
	sorted_is("a=x%3Dy%26&a=%2B+%20", "a=+   a=x=y& ");
	/* U+FF5E comes behind U+1F600, which UTF-16 writes with surrogates */
	sorted_is("%EF%BD%9E=1&%F0%9F%98%80=2&%C3%A9=3",
		"\xc3\xa9=3 \xf0\x9f\x98\x80=2 \xef\xbd\x9e=1 ");
	/* above 48 fields another sort takes over */
	sorted_is(
		"z=1&y=1&x=1&w=1&v=1&u=1&t=1&s=1&r=1&q=1&p=1&o=1&n=1&m=1&l=1&k=1&j=1&i=1&h=1&g=1&f="
		"1&e=1&d=1&c=1&b=1&a=1&z=1&y=1&x=1&w=1&v=1&u=1&t=1&s=1&r=1&q=1&p=1&o=1&n=1&m=1&l=1"
		"&k=1&j=1&i=1&h=1&g=1&f=1&e=1&d=1&c=1&b=1&a=1",
		"a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1 j=1 k=1 l=1 m=1 n=1 o=1 p=1 q=1 r=1 s=1 t=1 "
		"u=1 "
		"v=1 w=1 x=1 y=1 z=1 ");
}

/* A request of random bytes must never do more than be refused. */
Test(twilio_signature, hostile_bytes_are_only_refused)
{
	for (int i = 0; i < 20000; i++) {
		char url[64] = "https://a/?", body[64],
		     signature[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
		struct vp_twilio_request request = {.url = url,
			.method = "POST",
			.content_type = i % 2 ? FORM : "application/json",
			.body = body,
			.signature = signature};

		vp_random(body, sizeof(body));
		vp_random(url + 11, sizeof(url) - 12);
		url[sizeof(url) - 1] = '\0';
		request.len = (size_t)(unsigned char)body[0] % sizeof(body);
		for (size_t k = 0; k < sizeof(body); k++) {
			body[k] = "%&=+a%0F"[(unsigned char)body[k] % 8];
		}
		cr_assert_neq(vp_twilio_verify(key, &request), VP_TWILIO_GOOD);
	}
}
