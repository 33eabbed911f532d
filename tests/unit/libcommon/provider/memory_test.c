/* Each allocation of ours fails once: what comes back is ENOMEM (or a refusal), and nothing leaks,
 * which the sanitizers of ./dev test look at. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_fault.h"
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/provider.h"
#include "libcommon/provider/telnyx/calls.h"
#include "libcommon/provider/telnyx/signature.h"
#include "libcommon/provider/twilio/conferences.h"
#include "libcommon/provider/twilio/signature.h"
#include "libcommon/provider/twilio/token.h"

#define AC "AC0123456789abcdef0123456789abcdef"
#define SK "SK0123456789abcdef0123456789abcdef"

static void start(void)
{
	cr_assert_eq(vp_crypto_init(), 0);
}

TestSuite(memory, .init = start);

/* Runs until no allocation failed; how often one did. */
static long sweep(int (*run)(void))
{
	for (long n = 0;; n++) {
		bool failed;
		int err;

		alloc_fault_at(n);
		err = run();
		failed = alloc_fault_end();
		cr_assert_eq(err, failed ? ENOMEM : 0, "allocation %ld: %s", n, strerror(err));
		if (!failed) {
			return n;
		}
	}
}

static int make_config(void)
{
	static const char json[] = "{\"a\": \"1\", \"b\": \"2\"}";
	struct vp_provider_config *config;
	char *text;
	size_t len;
	int err = vp_provider_config_parse(&config, json, sizeof(json) - 1);

	if (err) {
		return err;
	}
	err = vp_provider_set(config, "a", "changed");
	err = err ? err : vp_provider_config_text(config, &text, &len);
	if (!err) {
		vp_secret_free(text, len);
	}
	vp_provider_config_destroy(config);
	return err;
}

static int make_twilio_request(void)
{
	const struct vp_twilio_account account = {.account_sid = AC, .auth_token = "x"};
	const struct vp_twilio_participant participant = {.to = "+1", .from = "+2"};
	struct vp_api_request request;
	int err = vp_twilio_participant_create(&request, &account, "room", &participant);

	if (!err) {
		vp_api_request_clear(&request);
	}
	return err;
}

static int make_telnyx_request(void)
{
	const struct vp_telnyx_account account = {.api_key = "KEY"};
	const struct vp_telnyx_command command = {.account = &account,
		.call_control_id = "v3:x",
		.command_id = "c",
		.client_state = "s"};
	struct vp_api_request request;
	int err = vp_telnyx_transfer(&request, &command, "+1", "+2", 30);

	if (!err) {
		vp_api_request_clear(&request);
	}
	return err;
}

static int make_token(void)
{
	const struct vp_twilio_token token = {.account_sid = AC,
		.api_key_sid = SK,
		.api_key_secret = "s",
		.identity = "user_1",
		.ttl_s = 60};
	const char *fault;
	char *text;
	int err = vp_twilio_token_sign(&token, &text, &fault);

	if (!err) {
		free(text);
	}
	return err;
}

static int sign_request(void)
{
	const struct vp_twilio_request request = {.url = "https://a.example/",
		.method = "POST",
		.content_type = "application/x-www-form-urlencoded",
		.body = "a=1",
		.len = 3};
	char signature[VP_TWILIO_SIGNATURE_SIZE];
	struct vp_twilio_key *key;
	int err = vp_twilio_key_create(&key, "x");

	if (!err) {
		err = vp_twilio_sign(key, &request, signature);
		vp_twilio_key_destroy(key);
	}
	return err;
}

Test(memory, what_runs_out_of_it_says_so)
{
	cr_assert_geq(sweep(make_config), 6);
	cr_assert_geq(sweep(make_twilio_request), 4);
	cr_assert_geq(sweep(make_telnyx_request), 3);
	cr_assert_geq(sweep(make_token), 3);
	cr_assert_geq(sweep(sign_request), 3);
}

Test(memory, no_signature_passes_for_want_of_it)
{
	static const uint8_t seed[VP_TELNYX_KEY_SIZE] = {1};
	struct vp_twilio_request request = {.url = "https://a.example/?b='",
		.method = "POST",
		.content_type = "application/x-www-form-urlencoded",
		.body = "a=1",
		.len = 3};
	char signature[VP_TWILIO_SIGNATURE_SIZE], telnyx[VP_TELNYX_SIGNATURE_SIZE];
	char text[VP_TELNYX_KEY_TEXT_SIZE];
	uint8_t public_key[VP_TELNYX_KEY_SIZE];
	struct vp_twilio_key *key;

	cr_assert_eq(vp_twilio_key_create(&key, "x"), 0);
	cr_assert_eq(vp_twilio_sign(key, &request, signature), 0);
	request.signature = signature;
	for (long n = 0;; n++) {
		enum vp_twilio_verdict verdict;

		alloc_fault_at(n);
		verdict = vp_twilio_verify(key, &request);
		if (!alloc_fault_end()) {
			cr_assert_eq(verdict, VP_TWILIO_GOOD);
			break;
		}
		cr_assert_neq(verdict, VP_TWILIO_GOOD);
	}
	vp_twilio_key_destroy(key);
	vp_telnyx_key_text(seed, text);
	cr_assert_eq(vp_telnyx_key_parse(text, public_key), 0);
	cr_assert_eq(vp_telnyx_sign(seed, "1", "x", 1, telnyx), 0);
	alloc_fault_at(0);
	cr_assert_eq(vp_telnyx_verify(public_key, "1", telnyx, "x", 1, 1), VP_TELNYX_WRONG);
	cr_assert(alloc_fault_end());
}
