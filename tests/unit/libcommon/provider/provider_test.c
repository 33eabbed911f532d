#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/provider.h"

#define AC "AC0123456789abcdef0123456789abcdef"
#define SK "SK0123456789abcdef0123456789abcdef"
#define TOKEN "0123456789abcdef0123456789abcdef"

struct faults {
	size_t n;
	char keys[512], sentences[4096];
};

static void note(const char *key, const char *sentence, void *arg)
{
	struct faults *faults = arg;

	size_t keys = strlen(faults->keys), sentences = strlen(faults->sentences);

	faults->n++;
	snprintf(faults->keys + keys, sizeof(faults->keys) - keys, "%s ", key);
	snprintf(faults->sentences + sentences, sizeof(faults->sentences) - sentences, "%s",
		sentence);
}

static struct vp_provider_config *config_of(const char *json)
{
	struct vp_provider_config *config;

	cr_assert_eq(vp_provider_config_parse(&config, json, strlen(json)), 0, "%s", json);
	return config;
}

/* keys: those that are at fault, each with a blank behind it. */
static void faults_are(const char *driver, const char *json, const char *keys)
{
	struct vp_provider_config *config = config_of(json);
	struct faults faults = {0};
	size_t n = vp_provider_check(vp_provider_find(driver), config, note, &faults);

	cr_assert_eq(n, faults.n);
	cr_assert_str_eq(faults.keys, keys, "%s: %s", json, faults.sentences);
	vp_provider_config_destroy(config);
}

Test(provider, three_drivers_are_found_by_name)
{
	cr_assert_eq(vp_provider_count(), 3);
	cr_assert_str_eq(vp_provider_find("twilio")->label, "Twilio");
	cr_assert_str_eq(vp_provider_find("telnyx")->label, "Telnyx");
	cr_assert_str_eq(vp_provider_find("sip")->label, "SIP trunk");
	cr_assert_null(vp_provider_find("vonage"));
	cr_assert_null(vp_provider_find(""));
	cr_assert_null(vp_provider_at(3));
}

Test(provider, tables_are_whole)
{
	for (size_t i = 0; i < vp_provider_count(); i++) {
		const struct vp_provider_driver *driver = vp_provider_at(i);

		for (size_t k = 0; k < driver->n_fields; k++) {
			const struct vp_provider_field *field = &driver->fields[k];

			cr_assert_eq(vp_provider_field(driver, field->key), field, "%s twice",
				field->key);
			cr_assert(field->label && field->help && strlen(field->help) > 0);
			cr_assert_eq(field->choices != NULL, field->kind == VP_FIELD_CHOICE);
			cr_assert(field->kind != VP_FIELD_NUMBER || field->max > field->min);
			cr_assert(!field->secret || !field->def);
		}
	}
}

Test(provider, capabilities_have_words)
{
	cr_assert_str_eq(vp_provider_capability_word(VP_CAN_DIAL), "dial");
	cr_assert_str_eq(vp_provider_capability_word(VP_CAN_REATTACH), "reattach");
	cr_assert_null(vp_provider_capability_word(1u << 8));
	cr_assert_null(vp_provider_capability_word(0));
	cr_assert_null(vp_provider_capability_word(VP_CAN_DIAL | VP_CAN_HOLD));
}

Test(provider, a_config_goes_through_json_and_back)
{
	struct vp_provider_config *config =
		config_of("{\"account_sid\": \"" AC "\", \"other\": \"kept\", \"sip_port\": 5080, "
			  "\"register\": true, \"gone\": null}");
	char *text;
	size_t len;

	cr_assert_str_eq(vp_provider_get(config, NULL, "sip_port"), "5080");
	cr_assert_str_eq(vp_provider_get(config, NULL, "register"), "true");
	cr_assert_null(vp_provider_get(config, NULL, "gone"));
	cr_assert_eq(vp_provider_set(config, "sip_port", ""), 0);
	cr_assert_eq(vp_provider_set(config, "other", "quote \" and \xc3\xa9"), 0);
	cr_assert_eq(vp_provider_config_text(config, &text, &len), 0);
	cr_assert_str_eq(text, "{\"account_sid\":\"" AC "\",\"other\":\"quote \\\" and \xc3\xa9\","
			       "\"register\":\"true\"}");
	cr_assert_eq(len, strlen(text));
	vp_secret_free(text, len);
	vp_provider_config_destroy(config);
	vp_provider_config_destroy(NULL);
}

