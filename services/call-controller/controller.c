/* The service object: brings its parts up on libre's loop and down again. */
#include <stdlib.h>
#include <sysexits.h>
#define DEBUG_MODULE "call-controller"
#define DEBUG_LEVEL 3
#include <re.h>
#include <re_dbg.h>
#include <malloc.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/bus/bus.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/db/db.h"
#include "libcommon/log/log.h"
#include "libcommon/metrics/metrics.h"
#include "libcommon/vault/vault.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

#define FDS_MAX 4096
#define DB_QUEUE_MAX 100000 /* changes of calls, and the ends of all (call_tell.c) */
#define DB_GATHER_MS 20 /* between commits, so that one serves several calls; who waits hurries */
#define KEEP_BYTES (64 * 1024 * 1024)

/* --- media --- */

void controller_drop_in_media(struct controller *cc, struct vp_uuid id)
{
	Ringmain__V1__MediaRequest req = RINGMAIN__V1__MEDIA_REQUEST__INIT;
	Ringmain__V1__DropCall drop = RINGMAIN__V1__DROP_CALL__INIT;

	req.call_id.data = id.b;
	req.call_id.len = sizeof(id.b);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_DROP_CALL;
	req.drop_call = &drop;
	(void)media_ask(cc->media, &req, NULL, NULL, NULL);
}

static void on_media_up(const struct vp_uuid *calls, size_t n, void *arg)
{
	struct controller *cc = arg;

	for (size_t i = 0; i < n; i++) {
		if (!controller_find(cc, calls[i])) {
			controller_drop_in_media(cc, calls[i]); /* of a controller that died */
		}
	}
	vp_log(INFO, "media.up", VP_KV_INT("calls", n));
	vp_app_ready(cc->app, "media", true);
}

static struct call *first_here(const struct controller *cc)
{
	for (struct le *le = list_head(&cc->list); le; le = le->next) {
		struct call *call = le->data;

		if (!call->carrier) {
			return call;
		}
	}
	return NULL;
}

/* Ends every call whose audio is here with this event; calls may end others' places in the list, so
 * it starts again. */
void controller_end_all(struct controller *cc, enum call_event event)
{
	struct call *call;

	while ((call = first_here(cc)) != NULL) {
		call_event(call, event, NULL, NULL);
	}
}

/* Calls at carriers go on without us; whoever comes next takes them over. */
void controller_leave_carriers(struct controller *cc)
{
	while (list_head(&cc->list)) {
		call_leave(list_head(&cc->list)->data);
	}
}

static void on_media_down(void *arg)
{
	struct controller *cc = arg;

	vp_log(ERROR, "media.down", VP_KV_INT("calls", cc->n_calls));
	vp_app_ready(cc->app, "media", false);
	controller_end_all(cc, CALL_EV_MEDIA_LOST);
}

/* --- start --- */

static void on_bus(int flags, void *arg)
{
	struct controller *cc = arg;

	(void)flags;
	vp_bus_drain(cc->bus);
}

static void on_db(int flags, void *arg)
{
	struct controller *cc = arg;

	(void)flags;
	vp_db_drain(cc->db);
}

static void make_metrics(struct cc_metrics *metrics)
{
	static const char ended[] = "Calls that ended";
	static const char begun[] = "Calls that began";

	metrics->live = vp_gauge("voip_calls_live", "Calls under way on this node", NULL);
	metrics->dialled = vp_counter("voip_calls_total", begun, "direction=\"outbound\"");
	metrics->received = vp_counter("voip_calls_total", begun, "direction=\"inbound\"");
	metrics->completed = vp_counter("voip_calls_ended_total", ended, "result=\"completed\"");
	metrics->failed = vp_counter("voip_calls_ended_total", ended, "result=\"failed\"");
	metrics->unanswered = vp_counter("voip_calls_ended_total", ended, "result=\"unanswered\"");
	metrics->strangers = vp_counter("voip_sip_strangers_total",
		"SIP packets and connections of addresses that are no trunk", NULL);
	metrics->junk =
		vp_counter("voip_sip_junk_total", "Packets of trunks that are no SIP", NULL);
	metrics->refused = vp_counter("voip_sip_refused_total",
		"Requests refused at first sight, and responses that match nothing", NULL);
	metrics->trunks_shut = vp_gauge("voip_trunks_shut",
		"Trunks left out because their password cannot be opened", NULL);
	metrics->trunks_down = vp_gauge("voip_trunks_down", "Trunks that do not answer", NULL);
}

