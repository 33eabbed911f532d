#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/adapters/trunk_test.h"
#include "services/call-controller/domain/trunk_advice.h"
#include "services/call-controller/ua/handshake.h"

#define LOAD_WAIT_MS 4000 /* a change reaches us within one reading of the table */
#define LOAD_TICK_MS 100
#define OPTIONS_MS 5000
#define REGISTER_MS 6000

struct trunk_test {
	struct trunk_test_cfg cfg;
	struct trunk_test_step steps[TRUNK_TEST_STEPS_MAX];
	size_t n;
	int64_t load_until_ms;
	struct ua_timer timer; /* of the step under way */
	struct ua_resolve_op *resolving;
	struct ua_handshake *connecting;
	struct ua_client *options;
	struct ua_register *registering; /* whose outcome we wait for */
};

/* --- what was found --- */

VP_PRINTF(5, 6)
static void add(
	struct trunk_test *test, const char *name, bool ok, const char *hint, const char *fmt, ...)
{
	struct trunk_test_step *step;
	va_list args;

	vp_assert(test->n < TRUNK_TEST_STEPS_MAX);
	step = &test->steps[test->n++];
	step->name = name;
	step->ok = ok;
	step->hint = hint;
	va_start(args, fmt);
	(void)vsnprintf(step->message, sizeof(step->message), fmt, args);
	va_end(args);
}

static void destroy(struct trunk_test *test)
{
	ua_timer_stop(test->cfg.links->timers, &test->timer);
	ua_resolve_cancel(test->resolving);
	ua_handshake_cancel(test->connecting);
	ua_client_forget(test->options);
	if (test->registering) {
		ua_register_uncheck(test->registering);
	}
	free(test);
}

static void finish(struct trunk_test *test)
{
	test->cfg.h(test->steps, test->n, test->cfg.arg);
	destroy(test);
}

/* The trunk, which may have gone since the last step; NULL: the test has ended. */
static struct trunk *trunk_of(struct trunk_test *test)
{
	struct trunk *trunk = trunks_find(test->cfg.trunks, test->cfg.id);

	if (!trunk) {
		add(test, "config", false, "Test it again when it is stored.",
			"The trunk was removed or switched off while it was tested.");
		finish(test);
	}
	return trunk;
}

/* What the far side wrote beside its status: printable ASCII only, and not much. */
static void phrase(const struct ua_msg *msg, char buf[48])
{
	size_t n = 0;

	for (size_t i = 0; i < msg->reason.l && n < 47; i++) {
		const char c = msg->reason.p[i];

		if (c >= 0x20 && c < 0x7f) {
			buf[n++] = c;
		}
	}
	buf[n] = '\0';
}

/* --- register --- */

static void on_checked(bool registered, const struct ua_msg *msg, const char *reason, void *arg)
{
	struct trunk_test *test = arg;
	const unsigned status = msg ? msg->status : 0;
	char said[48] = "";

	test->registering = NULL;
	if (msg) {
		phrase(msg, said);
	}
	if (strcmp(reason, "gone") == 0) {
		add(test, "register", false, "Test it again.",
			"The trunk was changed while it was tested.");
	} else if (registered) {
		add(test, "register", true, "", "Registered: the provider answered %u %s.", status,
			said);
	} else if (status) {
		add(test, "register", false, trunk_register_advice(status, reason),
			"Not registered: the provider answered %u %s.", status, said);
	} else {
		add(test, "register", false, trunk_register_advice(0, reason),
			"Not registered: the provider did not answer.");
	}
	finish(test);
}

static void on_register_late(void *arg)
{
	struct trunk_test *test = arg;

	ua_register_uncheck(test->registering);
	on_checked(false, NULL, "timeout", test);
}