Test(provider, what_is_no_config_is_refused)
{
	static const char *const bad[] = {"", "[]", "\"x\"", "{\"a\":", "{\"a\": [1]}",
		"{\"a\": {\"b\": \"c\"}}", "{\"a\": 1.5}", "{\"a\": \"1\", \"a\": \"2\"}",
		"{\"a\": \"\\u0000\"}", "{\"\": \"x\"}", "{\"a\": \"\xff\"}"};

	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		struct vp_provider_config *config = NULL;

		cr_assert_eq(vp_provider_config_parse(&config, bad[i], strlen(bad[i])), EINVAL,
			"%s", bad[i]);
		cr_assert_null(config);
	}
}

Test(provider, a_config_has_limits)
{
	struct vp_provider_config *config = vp_provider_config_create();
	char key[70], *big = calloc(1, (64 << 10) + 2);

	memset(big, 'x', (64 << 10) + 1);
	cr_assert_eq(vp_provider_set(config, "big", big), E2BIG);
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	cr_assert_eq(vp_provider_set(config, key, "x"), E2BIG);
	for (int i = 0; i < 64; i++) {
		snprintf(key, sizeof(key), "key%d", i);
		cr_assert_eq(vp_provider_set(config, key, "x"), 0);
	}
	cr_assert_eq(vp_provider_set(config, "one more", "x"), E2BIG);
	cr_assert_eq(vp_provider_set(config, "key7", "changed"), 0);
	cr_assert_eq(vp_provider_set(config, "key8", NULL), 0);
	cr_assert_eq(vp_provider_set(config, "one more", "x"), 0);
	cr_assert_str_eq(vp_provider_get(config, NULL, "key7"), "changed");
	free(big);
	vp_provider_config_destroy(config);
}

Test(provider, defaults_come_from_the_driver)
{
	struct vp_provider_config *config = config_of("{\"transport\": \"tls\"}");
	const struct vp_provider_driver *sip = vp_provider_find("sip");

	cr_assert_str_eq(vp_provider_get(config, sip, "transport"), "tls");
	cr_assert_str_eq(vp_provider_get(config, sip, "codecs"), "PCMU,PCMA");
	cr_assert_null(vp_provider_get(config, NULL, "codecs"));
	cr_assert_null(vp_provider_get(config, sip, "nonsense"));
	vp_provider_config_destroy(config);
}

Test(provider, a_hint_shows_no_secret)
{
	struct vp_provider_config *config =
		config_of("{\"account_sid\": \"" AC "\", \"auth_token\": \"" TOKEN "\", "
			  "\"api_key_secret\": \"short\", \"unknown\": \"maybe a secret\"}");
	char *hint;

	cr_assert_eq(vp_provider_config_hint(vp_provider_find("twilio"), config, &hint), 0);
	cr_assert_str_eq(hint, "{\"account_sid\":\"" AC "\",\"auth_token\":{\"set\":true,\"last4\":"
			       "\"cdef\"},\"api_key_secret\":{\"set\":true}}");
	free(hint);
	vp_provider_config_destroy(config);
}

#define TWILIO(more)                                                                               \
	"{\"account_sid\": \"" AC "\", \"auth_token\": \"" TOKEN                                   \
	"\", \"from_number\": \"+14155550100\"" more "}"

Test(provider, twilio_settings_are_checked)
{
	faults_are("twilio", TWILIO(""), "");
	faults_are(
		"twilio", TWILIO(", \"api_key_sid\": \"" SK "\", \"api_key_secret\": \"s\""), "");
	faults_are("twilio", "{}", "account_sid auth_token from_number ");
	faults_are("twilio",
		"{\"account_sid\": \"" SK "\", \"auth_token\": \"xyz\", \"from_number\": \"12\"}",
		"account_sid auth_token from_number ");
	faults_are("twilio", TWILIO(", \"api_key_sid\": \"" SK "\""), "api_key_secret ");
	faults_are("twilio", TWILIO(", \"api_key_secret\": \"s\""), "api_key_sid ");
	faults_are("twilio", TWILIO(", \"api_key_sid\": \"AP0123456789abcdef0123456789abcdef\""),
		"api_key_sid ");
	faults_are("twilio", TWILIO(", \"app_sid\": \"AP0123456789abcdef0123456789abcde\""),
		"app_sid ");
	faults_are("twilio", TWILIO(", \"voice_region\": \"ie1\", \"edge\": \"dublin\""), "");
	faults_are("twilio", TWILIO(", \"voice_region\": \"ashburn\""), "");
	faults_are("twilio", TWILIO(", \"voice_region\": \"a.evil.example/\", \"edge\": \"x\""),
		"voice_region edge ");
}

