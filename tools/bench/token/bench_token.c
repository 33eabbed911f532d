/* bench-token: what tokens and signatures of carriers cost in our library, CPU us each, as JSON on
 * stdout. `bench-token seal KEY-FILE CONTEXT TEXT` prints a sealed text, for the database of the
 * HTTP part. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/telnyx/signature.h"
#include "libcommon/provider/twilio/signature.h"
#include "libcommon/provider/twilio/token.h"

#define ROUNDS 9
#define ROUND_US 100000.0
#define NOW INT64_C(1800000000)
#define NOW_TEXT "1800000000"

/* A status callback as Twilio sends it. */
#define URL                                                                                        \
	"https://crm.example.com/voip/webhook/p/01890000-0000-7000-8000-000000000021/"             \
	"status?call=1"
#define FORM                                                                                       \
	"AccountSid=AC0123456789abcdef0123456789abcdef&ApiVersion=2010-04-01&CallSid="             \
	"CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&CallStatus=completed&Direction=outbound-api&"          \
	"From=%2B15550001111&To=%2B15552223333&Caller=%2B15550001111&Called=%2B15552223333&"       \
	"FromCountry=US&FromCity=&ToState=CA&CallbackSource=call-progress-events&"                 \
	"SequenceNumber=3&Timestamp=Thu%2C+26+Nov+2026+17%3A41%3A11+%2B0000&CallDuration=17&"      \
	"Duration=1&SipResponseCode=200"

struct bench {
	struct vp_twilio_signer *signer;
	struct vp_twilio_token token;
	struct vp_twilio_key *key;
	struct vp_twilio_request request, wrong;
	char signature[VP_TWILIO_SIGNATURE_SIZE];
	uint8_t telnyx_key[VP_TELNYX_KEY_SIZE];
	char body[700], telnyx_signature[VP_TELNYX_SIGNATURE_SIZE],
		telnyx_wrong[VP_TELNYX_SIGNATURE_SIZE];
	unsigned n;
};

static double cpu_us(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Median of the rounds. */
static double measure(void (*run)(struct bench *bench), struct bench *bench)
{
	double rounds[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		double begin = cpu_us(), spent = 0;
		unsigned n = 0;

		while (spent < ROUND_US) {
			for (int k = 0; k < 200; k++) {
				run(bench);
			}
			n += 200;
			spent = cpu_us() - begin;
		}
		rounds[i] = spent / n;
	}
	qsort(rounds, ROUNDS, sizeof(*rounds), by_size);
	return rounds[ROUNDS / 2];
}

static void sign_kept(struct bench *bench)
{
	char identity[32], *text;
	const char *fault;
	struct vp_twilio_token token = bench->token;

	snprintf(identity, sizeof(identity), "agent_%u", bench->n++);
	token.identity = identity;
	vp_assert(vp_twilio_signer_token(bench->signer, &token, &text, &fault) == 0);
	free(text);
}

static void sign_anew(struct bench *bench)
{
	const char *fault;
	char *text;

	bench->token.identity = "agent_1";
	vp_assert(vp_twilio_token_sign(&bench->token, &text, &fault) == 0);
	free(text);
}

static void verify_good(struct bench *bench)
{
	vp_assert(vp_twilio_verify(bench->key, &bench->request) == VP_TWILIO_GOOD);
}

static void verify_wrong(struct bench *bench)
{
	vp_assert(vp_twilio_verify(bench->key, &bench->wrong) == VP_TWILIO_WRONG);
}

static void telnyx_good(struct bench *bench)
{
	vp_assert(vp_telnyx_verify(bench->telnyx_key, NOW_TEXT, bench->telnyx_signature,
			  bench->body, sizeof(bench->body), NOW) == VP_TELNYX_GOOD);
}

static void telnyx_wrong(struct bench *bench)
{
	vp_assert(vp_telnyx_verify(bench->telnyx_key, NOW_TEXT, bench->telnyx_wrong, bench->body,
			  sizeof(bench->body), NOW) == VP_TELNYX_WRONG);
}

static void prepare(struct bench *bench)
{
	static const uint8_t seed[VP_TELNYX_KEY_SIZE] = {7};
	char text[VP_TELNYX_KEY_TEXT_SIZE];
	const char *fault;

	bench->token = (struct vp_twilio_token){.account_sid = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		.api_key_sid = "SKbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
		.api_key_secret = "cccccccccccccccccccccccccccccccc",
		.application_sid = "APdddddddddddddddddddddddddddddddd",
		.incoming = true,
		.now_s = NOW,
		.ttl_s = 3600};
	vp_assert(vp_twilio_signer_create(&bench->signer, &bench->token, &fault) == 0);
	vp_assert(vp_twilio_key_create(&bench->key, "0123456789abcdef0123456789abcdef") == 0);
	bench->request = (struct vp_twilio_request){.url = URL,
		.method = "POST",
		.content_type = "application/x-www-form-urlencoded",
		.body = FORM,
		.len = strlen(FORM),
		.signature = bench->signature};
	vp_assert(vp_twilio_sign(bench->key, &bench->request, bench->signature) == 0);
	bench->wrong = bench->request;
	bench->wrong.signature = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	memset(bench->body, 'a', sizeof(bench->body));
	vp_assert(vp_telnyx_sign(seed, NOW_TEXT, bench->body, sizeof(bench->body),
			  bench->telnyx_signature) == 0);
	vp_assert(vp_telnyx_sign(seed, NOW_TEXT, "b", 1, bench->telnyx_wrong) == 0);
	vp_telnyx_key_text(seed, text);
	vp_assert(vp_telnyx_key_parse(text, bench->telnyx_key) == 0);
}

static int run(void)
{
	static const struct {
		const char *name;
		void (*run)(struct bench *bench);
	} cases[] = {{"token", sign_kept}, {"token_new_key", sign_anew},
		{"twilio_good", verify_good}, {"twilio_wrong", verify_wrong},
		{"telnyx_good", telnyx_good}, {"telnyx_wrong", telnyx_wrong}};
	struct bench bench = {0};
	json_t *result = json_object();

	prepare(&bench);
	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		json_object_set_new(
			result, cases[i].name, json_real(measure(cases[i].run, &bench)));
	}
	json_dumpf(result, stdout, JSON_REAL_PRECISION(5));
	json_decref(result);
	vp_twilio_signer_destroy(bench.signer);
	vp_twilio_key_destroy(bench.key);
	return 0;
}

static int seal(const char *key_file, const char *context, const char *text)
{
	struct vp_keyring *ring;
	char *sealed;

	if (vp_keyring_load(&ring, key_file) != 0 ||
		vp_seal(ring, context, text, strlen(text), &sealed) != 0) {
		fprintf(stderr, "bench-token: %s is of no use\n", key_file);
		return 1;
	}
	puts(sealed);
	free(sealed);
	vp_keyring_destroy(ring);
	return 0;
}

int main(int argc, char **argv)
{
	if (vp_crypto_init() != 0) {
		return 1;
	}
	if (argc == 5 && strcmp(argv[1], "seal") == 0) {
		return seal(argv[2], argv[3], argv[4]);
	}
	return run();
}
