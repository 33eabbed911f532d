/* What strangers try at the media ports. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <openssl/ssl.h>
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

TestSuite(attack, .init = open_rig, .fini = close_rig);

static bool hears(struct peer_stream *from, struct peer_stream *to, uint8_t mark, int wait_ms)
{
	uint8_t p[160];
	struct peer_rtp rtp;
	memset(p, mark, sizeof(p));
	int err = peer_send(from, 0, false, p, 160, 160);
	cr_assert(err == 0 || err == ECONNREFUSED, "%s",
		strerror(err)); /* a port locked by the kernel */
	while (peer_recv(to, &rtp, wait_ms)) {
		if (rtp.payload[0] == mark) {
			return true;
		}
	}
	return false;
}

static int udp_to(const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	cr_assert_eq(connect(fd, (const struct sockaddr *)to, sizeof(*to)), 0);
	return fd;
}

static bool answered(int fd)
{
	struct timeval tv = {.tv_usec = NEVER_MS * 1000};
	uint8_t p[1600];
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	return recv(fd, p, sizeof(p), 0) > 0;
}

/* --- RTP bleed --- */

Test(attack, a_stranger_is_not_heard_on_a_trunk_port_and_hears_nothing)
{
	struct peer_stream stranger = {.ssrc = 9};
	rig_call(&rig);
	cr_assert(hears(&rig.t.s, &rig.b.s, 1, SOON_MS));
	stranger.fd = udp_to(&rig.t.remote);
	for (int i = 0; i < 30; i++) { /* more than it takes to lock */
		cr_assert_not(hears(&stranger, &rig.b.s, 0xee, 0));
	}
	cr_assert_not(hears(&stranger, &rig.b.s, 0xee, NEVER_MS));
	cr_assert(hears(&rig.b.s, &rig.t.s, 2, SOON_MS));
	cr_assert_not(answered(stranger.fd));
	cr_assert(hears(&rig.t.s, &rig.b.s, 3, SOON_MS));
	close(stranger.fd);
}

Test(attack, a_stranger_that_came_first_loses_to_the_address_of_the_sdp)
{
	struct peer_stream stranger = {.ssrc = 9};
	rig_call(&rig);
	stranger.fd = udp_to(&rig.t.remote);
	cr_assert(hears(&stranger, &rig.b.s, 0xee, SOON_MS), "it could be a NAT");
	cr_assert(hears(&rig.t.s, &rig.b.s, 1, SOON_MS));
	cr_assert_not(hears(&stranger, &rig.b.s, 0xee, NEVER_MS));
	cr_assert(hears(&rig.b.s, &rig.t.s, 2, SOON_MS));
	cr_assert_not(answered(stranger.fd));
	close(stranger.fd);
}

Test(attack, a_trunk_behind_nat_is_followed_once)
{
	struct peer_stream nat = {.ssrc = 9}, second = {.ssrc = 10};
	rig_call(&rig);
	nat.fd = udp_to(&rig.t.remote);
	second.fd = udp_to(&rig.t.remote);
	cr_assert(hears(&nat, &rig.b.s, 1, SOON_MS));
	cr_assert_not(hears(&second, &rig.b.s, 2, NEVER_MS), "the first source holds the place");
	cr_assert(hears(&rig.b.s, &nat, 3, SOON_MS), "and is spoken to");
	for (int i = 0; i < 12; i++) {
		cr_assert(hears(&nat, &rig.b.s, 4, SOON_MS));
	}
	cr_assert_not(hears(&second, &rig.b.s, 5, NEVER_MS));
	cr_assert_not(hears(&rig.t.s, &rig.b.s, 6, NEVER_MS), "now it is locked");
	close(nat.fd);
	close(second.fd);
}

/* --- SDP that names an address inside --- */

Test(attack, who_is_outside_does_not_have_us_send_to_our_own_machine)
{
	rig.sip_peer = "203.0.113.5";
	rig_call(&rig); /* the call is not refused */
	cr_assert_not(hears(&rig.b.s, &rig.t.s, 1, NEVER_MS));
	cr_assert_not(hears(&rig.t.s, &rig.b.s, 2, NEVER_MS), "a forged source");
	cr_assert_not(hears(&rig.b.s, &rig.t.s, 3, NEVER_MS));
}