Test(provider, telnyx_settings_are_checked)
{
	faults_are("telnyx", "{}", "api_key connection_id from_number ");
	faults_are("telnyx",
		"{\"api_key\": \"KEY0123456789ABCDEF\", \"connection_id\": "
		"\"1684641123236054244\", "
		"\"from_number\": \"+14155550100\", \"public_key\": "
		"\"11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"}",
		"");
	faults_are("telnyx",
		"{\"api_key\": \"KEY 0123456789ABCDEF\", \"connection_id\": \"my app\", "
		"\"from_number\": \"+14155550100\", \"public_key\": "
		"\"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"}",
		"api_key connection_id public_key ");
	faults_are("telnyx",
		"{\"api_key\": \"KEY0123456789ABCDEF\", \"connection_id\": \"16846\", "
		"\"credential_connection_id\": \"16846\", \"from_number\": \"+14155550100\"}",
		"credential_connection_id ");
}

Test(provider, a_trunk_wants_a_password_unless_it_knows_us_by_address)
{
	faults_are("sip", "{}", "sip_server ");
	faults_are("sip", "{\"sip_server\": \"sip.example.com\"}", "username ");
	faults_are(
		"sip", "{\"sip_server\": \"sip.example.com\", \"username\": \"u\"}", "password ");
	faults_are("sip",
		"{\"sip_server\": \"sip.example.com\", \"username\": \"u\", \"password\": \"p\"}",
		"");
	faults_are("sip", "{\"sip_server\": \"192.0.2.1\", \"auth_method\": \"ip_auth\"}", "");
	faults_are("sip",
		"{\"sip_server\": \"2001:db8::1\", \"auth_method\": \"ip_auth\", \"register\": "
		"\"true\"}",
		"register ");
}

#define TRUNK(more) "{\"sip_server\": \"a.example\", \"auth_method\": \"ip_auth\"" more "}"

Test(provider, a_trunk_s_details_are_checked)
{
	faults_are("sip",
		TRUNK(", \"sip_port\": \"5061\", \"transport\": \"tls\", \"srtp\": \"required\", "
		      "\"allowed_ips\": \"203.0.113.0/24, 2001:db8::/32,198.51.100.7\", "
		      "\"codecs\": \"opus,PCMU\", \"number_format_out\": \"00\", "
		      "\"caller_id_header\": \"pai\", \"tls_verify\": \"false\", \"tech_prefix\": "
		      "\"1234\", \"max_channels\": \"30\", \"dtmf\": \"info\""),
		"");
	faults_are("sip", TRUNK(", \"sip_port\": \"65536\""), "sip_port ");
	faults_are("sip", TRUNK(", \"sip_port\": \"5060 \""), "sip_port ");
	faults_are("sip", TRUNK(", \"sip_port\": \"-1\""), "sip_port ");
	faults_are("sip", TRUNK(", \"transport\": \"ws\""), "transport ");
	faults_are("sip", TRUNK(", \"transport\": \"udp tcp\""), "transport ");
	faults_are("sip", TRUNK(", \"allowed_ips\": \"203.0.113.0/33\""), "allowed_ips ");
	faults_are("sip", TRUNK(", \"allowed_ips\": \"203.0.113.0/\""), "allowed_ips ");
	faults_are("sip", TRUNK(", \"allowed_ips\": \"carrier.example\""), "allowed_ips ");
	faults_are("sip", TRUNK(", \"codecs\": \"G729\""), "codecs ");
	faults_are("sip", TRUNK(", \"codecs\": \",\""), "codecs ");
	faults_are("sip", TRUNK(", \"tls_ca\": \"no certificate\""), "tls_ca ");
	faults_are("sip", TRUNK(", \"tls_verify\": \"maybe\""), "tls_verify ");
	faults_are("sip", TRUNK(", \"username\": \"sip:u@h\""), "username ");
	faults_are("sip", TRUNK(", \"caller_id\": \"+1 415 555 0100\""), "caller_id ");
}

