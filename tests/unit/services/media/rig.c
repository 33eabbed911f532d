/* See rig.h. */
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include "libcommon/base/base.h"
#include "libcommon/log/log.h"
#include "services/call-controller/media/codec.h"
#include "tests/unit/services/media/rig.h"

#define KEPT 64
static Ringmain__V1__MediaMessage *kept[KEPT];
static unsigned n_kept;

static Ringmain__V1__MediaMessage *keep(Ringmain__V1__MediaMessage *msg)
{
	if (n_kept == KEPT) {
		rig_done();
	}
	kept[n_kept++] = msg;
	return msg;
}

void rig_done(void)
{
	while (n_kept) {
		peer_free(kept[--n_kept]);
	}
}

static bool done(struct md_engine *engine, void *arg)
{
	(void)engine;
	(void)arg;
	return true;
}

static void *engine_main(void *arg)
{
	struct rig *r = arg;
	struct md_engine_hooks hooks = {.stop_fd = r->stop_fd, .done = done};
	md_engine_run(r->engine, &hooks);
	return NULL;
}

void rig_open(struct rig *r, const struct md_engine_cfg *cfg)
{
	memset(r, 0, sizeof(*r));
	vp_log_init("media-test", "", VP_LOG_ERROR); /* stdout is TAP's */
	snprintf(r->dir, sizeof(r->dir), "/tmp/media_test.XXXXXX");
	cr_assert_not_null(mkdtemp(r->dir));
	snprintf(r->socket, sizeof(r->socket), "%s/media.sock", r->dir);
	struct md_engine_cfg c = cfg ? *cfg : (struct md_engine_cfg){0};
	c.socket_path = r->socket;
	c.threads = c.threads ? c.threads : 2;
	c.addr = c.addr ? c.addr : "127.0.0.1";
	c.port_lo = c.port_lo ? c.port_lo : 20000;
	c.port_hi = c.port_hi ? c.port_hi : 33999;
	cr_assert_eq(md_engine_create(&r->engine, &c), 0);
	r->stop_fd = eventfd(0, EFD_CLOEXEC);
	cr_assert_eq(pthread_create(&r->thread, NULL, engine_main, r), 0);
	cr_assert_eq(peer_ctl_open(&r->ctl, r->socket), 0);
	r->call = vp_uuid_new();
}

void rig_close(struct rig *r)
{
	uint64_t one = 1;
	rig_done();
	if (r->has_browser) {
		peer_browser_close(&r->b);
	}
	if (r->has_trunk) {
		peer_trunk_close(&r->t);
	}
	peer_ctl_close(r->ctl);
	cr_assert_eq(write(r->stop_fd, &one, sizeof(one)), (ssize_t)sizeof(one));
	pthread_join(r->thread, NULL);
	md_engine_destroy(r->engine);
	close(r->stop_fd);
	char lock[96];
	snprintf(lock, sizeof(lock), "%s.lock", r->socket);
	unlink(lock);
	rmdir(r->dir);
}

void rig_request(struct rig *r, Ringmain__V1__MediaRequest *req, uint32_t leg)
{
	ringmain__v1__media_request__init(req);
	req->call_id.data = r->call.b;
	req->call_id.len = sizeof(r->call.b);
	req->leg = leg;
}

static Ringmain__V1__MediaReply *ask(struct rig *r, Ringmain__V1__MediaRequest *req)
{
	Ringmain__V1__MediaMessage *msg = peer_ask(r->ctl, req);
	cr_assert_not_null(msg, "no reply to operation %d", (int)req->op_case);
	return keep(msg)->reply;
}

Ringmain__V1__MediaReply *rig_expect(struct rig *r, Ringmain__V1__MediaRequest *req, int error)
{
	Ringmain__V1__MediaReply *reply = ask(r, req);
	cr_assert_eq((int)reply->error, error, "operation %d: error %d, %s", (int)req->op_case,
		(int)reply->error, reply->reason);
	return reply;
}

