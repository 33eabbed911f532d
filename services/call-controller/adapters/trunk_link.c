/* Looks after a trunk: its addresses, its registration, and whether it answers OPTIONS. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/call-controller/adapters/trunk.h"
#include "services/call-controller/ua/dialog.h"

#define MISSES_MAX 2 /* unanswered OPTIONS in a row: down */
#define RESOLVE_RETRY_MS 30000

static void resolve(void *arg);
static void probe(void *arg);

static void set_up(struct trunk *trunk, bool up, unsigned status, const char *reason)
{
	const bool changed = trunk->up != up || !trunk->announced;

	trunk->up = up;
	trunk->last_status = status;
	trunk->announced = true;
	if (changed) {
		vp_log(INFO, up ? "trunk.up" : "trunk.down", VP_KV_STR("trunk", trunk->name),
			VP_KV_INT("sip_status", status), VP_KV_STR("reason", reason));
	}
	trunk->links->on_health(trunk, reason, trunk->links->arg);
}

/* --- OPTIONS --- */

static void probe_again(struct trunk *trunk)
{
	ua_timer_start(trunk->links->timers, &trunk->probe_next, (int64_t)trunk->options_s * 1000,
		probe, trunk);
}

static void missed(struct trunk *trunk, unsigned status, const char *reason)
{
	if (++trunk->misses >= MISSES_MAX) {
		set_up(trunk, false, status, reason);
	}
}

static void on_probed(int err, const struct ua_msg *msg, void *arg)
{
	struct trunk *trunk = arg;

	if (!err && msg->status < 200) {
		return;
	}
	if (err) {
		missed(trunk, 0, err == ETIMEDOUT ? "timeout" : "transport");
	} else if (msg->status == 408 || msg->status == 503) {
		missed(trunk, msg->status, "unavailable");
	} else {
		trunk->misses =
			0; /* any other answer comes from a living trunk: many say 404 or 405 */
		set_up(trunk, true, msg->status, "");
	}
}

int trunk_send_options(struct trunk *trunk, const struct ua_flow *flow, struct ua_client **slot,
	ua_client_h *h, void *arg)
{
	static struct ua_text text, target, from;
	char branch[UA_BRANCH_SIZE];
	const struct ua_request request = {.method = "OPTIONS",
		.seq = 1,
		.branch = branch,
		.headers = "Accept: application/sdp\r\n"};
	struct ua_dialog dialog;
	const struct ua_dialog_cfg cfg = {.local = from.buf,
		.remote = target.buf,
		.target = target.buf,
		.route = trunk->route,
		.flow = *flow};
	int err;

	ua_branch(branch);
	ua_text_reset(&target);
	ua_text_fmt(&target, "sip:%s", trunk->host);
	ua_text_reset(&from);
	ua_text_fmt(&from, "<sip:%s%s%s>", trunk->username, trunk->username[0] ? "@" : "",
		trunk->from_domain);
	err = ua_dialog_start(&dialog, &cfg);
	if (err) {
		return err;
	}
	ua_dialog_write(&dialog, trunk->links->stack, &request, &text);
	ua_dialog_free(&dialog);
	ua_client_forget(*slot);
	return ua_client_start(slot, trunk->links->stack, flow, branch, &text, h, arg);
}

static void probe(void *arg)
{
	struct trunk *trunk = arg;
	struct ua_flow flow;

	if (trunk->probe) {
		missed(trunk, 0, "timeout"); /* the last one is still unanswered */
	}
	/* a trunk with several addresses is asked at another one after a miss */
	if (trunk->n_addrs == 0) {
		missed(trunk, 0, "no_address");
	} else if (trunk_flow(trunk, trunk->misses % trunk->n_addrs, &flow) &&
		   trunk_send_options(trunk, &flow, &trunk->probe, on_probed, trunk)) {
		missed(trunk, 0, "transport");
	}
	probe_again(trunk);
}

/* --- registration --- */

