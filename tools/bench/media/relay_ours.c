/* voip-media with browsers that do ICE and DTLS, and plain trunks. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tools/bench/media/relay.h"

#define WAIT_MS 10000

struct call {
	struct vp_uuid id;
	struct peer_browser b;
	struct peer_trunk t;
	bool has_browser, has_trunk;
	char spool[256];
};

struct ours {
	struct peer_ctl *ctl;
	struct call *calls;
	char socket[200];
};

static void nap(void)
{
	struct timespec t = {0, 10000000};
	nanosleep(&t, NULL);
}

static void begin(Ringmain__V1__MediaRequest *req, struct call *c, uint32_t leg)
{
	ringmain__v1__media_request__init(req);
	req->call_id.data = c->id.b;
	req->call_id.len = sizeof(c->id.b);
	req->leg = leg;
}

/* sdp: of the reply, when wanted. */
static int ask(struct ours *o, Ringmain__V1__MediaRequest *req, char sdp[PEER_SDP])
{
	Ringmain__V1__MediaMessage *msg = peer_ask(o->ctl, req);
	if (!msg) {
		return ETIMEDOUT;
	}
	int err = msg->reply->error ? EPROTO : 0;
	if (err) {
		fprintf(stderr, "voip-media: error %d, %s\n", (int)msg->reply->error,
			msg->reply->reason);
	}
	if (sdp) {
		snprintf(sdp, PEER_SDP, "%s", msg->reply->sdp);
	}
	peer_free(msg);
	return err;
}

static int open_browser(struct ours *o, struct call *c)
{
	char sdp[PEER_SDP], answer[PEER_SDP];
	char *codec = (char *)"PCMU";
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__BrowserOffer op = RINGMAIN__V1__BROWSER_OFFER__INIT;
	int err = peer_browser_open(&c->b, "127.0.0.1");
	if (err) {
		return err;
	}
	c->has_browser = true;
	peer_browser_offer(&c->b, "111 63 9 0 8 13 110 126", sdp);
	begin(&req, c, 1);
	op.sdp = sdp;
	op.n_codecs = 1;
	op.codecs = &codec;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_BROWSER_OFFER;
	req.browser_offer = &op;
	err = ask(o, &req, answer);
	if (!err) {
		err = peer_browser_answer(&c->b, answer);
	}
	if (!err) {
		err = peer_browser_check(&c->b, true, WAIT_MS);
	}
	return err ? err : peer_browser_dtls(&c->b, WAIT_MS);
}

static int open_trunk(struct ours *o, struct call *c)
{
	char sdp[PEER_SDP], offer[PEER_SDP];
	char *codec = (char *)"PCMU";
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__TrunkOffer op = RINGMAIN__V1__TRUNK_OFFER__INIT;
	Ringmain__V1__RemoteSdp remote = RINGMAIN__V1__REMOTE_SDP__INIT;
	int err = peer_trunk_open(&c->t, "127.0.0.1", false);
	if (err) {
		return err;
	}
	c->has_trunk = true;
	begin(&req, c, 2);
	op.n_codecs = 1;
	op.codecs = &codec;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_OFFER;
	req.trunk_offer = &op;
	err = ask(o, &req, offer);
	if (!err) {
		err = peer_trunk_take(&c->t, offer);
	}
	if (err) {
		return err;
	}
	peer_trunk_sdp(&c->t, "0 101", "sendrecv", sdp);
	begin(&req, c, 2);
	remote.sdp = sdp;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_ANSWER;
	req.trunk_answer = &remote;
	return ask(o, &req, NULL);
}

static int bridge(struct ours *o, struct call *c)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Bridge op = RINGMAIN__V1__BRIDGE__INIT;
	begin(&req, c, 1);
	op.peer = 2;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_BRIDGE;
	req.bridge = &op;
	return ask(o, &req, NULL);
}