void rig_bridge(struct rig *r)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Bridge op = RINGMAIN__V1__BRIDGE__INIT;
	rig_request(r, &req, AGENT);
	op.peer = CUSTOMER;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_BRIDGE;
	req.bridge = &op;
	rig_expect(r, &req, 0);
}

void rig_play(struct rig *r, uint32_t leg, int tone)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Play op = RINGMAIN__V1__PLAY__INIT;
	rig_request(r, &req, leg);
	op.tone = (Ringmain__V1__Play__Tone)tone;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_PLAY;
	req.play = &op;
	rig_expect(r, &req, 0);
}

void rig_hold(struct rig *r, uint32_t leg, bool on, char sdp[PEER_SDP])
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Hold op = RINGMAIN__V1__HOLD__INIT;
	rig_request(r, &req, leg);
	op.on = on;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_HOLD;
	req.hold = &op;
	snprintf(sdp, PEER_SDP, "%s", rig_expect(r, &req, 0)->sdp);
}

void rig_digits(struct rig *r, uint32_t leg, const char *digits, unsigned ms)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Dtmf op = RINGMAIN__V1__DTMF__INIT;
	rig_request(r, &req, leg);
	op.digits = (char *)digits;
	op.duration_ms = ms;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_DTMF;
	req.dtmf = &op;
	rig_expect(r, &req, 0);
}

void rig_record(struct rig *r, bool on, const char *path, int error)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Record op = RINGMAIN__V1__RECORD__INIT;
	rig_request(r, &req, 0);
	op.on = on;
	op.path = (char *)path;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_RECORD;
	req.record = &op;
	rig_expect(r, &req, error);
}

void rig_drop_call(struct rig *r)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__DropCall op = RINGMAIN__V1__DROP_CALL__INIT;
	rig_request(r, &req, 0);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_DROP_CALL;
	req.drop_call = &op;
	rig_expect(r, &req, 0);
}

int rig_browser_offer(struct rig *r, struct peer_browser *b, const char *formats, const char *codec,
	char answer[PEER_SDP])
{
	char offer[PEER_SDP];
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__BrowserOffer op = RINGMAIN__V1__BROWSER_OFFER__INIT;
	peer_browser_offer(b, formats, offer);
	rig_request(r, &req, AGENT);
	op.sdp = offer;
	op.n_codecs = codec ? 1 : 0;
	op.codecs = (char **)&codec;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_BROWSER_OFFER;
	req.browser_offer = &op;
	Ringmain__V1__MediaReply *reply = ask(r, &req);
	snprintf(answer, PEER_SDP, "%s", reply->sdp);
	if (reply->error == 0 && codec) {
		cr_assert_str_eq(reply->codec, codec);
	}
	return (int)reply->error;
}

int rig_trunk_answer(struct rig *r, const char *sdp)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__RemoteSdp op = RINGMAIN__V1__REMOTE_SDP__INIT;
	rig_request(r, &req, CUSTOMER);
	op.sdp = (char *)sdp;
	op.peer = r->sip_peer ? (char *)r->sip_peer : op.peer;
	op.networks = r->networks ? (char *)r->networks : op.networks;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_ANSWER;
	req.trunk_answer = &op;
	return (int)ask(r, &req)->error;
}

int rig_trunk_remote_offer(struct rig *r, const char *sdp, char answer[PEER_SDP])
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__RemoteSdp op = RINGMAIN__V1__REMOTE_SDP__INIT;
	rig_request(r, &req, CUSTOMER);
	op.sdp = (char *)sdp;
	op.peer = r->sip_peer ? (char *)r->sip_peer : op.peer;
	op.networks = r->networks ? (char *)r->networks : op.networks;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_REMOTE_OFFER;
	req.trunk_remote_offer = &op;
	Ringmain__V1__MediaReply *reply = ask(r, &req);
	snprintf(answer, PEER_SDP, "%s", reply->sdp);
	return (int)reply->error;
}