static void on_registered(bool registered, unsigned status, const char *reason, void *arg)
{
	struct trunk *trunk = arg;

	if (registered) {
		vp_log(INFO, "trunk.registered", VP_KV_STR("trunk", trunk->name));
	} else {
		vp_log(WARN, "trunk.not_registered", VP_KV_STR("trunk", trunk->name),
			VP_KV_INT("sip_status", status), VP_KV_STR("reason", reason));
	}
	set_up(trunk, registered || (trunk->options_s > 0 && trunk->up), status, reason);
}

static void start_registration(struct trunk *trunk)
{
	static struct ua_text registrar, aor;
	struct ua_register_cfg cfg = {.stack = trunk->links->stack,
		.registrar = registrar.buf,
		.aor = aor.buf,
		.contact = trunk->contact,
		.route = trunk->route,
		.cred = trunk_credentials(trunk),
		.expires_s = trunk->register_expires_s,
		.on_state = on_registered,
		.arg = trunk};
	int err;

	(void)trunk_flow(trunk, 0, &cfg.flow);
	if (trunk->registration) {
		ua_register_set_flow(trunk->registration, &cfg.flow);
		return;
	}
	ua_text_reset(&registrar);
	ua_text_fmt(&registrar, "sip:%s", trunk->from_domain);
	ua_text_reset(&aor);
	ua_text_fmt(&aor, "sip:%s@%s", trunk->username, trunk->from_domain);
	err = ua_register_create(&trunk->registration, &cfg);
	if (err) {
		vp_log(ERROR, "trunk.register_failed", VP_KV_STR("trunk", trunk->name),
			VP_KV_ERR(err));
	}
}

/* --- addresses --- */

static void resolve_again(struct trunk *trunk, int64_t ms)
{
	ua_timer_start(trunk->links->timers, &trunk->resolve_again, ms, resolve, trunk);
}

void trunk_resolved(struct trunk *trunk, const struct sa *addrs, size_t n, unsigned ttl_s)
{
	const bool first = trunk->n_addrs == 0;

	memcpy(trunk->addrs, addrs, n * sizeof(*addrs));
	trunk->n_addrs = n;
	++*trunk->links->generation;
	resolve_again(trunk, (int64_t)ttl_s * 1000);
	if (trunk->registers) {
		start_registration(trunk);
	}
	if (first && trunk->options_s > 0) {
		probe(trunk);
	} else if (first && !trunk->registers) {
		set_up(trunk, true, 0, ""); /* nobody may ask: it is taken as up */
	}
}

static void on_resolved(int err, const struct sa *addrs, size_t n, unsigned ttl_s, void *arg)
{
	struct trunk *trunk = arg;

	if (err) {
		vp_log(WARN, "trunk.not_resolved", VP_KV_STR("trunk", trunk->name),
			VP_KV_STR("host", trunk->next_host), VP_KV_ERR(err));
		if (err == EPERM && trunk->n_addrs == 0) {
			set_up(trunk, false, 0, "address_refused");
		}
		resolve_again(trunk, RESOLVE_RETRY_MS);
		return; /* the old addresses are better than none */
	}
	trunk_resolved(trunk, addrs, n, ttl_s);
}

static void resolve(void *arg)
{
	struct trunk *trunk = arg;
	const int err = ua_resolve(trunk->links->resolver, trunk->next_host, trunk->next_port,
		trunk->tp, on_resolved, trunk, &trunk->resolving);

	if (err) {
		on_resolved(err, NULL, 0, 0, trunk);
	}
}

void trunk_start(struct trunk *trunk, const struct trunk_links *links)
{
	trunk->links = links;
	if (trunk->tp == UA_TP_TLS && trunk->next_host[0]) {
		const int err = ua_wire_tls_add(links->wire, trunk->next_host, trunk->tls_ca,
			trunk->tls_verify, &trunk->tls);

		if (err) {
			vp_log(ERROR, "trunk.tls_failed", VP_KV_STR("trunk", trunk->name),
				VP_KV_ERR(err));
		}
	}
	if (trunk->next_host[0]) {
		resolve(trunk);
	} else {
		set_up(trunk, true, 0, ""); /* inbound only */
	}
}
