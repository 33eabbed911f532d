/* What a client sends as a provider or trunk: what is kept, what is refused, and how a SIP provider
 * and its trunk are one thing. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/sip/trunk.h"
#include "proto/route.pb-c.h"
#include "services/gateway/adapters/trunk_health.h"
#include "services/gateway/domain/provider_input.h"
#include "services/gateway/domain/trunk_input.h"

static json_t *json(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, 0, &error);

	cr_assert(value, "%s: %s", error.text, text);
	return value;
}

struct merged {
	json_t *body, *faults, *changed;
	struct provider_input input;
	struct vp_provider_config *config;
};

/* Merges a body into settings that are stored already. */
static struct merged merge(const char *driver, const char *stored, const char *body)
{
	struct merged m = {.body = json(body), .faults = json_object(), .changed = json_array()};

	cr_assert_eq(vp_provider_config_parse(&m.config, stored, strlen(stored)), 0);
	provider_input_read(m.body, vp_provider_find(driver), &m.input, m.faults);
	cr_assert(provider_input_merge(&m.input, "DE", m.config, m.faults, m.changed));
	return m;
}

static void merged_free(struct merged *m)
{
	json_decref(m->body);
	json_decref(m->faults);
	json_decref(m->changed);
	vp_provider_config_destroy(m->config);
}

static const char stored_sip[] = "{\"sip_server\":\"sip.example\",\"username\":\"u\",\"password\":"
				 "\"stored secret\",\"from_domain\":\"d.example\"}";

Test(provider_input, what_is_not_sent_stays_and_a_blank_secret_too)
{
	struct merged m = merge("sip", stored_sip,
		"{\"config\":{\"password\":\"\",\"sip_server\":\" SIP.example \",\"sip_port\":5080,"
		"\"register\":true}}");

	cr_assert_eq(json_object_size(m.faults), 0, "%s", json_dumps(m.faults, 0));
	cr_assert_str_eq(vp_provider_get(m.config, NULL, "password"), "stored secret");
	cr_assert_str_eq(vp_provider_get(m.config, NULL, "sip_server"), "SIP.example");
	cr_assert_str_eq(vp_provider_get(m.config, NULL, "sip_port"), "5080");
	cr_assert_str_eq(vp_provider_get(m.config, NULL, "register"), "true");
	cr_assert_str_eq(vp_provider_get(m.config, NULL, "from_domain"), "d.example");
	cr_assert_eq(json_array_size(m.changed), 3, "the secret did not change");
	merged_free(&m);
}

Test(provider_input, a_stored_secret_goes_to_no_other_server)
{
	static const char *const bodies[] = {
		"{\"config\":{\"sip_server\":\"thief.example\"}}",
		"{\"config\":{\"sip_server\":\"thief.example\",\"password\":\"\"}}",
		"{\"config\":{\"sip_server\":\"thief.example\",\"password\":{\"set\":true}}}",
		"{\"config\":{\"outbound_proxy\":\"sip:thief.example:5060\"}}",
	};

	for (size_t i = 0; i < VP_ARRAY_LEN(bodies); i++) {
		struct merged m = merge("sip", stored_sip, bodies[i]);
		const char *sentence = json_string_value(json_object_get(m.faults, "password"));

		cr_assert(sentence && strstr(sentence, "Enter it again"), "%s: %s", bodies[i],
			sentence ? sentence : "no fault");
		cr_assert_null(vp_provider_get(m.config, NULL, "password"), "%s", bodies[i]);
		merged_free(&m);
	}
}

static struct merged merge_from(const char *stored_with, const char *body)
{
	VP_CLEANUP(vp_freep)
	char *stored = vp_strf("{\"sip_server\":\"sip.example\",\"username\":\"u\","
			       "\"password\":\"pass-word-1234\",%s}",
		stored_with);

	return merge("sip", stored, body);
}

