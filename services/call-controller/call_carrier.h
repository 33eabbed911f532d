/* The carrier's side of a call: its legs live at Twilio and the like, and what webhooks say of them
 * are events of the same table. Such a call outlives this process: whoever takes it over goes on.
 */
#ifndef CC_CALL_CARRIER_H
#define CC_CALL_CARRIER_H
#include "services/call-controller/adapters/carriers.h"
#include "services/call-controller/domain/provider_leg.h"
#include "services/call-controller/ua/timer.h"

struct call;
struct controller;
struct vp_db_tx;

struct call_carrier {
	struct vp_uuid provider;
	const struct carrier_driver *driver;
	char room[CARRIER_ROOM_SIZE];    /* its name; as route.voice says it */
	char room_id[CARRIER_ROOM_SIZE]; /* the carrier's; "" not known yet */
	bool records;                    /* a leg was dialled with a recording */
	struct provider_leg legs[PROVIDER_LEGS];
	char *token; /* of the caller's leg: lets the agent see his number; NULL: none */
	struct carrier_op *looking, *holding, *accepting, *keying;
	char digits[40]; /* that are being sent */
	struct ua_timer check, settle;
	unsigned quiet;     /* checks in a row that brought nothing */
	int64_t claimed_us; /* when `session` of the call got the right to take the agent's leg */
};

/* Makes the call one of this carrier; ENOTSUP: this version knows no such driver. */
int call_carrier_create(struct call *call, struct vp_uuid provider, const char *driver);
/* Hangs up what is left of its legs, and frees; NULL is fine. */
struct call_carrier *call_carrier_drop(struct call *call);
/* Frees, and the legs go on: another process takes them over. */
struct call_carrier *call_carrier_leave(struct call *call);
void call_carrier_act(struct call *call, unsigned actions);
/* What a webhook or the carrier's API says. The call may be gone afterwards. */
void call_carrier_news(struct call *call, enum provider_who leg, const struct provider_news *news);
/* Whose leg that is; PROVIDER_NOBODY: not of this call. */
enum provider_who call_carrier_leg_of(const struct call *call, const char *external_id);
/* The carrier's id of a leg or of the room has become known. */
void call_carrier_learn(
	struct call *call, enum provider_who leg, const char *external_id, const char *room_id);
/* ENOTSUP: its own phone sends keys; EBUSY: the last ones are still being sent. */
int call_carrier_dtmf(struct call *call, const char *digits);
/* A tab wants to take the agent's leg in the carrier's phone: the first one may, and gives the call
 * its session. A tab that did not take it within some seconds is passed over. */
bool call_carrier_claim(struct call *call, const char *session);
bool call_carrier_can_hold(const struct call *call);
/* Rows beside the call's own. */
int call_carrier_store(const struct call *call, struct vp_db_tx *tx);
/* Asks the carrier soon, and again and again while no end is heard. */
void call_carrier_watch(struct call *call);
void call_carrier_check_now(struct call *call);

/* call_carrier_dial.c: the intent is stored, then the leg is dialled. */
void call_carrier_dial(struct call *call, enum provider_who leg);
/* A dead process may have dialled it: it is looked for, and not dialled. */
void call_carrier_resume(
	struct call *call, enum provider_who leg, struct vp_uuid command, int64_t since_us);

/* call_carrier_hangup.c: ends a leg, tries again until the carrier agrees. */
struct carrier_end {
	struct vp_uuid org, provider, call;
	const struct carrier_driver *driver;
	enum provider_who leg;
	const char *external_id;
};
void carrier_hang_up(struct controller *cc, const struct carrier_end *end);
/* A leg has shown itself: true when it was being looked for, and is now taken, or hung up if its
 * call is over. */
bool carrier_dial_told(struct controller *cc, const struct carrier_end *leg);
/* Takes up hang-ups that a dead process left. */
void carrier_hang_ups_take(struct controller *cc);
/* Without them: what is under way stays for whoever comes next. */
void carrier_hang_ups_drop(struct controller *cc);
void carrier_dials_drop(struct controller *cc);
#endif
