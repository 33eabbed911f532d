/* voip status: is each service ready? voip healthcheck: is this container's? */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/cli.h"
#include "tools/voip/fetch.h"

enum { ADDRESS_MAX = 128 };

struct tally {
	unsigned ready, other;
};

static void print_line(const char *name, const char *state, const char *detail)
{
	printf("%-20s %-10s %s\n", name, state, detail);
}

static void check(const char *name, const char *url, struct tally *tally)
{
	struct fetch_reply reply;

	fetch(url, NULL, &reply);
	reply.body[strcspn(reply.body, "\r\n")] = '\0';
	if (reply.status == 200) {
		print_line(name, "ready", "");
		tally->ready++;
	} else {
		print_line(name, reply.status ? "not ready" : "down",
			reply.status ? reply.body : reply.reason);
		tally->other++;
	}
	fetch_free(&reply);
}

/* "gateway=127.0.0.1:9110" */
static bool check_named(const char *item, struct tally *tally)
{
	const char *equals = strchr(item, '=');
	VP_CLEANUP(vp_freep) char *name = equals ? strndup(item, (size_t)(equals - item)) : NULL;
	VP_CLEANUP(vp_freep) char *url = equals ? vp_strf("http://%s/readyz", equals + 1) : NULL;

	if (!name || !url) {
		return false;
	}
	check(name, url, tally);
	return true;
}

static bool check_list(char *list, struct tally *tally)
{
	for (char *item = strtok(list, ","); item; item = strtok(NULL, ",")) {
		if (!check_named(item, tally)) {
			cli_failf("VOIP_SERVICES=gateway=127.0.0.1:9110,router=127.0.0.1:9102",
				"'%s' is not NAME=ADDRESS:PORT", item);
			return false;
		}
	}
	return true;
}

/* What ./dev up started: the metrics address of each service is there. */
static bool check_dev(struct tally *tally)
{
	const char *file = getenv("VOIP_DEV_JSON");
	json_t *dev = file ? json_load_file(file, 0, NULL) : NULL;
	const char *name;
	json_t *service;

	json_object_foreach(json_object_get(dev, "services"), name, service)
	{
		const char *metrics = json_string_value(json_object_get(service, "metrics"));
		const char *end = metrics ? strstr(metrics, "/metrics") : NULL;
		VP_CLEANUP(vp_freep)
		char *url = end ? vp_strf("%.*s/readyz", (int)(end - metrics), metrics) : NULL;

		if (url) {
			check(name, url, tally);
		}
	}
	json_decref(dev);
	return dev != NULL;
}

static int run_status(const struct cli_cmd *cmd, int argc, char **argv)
{
	struct tally tally = {0};
	const char *services = getenv("VOIP_SERVICES");
	const struct cli_opt opts[] = {{"services", CLI_TEXT, &services, 0, 0}};
	VP_CLEANUP(vp_freep) char *list = NULL;
	bool known;

	if (!cli_parse(cmd, opts, VP_ARRAY_LEN(opts), argc, argv, NULL)) {
		return CLI_USAGE;
	}
	list = services ? strdup(services) : NULL;
	known = list ? check_list(list, &tally) : check_dev(&tally);
	if (!known || tally.ready + tally.other == 0) {
		return cli_fail("no services are named",
			"Start them with ./dev up, or set VOIP_SERVICES=NAME=ADDRESS:PORT,... "
			"(admin ports).");
	}
	printf("%u ready, %u not\n", tally.ready, tally.other);
	return tally.other ? CLI_FAILED : CLI_OK;
}

const struct cli_cmd cmd_status = {
	.name = "status",
	.args = "[--services NAME=ADDR:PORT,...]",
	.summary = "Ask each service whether it is ready",
	.help = "The addresses are those of VOIP_ADMIN_LISTEN. Without --services and "
		"VOIP_SERVICES the\n"
		"services of a running ./dev up are asked.\n",
	.example = "voip status --services gateway=127.0.0.1:9110,router=127.0.0.1:9102",
	.run = run_status,
};

/* VOIP_ADMIN_FILE knows better than VOIP_ADMIN_LISTEN, which may say port 0. The caller frees. */
static char *admin_address(void)
{
	const char *listen = getenv("VOIP_ADMIN_LISTEN"), *file = getenv("VOIP_ADMIN_FILE");
	char *address;

	if (file && *file) {
		address = cli_read_file(file, ADDRESS_MAX, NULL);
		if (!address) {
			cli_failf("The service writes it when it starts.", "%s: %s", file,
				strerror(errno));
			return NULL;
		}
		address[strcspn(address, "\r\n")] = '\0';
		return address;
	}
	if (!listen || !*listen) {
		cli_fail("neither VOIP_ADMIN_LISTEN nor VOIP_ADMIN_FILE is set",
			"Set it to the service's own.");
		return NULL;
	}
	return strdup(listen);
}

static int run_healthcheck(const struct cli_cmd *cmd, int argc, char **argv)
{
	VP_CLEANUP(vp_freep) char *address = NULL;
	VP_CLEANUP(vp_freep) char *url = NULL;
	struct fetch_reply reply;
	int status;

	if (!cli_parse(cmd, NULL, 0, argc, argv, NULL)) {
		return CLI_USAGE;
	}
	address = admin_address();
	url = address ? vp_strf("http://%s/readyz", address) : NULL;
	if (!url) {
		return CLI_FAILED;
	}
	fetch(url, NULL, &reply);
	status = reply.status;
	if (status != 200) {
		printf("%s\n", reply.status ? reply.body : reply.reason);
	}
	fetch_free(&reply);
	return status == 200 ? CLI_OK : CLI_FAILED;
}

const struct cli_cmd cmd_healthcheck = {
	.name = "healthcheck",
	.args = "",
	.summary = "Exit 0 when the service at VOIP_ADMIN_LISTEN is ready",
	.help = "For the health check of a container, which has no curl. With VOIP_ADMIN_FILE the "
		"address is\n"
		"read from that file, which the service writes: so its port may be 0.\n",
	.example = "VOIP_ADMIN_LISTEN=127.0.0.1:9100 voip healthcheck",
	.run = run_healthcheck,
};