Test(provider_input, a_stored_secret_goes_over_no_less_safe_line)
{
	static const char ca[] =
		"\"tls_ca\":\"-----BEGIN CERTIFICATE----------END CERTIFICATE-----\"";
	VP_CLEANUP(vp_freep) char *tls_with_ca = vp_strf("\"transport\":\"tls\",%s", ca);
	VP_CLEANUP(vp_freep) char *other_ca = vp_strf("{\"config\":{%s}}", ca);
	const struct {
		const char *stored, *body;
		bool asks;
	} cases[] = {
		{"\"transport\":\"tls\"", "{\"config\":{\"transport\":\"udp\"}}", true},
		{"\"transport\":\"tls\"", "{\"config\":{\"transport\":\"tcp\"}}", true},
		{"\"transport\":\"tls\"", "{\"config\":{\"transport\":null}}", true},
		{"\"transport\":\"tls\"", "{\"config\":{\"tls_verify\":\"false\"}}", true},
		{"\"transport\":\"tls\"", "{\"config\":{\"tls_verify\":false}}", true},
		{"\"transport\":\"tls\"", other_ca, true},
		{tls_with_ca, "{\"config\":{\"tls_ca\":null}}", true},
		{"\"transport\":\"tls\",\"tls_verify\":\"false\"",
			"{\"config\":{\"transport\":\"udp\"}}", true},
		{"\"transport\":\"tls\"", "{\"config\":{\"transport\":\"tls\"}}", false},
		{"\"transport\":\"tls\"", "{\"config\":{\"sip_port\":\"5099\"}}", false},
		{"\"transport\":\"udp\"", "{\"config\":{\"transport\":\"tcp\"}}", false},
		{"\"transport\":\"udp\"", "{\"config\":{\"transport\":\"tls\"}}", false},
		{"\"transport\":\"udp\"", "{\"config\":{\"tls_verify\":\"false\"}}", false},
		{"\"transport\":\"udp\"", other_ca, false},
		{"\"transport\":\"tls\",\"tls_verify\":\"false\"",
			"{\"config\":{\"tls_verify\":\"true\"}}", false},
	};

	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		struct merged m = merge_from(cases[i].stored, cases[i].body);
		const char *sentence = json_string_value(json_object_get(m.faults, "password"));

		cr_expect_eq(sentence && strstr(sentence, "safer connection"), cases[i].asks,
			"%s, %s: %s", cases[i].stored, cases[i].body, sentence ? sentence : "none");
		cr_expect_eq(!vp_provider_get(m.config, NULL, "password"), cases[i].asks, "%s, %s",
			cases[i].stored, cases[i].body);
		merged_free(&m);
	}
}

Test(provider_input, a_new_server_gets_the_secret_that_came_with_it)
{
	struct merged m = merge("sip", stored_sip,
		"{\"config\":{\"sip_server\":\"new.example\",\"password\":\"new secret\"}}");

	cr_assert_eq(json_object_size(m.faults), 0, "%s", json_dumps(m.faults, 0));
	cr_assert_str_eq(vp_provider_get(m.config, NULL, "password"), "new secret");
	merged_free(&m);
}

Test(provider_input, a_new_server_that_needs_no_secret_does_not_get_the_old_one_later)
{
	struct merged m = merge("sip", stored_sip,
		"{\"config\":{\"sip_server\":\"new.example\",\"auth_method\":\"ip_auth\"}}");

	cr_assert_eq(json_object_size(m.faults), 0, "%s", json_dumps(m.faults, 0));
	cr_assert_null(vp_provider_get(m.config, NULL, "password"));
	cr_assert_eq(json_array_size(m.changed), 3, "the audit log has it");
	merged_free(&m);
}

Test(provider_input, a_secret_is_taken_as_it_is_and_the_hint_that_comes_back_keeps_it)
{
	struct merged m = merge("sip", stored_sip, "{\"config\":{\"password\":\" a b \\n\"}}");

	cr_assert_str_eq(vp_provider_get(m.config, NULL, "password"), " a b ");
	merged_free(&m);
	m = merge("sip", stored_sip,
		"{\"config\":{\"password\":{\"set\":true,\"last4\":\"cret\"},\"from_domain\":null}"
		"}");
	cr_assert_str_eq(vp_provider_get(m.config, NULL, "password"), "stored secret");
	cr_assert_null(vp_provider_get(m.config, NULL, "from_domain"));
	merged_free(&m);
}

