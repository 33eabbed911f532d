/* SIP transactions (RFC 3261 section 17, with RFC 6026 for INVITE): who sent what, what to repeat,
 * and when to give up. Messages come in by ua_stack_input and leave by cfg.send; what is above
 * decides.
 *
 * Why not libre's: its timers are one sorted list, which makes a call cost 1.0 to 1.75 ms, it binds
 * one TLS context to a whole stack, follows redirects by itself and shows no early dialog. Its
 * codecs, sockets, TLS and DNS are what this stands on. */
#ifndef UA_STACK_H
#define UA_STACK_H
#include "services/call-controller/ua/msg.h"
#include "services/call-controller/ua/text.h"
#include "services/call-controller/ua/timer.h"

#define UA_T1_MS 500
#define UA_T2_MS 4000
#define UA_T4_MS 5000
#define UA_TIMEOUT_MS (64 * UA_T1_MS) /* timers B, D, F, H, J, L, M */
#define UA_TRYING_MS 150              /* an INVITE that nobody answered gets 100 after this */

struct ua_stack;
struct ua_client;
struct ua_server;

struct ua_stack_cfg {
	struct ua_timers *timers;
	int (*send)(struct ua_flow *flow, const char *data, size_t len, void *arg);
	/* Our "host:port" toward this peer. */
	void (*local)(enum ua_tp tp, const struct sa *peer, char *buf, void *arg);
	/* A request that is no retransmission, no CANCEL and no ACK of a refusal. The server
	 * transaction is NULL for ACK. Everything else must be answered, now or later. */
	void (*on_request)(struct ua_server *server, const struct ua_msg *msg, void *arg);
	/* Counts what precheck refused (status), and responses that match nothing (0). */
	void (*on_refused)(unsigned status, const struct ua_msg *msg, void *arg);
	const char *agent; /* Server and User-Agent */
	void *arg;
};

int ua_stack_create(struct ua_stack **ret, const struct ua_stack_cfg *cfg);
struct ua_stack *ua_stack_destroy(struct ua_stack *stack);
void ua_stack_input(struct ua_stack *stack, struct ua_msg *msg);
/* A connection broke: requests waiting on it fail with ECONNRESET. */
void ua_stack_lost(struct ua_stack *stack, uint64_t conn);
struct ua_timers *ua_stack_timers(const struct ua_stack *stack);
const char *ua_stack_agent(const struct ua_stack *stack);
void ua_stack_local(struct ua_stack *stack, enum ua_tp tp, const struct sa *peer, char *buf);
/* A message without transaction: ACK of a 2xx. */
int ua_stack_send(struct ua_stack *stack, struct ua_flow *flow, const struct ua_text *text);

/* Unguessable text for branches, tags and Call-IDs. */
#define UA_TOKEN_SIZE 33
void ua_token(char buf[UA_TOKEN_SIZE]);

/* --- client: we asked --- */

/* err 0 with a response; ETIMEDOUT or ECONNRESET without. Provisional responses come as they do; an
 * INVITE's 2xx may come several times, every other final response is the last call. */
typedef void ua_client_h(int err, const struct ua_msg *msg, void *arg);

/* Sends the request, whose top Via holds the branch. On an error h is never called. The pointer at
 * slot becomes NULL when the transaction is over for its owner; slot NULL: nobody asks for it. */
int ua_client_start(struct ua_client **slot, struct ua_stack *stack, const struct ua_flow *flow,
	const char *branch, const struct ua_text *request, ua_client_h *h, void *arg);
/* The handler is not called any more and the slot set to NULL; the transaction ends by itself. NULL
 * is no-op. */
void ua_client_forget(struct ua_client *client);
/* Of an INVITE: CANCEL as soon as the far side showed that it has the request. */
void ua_client_cancel(struct ua_client *client);

/* --- server: we were asked --- */

struct ua_server_handlers {
	void (*on_cancel)(void *arg); /* 200 was sent to the CANCEL; the INVITE wants its 487 */
	void (*on_no_ack)(void *arg); /* a 2xx was not acknowledged for 32 s */
	void (*on_gone)(void *arg);   /* the pointer is dead from now on */
};

struct ua_reply {
	unsigned status;
	const char *reason;
	bool dialog;         /* with Record-Route and Contact */
	const char *contact; /* user part of Contact */
	const char *headers; /* whole lines, or NULL */
	const char *body;    /* SDP */
	size_t body_len;
};

void ua_server_own(struct ua_server *server, const struct ua_server_handlers *handlers, void *arg);
int ua_server_reply(struct ua_server *server, const struct ua_reply *reply);
int ua_server_refuse(struct ua_server *server, unsigned status, const char *reason);
/* The ACK of a 2xx came: stop repeating it. */
void ua_server_acked(struct ua_server *server);
/* The tag that our answers put into To. */
const char *ua_server_tag(const struct ua_server *server);
bool ua_server_answered(const struct ua_server *server);
#endif
