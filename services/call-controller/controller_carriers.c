/* The carriers' part of the service object: their client on the loop, and how they feel. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/bus/bus.h"
#include "libcommon/log/log.h"
#include "proto/route.pb-c.h"
#include "services/call-controller/call_carrier.h"
#include "services/call-controller/controller.h"

/* As of a trunk: routers go by it. */
static void send_carrier_health(struct vp_uuid org, struct vp_uuid provider, bool up, void *arg)
{
	Ringmain__V1__TrunkHealth msg = RINGMAIN__V1__TRUNK_HEALTH__INIT;
	struct controller *cc = arg;
	char id[VP_UUID_TEXT_SIZE];
	uint8_t buf[256];
	struct vp_event event = {.type = "trunk.health", .org = org, .subject = id, .data = buf};

	vp_uuid_text(provider, id);
	msg.trunk_id = id;
	msg.up = up;
	msg.node = (char *)(uintptr_t)cc->node;
	if (ringmain__v1__trunk_health__get_packed_size(&msg) <= sizeof(buf)) {
		event.len = ringmain__v1__trunk_health__pack(&msg, buf);
		(void)vp_bus_publish(cc->bus, "rt.trunk", &event);
	}
}

static void on_carrier_health(struct vp_uuid org, struct vp_uuid provider, bool up, void *arg)
{
	char id[VP_UUID_TEXT_SIZE];

	vp_uuid_text(provider, id);
	vp_log(WARN, up ? "provider.up" : "provider.down", VP_KV_STR("provider", id));
	send_carrier_health(org, provider, up, arg);
}

static void repeat_down(struct vp_uuid org, struct vp_uuid provider, void *arg)
{
	send_carrier_health(org, provider, false, arg);
}

static void on_carriers(int flags, void *arg)
{
	struct controller *cc = arg;

	(void)flags;
	carriers_drain(cc->carriers);
}

/* "https://a.example/, https://b.example": carriers are told the first. */
static char *first_base(const char *urls)
{
	size_t len = urls ? strcspn(urls, ", ") : 0;

	while (len > 0 && urls[len - 1] == '/') {
		len--;
	}
	return len > 0 ? strndup(urls, len) : NULL;
}

int controller_carriers_start(struct controller *cc)
{
	struct carriers_cfg cfg = {
		.timers = cc->timers, .db = cc->db, .on_health = on_carrier_health, .arg = cc};
	int err;

	cc->webhook_base = first_base(cc->cfg->webhook_url);
	cfg.webhook_url = cc->webhook_base;
	cfg.vault = cc->vault;
	err = carriers_create(&cc->carriers, &cfg);
	return err ? err : fd_listen(carriers_fd(cc->carriers), FD_READ, on_carriers, cc);
}

void controller_carriers_stop(struct controller *cc)
{
	carrier_dials_drop(cc);
	carrier_hang_ups_drop(cc);
	carrier_proofs_drop(cc);
	if (cc->carriers) {
		fd_close(carriers_fd(cc->carriers));
		cc->carriers = carriers_destroy(cc->carriers);
	}
	free(cc->webhook_base);
}

void controller_carriers_beat(struct controller *cc)
{
	carriers_each_down(cc->carriers, repeat_down, cc);
}