static int record(struct ours *o, struct call *c)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Record op = RINGMAIN__V1__RECORD__INIT;
	begin(&req, c, 0);
	op.on = true;
	op.path = c->spool;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_RECORD;
	req.record = &op;
	return ask(o, &req, NULL);
}

static int open_call(struct relay *relay, struct ours *o, unsigned i)
{
	struct call *c = &o->calls[i];
	c->id = vp_uuid_new();
	int err = open_trunk(o, c);
	if (!err) {
		err = open_browser(o, c);
	}
	if (!err) {
		err = bridge(o, c);
	}
	if (!err && relay->cfg.tap) {
		snprintf(c->spool, sizeof(c->spool), "%s/%u.spool", relay->cfg.dir, i);
		err = record(o, c);
	}
	relay->legs[2 * i] = (struct load_leg){.s = &c->b.s, .rtcp_fd = -1, .browser = &c->b};
	relay->legs[2 * i + 1] = (struct load_leg){.s = &c->t.s, .rtcp_fd = c->t.rtcp_fd};
	relay->n_legs = 2 * (i + 1);
	return err;
}

static int connect_to(struct ours *o)
{
	int err = ENOENT;
	for (int i = 0; i < 500 && err; i++) {
		err = peer_ctl_open(&o->ctl, o->socket);
		if (err) {
			nap();
		}
	}
	return err;
}

int relay_ours_start(struct relay *relay)
{
	struct ours *o = calloc(1, sizeof(*o));
	char socket[256], log[256];
	relay->own = o;
	if (!o || !(o->calls = calloc(relay->cfg.calls, sizeof(*o->calls)))) {
		return ENOMEM;
	}
	snprintf(o->socket, sizeof(o->socket), "%s/media.sock", relay->cfg.dir);
	snprintf(socket, sizeof(socket), "VOIP_MEDIA_SOCKET=%s", o->socket);
	snprintf(log, sizeof(log), "%s/media.log", relay->cfg.dir);
	char *argv[] = {(char *)relay->cfg.media, NULL};
	char *env[] = {socket, (char *)"VOIP_RTP_PORTS=10000-17999",
		(char *)"VOIP_ADMIN_LISTEN=", (char *)"VOIP_MEDIA_ADDR=127.0.0.1",
		(char *)"VOIP_LOG_LEVEL=warn", NULL};
	relay->pid = relay_spawn(argv, env, log);
	int err = connect_to(o);
	relay->base_rss = load_rss(relay->pid);
	int64_t cpu = load_cpu_us(relay->pid);
	for (unsigned i = 0; i < relay->cfg.calls && !err; i++) {
		err = open_call(relay, o, i);
		peer_ctl_discard(o->ctl);
	}
	relay->setup_cpu_us = load_cpu_us(relay->pid) - cpu;
	return err;
}

void relay_ours_idle(struct relay *relay)
{
	peer_ctl_discard(((struct ours *)relay->own)->ctl); /* statistics */
}

void relay_ours_stop(struct relay *relay)
{
	struct ours *o = relay->own;
	if (!o) {
		return;
	}
	for (unsigned i = 0; o->calls && i < relay->cfg.calls; i++) {
		struct call *c = &o->calls[i];
		Ringmain__V1__MediaRequest req;
		Ringmain__V1__DropCall op = RINGMAIN__V1__DROP_CALL__INIT;
		if (c->has_trunk && o->ctl) {
			begin(&req, c, 0);
			req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_DROP_CALL;
			req.drop_call = &op;
			ask(o, &req, NULL);
			peer_trunk_close(&c->t);
		}
		if (c->has_browser) {
			peer_browser_close(&c->b);
		}
	}
	peer_ctl_close(o->ctl);
	relay_end(relay->pid);
	for (unsigned i = 0; o->calls && i < relay->cfg.calls; i++) {
		if (o->calls[i].spool[0]) {
			unlink(o->calls[i].spool);
		}
	}
	unlink(o->socket);
	free(o->calls);
	free(o);
	relay->own = NULL;
}