Test(attack, who_is_on_this_machine_and_who_is_in_an_operators_network_is_believed)
{
	static const char *const peers[] = {"127.0.0.9", "203.0.113.5"};

	for (size_t i = 0; i < VP_ARRAY_LEN(peers); i++) {
		close_rig();
		open_rig();
		rig.sip_peer = peers[i];
		rig.networks = i == 0 ? "" : "10.0.0.0/8 127.0.0.0/8";
		rig_call(&rig);
		cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS), "%s", peers[i]);
		cr_assert(hears(&rig.t.s, &rig.b.s, 2, SOON_MS), "%s", peers[i]);
	}
}

Test(attack, behind_a_nat_that_it_does_not_know_its_packets_tell_where_it_is)
{
	char offer[PEER_SDP], answer[PEER_SDP];

	rig.sip_peer = "203.0.113.5";
	rig.networks = "127.0.0.0/8"; /* where this test's packets come from */
	rig_call(&rig);
	cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS));
	peer_trunk_sdp(&rig.t, "0 101", "sendrecv", offer);
	for (char *at; (at = strstr(offer, "127.0.0.1")) != NULL;) {
		memcpy(at, "10.9.99.9", 9);
	}
	cr_assert_eq(rig_trunk_remote_offer(&rig, offer, answer), 0, "the call goes on");
	cr_assert_not(hears(&rig.b.s, &rig.t.s, 2, NEVER_MS), "nothing goes out meanwhile");
	cr_assert(hears(&rig.t.s, &rig.b.s, 3, SOON_MS));
	cr_assert(hears(&rig.b.s, &rig.t.s, 4, SOON_MS), "now it is known");
}

Test(attack, a_peer_that_is_no_address_is_refused)
{
	char offer[PEER_SDP], answer[PEER_SDP];

	rig_call(&rig);
	peer_trunk_sdp(&rig.t, "0 101", "sendrecv", offer);
	rig.sip_peer = "peer.example";
	cr_assert_neq(rig_trunk_remote_offer(&rig, offer, answer), 0);
	rig.sip_peer = "203.0.113.5";
	rig.networks = "10.0.0.0/99";
	cr_assert_neq(rig_trunk_answer(&rig, offer), 0);
}

Test(attack, a_reoffer_from_another_address_opens_the_lock)
{
	char offer[PEER_SDP], answer[PEER_SDP];
	struct peer_trunk other;
	rig_call(&rig);
	cr_assert(hears(&rig.t.s, &rig.b.s, 1, SOON_MS));
	cr_assert_eq(peer_trunk_open(&other, "127.0.0.2", false), 0);
	peer_trunk_sdp(&other, "0 101", "sendrecv", offer);
	cr_assert_eq(rig_trunk_remote_offer(&rig, offer, answer), 0);
	cr_assert_eq(peer_trunk_take(&other, answer), 0);
	cr_assert(hears(&other.s, &rig.b.s, 2, SOON_MS));
	cr_assert(hears(&rig.b.s, &other.s, 3, SOON_MS));
	cr_assert_not(hears(&rig.t.s, &rig.b.s, 4, NEVER_MS));
	peer_trunk_close(&other);
}

Test(attack, a_flood_from_the_far_side_is_cut_to_what_speech_can_be)
{
	uint8_t p[160] = {7};
	struct peer_rtp rtp;
	unsigned heard = 0;
	rig_call(&rig);
	for (int i = 0; i < 4000; i++) {
		(void)peer_send(&rig.t.s, 0, false, p, 160, 160);
		if (i % 20 == 19) {
			while (peer_recv(&rig.b.s, &rtp, 1)) {
				heard++;
			}
		}
	}
	cr_assert_leq(heard, 3000, "a thousand a second, in two seconds at most");
	bool again = false;
	for (int i = 0; i < 20 && !again; i++) {
		again = hears(&rig.t.s, &rig.b.s, 9, 100);
	}
	cr_assert(again, "the next second it may speak again");
}

/* --- SRTP --- */

Test(attack, a_repeated_srtp_packet_is_heard_once)
{
	struct peer_rtp rtp;
	rig_call(&rig);
	cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS));
	uint8_t again[PEER_PACKET];
	uint8_t p[160] = {2};
	cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
	size_t len = rig.b.s.len;
	memcpy(again, rig.b.s.buf, len);
	cr_assert(peer_recv(&rig.t.s, &rtp, SOON_MS));
	for (int i = 0; i < 5; i++) {
		cr_assert_eq(send(rig.b.s.fd, again, len, 0), (ssize_t)len);
	}
	cr_assert_not(peer_recv(&rig.t.s, &rtp, NEVER_MS));
	cr_assert(hears(&rig.b.s, &rig.t.s, 3, SOON_MS));
}

