/* A browser's paths: nomination, ICE restart, another network, another tab. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tests/unit/services/media/rig.h"

enum { CONNECTED = RINGMAIN__V1__MEDIA_EVENT__EV_CONNECTED };

static struct rig rig;

static void open_rig(void)
{
	rig_open(&rig, NULL);
}

static void close_rig(void)
{
	rig_close(&rig);
}

TestSuite(ice, .init = open_rig, .fini = close_rig);

static bool hears(struct peer_stream *from, struct peer_stream *to, uint8_t mark, int wait_ms)
{
	uint8_t p[160];
	struct peer_rtp rtp;
	memset(p, mark, sizeof(p));
	cr_assert_eq(peer_send(from, 0, false, p, 160, 160), 0);
	while (peer_recv(to, &rtp, wait_ms)) {
		if (rtp.payload[0] == mark) {
			return true;
		}
	}
	return false;
}

Test(ice, the_answer_has_what_a_browser_needs)
{
	char answer[PEER_SDP];
	cr_assert_eq(peer_browser_open(&rig.b, "127.0.0.1"), 0);
	rig.has_browser = true;
	cr_assert_eq(rig_browser_offer(&rig, &rig.b, "111 63 0 8 110 126", NULL, answer), 0);
	static const char *const lines[] = {"v=0\r\n", "a=ice-lite\r\n", "a=group:BUNDLE 0\r\n",
		" UDP/TLS/RTP/SAVPF 0 126\r\n", "a=mid:0\r\n", "a=rtpmap:0 PCMU/8000\r\n",
		"a=rtpmap:126 telephone-event/8000\r\n", "a=setup:passive\r\n", "a=rtcp-mux\r\n",
		"a=fingerprint:sha-256 ", "a=ice-ufrag:", "a=ice-pwd:", "a=candidate:1 1 udp ",
		"a=sendrecv\r\n", "c=IN IP4 127.0.0.1\r\n"};
	for (size_t i = 0; i < VP_ARRAY_LEN(lines); i++) {
		cr_assert(strstr(answer, lines[i]), "%s lacks %s", answer, lines[i]);
	}
	cr_assert_null(strstr(answer, "PCMA"), "one codec only");
}

Test(ice, an_ice_restart_keeps_the_sound_and_the_keys)
{
	char answer[PEER_SDP], old[64];
	rig_call(&rig);
	cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS));
	struct peer_browser before = rig.b;
	memcpy(old, rig.b.remote_ufrag, sizeof(old));
	peer_browser_restart(&rig.b);
	cr_assert_eq(rig_browser_offer(&rig, &rig.b, "0 126", "PCMU", answer), 0);
	cr_assert(hears(&rig.b.s, &rig.t.s, 2, SOON_MS), "the old path carries on");
	/* Chromium's new sockets may still use the old credentials */
	cr_assert_eq(peer_browser_check(&before, true, SOON_MS), 0);
	cr_assert_eq(peer_browser_answer(&rig.b, answer), 0);
	cr_assert_str_neq(rig.b.remote_ufrag, old);
	cr_assert_eq(peer_browser_check(&rig.b, false, SOON_MS), 0);
	cr_assert_eq(peer_browser_check(&before, false, SOON_MS), 0, "not nominated yet");
	cr_assert_eq(peer_browser_check(&rig.b, true, SOON_MS), 0);
	cr_assert_eq(peer_browser_check(&before, false, NEVER_MS), EACCES,
		"nominated: the old are void");
	cr_assert(hears(&rig.b.s, &rig.t.s, 3, SOON_MS));
	cr_assert(hears(&rig.t.s, &rig.b.s, 4, SOON_MS));
	rig_no_event(&rig, AGENT, CONNECTED);
}

Test(ice, a_new_network_takes_the_call_along)
{
	char answer[PEER_SDP];
	rig_call(&rig);
	cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS));
	for (uint8_t i = 0; i < 4; i++) {
		peer_browser_restart(&rig.b);
		cr_assert_eq(rig_browser_offer(&rig, &rig.b, "0 126", "PCMU", answer), 0);
		cr_assert_eq(peer_browser_move(&rig.b, i % 2 ? "127.0.0.1" : "127.0.0.3"), 0);
		cr_assert_eq(peer_browser_answer(&rig.b, answer), 0);
		cr_assert_eq(peer_browser_check(&rig.b, true, SOON_MS), 0);
		cr_assert(hears(&rig.b.s, &rig.t.s, (uint8_t)(10 + i), SOON_MS));
		cr_assert(hears(&rig.t.s, &rig.b.s, (uint8_t)(20 + i), SOON_MS));
	}
}

Test(ice, a_path_may_change_without_restart)
{
	rig_call(&rig);
	cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS));
	cr_assert_eq(peer_browser_move(&rig.b, "127.0.0.3"), 0);
	cr_assert_not(hears(&rig.b.s, &rig.t.s, 2, NEVER_MS), "not before it is proved");
	cr_assert_eq(peer_browser_check(&rig.b, true, SOON_MS), 0);
	cr_assert(hears(&rig.b.s, &rig.t.s, 3, SOON_MS));
	cr_assert(hears(&rig.t.s, &rig.b.s, 4, SOON_MS));
}

