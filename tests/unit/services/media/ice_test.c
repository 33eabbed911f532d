/* A browser's paths: nomination, ICE restart, another network, another tab. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
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
