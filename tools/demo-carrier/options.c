#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tools/demo-carrier/options.h"

enum { STATUS_USAGE = 64, EXPIRES_MIN_S = 5, EXPIRES_MAX_S = 86400 };

static const struct option flags[] = {
	{"listen", required_argument, NULL, 'l'},
	{"target", required_argument, NULL, 't'},
	{"from-address", required_argument, NULL, 'f'},
	{"control", required_argument, NULL, 'c'},
	{"out", required_argument, NULL, 'o'},
	{"user", required_argument, NULL, 'u'},
	{"password", required_argument, NULL, 'p'},
	{"challenge", no_argument, NULL, 'C'},
	{"codecs", required_argument, NULL, 'k'},
	{"expires", required_argument, NULL, 'e'},
	{"speech", required_argument, NULL, 's'},
	{"number", required_argument, NULL, 'n'},
	{"caller", required_argument, NULL, 'r'},
	{"did", required_argument, NULL, 'd'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static void help(const struct options *opt)
{
	printf("demo-carrier: a SIP carrier on loopback, for trying and testing. It has no network "
	       "behind it.\n\n"
	       "  --listen ADDR:PORT     SIP over UDP and TCP (%s)\n"
	       "  --target ADDR:PORT     whom to ring; \";transport=tcp\" may follow; several "
	       "times\n"
	       "  --from-address ADDR    where calls to a target come from (%s)\n"
	       "  --control ADDR:PORT    HTTP and JSON: GET /calls, POST /ring ... (%s)\n"
	       "  --out DIR              what it received: WAV files, sip.log, carrier.json (%s)\n"
	       "  --user, --password     accept a trunk's registration with this digest\n"
	       "  --expires SECONDS      longest registration granted (%u)\n"
	       "  --challenge            answer each INVITE with 407 first\n"
	       "  --codecs PCMU,PCMA     what it offers and takes\n"
	       "  --speech FILE.wav      played by the speech number instead of espeak-ng\n"
	       "  --number KIND=NUMBER[,SECONDS]   another number for a kind below; SECONDS is its "
	       "time\n"
	       "  --caller NUMBER        who calls in a demo call (%s)\n"
	       "  --did NUMBER           whom a demo call rings (%s)\n\n",
		opt->listen, opt->from_address, opt->control, opt->out_dir, opt->expires_s,
		opt->caller, opt->did);
	puts("Numbers:");
	for (size_t i = 0; i < opt->numbers.count; i++) {
		const struct number *n = &opt->numbers.entry[i];
		printf("  %-13s %-12s %s\n", n->e164, n->kind, n->help);
	}
}

static int set_codecs(struct options *opt, const char *list)
{
	opt->pcmu = strcmp(list, "PCMU") == 0 || strcmp(list, "PCMU,PCMA") == 0;
	opt->pcma = strcmp(list, "PCMA") == 0 || strcmp(list, "PCMU,PCMA") == 0;
	return opt->pcmu || opt->pcma ? 0 : EINVAL;
}

static int set_expires(struct options *opt, const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end != '\0' || value < EXPIRES_MIN_S || value > EXPIRES_MAX_S) {
		return EINVAL;
	}
	opt->expires_s = (unsigned)value;
	return 0;
}

static int set_target(struct options *opt, const char *target)
{
	if (opt->n_targets == TARGETS_MAX) {
		return ENOSPC;
	}
	opt->targets[opt->n_targets++] = target;
	return 0;
}

static int set(struct options *opt, int flag, const char *value)
{
	switch (flag) {
	case 'l': opt->listen = value; return 0;
	case 't': return set_target(opt, value);
	case 'f': opt->from_address = value; return 0;
	case 'c': opt->control = value; return 0;
	case 'o': opt->out_dir = value; return 0;
	case 'u': opt->user = value; return 0;
	case 'p': opt->password = value; return 0;
	case 'C': opt->challenge = true; return 0;
	case 'k': return set_codecs(opt, value);
	case 'e': return set_expires(opt, value);
	case 's': opt->speech_file = value; return 0;
	case 'n': return numbers_add(&opt->numbers, value);
	case 'r': opt->caller = value; return 0;
	case 'd': opt->did = value; return 0;
	default: return EINVAL;
	}
}

static const char *name_of(int flag)
{
	for (const struct option *o = flags; o->name; o++) {
		if (o->val == flag) {
			return o->name;
		}
	}
	return "";
}

int options_parse(struct options *opt, int argc, char **argv, int *ret_status)
{
	*opt = (struct options){.listen = "127.0.0.1:5070",
		.control = "127.0.0.1:5071",
		.from_address = "127.0.0.2",
		.out_dir = "demo-carrier.out",
		.pcmu = true,
		.pcma = true,
		.expires_s = 3600,
		.caller = "+14155550199",
		.did = "+14155550100"};
	numbers_init(&opt->numbers);

	for (int flag; (flag = getopt_long(argc, argv, "", flags, NULL)) != -1;) {
		if (flag == 'h') {
			help(opt);
			*ret_status = 0;
			return ECANCELED;
		}
		if (flag == '?') {
			*ret_status = STATUS_USAGE;
			return EINVAL;
		}
		if (set(opt, flag, optarg) != 0) {
			fprintf(stderr, "demo-carrier: --%s cannot be '%s'; see --help\n",
				name_of(flag), optarg);
			*ret_status = STATUS_USAGE;
			return EINVAL;
		}
	}
	if (optind < argc || (opt->challenge && !opt->password) ||
		(!opt->user) != (!opt->password)) {
		fprintf(stderr, "demo-carrier: %s\n",
			optind < argc
				? "it takes options only; see --help"
				: "--user and --password go together, --challenge needs both");
		*ret_status = STATUS_USAGE;
		return EINVAL;
	}
	return 0;
}