static void step_register(struct trunk_test *test)
{
	struct trunk *trunk = trunk_of(test);

	if (!trunk) {
		return;
	}
	if (!trunk->registers) {
		if (trunk->password) {
			add(test, "register", true, "",
				"This trunk does not register; the first call proves its "
				"password.");
		}
		finish(test);
	} else if (!trunk->registration ||
		   ua_register_check(trunk->registration, on_checked, test)) {
		add(test, "register", false, "Wait some seconds and test it again.",
			"Another test of this trunk is under way.");
		finish(test);
	} else {
		test->registering = trunk->registration;
		ua_timer_start(
			test->cfg.links->timers, &test->timer, REGISTER_MS, on_register_late, test);
	}
}

/* --- OPTIONS --- */

static void options_failed(struct trunk_test *test, unsigned status, const char *said)
{
	const struct trunk *trunk = trunk_of(test);

	if (!trunk) {
		return;
	}
	if (status) {
		add(test, "options", false, trunk_options_advice(status, false),
			"It answered OPTIONS with %u %s.", status, said);
	} else {
		add(test, "options", false, trunk_options_advice(0, trunk->tp == UA_TP_UDP),
			"It did not answer OPTIONS.");
	}
	step_register(test); /* some answer nothing but a REGISTER */
}

static void on_options(int err, const struct ua_msg *msg, void *arg)
{
	struct trunk_test *test = arg;
	char said[48];

	if (!err && msg->status < 200) {
		return;
	}
	ua_timer_stop(test->cfg.links->timers, &test->timer);
	if (err) {
		options_failed(test, 0, "");
		return;
	}
	phrase(msg, said);
	if (!trunk_options_alive(msg->status)) {
		options_failed(test, msg->status, said);
		return;
	}
	add(test, "options", true, "", "It answers: OPTIONS was answered %u %s.", msg->status,
		said);
	step_register(test);
}

static void on_options_late(void *arg)
{
	struct trunk_test *test = arg;

	ua_client_forget(test->options);
	options_failed(test, 0, "");
}

static void step_options(struct trunk_test *test)
{
	struct trunk *trunk = trunk_of(test);
	struct ua_flow flow;

	if (!trunk) {
		return;
	}
	if (trunk->options_s == 0) {
		step_register(test); /* somebody knows that it answers none */
		return;
	}
	if (!trunk_flow(trunk, 0, &flow) ||
		trunk_send_options(trunk, &flow, &test->options, on_options, test)) {
		options_failed(test, 0, "");
		return;
	}
	ua_timer_start(test->cfg.links->timers, &test->timer, OPTIONS_MS, on_options_late, test);
}

/* --- connection --- */

static const char *connect_hint(enum ua_handshake_verdict verdict)
{
	switch (verdict) {
	case UA_HANDSHAKE_REFUSED:
		return "Nobody listens on this port. Check port and transport: TLS is usually on "
		       "5061, TCP and UDP on 5060.";
	case UA_HANDSHAKE_NOT_TLS:
		return "This port does not speak TLS, or an older one than 1.2. Check port and "
		       "transport.";
	case UA_HANDSHAKE_CERTIFICATE:
		return "Enter the server by the name that its certificate is for, or give the "
		       "trunk the authority that signed it.";
	case UA_HANDSHAKE_SILENT:
	case UA_HANDSHAKE_UP: break;
	}
	return "Check server and port, and that a firewall lets the connection pass.";
}

static void on_connected(enum ua_handshake_verdict verdict, const char *why, void *arg)
{
	struct trunk_test *test = arg;
	const struct trunk *trunk = trunk_of(test);
	const char *what;

	if (!trunk) {
		return;
	}
	what = trunk->tp == UA_TP_TLS ? "TLS" : "TCP";
	if (verdict == UA_HANDSHAKE_UP) {
		add(test, "connect", true, "", "A %s connection stands%s.", what,
			trunk->tp == UA_TP_TLS && trunk->tls_verify
				? ", and its certificate is good"
				: "");
		step_options(test);
		return;
	}
	add(test, "connect", false, connect_hint(verdict), "No %s connection%s%s.", what,
		verdict == UA_HANDSHAKE_CERTIFICATE ? ": the certificate is refused: "
		: verdict == UA_HANDSHAKE_REFUSED   ? ": it was refused"
		: verdict == UA_HANDSHAKE_NOT_TLS   ? ": the other side broke off"
						    : ": nobody answers",
		why);
	finish(test);
}

