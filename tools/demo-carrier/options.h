/* The command line of the demo carrier. */
#ifndef DEMO_CARRIER_OPTIONS_H
#define DEMO_CARRIER_OPTIONS_H
#include <stdbool.h>
#include <stddef.h>
#include "tools/demo-carrier/numbers.h"

#define TARGETS_MAX 8

struct options {
	const char *listen;       /* SIP, UDP and TCP: "127.0.0.1:5070" */
	const char *control;      /* HTTP with JSON */
	const char *from_address; /* where calls into the lab trunk come from */
	const char *out_dir;
	const char *targets[TARGETS_MAX]; /* "127.0.0.1:5060", "127.0.0.1:5060;transport=tcp" */
	size_t n_targets;
	const char *user, *password; /* of the trunk that registers here; NULL: no REGISTER */
	bool challenge;              /* 407 for each INVITE */
	bool pcmu, pcma;
	unsigned expires_s;       /* longest registration that is granted */
	const char *speech_file;  /* WAV instead of espeak-ng */
	const char *caller, *did; /* defaults of POST /ring */
	struct numbers numbers;
};

/* 0: go on; else *ret_status is the exit status (help was asked for, or a fault was printed) */
int options_parse(struct options *opt, int argc, char **argv, int *ret_status);
#endif
