/* See engine.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/call-controller/media/engine_int.h"

#define MAX_WORKERS 64
#define SECOND_US 1000000LL

static void or_default(int64_t *value, int64_t def)
{
	if (*value == 0) {
		*value = def;
	}
}

static void fill_defaults(struct md_engine_cfg *cfg)
{
	or_default(&cfg->browser_silent_us, 10 * SECOND_US);
	or_default(&cfg->trunk_silent_us, 30 * SECOND_US);
	or_default(&cfg->orphan_us, 60 * SECOND_US);
	or_default(&cfg->stats_us, 2 * SECOND_US);
	or_default(&cfg->rtcp_us, 5 * SECOND_US);
	or_default(&cfg->tick_us, SECOND_US);
	if (cfg->max_calls == 0 || cfg->max_calls > MD_MAX_CALLS) {
		cfg->max_calls = MD_MAX_CALLS;
	}
	if (cfg->threads == 0) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);
		cfg->threads = cores > 0 ? (unsigned)cores : 1;
	}
	if (cfg->threads > MAX_WORKERS) {
		cfg->threads = MAX_WORKERS;
	}
}

static void make_metrics(struct md_engine *e)
{
	static const char *const flows[MD_FLOW_MAX] = {
		"browser_in", "browser_out", "trunk_in", "trunk_out"};
	static const char *const drops[MD_DROP_MAX] = {"malformed", "source", "auth", "replay",
		"payload", "order", "no_keys", "stun", "dtls", "flood", "no_peer", "send"};
	char label[48];
	for (unsigned i = 0; i < MD_FLOW_MAX; i++) {
		snprintf(label, sizeof(label), "dir=\"%s\"", flows[i]);
		e->m_flow[i] = vp_counter(
			"voip_media_packets_total", "Datagrams received and sent.", label);
	}
	for (unsigned i = 0; i < MD_DROP_MAX; i++) {
		snprintf(label, sizeof(label), "reason=\"%s\"", drops[i]);
		e->m_drop[i] =
			vp_counter("voip_media_drops_total", "Datagrams not passed on.", label);
	}
	e->m_calls = vp_gauge("voip_media_calls", "Calls held.", NULL);
	e->m_ports = vp_gauge("voip_media_ports_in_use", "UDP port pairs taken.", NULL);
	e->m_auth = vp_counter(
		"voip_media_srtp_auth_failures_total", "SRTP packets with a wrong tag.", NULL);
}

/* --- the disk's thread reports --- */

static void on_opened(uint64_t token, int err, void *arg)
{
	struct md_engine *e = arg;
	Ringmain__V1__MediaReply reply = RINGMAIN__V1__MEDIA_REPLY__INIT;
	reply.id = token;
	if (err) {
		reply.error = RINGMAIN__V1__MEDIA_ERROR__MEDIA_BAD_REQUEST;
		reply.reason = (char *)vp_log_errno(err);
	}
	md_control_reply(e->control, &reply);
}

static void on_record_failed(struct vp_uuid call_id, int err, void *arg)
{
	struct md_engine *e = arg;
	Ringmain__V1__RecordFailed failed = RINGMAIN__V1__RECORD_FAILED__INIT;
	Ringmain__V1__MediaEvent ev = RINGMAIN__V1__MEDIA_EVENT__INIT;
	failed.reason = (char *)vp_log_errno(err);
	ev.call_id.data = call_id.b;
	ev.call_id.len = sizeof(call_id.b);
	ev.ev_case = RINGMAIN__V1__MEDIA_EVENT__EV_RECORD_FAILED;
	ev.record_failed = &failed;
	vp_log(WARN, "record.failed", VP_KV_ERR(err));
	md_control_event(e->control, &ev);
}

/* --- life --- */

static int read_addresses(struct md_engine *e)
{
	const struct md_engine_cfg *cfg = &e->cfg;
	const char *said = cfg->advertise && cfg->advertise[0] ? cfg->advertise : cfg->addr;
	if (!md_addr_parse(&e->bind, cfg->addr, 0) || !md_addr_parse(&e->advertise, said, 0) ||
		md_addr_is_any(&e->advertise) ||
		e->bind.u.sa.sa_family != e->advertise.u.sa.sa_family) {
		return EINVAL;
	}
	return 0;
}

