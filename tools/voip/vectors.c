/* voip debug check-vectors: signatures and tokens as our own code sees them, against the verdicts
 * of the carriers' own libraries. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/vectors/vectors.h"
#include "tools/voip/cli.h"

#define FILE_MAX (16u << 20)

struct tally {
	unsigned passed, failed;
};

static void tell(const struct vp_vector_result *result, void *arg)
{
	struct tally *tally = arg;

	if (result->optional) {
		printf("optional %s: %s%s\n", result->id,
			result->passed ? "as the official library" : "decided otherwise: ",
			result->why);
	} else if (!result->passed) {
		printf("failed %s: %s (%s)\n", result->id, result->why,
			result->description ? result->description : "no description");
	}
	tally->passed += result->passed;
	tally->failed += !result->passed && !result->optional;
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
	json_t *file;

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
	vp_vectors_run(json_object_get(file, "cases"), tell, &tally);
	json_decref(file);
	printf("%u passed, %u failed\n", tally.passed, tally.failed);
	return tally.failed > 0 ? CLI_FAILED : CLI_OK;
}

const struct cli_cmd cmd_check_vectors = {
	.name = "debug check-vectors",
	.args = "FILE",
	.summary = "Run signature and token test vectors through our own code",
	.help = "FILE is JSON with a list \"cases\": Twilio or Telnyx webhook signatures, or "
		"Twilio\n"
		"access tokens. Each case that fails is named, optional ones always; the last "
		"line\n"
		"counts. The status is 1 when one fails.\n",
	.example = "voip debug check-vectors vectors-twilio-signature-open.json",
	.run = run,
};
