/* What both sides of a dialog remember (RFC 3261 section 12): tags, sequence numbers, route set,
 * remote target. It writes requests inside the dialog. */
#ifndef UA_DIALOG_H
#define UA_DIALOG_H
#include "services/call-controller/ua/stack.h"

struct ua_dialog {
	char *call_id;
	char *local;  /* From value without tag */
	char *remote; /* To value without tag */
	char local_tag[UA_TOKEN_SIZE];
	char *remote_tag; /* NULL: not known yet */
	char *target;     /* Request-URI */
	char *routes;     /* "Route: ..." lines, or NULL */
	char *contact;    /* user part of our Contact, or NULL */
	uint32_t local_seq;
	uint32_t remote_seq;
	struct ua_flow flow; /* where requests go */
};

/* One that we start; the values are copied. */
struct ua_dialog_cfg {
	const char *local;  /* "\"Name\" <sip:user@domain>" */
	const char *remote; /* "<sip:...>" */
	const char *target;
	const char *route; /* "<sip:proxy;lr>" or NULL */
	const char *contact;
	struct ua_flow flow;
};
int ua_dialog_start(struct ua_dialog *dialog, const struct ua_dialog_cfg *cfg);
/* One that an INVITE asks for; our tag is that of the server transaction. */
int ua_dialog_receive(struct ua_dialog *dialog, const struct ua_msg *invite, const char *local_tag);
/* A 2xx completes what we started: remote tag, route set, target. */
int ua_dialog_establish(struct ua_dialog *dialog, const struct ua_msg *response);
/* Another far end answered the same INVITE (a fork): a dialog of its own. */
int ua_dialog_fork(
	struct ua_dialog *fork, const struct ua_dialog *dialog, const struct ua_msg *response);
/* A target refresh: the Contact of a re-INVITE, UPDATE or their 2xx. */
void ua_dialog_refresh(struct ua_dialog *dialog, const struct ua_msg *msg);
void ua_dialog_free(struct ua_dialog *dialog);

/* Whether the message, in either direction, belongs to it. */
bool ua_dialog_match(const struct ua_dialog *dialog, const struct ua_msg *msg);

struct ua_request {
	const char *method;
	uint32_t seq;
	const char *branch;
	const char *headers; /* whole lines, or NULL */
	const char *type;    /* NULL: application/sdp */
	const char *body;
	size_t body_len;
};
void ua_dialog_write(const struct ua_dialog *dialog, struct ua_stack *stack,
	const struct ua_request *request, struct ua_text *text);

/* "z9hG4bK..." */
#define UA_BRANCH_SIZE (UA_TOKEN_SIZE + 8)
void ua_branch(char buf[UA_BRANCH_SIZE]);
#endif
