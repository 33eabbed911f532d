/* What the files of a leg share: leg.c (life, dispatch), leg_out.c (we called), leg_in.c (requests
 * of the far side), leg_dialog.c (requests of ours inside the dialog). */
#ifndef UA_LEG_INT_H
#define UA_LEG_INT_H
#include "services/call-controller/ua/dialog.h"
#include "services/call-controller/ua/leg.h"
#include "services/call-controller/ua/session.h"

#define UA_SDP_MAX 8192

enum leg_state {
	LEG_CALLING,  /* our INVITE has no final answer */
	LEG_INCOMING, /* their INVITE has none of ours */
	LEG_ACCEPTED, /* we answered 200, the ACK is missing */
	LEG_UP,
	LEG_ENDING, /* our CANCEL or BYE is under way; nobody owns the leg */
};

/* A request of ours inside the dialog; at most one at a time. */
enum leg_asking { ASKING_NOTHING, ASKING_MODIFY, ASKING_REFRESH, ASKING_BYE, ASKING_INFO };

struct ua_leg {
	struct le le;
	struct ua_agent *agent;
	enum leg_state state;
	bool outgoing;
	struct ua_dialog dialog;
	struct ua_session session;
	struct ua_leg_handlers handlers;
	void *arg;

	/* digest; own copies */
	struct ua_digest digest;
	char *username, *password, *realm;

	/* our INVITE, and what it is built of, to repeat it after 401 or 422 */
	struct ua_client *invite;
	char *headers;
	char *sdp;
	size_t sdp_len;
	uint32_t invite_seq;
	struct ua_text *ack;      /* of the 2xx, to repeat it */
	struct ua_timer response; /* first answer to our INVITE */

	/* their INVITE, re-INVITE or UPDATE that waits for our answer */
	struct ua_server *server;
	bool offer_in_ack; /* our 200 carried the offer */

	/* ours */
	enum leg_asking asking;
	struct ua_client *reinvite; /* the last one, also after its 2xx, which may be repeated */
	struct ua_client *request;
	char *request_headers;
	struct ua_timer again; /* after 491 */
	struct ua_timer session_due;
	bool end_wanted; /* BYE as soon as the ACK is there */
};

struct ua_agent {
	struct ua_agent_cfg cfg;
	struct hash *legs; /* by Call-ID */
	unsigned n_legs;
};

struct ua_leg *leg_new(struct ua_agent *agent);
void leg_link(struct ua_leg *leg);
void leg_destroy(struct ua_leg *leg);
struct ua_timers *leg_timers(const struct ua_leg *leg);
struct ua_stack *leg_stack(const struct ua_leg *leg);
/* Tells the owner and forgets him; the leg is destroyed, or goes on alone with its BYE. */
void leg_ended(struct ua_leg *leg, enum ua_end_how how, unsigned status, const struct ua_msg *msg);
int leg_set_sdp(struct ua_leg *leg, const char *sdp, size_t len);
struct ua_credentials leg_credentials(const struct ua_leg *leg);

/* leg_out.c */
void leg_cancel(struct ua_leg *leg);
void leg_send_ack(struct ua_leg *leg, const char *sdp, size_t len);

/* leg_in.c */
void leg_input(struct ua_leg *leg, struct ua_server *server, const struct ua_msg *msg);
void leg_own_server(struct ua_leg *leg, struct ua_server *server);

/* leg_dialog.c */
int leg_ask(struct ua_leg *leg, enum leg_asking what, const char *headers);
void leg_bye(struct ua_leg *leg);
void leg_session_arm(struct ua_leg *leg);
#endif
