/* Both SRTP backends against the RFCs' vectors, an independent implementation and an attacker. This
 * file is built once a backend. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include "libcommon/base/base.h"
#include "services/call-controller/media/srtp.h"
#include "tools/bench/media/ref_srtp.h"

#define ROOM 512

static size_t unhex(const char *text, uint8_t *out)
{
	size_t n = 0;
	for (; *text; text++) {
		unsigned byte;
		if (*text != ' ') {
			cr_assert_eq(sscanf(text, "%2x", &byte), 1);
			out[n++] = (uint8_t)byte;
			text++;
		}
	}
	return n;
}

static void expect_bytes(const uint8_t *got, size_t n, const char *hex)
{
	uint8_t want[ROOM];
	cr_assert_eq(unhex(hex, want), n);
	cr_assert_eq(memcmp(got, want, n), 0);
}

static size_t rtp(uint8_t *p, uint32_t ssrc, uint16_t seq)
{
	uint32_t be = htonl(ssrc);
	memset(p, 0xab, 172);
	memset(p, 0, 12);
	p[0] = 0x80;
	p[2] = (uint8_t)(seq >> 8);
	p[3] = (uint8_t)seq;
	p[7] = (uint8_t)seq;
	memcpy(p + 8, &be, 4);
	return 172;
}

static size_t rtcp(uint8_t *p, uint32_t ssrc)
{
	uint32_t be = htonl(ssrc);
	memset(p, 0, 32);
	p[0] = 0x80;
	p[1] = 201;
	p[3] = 7;
	memcpy(p + 4, &be, 4);
	return 32;
}

static const uint8_t master[30] = {0xe1, 0xf9, 0x7a, 0x0d, 0x3e, 0x01, 0x8b, 0xe0, 0xd6, 0x4f, 0xa3,
	0x2c, 0x06, 0xde, 0x41, 0x39, 0x0e, 0xc6, 0x75, 0xad, 0x49, 0x8a, 0xfe, 0xeb, 0xb6, 0x96,
	0x0b, 0x3a, 0xab, 0xe6};

static enum md_srtp_suite suites[] = {MD_SRTP_CM_128_SHA1_80, MD_SRTP_GCM_128};

static enum ref_suite ref_of(enum md_srtp_suite suite)
{
	return suite == MD_SRTP_GCM_128 ? REF_GCM_128 : REF_CM_SHA1_80;
}

/* RFC 3711 appendix B.3: the session keys of this master key are printed there. The packet is then
 * made with those printed keys, so that the backend's derivation is what is tested. */
Test(srtp, rfc3711_b3_keys_protect_a_packet)
{
	uint8_t want[ROOM], got[ROOM];
	struct ref_keys k = {0};
	unhex("C61E7A93744F39EE10734AFE3FF7A087", k.cipher);
	unhex("30CBBC08863D8C85D49DB34A9AE1", k.salt);
	unhex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4", k.auth);
	ref_keys_init(&k, REF_CM_SHA1_80);
	struct md_srtp *s;
	cr_assert_eq(md_srtp_create(&s, MD_SRTP_CM_128_SHA1_80, master, true), 0);
	size_t len = rtp(got, 0xcafebabe, 0x1234);
	memcpy(want, got, len);
	cr_assert_eq(md_srtp_protect(s, got, &len), 0);
	cr_assert_eq(ref_seal_rtp(&k, 0, want, 172), len);
	cr_assert_eq(memcmp(got, want, len), 0);
	ref_keys_free(&k);
	md_srtp_destroy(s);
}

/* RFC 3711 appendix B.2: AES-CM keystream; session key and salt as printed, SSRC and index 0. */
Test(srtp, rfc3711_b2_keystream_is_what_the_reference_makes)
{
	uint8_t p[ROOM] = {0x80};
	struct ref_keys k = {0};
	unhex("2B7E151628AED2A6ABF7158809CF4F3C", k.cipher);
	unhex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD", k.salt);
	ref_keys_init(&k, REF_CM_SHA1_80);
	ref_seal_rtp(&k, 0, p, 12 + 48);
	expect_bytes(p + 12, 48,
		"E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"
		"41E95B3BB0A2E8DD477901E4FCA894C0");
	ref_keys_free(&k);
}

/* RFC 7714 section 16.1.1 gives session keys; it holds the reference, by which the backends are
 * held. */