Test(provider_input, the_whole_is_checked_and_each_fault_has_its_field)
{
	struct merged m = merge("sip", stored_sip,
		"{\"name\":\"\",\"driver\":\"twilio\",\"priority\":1.5,\"version\":0,\"x\":1,"
		"\"config\":{\"sip_port\":\"70000\",\"shape\":\"round\",\"realm\":\"a\\u0007b\","
		"\"codecs\":[]}}");
	static const char *const fields[] = {"name", "driver", "priority", "version", "x",
		"sip_port", "shape", "realm", "codecs"};

	for (size_t i = 0; i < VP_ARRAY_LEN(fields); i++) {
		const char *sentence = json_string_value(json_object_get(m.faults, fields[i]));

		cr_assert(sentence && strlen(sentence) > 8, "%s", fields[i]);
	}
	cr_assert_eq(json_object_size(m.faults), VP_ARRAY_LEN(fields));
	merged_free(&m);
}

Test(provider_input, an_operators_setting_is_not_taken)
{
	struct merged m =
		merge("twilio", "{}", "{\"config\":{\"api_base\":\"http://127.0.0.1:1\"}}");

	cr_assert(json_object_get(m.faults, "api_base"));
	cr_assert_null(vp_provider_get(m.config, NULL, "api_base"));
	merged_free(&m);
}

Test(provider_input, numbers_are_stored_as_e164)
{
	struct merged m =
		merge("twilio", "{}", "{\"config\":{\"from_number\":\"030 / 23 12 50 01\"}}");

	cr_assert_str_eq(vp_provider_get(m.config, NULL, "from_number"), "+493023125001");
	merged_free(&m);
}

Test(provider_input, a_new_one_needs_name_and_driver)
{
	static const char *const bodies[] = {"{}", "{\"driver\":\"sip\"}", "{\"name\":\"a\"}",
		"{\"name\":7,\"driver\":\"sip\"}", "{\"name\":\"a\",\"driver\":\"pigeon\"}",
		"{\"name\":\"a\",\"driver\":\"sip\",\"config\":[]}"};

	for (size_t i = 0; i < VP_ARRAY_LEN(bodies); i++) {
		struct provider_input input;
		json_t *body = json(bodies[i]), *faults = json_object();

		provider_input_read(body, NULL, &input, faults);
		cr_assert_gt(json_object_size(faults), 0, "%s", bodies[i]);
		json_decref(body);
		json_decref(faults);
	}
}

/* --- SIP provider and trunk --- */

Test(sip_trunk, settings_become_columns_and_come_back)
{
	const struct vp_provider_driver *sip = vp_provider_find("sip");
	struct vp_provider_config *config, *back = vp_provider_config_create();
	static const char text[] =
		"{\"sip_server\":\"sip.example\",\"username\":\"u\",\"password\":\"secret\","
		"\"codecs\":\"PCMA, opus\",\"allowed_ips\":\"192.0.2.0/24\",\"register\":\"true\","
		"\"transport\":\"tls\"}";
	json_t *columns, *row, *faults = json_object();

	cr_assert_eq(vp_provider_config_parse(&config, text, strlen(text)), 0);
	columns = vp_sip_trunk_of(sip, config);
	cr_assert_null(json_object_get(columns, "password"));
	cr_assert_null(json_object_get(columns, "secret"));
	trunk_input_read(columns, true, "US", &row, faults);
	json_object_del(faults, "name"); /* a trunk's name is no setting */
	cr_assert_eq(json_object_size(faults), 0, "%s", json_dumps(faults, 0));
	cr_assert_str_eq(json_string_value(json_object_get(row, "host")), "sip.example");
	cr_assert_eq(json_integer_value(json_object_get(row, "port")), 5061, "the port of TLS");
	cr_assert(json_is_true(json_object_get(row, "register")));
	cr_assert_eq(json_array_size(json_object_get(row, "codecs")), 2);
	cr_assert(vp_sip_trunk_apply(sip, row, back));
	cr_assert_str_eq(vp_provider_get(back, NULL, "sip_server"), "sip.example");
	cr_assert_str_eq(vp_provider_get(back, NULL, "codecs"), "PCMA,opus");
	cr_assert_str_eq(vp_provider_get(back, NULL, "register"), "true");
	cr_assert_null(vp_provider_get(back, NULL, "realm"));
	cr_assert_str_eq(vp_sip_trunk_key("sip_username"), "username");
	cr_assert_str_eq(vp_sip_trunk_key("dtmf"), "dtmf");
	vp_provider_config_destroy(config);
	vp_provider_config_destroy(back);
	json_decref(columns);
	json_decref(row);
	json_decref(faults);
}

