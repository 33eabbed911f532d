/* voip-media: packets for one call-controller. Comes in: media.proto on a local socket, RTP, STUN,
 * DTLS; goes out: the same. It knows no database, no bus, no SIP. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include "libcommon/app/app.h"
#include "libcommon/base/base.h"
#include "libcommon/config/config.h"
#include "libcommon/log/log.h"
#include "services/call-controller/media/engine.h"

struct cfg {
	char *socket, *addr, *advertise, *ports;
	int64_t threads, max_calls, drain_s;
	int region;
};

#define AT(member) offsetof(struct cfg, member)
static const struct vp_conf_field fields[] = {
	{.key = "VOIP_MEDIA_SOCKET",
		.type = VP_CONF_STR,
		.offset = AT(socket),
		.def = "/run/voip/media.sock",
		.max = 107,
		.help = "socket on which the call-controller speaks to us"},
	{.key = "VOIP_MEDIA_ADDR",
		.type = VP_CONF_STR,
		.offset = AT(addr),
		.def = "127.0.0.1",
		.max = 45,
		.help = "address that media ports are bound to, 0.0.0.0"},
	{.key = "VOIP_MEDIA_ADVERTISE",
		.type = VP_CONF_STR,
		.offset = AT(advertise),
		.def = "",
		.max = 45,
		.help = "address that browsers and trunks send to; needed behind NAT and with "
			"0.0.0.0"},
	{.key = "VOIP_RTP_PORTS",
		.type = VP_CONF_STR,
		.offset = AT(ports),
		.def = "20000-29999",
		.max = 11,
		.help = "UDP ports for media; a leg takes two"},
	{.key = "VOIP_MEDIA_THREADS",
		.type = VP_CONF_INT,
		.offset = AT(threads),
		.def = "0",
		.min = 0,
		.max = 64,
		.help = "worker threads; 0: one a core"},
	{.key = "VOIP_MEDIA_MAX_CALLS",
		.type = VP_CONF_INT,
		.offset = AT(max_calls),
		.def = "2000",
		.min = 1,
		.max = MD_MAX_CALLS,
		.help = "calls at once; more are refused"},
	{.key = "VOIP_MEDIA_DRAIN_S",
		.type = VP_CONF_INT,
		.offset = AT(drain_s),
		.def = "60",
		.min = 0,
		.max = 86400,
		.help = "seconds that live calls get after SIGTERM"},
	{.key = "VOIP_TONE_REGION",
		.type = VP_CONF_ENUM,
		.offset = AT(region),
		.def = "eu",
		.choices = "eu|us",
		.help = "whose ringback and busy tones callers hear"},
};

struct state {
	struct vp_app *app;
	const struct cfg *cfg;
	int64_t deadline_us; /* 0: not draining */
};

static bool may_end(struct md_engine *engine, void *arg)
{
	struct state *s = arg;
	int level = vp_app_stop_level(s->app);
	if (level == 0) {
		return false;
	}
	if (!s->deadline_us) {
		s->deadline_us = vp_mono_us() + s->cfg->drain_s * 1000000;
		md_engine_drain(engine);
		vp_app_ready(s->app, "media", false);
		vp_log(INFO, "media.draining", VP_KV_INT("calls", md_engine_calls(engine)));
	}
	return level > 1 || md_engine_calls(engine) == 0 || vp_mono_us() > s->deadline_us;
}

static void on_tick(struct md_engine *engine, void *arg)
{
	struct state *s = arg;
	(void)engine;
	vp_app_alive(s->app);
}

/* A call has three or four descriptors. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* "20000-29999" */
static bool parse_ports(const char *text, struct md_engine_cfg *cfg)
{
	char *dash, *end;
	unsigned long lo = strtoul(text, &dash, 10);
	unsigned long hi = *dash == '-' ? strtoul(dash + 1, &end, 10) : 0;
	if (*dash != '-' || *end || lo < 1024 || hi > UINT16_MAX || lo >= hi) {
		return false;
	}
	cfg->port_lo = (uint16_t)lo;
	cfg->port_hi = (uint16_t)hi;
	return true;
}

static int run(struct vp_app *app, const void *arg)
{
	const struct cfg *cfg = arg;
	struct state state = {.app = app, .cfg = cfg};
	struct md_engine_cfg media = {
		.socket_path = cfg->socket,
		.threads = (unsigned)cfg->threads,
		.addr = cfg->addr,
		.advertise = cfg->advertise,
		.region = (enum md_region)cfg->region,
		.max_calls = (unsigned)cfg->max_calls,
	};
	if (!parse_ports(cfg->ports, &media)) {
		vp_log(ERROR, "media.bad_setting", VP_KV_STR("key", "VOIP_RTP_PORTS"));
		return EX_CONFIG;
	}
	raise_descriptor_limit();
	signal(SIGXFSZ, SIG_IGN); /* a file size limit is an error of write, not our end */
	struct md_engine *engine;
	int err = md_engine_create(&engine, &media);
	if (err) {
		vp_log(ERROR, "media.start_failed", VP_KV_ERR(err),
			VP_KV_STR("socket", cfg->socket), VP_KV_STR("addr", cfg->addr));
		return err == EINVAL ? EX_CONFIG : EX_OSERR;
	}
	struct md_engine_hooks hooks = {
		.stop_fd = vp_app_stop_fd(app), .done = may_end, .tick = on_tick, .arg = &state};
	vp_app_ready(app, "media", true);
	err = md_engine_run(engine, &hooks);
	md_engine_destroy(engine);
	return err ? EX_SOFTWARE : 0;
}

int main(int argc, char **argv)
{
	static const struct vp_app_def def = {
		.name = "media",
		.fields = fields,
		.n_fields = VP_ARRAY_LEN(fields),
		.cfg_size = sizeof(struct cfg),
		.run = run,
	};
	return vp_app_main(&def, argc, argv);
}