static void step_connect(struct trunk_test *test, struct trunk *trunk)
{
	const struct ua_handshake_cfg cfg = {.timers = test->cfg.links->timers,
		.peer = trunk->addrs[0],
		.tp = trunk->tp,
		.host = trunk->next_host,
		.ca_pem = trunk->tls_ca,
		.verify = trunk->tls_verify,
		.h = on_connected,
		.arg = test};

	if (trunk->tp == UA_TP_UDP) {
		step_options(test); /* no connection to see: the answer is the proof */
	} else if (ua_handshake_start(&test->connecting, &cfg)) {
		on_connected(UA_HANDSHAKE_SILENT, "", test);
	}
}

/* --- DNS --- */

static void on_resolved(int err, const struct sa *addrs, size_t n, unsigned ttl_s, void *arg)
{
	struct trunk_test *test = arg;
	struct trunk *trunk = trunk_of(test);
	char first[64];

	if (!trunk) {
		return;
	}
	if (err == EPERM) {
		add(test, "dns", false,
			"Enter the carrier's public address. For a telephone system in your own "
			"network, whoever runs this server names that network in "
			"VOIP_TRUNK_NETWORKS.",
			"%s is not on the public internet, and trunks may not be there.",
			trunk->next_host);
		finish(test);
		return;
	}
	if (err || n == 0) {
		add(test, "dns", false,
			err == ETIMEDOUT
				? "The name servers do not answer this machine. Check its "
				  "network, or enter an address."
				: "Check the spelling of the server. A port of 0 needs SRV "
				  "records; else give one.",
			"%s has no address%s.", trunk->next_host,
			err == ETIMEDOUT ? ": the name servers did not answer" : "");
		finish(test);
		return;
	}
	(void)re_snprintf(first, sizeof(first), "%J", &addrs[0]);
	add(test, "dns", true, "", "%s is at %s (%zu address%s).", trunk->next_host, first, n,
		n == 1 ? "" : "es");
	trunk_resolved(trunk, addrs, n, ttl_s);
	step_connect(test, trunk);
}

static void step_dns(struct trunk_test *test, struct trunk *trunk)
{
	int err;

	if (!trunk->next_host[0]) {
		add(test, "config", true, "",
			"This trunk only takes calls: there is no server to ask.");
		finish(test);
		return;
	}
	err = ua_resolve(test->cfg.links->resolver, trunk->next_host, trunk->next_port, trunk->tp,
		on_resolved, test, &test->resolving);
	if (err) {
		on_resolved(err, NULL, 0, 0, test);
	}
}

/* --- the row --- */

static void on_load_tick(void *arg)
{
	struct trunk_test *test = arg;
	struct trunk *trunk = trunks_find(test->cfg.trunks, test->cfg.id);
	const bool known = trunk && vp_uuid_equal(trunk->org, test->cfg.org);

	if (known && trunk->version >= test->cfg.version) {
		step_dns(test, trunk);
	} else if (ua_timers_now_ms(test->cfg.links->timers) < test->load_until_ms) {
		ua_timer_start(
			test->cfg.links->timers, &test->timer, LOAD_TICK_MS, on_load_tick, test);
	} else {
		add(test, "config", false,
			"Check that the trunk is active, and enter its password again.",
			"The call service has not taken this trunk: it is switched off, or its "
			"password cannot be opened.");
		finish(test);
	}
}

int trunk_test_start(struct trunk_test **ret, const struct trunk_test_cfg *cfg)
{
	struct trunk_test *test = calloc(1, sizeof(*test));

	if (!test) {
		return ENOMEM;
	}
	test->cfg = *cfg;
	test->load_until_ms = ua_timers_now_ms(cfg->links->timers) + LOAD_WAIT_MS;
	trunks_reload(cfg->trunks);
	ua_timer_start(cfg->links->timers, &test->timer, 0, on_load_tick, test);
	*ret = test;
	return 0;
}

void trunk_test_cancel(struct trunk_test *test)
{
	if (test) {
		destroy(test);
	}
}