/* --- trunks --- */

Test(trunk_input, a_new_trunk_has_every_column)
{
	json_t *body = json("{\"name\":\"T\",\"host\":\"sip.example\"}"), *row,
	       *faults = json_object();

	trunk_input_read(body, true, "US", &row, faults);
	cr_assert_eq(json_object_size(faults), 0);
	cr_assert_eq(json_integer_value(json_object_get(row, "port")), 5060);
	cr_assert(json_is_null(json_object_get(row, "realm")));
	cr_assert_eq(json_array_size(json_object_get(row, "codecs")), 2);
	json_decref(body);
	json_decref(row);
	json_decref(faults);
}

static bool refused(const char *body, const char *field)
{
	json_t *in = json(body), *row, *faults = json_object();
	bool is_refused;

	trunk_input_read(in, false, "US", &row, faults);
	is_refused = json_object_get(faults, field) != NULL;
	json_decref(in);
	json_decref(row);
	json_decref(faults);
	return is_refused;
}

Test(trunk_input, what_the_table_or_a_sip_header_cannot_hold_is_refused)
{
	static const char *const bad[][2] = {{"{\"port\":65536}", "port"},
		{"{\"port\":-1}", "port"}, {"{\"port\":\"\"}", "port"}, {"{\"port\":true}", "port"},
		{"{\"host\":\"a b\"}", "host"}, {"{\"host\":\"a\\r\\nb\"}", "host"},
		{"{\"host\":7}", "host"}, {"{\"transport\":\"ud\"}", "transport"},
		{"{\"transport\":\"udp tcp\"}", "transport"}, {"{\"srtp\":\"\"}", "srtp"},
		{"{\"sip_username\":\"a<b\"}", "sip_username"}, {"{\"realm\":\"a\\\"b\"}", "realm"},
		{"{\"register\":\"yes\"}", "register"},
		{"{\"register_expires\":29}", "register_expires"}, {"{\"codecs\":[]}", "codecs"},
		{"{\"codecs\":[\"G729\"]}", "codecs"}, {"{\"codecs\":\"PCMU\"}", "codecs"},
		{"{\"allowed_ips\":[\"1.2.3.4/33\"]}", "allowed_ips"},
		{"{\"allowed_ips\":[\"1.2.3.4/\"]}", "allowed_ips"},
		{"{\"allowed_ips\":[\"::1/129\"]}", "allowed_ips"},
		{"{\"allowed_ips\":[7]}", "allowed_ips"},
		{"{\"outbound_proxy\":\"http://x\"}", "outbound_proxy"},
		{"{\"outbound_proxy\":\"sip:\"}", "outbound_proxy"},
		{"{\"tls_ca\":\"x\"}", "tls_ca"}, {"{\"caller_id\":\"12\"}", "caller_id"},
		{"{\"max_channels\":0}", "max_channels"},
		{"{\"tech_prefix\":\"12a\"}", "tech_prefix"}, {"{\"name\":\"\"}", "name"},
		{"{\"secret\":\"x\"}", "secret"}, {"{\"org_id\":\"x\"}", "org_id"},
		{"{\"register\":true,\"host\":\"\"}", "host"}};

	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_assert(refused(bad[i][0], bad[i][1]), "%s", bad[i][0]);
	}
}

