/* Shared by call.c (the object), call_in.c, call_out.c (its two beginnings) and call_sdp.c. */
#ifndef DEMO_CARRIER_CALL_INT_H
#define DEMO_CARRIER_CALL_INT_H
#include <limits.h>
#include "tools/demo-carrier/call.h"
#include "tools/demo-carrier/voice.h"

#define CALL_TEXT 160
#define TARGETS_OUT_MAX 8
#define TARGET_TEXT 200

enum call_state { CALL_RINGING, CALL_ANSWERED, CALL_ENDED };

struct call {
	unsigned id;
	bool outbound;
	enum call_state state;
	const struct call_env *env;
	struct stack *stack;
	struct plan plan;
	char kind[16];
	char number[CALL_TEXT], from[CALL_TEXT], from_name[CALL_TEXT], asserted[CALL_TEXT];
	char sip_call_id[CALL_TEXT];
	char wav[PATH_MAX];
	int64_t started_us, answered_us, ended_us;
	uint16_t status;
	char ended_by[8], reason[CALL_TEXT];
	bool held;
	unsigned holds; /* how often the far side put us on hold */

	struct sipsess *session;
	struct sdp_session *sdp;
	struct sdp_media *media;
	bool offered; /* the next remote SDP is an answer to ours */
	struct voice *voice;
	json_t *heard; /* the voice's report, once it is gone */
	struct tmr answer, hangup, hold, close;

	char targets[TARGETS_OUT_MAX][TARGET_TEXT];
	size_t n_targets, target;
};

int call_alloc(struct call **ret, const struct call_env *env, struct stack *stack, unsigned id);
void call_end(struct call *call, uint16_t status, const char *by, const char *reason);
/* The call is up: starts the plan's timers. */
void call_answered(struct call *call);

/* Makes socket and local description. */
int call_sdp_create(struct call *call);
/* Reads a remote description; an offer is followed by call_sdp_write(.., false). */
int call_sdp_read(struct call *call, struct mbuf *body);
int call_sdp_write(struct call *call, bool offer, struct mbuf **ret);

/* True: another target is tried, the call goes on. */
bool call_fail_over(struct call *call, int err, const struct sip_msg *msg);

/* Handlers of sipsess that both directions share; arg is the call. */
int call_on_offer(struct mbuf **ret_body, const struct sip_msg *msg, void *arg);
int call_on_answer(const struct sip_msg *msg, void *arg);
void call_on_established(const struct sip_msg *msg, void *arg);
void call_on_info(struct sip *sip, const struct sip_msg *msg, void *arg);
void call_on_close(int err, const struct sip_msg *msg, void *arg);
int call_on_auth(char **user, char **password, const char *realm, void *arg);
#endif
