/* demo-carrier: a SIP carrier on loopback for ./dev up and the tests. README.md has its numbers and
 * its control port. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "tools/demo-carrier/carrier.h"
#include "tools/demo-carrier/control.h"
#include "tools/demo-carrier/libre.h"
#include "tools/demo-carrier/options.h"

enum { MAX_FDS = 8192, GOODBYE_MS = 300 };

static struct carrier *carrier;
static struct tmr goodbye;

static void on_goodbye(void *arg)
{
	(void)arg;
	re_cancel();
}

/* The first signal hangs up and lets the BYEs out, the second leaves at once. */
static void on_signal(int sig)
{
	(void)sig;
	if (tmr_isrunning(&goodbye)) {
		re_cancel();
		return;
	}
	carrier_hangup_all(carrier);
	tmr_start(&goodbye, GOODBYE_MS, on_goodbye, NULL);
}

/* What tests read to find the ports: written whole or not at all. */
static int write_state(const struct options *opt, const struct control *control)
{
	char *path = vp_strf("%s/carrier.json", opt->out_dir);
	char *part = vp_strf("%s/carrier.json.part", opt->out_dir);
	json_t *state = carrier_state(carrier);
	int status = -1;

	json_object_set_new(state, "control_port", json_integer(control_port(control)));
	json_object_set_new(state, "pid", json_integer(getpid()));
	if (path && part && json_dump_file(state, part, JSON_INDENT(1)) == 0) {
		status = rename(part, path);
	}
	json_decref(state);
	free(path);
	free(part);
	return status;
}

static int serve(const struct options *opt)
{
	struct control *control;
	int err = control_start(&control, carrier, opt);

	if (err) {
		vp_log(ERROR, "control.failed", VP_KV_STR("address", opt->control), VP_KV_ERR(err));
		return EXIT_FAILURE;
	}
	if (write_state(opt, control) != 0) {
		vp_log(WARN, "state.unwritten", VP_KV_STR("dir", opt->out_dir));
	}
	vp_log(INFO, "carrier.ready", VP_KV_STR("sip", opt->listen),
		VP_KV_STR("control", opt->control));
	err = re_main(on_signal);
	control_stop(control);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct options opt;
	int status = EXIT_FAILURE;

	if (options_parse(&opt, argc, argv, &status) != 0) {
		return status;
	}
	vp_log_init("demo-carrier", "demo", VP_LOG_INFO);
	if (fd_setsize(MAX_FDS) != 0 || libre_init() != 0) {
		vp_log(ERROR, "libre.failed");
		return EXIT_FAILURE;
	}
	tmr_init(&goodbye);
	if (carrier_create(&carrier, &opt) == 0) {
		status = serve(&opt);
	}
	carrier = carrier_destroy(carrier);
	tmr_cancel(&goodbye);
	libre_close();
	return status;
}