Test(srtp, rfc7714_16_1_1_is_what_the_reference_makes)
{
	uint8_t p[ROOM];
	struct ref_keys k = {0};
	unhex("000102030405060708090a0b0c0d0e0f", k.cipher);
	unhex("517569642070726f2071756f", k.salt);
	ref_keys_init(&k, REF_GCM_128);
	size_t len =
		unhex("8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 "
		      "69736120 696e2070 61727465 73207472 6573",
			p);
	len = ref_seal_rtp(&k, 0, p, len);
	expect_bytes(p, len,
		"8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f "
		"42a5f47a 51c7d19b 36de3adf 8833 899d7f27 beb16a91 52cf765e e4390cce");
	ref_keys_free(&k);
}

/* RFC 7714 section 17.1: SRTCP, the same key and salt. */
Test(srtp, rfc7714_17_1_is_what_the_reference_makes)
{
	uint8_t p[ROOM];
	struct ref_keys k = {0};
	unhex("000102030405060708090a0b0c0d0e0f", k.cipher);
	unhex("517569642070726f2071756f", k.salt);
	ref_keys_init(&k, REF_GCM_128);
	size_t len =
		unhex("81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 "
		      "deadbeef deadbeef deadbeef deadbeef deadbeef",
			p);
	len = ref_seal_rtcp(&k, 0x5d4, true, p, len);
	expect_bytes(p, len,
		"81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 "
		"730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4");
	ref_keys_free(&k);
}

/* The master key that RFC 9335 appendix A.2 prints with its session keys (derived as RFC 7714
 * section 11 says). */
Test(srtp, gcm_session_keys_are_derived_as_printed)
{
	uint8_t m[28], want[ROOM], got[ROOM];
	struct ref_keys k = {0};
	unhex("000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab", m);
	unhex("077c6143cb221bc355ff23d5f984a16e", k.cipher);
	unhex("9af3e95364ebac9c99c5a7c4", k.salt);
	ref_keys_init(&k, REF_GCM_128);
	struct md_srtp *s;
	cr_assert_eq(md_srtp_create(&s, MD_SRTP_GCM_128, m, true), 0);
	size_t len = rtp(got, 0xcafebabe, 0x1234);
	memcpy(want, got, len);
	cr_assert_eq(md_srtp_protect(s, got, &len), 0);
	cr_assert_eq(ref_seal_rtp(&k, 0, want, 172), len);
	cr_assert_eq(memcmp(got, want, len), 0);
	ref_keys_free(&k);
	md_srtp_destroy(s);
}

Test(srtp, gcm_rtcp_keys_are_derived_as_printed)
{
	uint8_t m[28], p[ROOM];
	struct ref_keys k = {0};
	unhex("000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab", m);
	unhex("615dcd9042600666f6fd4d9e4fe4519f", k.cipher);
	unhex("fcca937b9112a500dac72269", k.salt);
	ref_keys_init(&k, REF_GCM_128);
	struct md_srtp *s;
	cr_assert_eq(md_srtp_create(&s, MD_SRTP_GCM_128, m, false), 0);
	size_t len = ref_seal_rtcp(&k, 1, true, p, rtcp(p, 0xcafebabe));
	cr_assert_eq(md_srtcp_unprotect(s, p, &len), 0);
	cr_assert_eq(len, 32);
	ref_keys_free(&k);
	md_srtp_destroy(s);
}

ParameterizedTestParameters(srtp, both_ways_with_the_reference)
{
	return cr_make_param_array(enum md_srtp_suite, suites, VP_ARRAY_LEN(suites));
}

/* Across two rollovers, with losses. */
ParameterizedTest(enum md_srtp_suite *suite, srtp, both_ways_with_the_reference)
{
	struct md_srtp *out, *in;
	struct ref_srtp peer_in, peer_out;
	cr_assert_eq(md_srtp_create(&out, *suite, master, true), 0);
	cr_assert_eq(md_srtp_create(&in, *suite, master, false), 0);
	ref_srtp_init(&peer_in, ref_of(*suite), master);
	ref_srtp_init(&peer_out, ref_of(*suite), master);
	uint8_t p[ROOM], plain[ROOM];
	for (uint32_t i = 60000; i < 60000 + 140000; i += 1 + i % 3) {
		size_t len = rtp(p, 7, (uint16_t)i), n = len;
		memcpy(plain, p, len);
		cr_assert_eq(md_srtp_protect(out, p, &len), 0);
		cr_assert_eq(ref_unprotect(&peer_in, p, len), n);
		cr_assert_eq(memcmp(p, plain, n), 0);
		len = ref_protect(&peer_out, p, n);
		cr_assert_eq(md_srtp_unprotect(in, p, &len), 0, "at %u", i);
		cr_assert_eq(len, n);
		cr_assert_eq(memcmp(p, plain, n), 0);
	}
	size_t len = rtcp(p, 7);
	cr_assert_eq(md_srtcp_protect(out, p, &len), 0);
	cr_assert_eq(ref_rtcp_unprotect(&peer_in, p, len), 32);
	len = ref_rtcp_protect(&peer_out, p, 32, true);
	cr_assert_eq(md_srtcp_unprotect(in, p, &len), 0);
	cr_assert_eq(len, 32);
	ref_srtp_free(&peer_in);
	ref_srtp_free(&peer_out);
	md_srtp_destroy(out);
	md_srtp_destroy(in);
}