Test(ice, another_tab_takes_the_call_over)
{
	char answer[PEER_SDP];
	struct peer_browser tab;
	rig_call(&rig);
	cr_assert(hears(&rig.t.s, &rig.b.s, 1, SOON_MS));
	cr_assert_eq(peer_browser_open(&tab, "127.0.0.1"), 0);
	cr_assert_eq(rig_browser_offer(&rig, &tab, "0 126", "PCMU", answer), 0);
	cr_assert(hears(&rig.b.s, &rig.t.s, 2, SOON_MS),
		"the old tab speaks until the new one is up");
	cr_assert_eq(peer_browser_answer(&tab, answer), 0);
	cr_assert_eq(peer_browser_check(&tab, true, SOON_MS), 0);
	cr_assert_eq(peer_browser_dtls(&tab, SOON_MS), 0);
	rig_event(&rig, AGENT, CONNECTED);
	cr_assert(hears(&tab.s, &rig.t.s, 3, SOON_MS));
	cr_assert(hears(&rig.t.s, &tab.s, 4, SOON_MS));
	cr_assert_not(hears(&rig.b.s, &rig.t.s, 5, NEVER_MS));
	cr_assert_not(hears(&rig.t.s, &rig.b.s, 6, NEVER_MS));
	peer_browser_close(&tab);
}

Test(ice, an_unchanged_offer_changes_nothing)
{
	char answer[PEER_SDP], again[PEER_SDP], first[64], second[64];
	rig_call(&rig);
	cr_assert_eq(rig_browser_offer(&rig, &rig.b, "0 126", "PCMU", answer), 0);
	cr_assert_eq(rig_browser_offer(&rig, &rig.b, "0 126", "PCMU", again), 0);
	cr_assert(peer_sdp_value(answer, "a=ice-pwd:", first, sizeof(first)));
	cr_assert(peer_sdp_value(again, "a=ice-pwd:", second, sizeof(second)));
	cr_assert_str_eq(first, second);
	cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS));
}

Test(ice, sha1_80_serves_browsers_without_gcm)
{
	peer_browser_profiles("SRTP_AES128_CM_SHA1_80");
	rig_call(&rig);
	cr_assert_str_eq(rig.b.profile, "SRTP_AES128_CM_SHA1_80");
	for (uint8_t i = 1; i < 50; i++) {
		cr_assert(hears(&rig.b.s, &rig.t.s, i, SOON_MS));
		cr_assert(hears(&rig.t.s, &rig.b.s, i, SOON_MS));
	}
	cr_assert_eq(rig.b.s.bad, 0);
}

/* --- a network between browser and media that loses our last flight --- */

struct network {
	int browser_side, media_side;
	struct sockaddr_in browser;
	unsigned lose; /* so many datagrams that begin with ChangeCipherSpec */
	atomic_uint lost;
	atomic_bool stop;
	pthread_t thread;
};

static void forward(struct network *n, bool to_browser)
{
	uint8_t p[2000];
	socklen_t len = sizeof(n->browser);
	ssize_t size = to_browser ? recv(n->media_side, p, sizeof(p), 0)
				  : recvfrom(n->browser_side, p, sizeof(p), 0,
					    (struct sockaddr *)&n->browser, &len);
	if (size <= 0) {
		return;
	}
	if (to_browser && p[0] == 20 && atomic_load(&n->lost) < n->lose) {
		atomic_fetch_add(&n->lost, 1);
	} else if (to_browser) {
		sendto(n->browser_side, p, (size_t)size, 0, (struct sockaddr *)&n->browser, len);
	} else {
		send(n->media_side, p, (size_t)size, 0);
	}
}

static void *network_main(void *arg)
{
	struct network *n = arg;
	struct pollfd fds[] = {
		{.fd = n->browser_side, .events = POLLIN}, {.fd = n->media_side, .events = POLLIN}};
	while (!atomic_load(&n->stop)) {
		if (poll(fds, 2, 20) > 0) {
			for (int i = 0; i < 2; i++) {
				if (fds[i].revents) {
					forward(n, i == 1);
				}
			}
		}
	}
	return NULL;
}

/* The browser talks to media through n from now on. */
static void put_between(struct network *n, struct peer_browser *b)
{
	struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(own);
	n->browser_side = socket(AF_INET, SOCK_DGRAM, 0);
	n->media_side = socket(AF_INET, SOCK_DGRAM, 0);
	cr_assert_eq(bind(n->browser_side, (struct sockaddr *)&own, len), 0);
	cr_assert_eq(getsockname(n->browser_side, (struct sockaddr *)&own, &len), 0);
	cr_assert_eq(connect(n->media_side, (struct sockaddr *)&b->remote, sizeof(b->remote)), 0);
	b->remote = own;
	cr_assert_eq(connect(b->s.fd, (struct sockaddr *)&own, len), 0);
	cr_assert_eq(pthread_create(&n->thread, NULL, network_main, n), 0);
}

static void take_away(struct network *n)
{
	atomic_store(&n->stop, true);
	pthread_join(n->thread, NULL);
	close(n->browser_side);
	close(n->media_side);
}

Test(ice, a_lost_last_flight_is_repeated_although_the_handshake_is_forgotten)
{
	static struct network n = {.lose = 1};
	char answer[PEER_SDP];
	cr_assert_eq(peer_browser_open(&rig.b, "127.0.0.1"), 0);
	rig.has_browser = true;
	cr_assert_eq(rig_browser_offer(&rig, &rig.b, "0 126", "PCMU", answer), 0);
	cr_assert_eq(peer_browser_answer(&rig.b, answer), 0);
	put_between(&n, &rig.b);
	cr_assert_eq(peer_browser_check(&rig.b, true, SOON_MS), 0);
	cr_assert_eq(peer_browser_dtls(&rig.b, 3 * SOON_MS), 0);
	cr_assert_eq(atomic_load(&n.lost), 1);
	rig_event(&rig, AGENT, CONNECTED);
	rig_trunk(&rig, "PCMU", "0 101", false);
	rig_bridge(&rig);
	cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS));
	cr_assert(hears(&rig.t.s, &rig.b.s, 2, SOON_MS));
	take_away(&n);
}