Test(attack, forged_srtp_is_counted_and_not_heard)
{
	struct peer_rtp rtp;
	Ringmain__V1__LegStats stats;
	uint8_t p[180] = {0x80, 0, 0xff, 0xff};
	rig_call(&rig);
	cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS));
	for (int i = 0; i < 10; i++) {
		vp_random(p + 2, 178);
		cr_assert_eq(send(rig.b.s.fd, p, sizeof(p), 0), (ssize_t)sizeof(p));
	}
	cr_assert_not(peer_recv(&rig.t.s, &rtp, NEVER_MS));
	cr_assert(hears(&rig.b.s, &rig.t.s, 2, SOON_MS));
	rig_stats(&rig, AGENT, &stats);
	cr_assert_eq(stats.srtp_auth_failures, 10);
}

Test(attack, srtp_from_an_address_that_ice_did_not_prove_is_not_heard)
{
	struct peer_rtp rtp;
	uint8_t p[160] = {0xee};
	rig_call(&rig);
	cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS));
	int fd = rig.b.s.fd;
	rig.b.s.fd = udp_to(&rig.b.remote); /* the right keys, another address */
	cr_assert_eq(peer_send(&rig.b.s, 0, false, p, 160, 160), 0);
	cr_assert_not(peer_recv(&rig.t.s, &rtp, NEVER_MS));
	close(rig.b.s.fd);
	rig.b.s.fd = fd;
	cr_assert(hears(&rig.b.s, &rig.t.s, 2, SOON_MS));
}

/* --- ICE and DTLS --- */

static void half_open(void)
{
	char answer[PEER_SDP];
	cr_assert_eq(peer_browser_open(&rig.b, "127.0.0.1"), 0);
	rig.has_browser = true;
	cr_assert_eq(rig_browser_offer(&rig, &rig.b, "0 126", "PCMU", answer), 0);
	cr_assert_eq(peer_browser_answer(&rig.b, answer), 0);
}

Test(attack, a_check_with_a_wrong_password_gets_no_answer)
{
	half_open();
	char keep[64];
	memcpy(keep, rig.b.remote_pwd, sizeof(keep));
	rig.b.remote_pwd[0] ^= 1;
	cr_assert_eq(peer_browser_check(&rig.b, true, NEVER_MS), EACCES);
	memcpy(rig.b.remote_pwd, keep, sizeof(keep));
	rig.b.remote_ufrag[0] ^= 1;
	cr_assert_eq(peer_browser_check(&rig.b, true, NEVER_MS), EACCES);
	rig.b.remote_ufrag[0] ^= 1;
	cr_assert_eq(peer_browser_check(&rig.b, true, SOON_MS), 0);
}

Test(attack, a_client_hello_without_ice_gets_no_answer)
{
	half_open();
	cr_assert_eq(peer_browser_dtls(&rig.b, 300), ETIMEDOUT);
	cr_assert_eq(peer_browser_check(&rig.b, true, SOON_MS), 0);
	cr_assert_eq(peer_browser_dtls(&rig.b, SOON_MS), 0);
	rig_event(&rig, AGENT, CONNECTED);
}

Test(attack, another_certificate_than_the_offers_is_refused)
{
	char offer[PEER_SDP];
	Ringmain__V1__MediaRequest req;
	Ringmain__V1__BrowserOffer op = RINGMAIN__V1__BROWSER_OFFER__INIT;
	cr_assert_eq(peer_browser_open(&rig.b, "127.0.0.1"), 0);
	rig.has_browser = true;
	peer_browser_offer(&rig.b, "0 126", offer);
	char *digit = strstr(offer, "sha-256 ") + 8;
	*digit = *digit == '0' ? '1' : '0';
	rig_request(&rig, &req, AGENT);
	op.sdp = offer;
	req.op_case = RINGMAIN__V1__MEDIA_REQUEST__OP_BROWSER_OFFER;
	req.browser_offer = &op;
	cr_assert_eq(peer_browser_answer(&rig.b, rig_expect(&rig, &req, 0)->sdp), 0);
	cr_assert_eq(peer_browser_check(&rig.b, true, SOON_MS), 0);
	peer_browser_dtls(&rig.b, SOON_MS); /* may well end for the client */
	rig_no_event(&rig, AGENT, CONNECTED);
	rig_trunk(&rig, "PCMU", "0 101", false);
	rig_bridge(&rig);
	rig.b.s.secure = rig.b.s.secure && rig.b.s.tx.rtp.ctx;
	cr_assert_not(hears(&rig.b.s, &rig.t.s, 1, NEVER_MS));
	cr_assert_not(hears(&rig.t.s, &rig.b.s, 1, NEVER_MS));
}