struct fixture {
	struct md_srtp *in;
	struct ref_srtp peer;
};

static void open_fixture(struct fixture *f, enum md_srtp_suite suite)
{
	cr_assert_eq(md_srtp_create(&f->in, suite, master, false), 0);
	ref_srtp_init(&f->peer, ref_of(suite), master);
}

static void close_fixture(struct fixture *f)
{
	md_srtp_destroy(f->in);
	ref_srtp_free(&f->peer);
}

static int feed(struct fixture *f, uint16_t seq)
{
	uint8_t p[ROOM];
	size_t len = ref_protect(&f->peer, p, rtp(p, 7, seq));
	return md_srtp_unprotect(f->in, p, &len);
}

ParameterizedTestParameters(srtp, a_packet_is_taken_once)
{
	return cr_make_param_array(enum md_srtp_suite, suites, VP_ARRAY_LEN(suites));
}

ParameterizedTest(enum md_srtp_suite *suite, srtp, a_packet_is_taken_once)
{
	struct fixture f;
	uint8_t p[ROOM], again[ROOM];
	open_fixture(&f, *suite);
	for (uint16_t seq = 100; seq < 140; seq++) {
		size_t len = ref_protect(&f.peer, p, rtp(p, 7, seq)), n = len;
		memcpy(again, p, len);
		cr_assert_eq(md_srtp_unprotect(f.in, p, &len), 0);
		cr_assert_eq(md_srtp_unprotect(f.in, again, &n), EALREADY);
	}
	size_t len = ref_rtcp_protect(&f.peer, p, rtcp(p, 7), true), n = len;
	memcpy(again, p, len);
	cr_assert_eq(md_srtcp_unprotect(f.in, p, &len), 0);
	cr_assert_eq(md_srtcp_unprotect(f.in, again, &n), EALREADY);
	close_fixture(&f);
}

ParameterizedTestParameters(srtp, a_changed_bit_anywhere_is_refused)
{
	return cr_make_param_array(enum md_srtp_suite, suites, VP_ARRAY_LEN(suites));
}

ParameterizedTest(enum md_srtp_suite *suite, srtp, a_changed_bit_anywhere_is_refused)
{
	struct fixture f;
	uint8_t p[ROOM], bad[ROOM];
	open_fixture(&f, *suite);
	cr_assert_eq(feed(&f, 1), 0);
	size_t len = ref_protect(&f.peer, p, rtp(p, 7, 2));
	for (size_t i = 0; i < len; i++) {
		size_t n = len;
		memcpy(bad, p, len);
		bad[i] ^= 0x04;
		cr_assert_neq(md_srtp_unprotect(f.in, bad, &n), 0, "byte %zu", i);
	}
	cr_assert_eq(md_srtp_unprotect(f.in, p, &len), 0, "the true one still passes");
	len = ref_rtcp_protect(&f.peer, p, rtcp(p, 7), true);
	for (size_t i = 0; i < len; i++) {
		size_t n = len;
		memcpy(bad, p, len);
		bad[i] ^= 0x04;
		cr_assert_neq(md_srtcp_unprotect(f.in, bad, &n), 0, "byte %zu", i);
	}
	cr_assert_eq(md_srtcp_unprotect(f.in, p, &len), 0);
	close_fixture(&f);
}

ParameterizedTestParameters(srtp, forged_packets_move_no_counter)
{
	return cr_make_param_array(enum md_srtp_suite, suites, VP_ARRAY_LEN(suites));
}

/* One forged packet from the other side of a rollover must not end the stream; nor forged first
 * packets of a source, nor many forged sources. */
