/* Frames and envelopes: the bytes of today stay readable, and what is not whole does not come in */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/wire.h"

static struct bus_arena arena;

static void set_up(void)
{
	cr_assert_eq(bus_arena_init(&arena), 0);
}

static void tear_down(void)
{
	bus_arena_free(&arena);
}

TestSuite(bus_wire, .init = set_up, .fini = tear_down, .timeout = 60);

static const struct vp_uuid id = {{1, 2, 3, 4, 5, 6, 0x77, 8, 0x89, 10, 11, 12, 13, 14, 15, 16}};
static const struct vp_uuid org = {{16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}};

static Ringmain__V1__Envelope sample(void)
{
	Ringmain__V1__Envelope env = RINGMAIN__V1__ENVELOPE__INIT;
	env.id = bus_wire_id(&id);
	env.org_id = bus_wire_id(&org);
	env.source = (char *)"/router/n1";
	env.type = (char *)"route.outbound";
	env.time_us = 1782454080123456;
	env.subject = (char *)"call-1";
	env.traceparent = (char *)"00-aa-bb-01";
	env.reply_to = (char *)"rpl.n1";
	env.deadline_us = 1782454083123456;
	env.idempotency_key = (char *)"key";
	env.in_reply_to = bus_wire_id(&org);
	env.status = 403;
	env.error = (char *)"destination_forbidden";
	env.message = (char *)"Not there.";
	env.data = (ProtobufCBinaryData){.len = 3, .data = (uint8_t *)"\0\1\2"};
	return env;
}

/* Never change them: processes of an earlier release send and expect them. */
static const char golden_hex[] = "0a100102030405067708890a0b0c0d0e0f10120a2f726f757465722f6e311a0e7"
				 "26f7574652e6f7574626f756e64"
				 "20c0e498f29ea495032a10100f0e0d0c0b0a090807060504030201320663616c6"
				 "c2d313a0b30302d61612d62622d"
				 "3031420672706c2e6e314880f2cff39ea495035203"
				 "6b65795a10100f0e0d0c0b0a0908070605040302016093036a1564657374696e6"
				 "174696f6e5f666f7262696464656e"
				 "720a4e6f742074686572652e7a03000102";

Test(bus_wire, the_bytes_of_release_0_1_stay_as_they_are)
{
	struct bus_packed packed;
	Ringmain__V1__Envelope env = sample();
	char hex[2 * sizeof(golden_hex)] = "";
	cr_assert_eq(bus_wire_pack(&env, &packed), 0);
	for (size_t i = 0; i < packed.len; i++) {
		snprintf(hex + 2 * i, 3, "%02x", packed.data[i]);
	}
	cr_assert_str_eq(hex, golden_hex);
	free(packed.data);
}

struct message {
	struct bus_packed packed;
	struct bus_slice frames[BUS_FRAMES];
};

static struct message message_of(const Ringmain__V1__Envelope *env)
{
	struct message m;
	cr_assert_eq(bus_wire_pack(env, &m.packed), 0);
	m.frames[0] = (struct bus_slice){"rt.u.1", 6};
	m.frames[1] = (struct bus_slice){id.b, 16};
	m.frames[2] = (struct bus_slice){"\0\0\0\0\0\1\2\3", 8};
	m.frames[3] = (struct bus_slice){m.packed.data, m.packed.len};
	return m;
}

Test(bus_wire, a_message_comes_back_as_it_went)
{
	Ringmain__V1__Envelope env = sample();
	struct message m = message_of(&env);
	struct bus_in in;
	cr_assert(bus_wire_frames(&arena, m.frames, &in));
	cr_assert_str_eq(in.topic, "rt.u.1");
	cr_assert(vp_uuid_equal(in.mark.stream, id));
	cr_assert_eq(in.mark.seq, 0x010203);
	cr_assert(vp_uuid_equal(in.id, id));
	cr_assert(vp_uuid_equal(in.org, org));
	cr_assert(vp_uuid_equal(in.in_reply_to, org));
	cr_assert_str_eq(in.env->subject, "call-1");
	cr_assert_str_eq(in.env->error, "destination_forbidden");
	cr_assert_eq(in.env->data.len, 3);
	free(m.packed.data);
}

Test(bus_wire, numbers_keep_all_their_bits)
{
	static const uint64_t numbers[] = {0, 1, 255, 256, UINT32_MAX, UINT64_MAX, 1ull << 63};
	Ringmain__V1__Envelope env = sample();
	struct message m = message_of(&env);
	for (size_t i = 0; i < VP_ARRAY_LEN(numbers); i++) {
		uint8_t bytes[8];
		struct bus_in in;
		bus_wire_put_seq(numbers[i], bytes);
		m.frames[2].data = bytes;
		cr_assert(bus_wire_frames(&arena, m.frames, &in));
		cr_assert_eq(in.mark.seq, numbers[i]);
	}
	free(m.packed.data);
}

static bool passes(struct message m)
{
	struct bus_in in;
	return bus_wire_frames(&arena, m.frames, &in);
}