Test(attack, dtls_before_1_2_is_refused)
{
	half_open();
	cr_assert_eq(peer_browser_check(&rig.b, true, SOON_MS), 0);
	/* a ClientHello record whose handshake says DTLS 1.0 */
	static const uint8_t hello[] = {22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 54, 1, 0, 0, 42,
		0, 0, 0, 0, 0, 0, 0, 42, 0xfe, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 0, 0, 0, 2,
		0xc0, 0x0a, 1, 0};
	uint8_t p[1600] = {0};
	cr_assert_eq(send(rig.b.s.fd, hello, sizeof(hello), 0), (ssize_t)sizeof(hello));
	struct timeval tv = {.tv_usec = NEVER_MS * 1000};
	setsockopt(rig.b.s.fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	ssize_t n = recv(rig.b.s.fd, p, sizeof(p), 0);
	cr_assert(n <= 0 || p[0] == 21, "an alert or nothing, not a record of type %u", p[0]);
	tv.tv_usec = 0;
	setsockopt(rig.b.s.fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	cr_assert_eq(peer_browser_dtls(&rig.b, SOON_MS), 0);
}

/* --- noise --- */

static void noise(int fd, unsigned packets)
{
	uint8_t p[2000];
	for (unsigned i = 0; i < packets; i++) {
		uint16_t len;
		vp_random(&len, sizeof(len));
		len %= i % 16 ? 200 : sizeof(p);
		vp_random(p, sizeof(p));
		static const uint8_t first[] = {0x80, 0x00, 0x01, 22, 0x90, 0xb3, 20, 0xff};
		p[0] = first[i % sizeof(first)];
		if (p[0] == 0) {
			memcpy(p, "\0\1\0\x10\x21\x12\xa4\x42", 8);
		}
		(void)!send(fd, p, len, 0);
		if (i % 50 == 49) {
			rig_sleep_ms(1); /* or the kernel drops most of it */
		}
	}
}

Test(attack, noise_from_everywhere_harms_no_call)
{
	rig_call(&rig);
	cr_assert(hears(&rig.t.s, &rig.b.s, 1, SOON_MS));
	struct sockaddr_in rtcp = rig.t.remote;
	rtcp.sin_port = htons((uint16_t)(ntohs(rtcp.sin_port) + 1));
	int strangers[] = {udp_to(&rig.b.remote), udp_to(&rig.t.remote), udp_to(&rtcp)};
	for (size_t i = 0; i < VP_ARRAY_LEN(strangers); i++) {
		noise(strangers[i], 2000);
		cr_assert_not(answered(strangers[i]), "no answer to a stranger");
		close(strangers[i]);
	}
	noise(rig.b.s.fd, 3000); /* from the browser's own address */
	noise(rig.t.s.fd, 3000);
	noise(rig.t.rtcp_fd, 2000);
	peer_flush(&rig.b.s);
	peer_flush(&rig.t.s);
	rig_sleep_ms(50);
	peer_flush(&rig.b.s);
	rig.t.s.ssrc = 4711; /* noise has moved the plain stream's numbers */
	cr_assert(hears(&rig.b.s, &rig.t.s, 1, SOON_MS));
	cr_assert(hears(&rig.t.s, &rig.b.s, 2, SOON_MS));
}

Test(attack, changed_copies_of_true_packets_harm_no_call)
{
	rig_call(&rig);
	uint8_t p[PEER_PACKET], payload[160] = {1};
	cr_assert_eq(peer_send(&rig.b.s, 0, false, payload, 160, 160), 0);
	size_t len = rig.b.s.len;
	for (int i = 0; i < 5000; i++) {
		uint32_t r[3];
		vp_random(r, sizeof(r));
		memcpy(p, rig.b.s.buf, len);
		p[r[0] % (i % 2 ? 16 : len)] ^= (uint8_t)(1U << r[1] % 8);
		(void)!send(rig.b.s.fd, p, i % 7 ? len : r[2] % len, 0);
		if (i % 50 == 49) {
			rig_sleep_ms(1);
		}
	}
	rig_sleep_ms(20);
	peer_flush(&rig.t.s);
	cr_assert(hears(&rig.b.s, &rig.t.s, 2, SOON_MS));
}