void rig_stats(struct rig *r, uint32_t leg, Ringmain__V1__LegStats *ret)
{
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__Stats op = RINGMAIN__V1__STATS__INIT;
	rig_request(r, &req, leg);
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_STATS;
	req.stats = &op;
	Ringmain__V1__MediaReply *reply = rig_expect(r, &req, 0);
	cr_assert_eq(reply->n_stats, 1);
	*ret = *reply->stats[0];
	ret->call_id = (ProtobufCBinaryData){0};
}

Ringmain__V1__MediaEvent *rig_event(struct rig *r, uint32_t leg, int kind)
{
	Ringmain__V1__MediaMessage *msg = peer_event(r->ctl, r->call, leg, kind, SOON_MS);
	cr_assert_not_null(msg, "no event %d of leg %u", kind, leg);
	return keep(msg)->event;
}

void rig_no_event(struct rig *r, uint32_t leg, int kind)
{
	Ringmain__V1__MediaMessage *msg = peer_event(r->ctl, r->call, leg, kind, NEVER_MS);
	cr_assert_null(msg, "event %d of leg %u", kind, leg);
}

void rig_browser(struct rig *r, const char *formats, const char *codec)
{
	char answer[PEER_SDP];
	cr_assert_eq(peer_browser_open(&r->b, "127.0.0.1"), 0);
	r->has_browser = true;
	cr_assert_eq(rig_browser_offer(r, &r->b, formats, codec, answer), 0);
	cr_assert_eq(peer_browser_answer(&r->b, answer), 0, "%s", answer);
	cr_assert_eq(peer_browser_check(&r->b, true, SOON_MS), 0);
	cr_assert_eq(peer_browser_dtls(&r->b, SOON_MS), 0);
	rig_event(r, AGENT, RINGMAIN__V1__MEDIA_EVENT__EV_CONNECTED);
}

void rig_trunk(struct rig *r, const char *codec, const char *formats, bool secure)
{
	char sdp[PEER_SDP];
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__TrunkOffer op = RINGMAIN__V1__TRUNK_OFFER__INIT;
	cr_assert_eq(peer_trunk_open(&r->t, "127.0.0.1", secure), 0);
	r->has_trunk = true;
	rig_request(r, &req, CUSTOMER);
	op.n_codecs = codec ? 1 : 0;
	op.codecs = (char **)&codec;
	op.srtp = secure;
	op.advertise = "";
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_TRUNK_OFFER;
	req.trunk_offer = &op;
	cr_assert_eq(peer_trunk_take(&r->t, rig_expect(r, &req, 0)->sdp), 0);
	peer_trunk_sdp(&r->t, formats, "sendrecv", sdp);
	cr_assert_eq(rig_trunk_answer(r, sdp), 0);
}

void rig_call(struct rig *r)
{
	rig_browser(r, "0 126", "PCMU");
	rig_trunk(r, "PCMU", "0 101", false);
	rig_bridge(r);
}

static int16_t decode(uint8_t byte, bool alaw)
{
	return alaw ? md_pcma_decode(byte) : md_pcmu_decode(byte);
}

void rig_tone(uint8_t out[160], unsigned hz, uint32_t at, bool alaw)
{
	int16_t pcm[160];
	for (uint32_t i = 0; i < 160; i++) {
		pcm[i] = (int16_t)lrint(8000 * sin(2 * M_PI * hz * (at + i) / 8000));
	}
	md_g711_encode(alaw ? MD_PCMA : MD_PCMU, pcm, 160, out);
}

double rig_share(const uint8_t *p, size_t n, unsigned hz, bool alaw)
{
	double c = 2 * cos(2 * M_PI * hz / 8000), s1 = 0, s2 = 0, all = 0;
	for (size_t i = 0; i < n; i++) {
		double x = decode(p[i], alaw), s = x + c * s1 - s2;
		s2 = s1;
		s1 = s;
		all += x * x;
	}
	return all > 0 ? (s1 * s1 + s2 * s2 - c * s1 * s2) / (all * (double)n / 2) : 0;
}

void rig_sleep_ms(unsigned ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};
	nanosleep(&t, NULL);
}
