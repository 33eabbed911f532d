/* The service object: SIP, media, bus, database and the calls, on libre's loop. */
#ifndef CC_CONTROLLER_H
#define CC_CONTROLLER_H
#include "libcommon/base/address.h"
#include "libcommon/base/uuid.h"
#include "services/call-controller/adapters/media.h"
#include "services/call-controller/adapters/trunks.h"
#include "services/call-controller/domain/provider_news.h"
#include "services/call-controller/call.h"
#include "services/call-controller/ua/leg.h"

struct carriers;
struct vp_app;
struct vp_bus;
struct vp_db;
struct vp_metric;
struct vp_vault;

struct cc_cfg {
	char *sip_listen;
	char *sip_tls_listen;
	char *sip_tls_cert;
	char *sip_advertise;
	char *trunk_networks;
	char *media_socket;
	char *media_advertise;
	char *spool_dir;
	bool recording;
	char *kek_file;
	char *webhook_url;
	int64_t provider_check_s;
	int64_t drain_s;
	int64_t max_calls;
	int64_t max_call_s;
};

/* A leg that shows itself later than so many others have ended is the carrier's to time out. */
#define CC_OVER_MAX 1024

struct cc_metrics {
	struct vp_metric *live, *dialled, *received, *completed, *failed, *unanswered, *strangers,
		*junk, *refused, *trunks_down, *trunks_shut;
};

struct controller {
	struct vp_app *app;
	const struct cc_cfg *cfg;
	const char *node;
	struct vp_db *db;
	struct vp_bus *bus;
	struct ua_timers *timers;
	struct ua_wire *wire;
	struct ua_stack *stack;
	struct ua_agent *agent;
	struct ua_resolver *resolver;
	struct vp_nets trunk_nets;
	struct trunks *trunks;
	struct vp_vault *vault;
	struct carriers *carriers;
	char *webhook_base; /* the first of cfg->webhook_url, without a slash at the end; NULL: none
			     */
	struct list dials, hang_ups; /* what carriers were asked and have not answered */
	struct list proofs;          /* legs of which it is asked whose they are */
	struct media *media;
	struct hash *calls;      /* by id */
	struct list list;        /* by age */
	struct list trunk_tests; /* under way: on_trunk_test.c */
	unsigned n_calls;
	bool draining;
	bool stopping;
	struct vp_uuid
		over[CC_OVER_MAX]; /* the last calls at carriers that ended here, in a ring */
	unsigned n_over;
	bool took_own; /* our calls at carriers of before this start */
	struct vp_uuid epoch;
	int64_t started_us;
	struct ua_timer second, node_beat, health_beat, orphans;
	struct ua_timer drain;
	int64_t drain_until_us;
	struct cc_metrics metrics;
};

int controller_run(struct vp_app *app, const void *cfg);

/* Ends every call whose audio is here with this event. */
void controller_end_all(struct controller *cc, enum call_event event);
/* Calls at carriers go on without us; whoever comes next takes them over. */
void controller_leave_carriers(struct controller *cc);

/* controller_sip.c */
int controller_sip_start(struct controller *cc);
/* Tells how every trunk is, now and each 10 s. */
void controller_health_beat(void *cc);

/* controller_node.c */
/* What is looked at each second, from now on. */
void controller_second(void *cc);
/* Writes this node down, now and each 10 s. */
void controller_node_beat(void *cc);
/* A signal came: the first drains, the next leaves. */
void controller_on_stop(int flags, void *cc);

struct call *controller_find(struct controller *cc, struct vp_uuid id);
/* Ends a call in media that is none of ours any more. */
void controller_drop_in_media(struct controller *cc, struct vp_uuid id);
/* NULL and a word when no call can be taken now. */
const char *controller_busy(const struct controller *cc);

/* How long the other side of the call rings. */
unsigned controller_ring_s(const struct call *call);

/* controller_carriers.c */
int controller_carriers_start(struct controller *cc);
void controller_carriers_stop(struct controller *cc);
/* Repeats which of them are away: routers that started later learn it then. */
void controller_carriers_beat(struct controller *cc);

/* on_*.c: what comes in. */
void on_call_dial(struct controller *cc);
void on_call_answer(struct controller *cc);
void on_call_attach(struct controller *cc);
void on_call_alerting(struct controller *cc);
void on_call_decline(struct controller *cc);
void on_call_hangup(struct controller *cc);
void on_call_hold(struct controller *cc);
void on_call_dtmf(struct controller *cc);
void on_call_list(struct controller *cc);
void on_call_provider_start(struct controller *cc);
void on_provider_event(struct controller *cc);
/* Takes over calls at carriers whose controller is gone; living and lost as in on_node_lost.c. */
void on_carrier_orphans(struct controller *cc, const char *living, const char *lost);
/* on_carrier_leg.c: a leg of which nobody knew. */
void carrier_leg_arrived(struct controller *cc, struct vp_uuid org,
	const Ringmain__V1__ProviderEvent *event, const struct provider_news *news);
/* Is what this leg begins here? Of all controllers one. */
bool carrier_leg_is_mine(struct controller *cc, const char *external_id);
typedef void carrier_proved_h(struct controller *cc, struct vp_uuid org,
	const Ringmain__V1__ProviderEvent *event, const struct provider_news *news, bool is_ours);
/* carrier_proof.c: is a leg whose webhook names a call of ours one that we began, or took? Takes
 * the event over, whose driver has a connection. h is called at most once: not when nobody can
 * tell. */
void carrier_leg_prove(struct controller *cc, struct vp_uuid org,
	Ringmain__V1__ProviderEvent *event, const struct provider_news *news, carrier_proved_h *h);
void carrier_proofs_drop(struct controller *cc);
void on_config_changed(struct controller *cc);
void on_node_lost(struct controller *cc);
void on_trunk_test(struct controller *cc);
void on_trunk_test_stop(struct controller *cc); /* before the trunks go */
void on_sip_invite(struct ua_leg *leg, const struct ua_msg *msg, void *arg);
void on_media_event(const struct vp_uuid *id, const Ringmain__V1__MediaEvent *event, void *arg);

/* call_route.c: asks the router; its answer is an event of the call. */
void call_route_outbound(struct call *call, const char *to, const char *from, const char *region);
/* The call goes on by the next target; false: there is none. */
bool call_next_target(struct call *call);
/* also: other organisations' trunks that it may have come by; the answer says by which. */
void call_route_inbound(struct call *call, const char *did, const char *from,
	const struct vp_uuid *also, size_t n_also);
#endif
