/* A call: its state, who is on it, its legs, and what it waits for. Events go in by call_event; the
 * table (domain/call_fsm) says what follows, call_act.c does it, call_tell.c stores and announces
 * it. */
#ifndef CC_CALL_H
#define CC_CALL_H
#include <re.h>
#include "libcommon/base/uuid.h"
#include "proto/call.pb-c.h"
#include "services/call-controller/domain/call_fsm.h"
#include "services/call-controller/ua/leg.h"
#include "services/call-controller/ua/timer.h"

struct call_carrier;
struct controller;
struct media_op;
struct vp_bus_call;
struct vp_bus_op;
struct vp_db_op;
struct vp_db_tx;

#define CALL_NUMBER_SIZE 72
#define CALL_NAME_SIZE 128
#define CALL_SESSION_SIZE 128
#define CALL_CAUSE_SIZE 40
#define CALL_MESSAGE_SIZE 256
#define CALL_RUNG_MAX 16
#define CALL_TARGETS_MAX 8
#define CALL_ALSO_MAX 8 /* organisations that share a carrier's address */
#define CALL_SDP_MAX 32768
#define CALL_DTMF_MAX 32

/* Leg numbers of the media process. */
#define LEG_AGENT 1 /* of a forwarded call: the trunk that is called */
#define LEG_CUSTOMER 2

enum call_direction { CALL_INBOUND = 1, CALL_OUTBOUND = 2 };

struct call_target {
	const char *driver; /* static; NULL: by a trunk, else by the provider itself */
	struct vp_uuid provider;
	struct vp_uuid trunk;
	char request_user[CALL_NUMBER_SIZE];
	char from_user[CALL_NUMBER_SIZE];
	char display_name[CALL_NAME_SIZE];
};

struct call_contact {
	char type[8]; /* person, lead, deal; "": nobody known */
	struct vp_uuid id;
	char name[CALL_NAME_SIZE];
	char company[CALL_NAME_SIZE];
};

/* The last that media counted on a leg. */
struct call_quality {
	uint64_t rx_packets;
	unsigned lost, jitter_us, rtt_us, remote_lost_permille, mos_x100;
};

struct call {
	struct le le_id, le;
	struct controller *cc;
	struct vp_uuid id, org;
	enum call_state state;
	enum call_direction direction;
	uint32_t version;
	char from[CALL_NUMBER_SIZE], to[CALL_NUMBER_SIZE], did[CALL_NUMBER_SIZE];
	struct vp_uuid user; /* nil while nobody took it */
	char user_name[CALL_NAME_SIZE];
	struct vp_uuid rung[CALL_RUNG_MAX]; /* whose tabs were told */
	char rung_name[CALL_RUNG_MAX][CALL_NAME_SIZE];
	size_t n_rung;
	struct call_contact contact;
	bool click_to_call;
	char session[CALL_SESSION_SIZE];
	int64_t started_us, answered_us, ended_us;
	enum call_by by;
	char cause[CALL_CAUSE_SIZE];
	char message[CALL_MESSAGE_SIZE];
	struct vp_uuid trunk;
	struct vp_uuid provider;
	char trunk_name[CALL_NAME_SIZE];
	unsigned sip_status;
	bool wants_record; /* the route says so */
	bool recording;
	bool early_media;
	bool contact_known; /* the contact was looked up, whether there is one or not */
	bool stored;        /* its row exists: the first unit was given to the database */
	unsigned ring_s;
	char traceparent[64];

	/* legs */
	struct ua_leg *caller;                     /* the trunk that called */
	struct ua_leg *callee;                     /* the trunk that is called */
	struct vp_uuid caller_trunk, callee_trunk; /* whose channel is taken; nil: none */
	bool agent_leg;                            /* media has the browser's leg */
	bool dtmf_info;                            /* keys go as SIP INFO */
	bool progressed; /* the callee rang or sent media: no other target is tried */
	bool bridged;
	char *tab_offer;     /* SDP of the browser */
	char *caller_offer;  /* SDP of the trunk that called; NULL: its INVITE had none */
	char *caller_answer; /* SDP for the trunk that called */
	char *callee_offer;  /* SDP for the trunk that is called */
	char *remote_sdp;    /* the last that the callee gave: the same again changes nothing */
	char codec[16];
	char sip_call_id[128];        /* of the trunk's leg */
	struct call_carrier *carrier; /* its legs are at a carrier, and none of the above is used */
	int64_t event_us;             /* when the event that is being fed happened; 0: now */
	struct call_target targets[CALL_TARGETS_MAX];
	size_t n_targets, target, addr;