Test(bus_wire, frames_of_wrong_size_are_refused)
{
	static char long_topic[BUS_TOPIC_MAX + 1];
	Ringmain__V1__Envelope env = sample();
	struct message good = message_of(&env), m;
	memset(long_topic, 'x', sizeof(long_topic));
	cr_assert(passes(good));
	(m = good).frames[0] = (struct bus_slice){"", 0};
	cr_assert_not(passes(m));
	(m = good).frames[0] = (struct bus_slice){long_topic, sizeof(long_topic)};
	cr_assert_not(passes(m));
	(m = good).frames[0] = (struct bus_slice){long_topic, sizeof(long_topic) - 1};
	cr_assert(passes(m));
	(m = good).frames[0] = (struct bus_slice){"rt.\0x", 5};
	cr_assert_not(passes(m));
	(m = good).frames[1].len = 15;
	cr_assert_not(passes(m));
	(m = good).frames[2].len = 7;
	cr_assert_not(passes(m));
	(m = good).frames[3].len = 0;
	cr_assert_not(passes(m), "no id, no type");
	free(good.packed.data);
}

static bool envelope_passes(const Ringmain__V1__Envelope *env)
{
	struct message m = message_of(env);
	bool ok = passes(m);
	free(m.packed.data);
	return ok;
}

Test(bus_wire, ids_and_types_are_checked)
{
	static char long_type[BUS_TYPE_MAX + 2];
	static const char *const bad_types[] = {"", "a b", "a\nb", "a/b", "\xc3\xa4", "a'b"};
	Ringmain__V1__Envelope env = sample();
	for (size_t i = 0; i < VP_ARRAY_LEN(bad_types); i++) {
		env.type = (char *)bad_types[i];
		cr_assert_not(envelope_passes(&env), "type '%s'", bad_types[i]);
	}
	memset(long_type, 'a', sizeof(long_type) - 1);
	env.type = long_type;
	cr_assert_not(envelope_passes(&env));
	env = sample();
	env.id.len = 0;
	cr_assert_not(envelope_passes(&env));
	env.id.len = 15;
	cr_assert_not(envelope_passes(&env));
	env = sample();
	env.org_id.len = 0;
	cr_assert(envelope_passes(&env), "of no organisation");
	env.org_id.len = 4;
	cr_assert_not(envelope_passes(&env));
	env = sample();
	env.in_reply_to.len = 3;
	cr_assert_not(envelope_passes(&env));
}

Test(bus_wire, unknown_fields_are_ignored)
{
	Ringmain__V1__Envelope env = sample();
	struct message m = message_of(&env);
	size_t len = m.packed.len;
	uint8_t *more = malloc(len + 5);
	memcpy(more, m.packed.data, len);
	memcpy(more + len, "\xfa\x06\x02hi", 5); /* field 111, bytes */
	m.frames[3] = (struct bus_slice){more, len + 5};
	cr_assert(passes(m));
	free(more);
	free(m.packed.data);
}

Test(bus_wire, a_bomb_of_small_fields_does_not_grow_memory)
{
	size_t len = BUS_MESSAGE_MAX;
	uint8_t *bomb = malloc(len);
	struct bus_in in;
	for (size_t i = 0; i + 3 <= len; i += 3) { /* a third of a million unknown numbers */
		memcpy(bomb + i, "\xf8\x06\x01", 3);
	}
	cr_assert_not(bus_wire_envelope(&arena, (struct bus_slice){bomb, len - len % 3}, &in));
	cr_assert_leq(arena.size, 5 * BUS_MESSAGE_MAX);
	cr_assert_not(
		bus_wire_envelope(&arena, (struct bus_slice){bomb, BUS_MESSAGE_MAX + 1}, &in));
	free(bomb);
}

Test(bus_wire, a_message_over_the_limit_is_not_packed)
{
	static uint8_t big[BUS_MESSAGE_MAX];
	struct bus_packed packed;
	Ringmain__V1__Envelope env = sample();
	env.data = (ProtobufCBinaryData){.len = sizeof(big), .data = big};
	cr_assert_eq(bus_wire_pack(&env, &packed), EMSGSIZE);
}

Test(bus_wire, truncated_and_damaged_messages_do_no_harm)
{
	Ringmain__V1__Envelope env = sample();
	struct message good = message_of(&env);
	uint8_t *copy = malloc(good.packed.len);
	size_t refused = 0;
	for (size_t len = 0; len < good.packed.len; len++) {
		memcpy(copy, good.packed.data, len);
		struct message m = good;
		m.frames[3] = (struct bus_slice){copy, len};
		refused += !passes(m);
	}
	cr_assert_gt(refused, good.packed.len / 2);
	for (int i = 0; i < 200000; i++) {
		uint32_t dice[4];
		vp_random(dice, sizeof(dice));
		memcpy(copy, good.packed.data, good.packed.len);
		for (size_t k = 0; k <= dice[0] % 3; k++) {
			copy[dice[k + 1] % good.packed.len] = (uint8_t)(dice[0] >> (8 + 8 * k));
		}
		struct message m = good;
		m.frames[3] = (struct bus_slice){copy, good.packed.len};
		passes(m); /* either way; the sanitizers judge */
	}
	free(copy);
	free(good.packed.data);
}

Test(bus_wire, names_may_hold_no_dots)
{
	cr_assert(bus_wire_name_ok("call-controller"));
	cr_assert(bus_wire_name_ok("n_1"));
	static const char *const bad[] = {"", "a.b", "a b", "a*", "\x01"};
	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_assert_not(bus_wire_name_ok(bad[i]));
	}
	char longest[BUS_NAME_MAX + 2];
	memset(longest, 'a', sizeof(longest));
	longest[BUS_NAME_MAX + 1] = '\0';
	cr_assert_not(bus_wire_name_ok(longest));
	longest[BUS_NAME_MAX] = '\0';
	cr_assert(bus_wire_name_ok(longest));
}
