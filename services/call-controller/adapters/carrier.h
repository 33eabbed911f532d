/* A carrier as a call needs it: one table of functions each, which fill requests and read answers.
 * No I/O; carriers.h sends. */
#ifndef CC_CARRIER_H
#define CC_CARRIER_H
#include <stdbool.h>
#include <stddef.h>
#include "libcommon/base/uuid.h"
#include "libcommon/provider/api.h"
#include "services/call-controller/domain/provider_news.h"

struct vp_httpc_reply;
struct vp_provider_config;

#define CARRIER_ROOM_SIZE 64

struct carrier_account {
	const struct vp_provider_config *config;
	const char *webhook_url;          /* where we are reached; NULL: nowhere */
	char provider[VP_UUID_TEXT_SIZE]; /* ours, part of that address */
};

/* A leg to dial; who asks keeps all of it until the answer. */
struct carrier_dial {
	char call[VP_UUID_TEXT_SIZE];
	char command[VP_UUID_TEXT_SIZE]; /* idempotency key */
	enum provider_who leg;
	char to[PROVIDER_ID_SIZE], from[72];
	char room[CARRIER_ROOM_SIZE]; /* its name */
	char other[PROVIDER_ID_SIZE]; /* the leg that is there already; "" none */
	char *token;                  /* lets a stranger's number be shown; NULL: none */
	unsigned ring_s, time_limit_s;
	bool record;
	int64_t sent_us; /* wall clock: no call of before is ours */
	unsigned looked; /* how often it has been looked for */
};

/* A leg that is there. */
struct carrier_leg {
	char call[VP_UUID_TEXT_SIZE];
	enum provider_who leg;
	char command[VP_UUID_TEXT_SIZE];
	char external_id[PROVIDER_ID_SIZE];
	char other[PROVIDER_ID_SIZE];
	char room[CARRIER_ROOM_SIZE]; /* the carrier's id of it */
	bool on;                      /* of hold */
	char digits[40];
};

struct carrier_found {
	char external_id[PROVIDER_ID_SIZE];
	char room[CARRIER_ROOM_SIZE]; /* what holds the call's legs: a conference, a session */
};

struct carrier_driver {
	const char *name;
	/* The setting with the connection that our legs are on, where a browser's own leg may name
	 * a call of ours, too; NULL: only we can. */
	const char *connection;
	void (*answer)(const struct vp_api_request *request, const struct vp_httpc_reply *reply,
		struct vp_api_result *ret);
	/* How the user's own phone is dialled: as text, false: it has none here; or, when client is
	 * NULL, as the first column of this statement's row ($1 org, $2 provider, $3 user). */
	bool (*client)(struct vp_uuid user, char *buf, size_t size);
	const char *client_sql;
	int (*dial)(struct vp_api_request *ret, const struct carrier_account *account,
		const struct carrier_dial *dial);
	/* Of a good answer; false: it makes no sense. */
	bool (*dialled)(const struct json_t *json, struct carrier_found *ret);
	/* Looks for what may have been dialled; NULL: the dial itself is repeated. */
	int (*find)(struct vp_api_request *ret, const struct carrier_account *account,
		const struct carrier_dial *dial);
	/* Candidate i, letters and digits; "" is none of ours; false: there are no more. */
	bool (*found)(const struct json_t *json, const struct carrier_dial *dial, size_t i,
		struct carrier_found *ret);
	int (*hangup)(struct vp_api_request *ret, const struct carrier_account *account,
		const struct carrier_leg *leg);
	/* It is over, by this or by itself. */
	bool (*is_over)(const struct vp_api_result *result);
	/* Takes a leg that waits unanswered; NULL: it was taken when it came. */
	int (*accept)(struct vp_api_request *ret, const struct carrier_account *account,
		const struct carrier_leg *leg);
	int (*hold)(struct vp_api_request *ret, const struct carrier_account *account,
		const struct carrier_leg *leg); /* NULL: cannot */
	bool phone_holds; /* its phone in the browser does it, when it sees the call held */
	int (*dtmf)(struct vp_api_request *ret, const struct carrier_account *account,
		const struct carrier_leg *leg); /* NULL: its own phone sends keys */
	/* How the leg is, as news. */
	int (*look)(struct vp_api_request *ret, const struct carrier_account *account,
		const struct carrier_leg *leg);
	bool (*seen)(const struct json_t *json, struct provider_news *ret);
};

extern const struct carrier_driver carrier_twilio, carrier_telnyx;
const struct carrier_driver *carrier_driver_find(const char *name); /* NULL: none of that name */
#endif