Test(provider, servers_are_names_or_addresses)
{
	static const struct {
		const char *json, *keys;
	} cases[] = {{"{\"sip_server\": \"sip.example.com.\", \"auth_method\": \"ip_auth\"}", ""},
		{"{\"sip_server\": \"localhost\", \"auth_method\": \"ip_auth\"}", ""},
		{"{\"sip_server\": \"sip:a.example\", \"auth_method\": \"ip_auth\"}",
			"sip_server "},
		{"{\"sip_server\": \"a.example:5060\", \"auth_method\": \"ip_auth\"}",
			"sip_server "},
		{"{\"sip_server\": \"a..example\", \"auth_method\": \"ip_auth\"}", "sip_server "},
		{"{\"sip_server\": \"-a.example\", \"auth_method\": \"ip_auth\"}", "sip_server "},
		{"{\"sip_server\": \"1.2.3\", \"auth_method\": \"ip_auth\"}", "sip_server "},
		{"{\"sip_server\": \"a b\", \"auth_method\": \"ip_auth\"}", "sip_server "},
		{"{\"sip_server\": \".\", \"auth_method\": \"ip_auth\"}", "sip_server "}};

	for (size_t i = 0; i < VP_ARRAY_LEN(cases); i++) {
		faults_are("sip", cases[i].json, cases[i].keys);
	}
}

Test(provider, line_breaks_reach_no_header)
{
	faults_are("sip", TRUNK(", \"from_display_name\": \"A\\r\\nX: y\""), "from_display_name ");
	faults_are("twilio", TWILIO(", \"api_key_secret\": \"a\\nb\""), "api_key_secret ");
}

Test(provider, only_the_operator_moves_the_api_and_never_without_tls)
{
	cr_assert(vp_provider_field(vp_provider_find("twilio"), "api_base")->operator_only);
	cr_assert(vp_provider_field(vp_provider_find("telnyx"), "api_base")->operator_only);
	faults_are("twilio", TWILIO(", \"api_base\": \"https://twilio.example\""), "");
	faults_are("twilio", TWILIO(", \"api_base\": \"http://127.0.0.1:9000\""), "");
	faults_are("twilio", TWILIO(", \"api_base\": \"http://[::1]:9000\""), "");
	faults_are("twilio", TWILIO(", \"api_base\": \"http://localhost\""), "");
	faults_are("twilio", TWILIO(", \"api_base\": \"http://twilio.example\""), "api_base ");
	faults_are(
		"twilio", TWILIO(", \"api_base\": \"http://127.0.0.1.evil.example\""), "api_base ");
	faults_are(
		"twilio", TWILIO(", \"api_base\": \"http://localhost@evil.example\""), "api_base ");
	faults_are("twilio", TWILIO(", \"api_base\": \"ftp://127.0.0.1\""), "api_base ");
	faults_are("twilio", TWILIO(", \"api_base\": \"https://\""), "api_base ");
	faults_are("twilio", TWILIO(", \"api_base\": \"https://a/\""), "api_base ");
}

Test(provider, only_the_operator_moves_the_phone_and_never_without_tls)
{
	cr_assert(vp_provider_field(vp_provider_find("twilio"), "phone_base")->operator_only);
	cr_assert(vp_provider_field(vp_provider_find("telnyx"), "phone_base")->operator_only);
	faults_are("twilio", TWILIO(", \"phone_base\": \"wss://phone.example:5091\""), "");
	faults_are("twilio", TWILIO(", \"phone_base\": \"ws://127.0.0.1:5091\""), "");
	faults_are("twilio", TWILIO(", \"phone_base\": \"ws://phone.example\""), "phone_base ");
	faults_are("twilio", TWILIO(", \"phone_base\": \"https://phone.example\""), "phone_base ");
	faults_are("twilio", TWILIO(", \"phone_base\": \"wss://a; script-src b\""), "phone_base ");
	faults_are("twilio", TWILIO(", \"phone_base\": \"wss://a/\""), "phone_base ");
}

Test(provider, long_values_are_refused_by_name)
{
	VP_CLEANUP(vp_freep) char *json = NULL;
	char big[600];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	json = vp_strf(TRUNK(", \"realm\": \"%s\""), big);
	faults_are("sip", json, "realm ");
}
