/* The service object: SIP, media, bus, database and the calls, on libre's loop. */
#ifndef CC_CONTROLLER_H
#define CC_CONTROLLER_H
#include "libcommon/base/uuid.h"
#include "services/call-controller/adapters/media.h"
#include "services/call-controller/adapters/trunks.h"
#include "services/call-controller/call.h"
#include "services/call-controller/ua/leg.h"

struct vp_app;
struct vp_bus;
struct vp_db;
struct vp_keyring;
struct vp_metric;

struct cc_cfg {
	char *sip_listen;
	char *sip_tls_listen;
	char *sip_tls_cert;
	char *sip_advertise;
	char *media_socket;
	char *media_advertise;
	char *spool_dir;
	bool recording;
	char *kek_file;
	int64_t drain_s;
	int64_t max_calls;
	int64_t max_call_s;
};

struct cc_metrics {
	struct vp_metric *live, *dialled, *received, *completed, *failed, *unanswered, *strangers,
		*junk, *refused, *trunks_down;
};

struct controller {
	struct vp_app *app;
	const struct cc_cfg *cfg;
	const char *node;
	struct vp_keyring *ring;
	struct vp_db *db;
	struct vp_bus *bus;
	struct ua_timers *timers;
	struct ua_wire *wire;
	struct ua_stack *stack;
	struct ua_agent *agent;
	struct ua_resolver *resolver;
	struct trunks *trunks;
	struct media *media;
	struct hash *calls; /* by id */
	struct list list;   /* by age */
	unsigned n_calls;
	bool draining;
	bool stopping;
	struct vp_uuid epoch;
	int64_t started_us;
	struct ua_timer second, node_beat, health_beat, orphans;
	struct ua_timer drain;
	int64_t drain_until_us;
	struct cc_metrics metrics;
};

int controller_run(struct vp_app *app, const void *cfg);

struct call *controller_find(struct controller *cc, struct vp_uuid id);
/* Ends a call in media that is none of ours any more. */
void controller_drop_in_media(struct controller *cc, struct vp_uuid id);
/* NULL and a word when no call can be taken now. */
const char *controller_busy(const struct controller *cc);

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
void on_config_changed(struct controller *cc);
void on_node_lost(struct controller *cc);
void on_sip_invite(struct ua_leg *leg, const struct ua_msg *msg, void *arg);
void on_media_event(const struct vp_uuid *id, const Ringmain__V1__MediaEvent *event, void *arg);

/* call_route.c: asks the router; its answer is an event of the call. */
void call_route_outbound(struct call *call, const char *to, const char *from, const char *region);
void call_route_inbound(struct call *call, const char *did, const char *from);
#endif
