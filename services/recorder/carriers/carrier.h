/* A carrier as its recordings need it: one table of functions each, which fill requests and read
 * answers. No I/O. A new carrier is a file and a row in carrier.c. */
#ifndef RECORDER_CARRIER_H
#define RECORDER_CARRIER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/provider/api.h"

struct json_t;
struct vp_httpc_reply;
struct vp_provider_config;

#define CARRIER_ID_SIZE 64

enum carrier_state {
	CARRIER_MAKING, /* it will come */
	CARRIER_READY,
	CARRIER_NEVER, /* too short, silent, deleted */
};

struct carrier_recording {
	char id[CARRIER_ID_SIZE];
	enum carrier_state state;
	int64_t duration_ms; /* -1: it does not say */
	int64_t started_us;  /* 0: it does not say */
};

struct carrier {
	const char *name;  /* of the driver */
	const char *label; /* for a person */
	/* Where its audio may lie beside the API's own host (domain/place.h). */
	const char *hosts;
	/* Those of a call: a leg or a session, as the row's carrier_call names it. */
	int (*list)(struct vp_api_request *ret, const struct vp_provider_config *config,
		const char *call);
	/* Entry i; false: there are no more. One that makes no sense has no id. */
	bool (*listed)(const struct json_t *json, size_t i, struct carrier_recording *ret);
	/* How it is now. */
	int (*look)(struct vp_api_request *ret, const struct vp_provider_config *config,
		const char *id);
	bool (*seen)(const struct json_t *json, struct carrier_recording *ret);
	/* Its audio, both sides apart where it has them; json: the answer to look. What it needs to
	 * log in goes to the API's host only. EINVAL: the answer names none. */
	int (*media)(struct vp_api_request *ret, const struct vp_provider_config *config,
		const struct json_t *json);
	int (*remove)(struct vp_api_request *ret, const struct vp_provider_config *config,
		const char *id);
	void (*answer)(const struct vp_api_request *request, const struct vp_httpc_reply *reply,
		struct vp_api_result *ret);
};

extern const struct carrier carrier_twilio, carrier_telnyx;
const struct carrier *carrier_find(const char *name); /* NULL: none of that name */

/* Of a carrier's file: a request for a recording by its id, with the account of the settings. */
#define CARRIER_ASKS(name, driver, verb)                                                           \
	static int name(struct vp_api_request *ret, const struct vp_provider_config *config,       \
		const char *id)                                                                    \
	{                                                                                          \
		struct vp_##driver##_account account;                                              \
		vp_##driver##_account_of(config, &account);                                        \
		return vp_##driver##_recording_##verb(ret, &account, id);                          \
	}

/* A GET of audio that needs no login; url is copied. */
int carrier_plain_get(
	struct vp_api_request *ret, const struct vp_provider_config *config, const char *url);
#endif