static int start_workers(struct md_engine *e)
{
	e->workers = calloc(e->cfg.threads, sizeof(*e->workers));
	if (!e->workers) {
		return ENOMEM;
	}
	e->n_workers = e->cfg.threads;
	for (unsigned i = 0; i < e->n_workers; i++) {
		int err = md_worker_init(&e->workers[i], e, i);
		if (!err) {
			err = md_worker_start(&e->workers[i]);
		}
		if (err) {
			return err;
		}
	}
	return 0;
}

static int build(struct md_engine *e)
{
	struct md_disk_handlers handlers = {on_opened, on_record_failed, e};
	int err = read_addresses(e);
	if (!err) {
		err = md_ports_create(&e->ports, e->cfg.port_lo, e->cfg.port_hi);
	}
	if (!err) {
		err = md_placement_create(&e->placement, e->cfg.threads);
	}
	if (!err) {
		err = md_dtls_ctx_create(&e->dtls);
	}
	if (!err) {
		err = md_disk_create(&e->disk, &handlers);
	}
	if (!err) {
		err = start_workers(e);
	}
	if (!err) {
		err = md_control_create(&e->control, e, e->cfg.socket_path);
	}
	if (!err) { /* not before e->control stands */
		err = md_control_start(e->control);
	}
	return err;
}

int md_engine_create(struct md_engine **ret, const struct md_engine_cfg *cfg)
{
	struct md_engine *e = calloc(1, sizeof(*e));
	if (!e) {
		return ENOMEM;
	}
	e->cfg = *cfg;
	fill_defaults(&e->cfg);
	make_metrics(e);
	int err = build(e);
	if (err) {
		md_engine_destroy(e);
		return err;
	}
	*ret = e;
	return 0;
}

struct md_engine *md_engine_destroy(struct md_engine *engine)
{
	if (engine) {
		for (unsigned i = 0; i < engine->n_workers; i++) {
			md_worker_stop(&engine->workers[i]);
		}
		md_disk_destroy(engine->disk);
		md_control_destroy(engine->control);
		md_ports_destroy(engine->ports);
		md_placement_destroy(engine->placement);
		md_dtls_ctx_destroy(engine->dtls);
		free(engine->workers);
		free(engine);
	}
	return NULL;
}

void md_engine_drain(struct md_engine *engine)
{
	atomic_store(&engine->draining, true);
}

unsigned md_engine_calls(const struct md_engine *engine)
{
	return atomic_load(&engine->calls);
}

/* Read one after the other while workers go on: never below zero. */
static unsigned ports_of_legs(struct md_engine *e)
{
	const unsigned rested = atomic_load(&e->rested), used = md_ports_in_use(e->ports);
	return used > rested ? used - rested : 0;
}

int md_engine_run(struct md_engine *engine, const struct md_engine_hooks *hooks)
{
	int64_t next_us = vp_mono_us();
	bool stopping = false;
	struct pollfd stop = {.fd = hooks->stop_fd, .events = POLLIN};
	for (;;) {
		int64_t now = vp_mono_us();
		if (now >= next_us) {
			next_us = now + SECOND_US;
			vp_metric_set(engine->m_calls, md_engine_calls(engine));
			vp_metric_set(engine->m_ports, ports_of_legs(engine));
			md_placement_sweep(engine->placement);
			if (hooks->tick) {
				hooks->tick(engine, hooks->arg);
			}
			if (stopping && hooks->done(engine, hooks->arg)) {
				return 0;
			}
		}
		int wait = (int)((next_us - now) / 1000) + 1;
		if (poll(&stop, 1, wait) < 0 && errno != EINTR) {
			return errno;
		}
		if (stop.revents) {
			stopping = true;
			if (hooks->done(engine, hooks->arg)) {
				return 0;
			}
		}
	}
}