Test(trunk_input, what_is_good_is_taken)
{
	static const char *const good[][2] = {{"{\"port\":0}", "port"},
		{"{\"port\":\"5060\"}", "port"}, {"{\"host\":\"\"}", "host"},
		{"{\"host\":\"2001:db8::1\"}", "host"},
		{"{\"allowed_ips\":[\"10.0.0.0/8\",\"192.0.2.7\",\"2001:db8::/32\"]}",
			"allowed_ips"},
		{"{\"outbound_proxy\":\"sip:p.example:5060;transport=tcp\"}", "outbound_proxy"},
		{"{\"outbound_proxy\":\"\"}", "outbound_proxy"},
		{"{\"max_channels\":null}", "max_channels"},
		{"{\"caller_id\":\"(415) 555-2671\"}", "caller_id"}, {"{\"srtp\":null}", "srtp"}};

	for (size_t i = 0; i < VP_ARRAY_LEN(good); i++) {
		cr_assert_not(refused(good[i][0], good[i][1]), "%s", good[i][0]);
	}
}

/* --- health --- */

static void hear(struct trunk_health *health, const char *trunk, const char *node, bool up,
	const char *reason, int64_t now_us)
{
	Ringmain__V1__TrunkHealth message = RINGMAIN__V1__TRUNK_HEALTH__INIT;
	uint8_t data[256];
	struct vp_bus_msg msg = {.type = "trunk.health", .data = data};

	message.trunk_id = (char *)(uintptr_t)trunk;
	message.node = (char *)(uintptr_t)node;
	message.up = up;
	message.reason = (char *)(uintptr_t)reason;
	msg.len = ringmain__v1__trunk_health__pack(&message, data);
	trunk_health_hear(health, &msg, now_us);
}

Test(trunk_health, one_node_that_reaches_it_is_enough_and_old_news_is_no_news)
{
	static const char id[] = "0190a000-0000-7000-8000-000000000001";
	struct trunk_health *health = trunk_health_create();
	struct vp_uuid trunk;
	const int64_t s = 1000000;

	cr_assert(vp_uuid_parse(id, &trunk));
	cr_assert_str_eq(trunk_health_word(health, trunk, s), "unknown");
	hear(health, id, "cc1", false, "timeout", s);
	cr_assert_str_eq(trunk_health_word(health, trunk, 2 * s), "down");
	hear(health, id, "cc2", true, "", 2 * s);
	cr_assert_str_eq(trunk_health_word(health, trunk, 3 * s), "up");
	hear(health, id, "cc1", false, "", 3 * s); /* a repeat: the reason stays */
	json_t *nodes = trunk_health_nodes(health, trunk, 4 * s);

	cr_assert_eq(json_array_size(nodes), 2);
	cr_assert_str_eq(
		json_string_value(json_object_get(json_array_get(nodes, 0), "reason")), "timeout");
	json_decref(nodes);
	cr_assert_str_eq(trunk_health_word(health, trunk, 100 * s), "unknown");
	trunk_health_destroy(health);
}

Test(trunk_health, strange_messages_and_a_flood_do_no_harm)
{
	struct trunk_health *health = trunk_health_create();
	struct vp_bus_msg junk = {
		.type = "trunk.health", .data = (const uint8_t *)"\xff\xff", .len = 2};
	char id[VP_UUID_TEXT_SIZE];
	struct vp_uuid last;

	trunk_health_hear(health, &junk, 1);
	hear(health, "no id", "cc1", true, "", 1);
	for (int i = 0; i < 6000; i++) {
		last = vp_uuid_new();
		vp_uuid_text(last, id);
		hear(health, id, "cc1", true, "", 1000 + i);
	}
	cr_assert_str_eq(trunk_health_word(health, last, 8000), "up");
	trunk_health_destroy(health);
}