	/* what is under way */
	struct vp_bus_op *routing;
	struct vp_db_op *looking_up;
	struct vp_bus_call *answering; /* the tab's request that gets the SDP answer */
	struct vp_bus_call *attaching;
	char attach_session[CALL_SESSION_SIZE];
	struct media_op *media_agent, *media_caller, *media_callee, *media_attach, *media_hold,
		*media_offer;
	enum call_wait waiting;
	char keys[CALL_DTMF_MAX + 1]; /* that wait for the last INFO's answer */
	struct ua_timer keys_next;
	struct ua_timer wait, age;
	struct ua_timer soon; /* an event that a step itself brought about */
	enum call_event soon_event;
	char soon_cause[CALL_CAUSE_SIZE];
	struct call_quality quality[2]; /* agent, customer */
};

/* A new call in its first state; not stored, not announced. */
struct call *call_create(struct controller *cc, struct vp_uuid org, enum call_direction direction);
/* One that a dead controller had, as its row says. */
struct call *call_restore(struct controller *cc, struct vp_uuid org, struct vp_uuid id,
	enum call_direction direction, enum call_state state, int64_t started_us);

/* Feeds the table. cause and message: of the events that bring their own; NULL else. The call may
 * be gone afterwards. */
void call_event(struct call *call, enum call_event event, const char *cause, const char *message);

/* The same from inside a step, or from a callback that still uses the call: runs with the loop's
 * next turn. The first one wins. */
void call_event_soon(struct call *call, enum call_event event, const char *cause);

/* call_act.c: performs what a step says. */
void call_act(struct call *call, unsigned actions);
/* Ends every leg and frees the call, from any state; the call must be in a terminal one. */
void call_drop(struct call *call);
/* This process goes: a call at a carrier is freed here and goes on there. */
void call_leave(struct call *call);
/* Frees a call that was never told to anybody: no row, no event. */
void call_forget(struct call *call);

/* call_media.c, call_media_audio.c */
/* The leg of the trunk that we call. */
unsigned call_callee_leg(const struct call *call);
void call_media_prepare(struct call *call);
void call_media_offer_callee(struct call *call);
void call_media_take(struct call *call);
void call_media_attach(
	struct call *call, struct vp_bus_call *request, const char *session, const char *offer);
void call_media_connect(struct call *call);
void call_media_early(struct call *call);
void call_media_remote(struct call *call, unsigned leg, const struct pl *sdp);
void call_media_tone(struct call *call, unsigned leg, int tone);
void call_media_hold(struct call *call, bool on);
void call_media_reoffer(struct call *call, unsigned leg, const struct pl *sdp);
int call_media_dtmf(struct call *call, const char *digits);
void call_media_drop(struct call *call);

/* call_trunk.c */
void call_trunk_dial(struct call *call, bool next);
/* The call came by this trunk, and is its organisation's; it takes a channel of it. */
struct trunk;
void call_trunk_came_by(struct call *call, struct trunk *trunk);
void call_trunk_own_caller(struct call *call);
void call_trunk_release(struct call *call);
/* Keys as SIP INFO, one after the other. */
int call_trunk_dtmf(struct call *call, const char *digits);
bool call_trunk_more(const struct call *call);

/* call_tell.c */
Ringmain__V1__CallStatus call_status(const struct call *call);
const char *call_status_text(Ringmain__V1__CallStatus status);
/* Stores the call as it is now, with its durable event, and tells the gateways at once. */
void call_tell(struct call *call);
/* Something for the user's sockets only, not stored. */
void call_hint(struct call *call, const char *type, const void *data, size_t len);
struct call_changed {
	Ringmain__V1__CallChanged msg;
	Ringmain__V1__Contact contact;
	char id[VP_UUID_TEXT_SIZE], user[VP_UUID_TEXT_SIZE], contact_id[VP_UUID_TEXT_SIZE],
		trunk[VP_UUID_TEXT_SIZE], provider[VP_UUID_TEXT_SIZE];
};
/* Fills msg with pointers into the call and into changed itself. */
void call_describe(const struct call *call, struct call_changed *changed);

/* call_store.c: the call's rows, into a durable unit. */
int call_store(const struct call *call, struct vp_db_tx *tx);

/* call_user.c */
/* Whether his tabs were told of the call. */
bool call_rang(const struct call *call, struct vp_uuid user);
/* Whether he may act on it: he holds it, or nobody took it yet and he is rung. */
bool call_is_his(const struct call *call, struct vp_uuid user);
/* The name of who took it, if router gave it with those who are rung. */
void call_name_user(struct call *call);

/* call_contact.c: who the other side is; the answer changes the call. */
void call_contact_look_up(struct call *call);
/* The same in the unit that makes the row of a call that came in: no query and answer of its own.
 */
int call_contact_join(const struct call *call, struct vp_db_tx *tx);
/* Into the last unit of a call that ended before the answer came: the table finds out by itself. */
int call_contact_store(const struct call *call, struct vp_db_tx *tx);
#endif