static int start_store(struct controller *cc)
{
	const struct vp_common_cfg *common = vp_app_common(cc->app);
	const struct vp_db_cfg db = {.url = common->db_url,
		.password = common->db_password,
		.app_name = "call-controller",
		.queue_max = DB_QUEUE_MAX,
		.gather_ms = DB_GATHER_MS};
	struct vp_bus_cfg bus = {.endpoints = common->bus,
		.cert = common->bus_cert,
		.server_key = common->bus_server_key,
		.service = "call-controller",
		.node = cc->node,
		.capacity = (unsigned)cc->cfg->max_calls};
	int err = vp_db_create(&cc->db, &db);

	if (err) {
		return err;
	}
	bus.db = cc->db;
	bus.consumer = "call-controller";
	err = vp_bus_create(&cc->bus, &bus);
	if (!err) {
		err = fd_listen(vp_db_fd(cc->db), FD_READ, on_db, cc);
	}
	return err ? err : fd_listen(vp_bus_fd(cc->bus), FD_READ, on_bus, cc);
}

/* After the database: data keys come from there. */
static int start_keys(struct controller *cc)
{
	int err = vp_crypto_init();

	return err || !cc->cfg->kek_file ? err
					 : vp_vault_create(&cc->vault, cc->db, cc->cfg->kek_file);
}

static int start_media(struct controller *cc)
{
	const struct media_cfg cfg = {.timers = cc->timers,
		.path = cc->cfg->media_socket,
		.on_event = on_media_event,
		.on_up = on_media_up,
		.on_down = on_media_down,
		.arg = cc};

	return media_create(&cc->media, &cfg);
}

static void serve(struct controller *cc)
{
	on_call_dial(cc);
	on_call_answer(cc);
	on_call_attach(cc);
	on_call_alerting(cc);
	on_call_decline(cc);
	on_call_hangup(cc);
	on_call_hold(cc);
	on_call_dtmf(cc);
	on_call_list(cc);
	on_call_provider_start(cc);
	on_provider_event(cc);
	on_config_changed(cc);
	on_node_lost(cc);
	on_trunk_test(cc);
	controller_second(cc);
	controller_node_beat(cc);
	controller_health_beat(cc);
}

static void stop_all(struct controller *cc)
{
	controller_end_all(cc, CALL_EV_STOP);
	on_trunk_test_stop(cc);
	controller_leave_carriers(cc);
	controller_carriers_stop(cc);
	cc->trunks = trunks_destroy(cc->trunks);
	cc->agent = ua_agent_destroy(cc->agent);
	cc->media = media_destroy(cc->media);
	cc->stack = ua_stack_destroy(cc->stack);
	cc->wire = ua_wire_destroy(cc->wire);
	cc->resolver = ua_resolver_destroy(cc->resolver);
	if (cc->bus) {
		fd_close(vp_bus_fd(cc->bus));
		cc->bus = vp_bus_destroy(cc->bus);
	}
	cc->vault = vp_vault_destroy(cc->vault);
	if (cc->db) {
		fd_close(vp_db_fd(cc->db));
		cc->db = vp_db_destroy(cc->db);
	}
	mem_deref(cc->calls);
	cc->timers = ua_timers_destroy(cc->timers);
}

static int start_all(struct controller *cc, const char **step)
{
	int err;

	*step = "loop";
	err = fd_setsize(FDS_MAX);
	if (!err) {
		err = hash_alloc(&cc->calls, 4096);
	}
	if (!err) {
		err = ua_timers_create(&cc->timers, false);
	}
	if (!err) {
		*step = "bus";
		err = start_store(cc);
	}
	if (!err) {
		*step = "keys";
		err = start_keys(cc);
	}
	if (!err) {
		*step = "carriers";
		err = controller_carriers_start(cc);
	}
	if (!err) {
		*step = "media";
		err = start_media(cc);
	}
	if (!err) {
		*step = "sip";
		err = controller_sip_start(cc);
	}
	return err;
}

int controller_run(struct vp_app *app, const void *cfg)
{
	struct controller *cc = calloc(1, sizeof(*cc));
	const char *step;
	int err;

	if (!cc) {
		return EX_OSERR;
	}
	cc->app = app;
	cc->cfg = cfg;
	cc->node = vp_app_node(app);
	cc->epoch = vp_uuid_new();
	cc->started_us = vp_time_us();
	make_metrics(&cc->metrics);
	vp_app_ready(app, "media", false);
	vp_app_ready(app, "trunks", false);
	/* memory of ended calls is kept for the next ones, not given back and asked for again */
	(void)mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
	(void)libre_init();
	dbg_init(DBG_ERR, DBG_NONE);
	err = start_all(cc, &step);
	if (err) {
		vp_log(ERROR, "start.failed", VP_KV_STR("step", step), VP_KV_ERR(err));
	} else {
		serve(cc);
		err = fd_listen(vp_app_stop_fd(app), FD_READ, controller_on_stop, cc);
	}
	if (!err) {
		err = re_main(NULL);
	}
	fd_close(vp_app_stop_fd(app));
	stop_all(cc);
	fd_setsize(0);
	libre_close();
	free(cc);
	return err ? EX_UNAVAILABLE : EX_OK;
}