ParameterizedTest(enum md_srtp_suite *suite, srtp, forged_packets_move_no_counter)
{
	struct fixture f;
	uint8_t p[ROOM];
	open_fixture(&f, *suite);
	for (uint32_t ssrc = 1; ssrc < 40; ssrc++) {
		size_t len = rtp(p, ssrc, 65000) + 16;
		cr_assert_neq(md_srtp_unprotect(f.in, p, &len), 0);
	}
	for (uint32_t i = 50000; i < 50000 + 70000; i++) {
		if (i % 1000 == 0) {
			size_t len = rtp(p, 7, (uint16_t)(i + 32768 + i % 7)) + 16;
			cr_assert_neq(md_srtp_unprotect(f.in, p, &len), 0);
			len = rtp(p, 7, 3) + 16;
			cr_assert_neq(md_srtp_unprotect(f.in, p, &len), 0);
		}
		cr_assert_eq(feed(&f, (uint16_t)i), 0, "at %u", i);
	}
	close_fixture(&f);
}

ParameterizedTestParameters(srtp, rtcp_before_rtp_leaves_the_first_sequence_number_open)
{
	return cr_make_param_array(enum md_srtp_suite, suites, VP_ARRAY_LEN(suites));
}

ParameterizedTest(
	enum md_srtp_suite *suite, srtp, rtcp_before_rtp_leaves_the_first_sequence_number_open)
{
	struct fixture f;
	uint8_t p[ROOM];
	open_fixture(&f, *suite);
	size_t len = ref_rtcp_protect(&f.peer, p, rtcp(p, 7), true);
	cr_assert_eq(md_srtcp_unprotect(f.in, p, &len), 0);
	len = rtp(p, 7, 1) + 16; /* forged */
	cr_assert_neq(md_srtp_unprotect(f.in, p, &len), 0);
	cr_assert_eq(feed(&f, 65000), 0);
	cr_assert_eq(feed(&f, 65001), 0);
	close_fixture(&f);
}

ParameterizedTestParameters(srtp, rtcp_without_encryption_is_refused)
{
	return cr_make_param_array(enum md_srtp_suite, suites, VP_ARRAY_LEN(suites));
}

/* The E bit is clear and the tag right: still no. And with garbage for a tag, which re_srtp 1.1.0
 * would take under GCM. */
ParameterizedTest(enum md_srtp_suite *suite, srtp, rtcp_without_encryption_is_refused)
{
	struct fixture f;
	uint8_t p[ROOM];
	open_fixture(&f, *suite);
	size_t len = ref_rtcp_protect(&f.peer, p, rtcp(p, 7), false);
	cr_assert_eq(md_srtcp_unprotect(f.in, p, &len), EBADMSG);
	len = rtcp(p, 7) + 20;
	memset(p + 32, 0, 20);
	cr_assert_eq(md_srtcp_unprotect(f.in, p, &len), EBADMSG);
	close_fixture(&f);
}

ParameterizedTestParameters(srtp, every_short_length_is_refused)
{
	return cr_make_param_array(enum md_srtp_suite, suites, VP_ARRAY_LEN(suites));
}

ParameterizedTest(enum md_srtp_suite *suite, srtp, every_short_length_is_refused)
{
	struct fixture f;
	uint8_t p[ROOM];
	open_fixture(&f, *suite);
	size_t whole = ref_protect(&f.peer, p, rtp(p, 7, 1));
	for (size_t n = 0; n < whole; n++) {
		uint8_t *exact = malloc(n + MD_SRTP_TAIL); /* so that ASan sees a read beyond it */
		size_t len = n;
		memcpy(exact, p, n);
		cr_assert_neq(md_srtp_unprotect(f.in, exact, &len), 0, "%zu bytes", n);
		memcpy(exact, p, n);
		len = n;
		cr_assert_neq(md_srtcp_unprotect(f.in, exact, &len), 0, "%zu bytes", n);
		free(exact);
	}
	close_fixture(&f);
}

Test(srtp, header_extensions_and_contributors_stay_readable)
{
	for (unsigned i = 0; i < VP_ARRAY_LEN(suites); i++) {
		struct md_srtp *out;
		struct ref_srtp in;
		uint8_t p[ROOM], plain[ROOM];
		cr_assert_eq(md_srtp_create(&out, suites[i], master, true), 0);
		ref_srtp_init(&in, ref_of(suites[i]), master);
		size_t len = rtp(p, 9, 5);
		p[0] = 0x92; /* extension, two CSRCs */
		memcpy(p + 20, "\xbe\xde\x00\x01\x51\x00\x02\x00", 8);
		memcpy(plain, p, len);
		cr_assert_eq(md_srtp_protect(out, p, &len), 0);
		cr_assert_eq(memcmp(p, plain, 28), 0);
		cr_assert_neq(memcmp(p + 28, plain + 28, 100), 0);
		cr_assert_eq(ref_unprotect(&in, p, len), 172);
		cr_assert_eq(memcmp(p, plain, 172), 0);
		ref_srtp_free(&in);
		md_srtp_destroy(out);
	}
}
