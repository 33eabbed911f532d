/* voip debug check-vectors: signatures and tokens as our own code sees them, against the verdicts
 * of the carriers' own libraries. What kind a case is, its members tell. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/crypto/crypto.h"
#include "tools/voip/cli.h"
#include "tools/voip/vectors.h"

#define FILE_MAX (16u << 20)

struct tally {
	unsigned passed, failed, optional;
};

bool vectors_fail(char why[VECTORS_WHY_SIZE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, VECTORS_WHY_SIZE, fmt, ap);
	va_end(ap);
	return false;
}

const char *vectors_text(const json_t *c, const char *name)
{
	return json_string_value(json_object_get(c, name));
}

bool vectors_compare(const json_t *c, bool valid, const char *word, char why[VECTORS_WHY_SIZE])
{
	const json_t *expected = json_object_get(c, "expected_valid");

	if (!json_is_boolean(expected)) {
		return vectors_fail(why, "the case has no expected_valid");
	}
	return valid == json_is_true(expected)
		       ? true
		       : vectors_fail(why, "expected %s, we say %s",
				 json_is_true(expected) ? "valid" : "invalid", word);
}

static bool run_case(const json_t *c, char why[VECTORS_WHY_SIZE])
{
	if (vectors_text(c, "public_key_base64")) {
		return vectors_telnyx_signature(c, why);
	}
	if (vectors_text(c, "auth_token")) {
		return vectors_twilio_signature(c, why);
	}
	if (vectors_text(c, "type")) {
		return vectors_twilio_token(c, why);
	}
	return vectors_fail(why, "not a case of a kind that this version knows");
}

static void check_case(const json_t *c, size_t i, struct tally *tally)
{
	const char *id = vectors_text(c, "id");
	const char *what = vectors_text(c, "description");
	bool optional = json_is_true(json_object_get(c, "optional"));
	char why[VECTORS_WHY_SIZE] = "", number[32];
	bool passed = run_case(c, why);

	snprintf(number, sizeof(number), "case %zu", i);
	id = id ? id : number;
	if (optional) {
		tally->optional++;
		printf("optional %s: %s%s\n", id,
			passed ? "as the official library" : "decided otherwise: ", why);
	} else if (!passed) {
		printf("failed %s: %s (%s)\n", id, why, what ? what : "no description");
	}
	tally->passed += passed;
	tally->failed += !passed && !optional;
}

static json_t *load(const char *path)
{
	json_error_t error;
	size_t len;
	char *text = cli_read_file(path, FILE_MAX, &len);
	json_t *file;

	if (!text) {
		cli_failf("Name a file of test vectors (JSON).", "%s: %s", path, strerror(errno));
		return NULL;
	}
	file = json_loadb(text, len, 0, &error);
	free(text);
	if (!file) {
		cli_failf("Name a file of test vectors (JSON).", "%s: line %d: %s", path,
			error.line, error.text);
	} else if (json_array_size(json_object_get(file, "cases")) == 0) {
		json_decref(file);
		file = NULL;
		cli_failf("A file of vectors is an object with a list \"cases\".",
			"%s: there are no cases in it", path);
	}
	return file;
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	const char *word;
	struct tally tally = {0};
	json_t *file, *c;
	size_t i;

	word = cli_parse_word(cmd, NULL, 0, argc, argv);
	if (!word) {
		return CLI_USAGE;
	}
	if (vp_crypto_init() != 0) {
		return cli_fail("libsodium does not start", "Install libsodium23 again.");
	}
	file = load(word);
	if (!file) {
		return CLI_FAILED;
	}
	json_array_foreach(json_object_get(file, "cases"), i, c)
	{
		check_case(c, i, &tally);
	}
	json_decref(file);
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.failed > 0 ? CLI_FAILED : CLI_OK;
}

const struct cli_cmd cmd_check_vectors = {
	.name = "debug check-vectors",
	.args = "FILE",
	.summary = "runs signature and token test vectors through our own code",
	.help = "FILE is JSON with a list \"cases\": Twilio or Telnyx webhook signatures, or "
		"Twilio\n"
		"access tokens. Each case that fails is named, optional ones always; the last "
		"line\n"
		"counts. The status is 1 when one fails.\n",
	.example = "voip debug check-vectors vectors-twilio-signature-open.json",
	.run = run,
};
