/* voip demo call: the demo carrier rings us. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/cli.h"
#include "tools/voip/fetch.h"

static char *ring_request(const char *to, const char *from, const char *play, long timeout)
{
	json_t *body = json_pack("{s:s, s:i}", "play", play, "answer_timeout", (int)timeout);
	char *text;

	if (body && to) {
		json_object_set_new(body, "did", json_string(to));
	}
	if (body && from) {
		json_object_set_new(body, "from", json_string(from));
	}
	text = body ? json_dumps(body, JSON_COMPACT) : NULL;
	json_decref(body);
	return text;
}

static int ring(const char *control, const char *request)
{
	VP_CLEANUP(vp_freep) char *url = vp_strf("%s/ring", control);
	struct fetch_reply reply;
	int status = CLI_FAILED;

	if (!url || !request) {
		return CLI_FAILED;
	}
	fetch(url, request, &reply);
	if (reply.status == 0) {
		cli_failf("Is it running? ./dev up starts it.",
			"the demo carrier does not answer: %s", reply.reason);
	} else if (reply.status >= 400) {
		cli_failf(NULL, "the demo carrier refused: %s", reply.body);
	} else {
		puts("It rings. Answer it in the browser: sign in as the agent.");
		status = CLI_OK;
	}
	fetch_free(&reply);
	return status;
}

static int run(const struct cli_cmd *cmd, int argc, char **argv)
{
	const char *to = NULL, *from = NULL, *play = "speech",
		   *control = getenv("VOIP_CARRIER_CONTROL");
	long timeout = 60;
	const struct cli_opt opts[] = {{"to", CLI_TEXT, &to, 0, 0}, {"from", CLI_TEXT, &from, 0, 0},
		{"play", CLI_TEXT, &play, 0, 0}, {"timeout", CLI_NUMBER, &timeout, 1, 300},
		{"control", CLI_TEXT, &control, 0, 0}};
	VP_CLEANUP(vp_freep) char *request = NULL;

	if (!cli_parse(cmd, opts, VP_ARRAY_LEN(opts), argc, argv, NULL)) {
		return CLI_USAGE;
	}
	if (!control || !*control) {
		return cli_fail("no demo carrier is known",
			"Start one with ./dev up, or name its control "
			"port: --control http://127.0.0.1:5080");
	}
	request = ring_request(to, from, play, timeout);
	return ring(control, request);
}

const struct cli_cmd cmd_demo_call = {
	.name = "demo call",
	.args = "[--to DID] [--from NUMBER] [--play speech|tone|echo|silence]",
	.summary = "Let the demo carrier ring you",
	.help = "  --to DID         which of our numbers it calls (default: the agent's)\n"
		"  --from NUMBER    who it says it is\n"
		"  --play WHAT      what you hear after answering: speech (default), tone, echo, "
		"silence\n"
		"  --timeout S      how long it rings (default 60)\n"
		"  --control URL    its control port (default: that of ./dev up)\n",
	.example = "voip demo call --play echo",
	.run = run,
};
