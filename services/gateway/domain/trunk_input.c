#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "services/gateway/domain/provider_input.h"
#include "services/gateway/domain/text.h"
#include "services/gateway/domain/trunk_input.h"

#define RANGES_MAX 64 /* call-controller takes no more */
#define CODECS_MAX 8
#define PEM_MAX 32768

enum kind {
	KIND_NAME,
	KIND_HOST, /* DNS name or address; may be empty */
	KIND_INT,  /* low..high */
	KIND_WORD, /* one of words */
	KIND_BOOL,
	KIND_TOKEN,  /* goes into SIP headers: no blanks, quotes, brackets */
	KIND_PROXY,  /* sip:HOST:PORT;transport=tls */
	KIND_DIALED, /* digits, * and # */
	KIND_PHONE,
	KIND_PEM,
	KIND_RANGES,
	KIND_CODECS,
};

static const struct column {
	const char *key;
	enum kind kind;
	long low, high;
	const char *words;
	const char *def; /* JSON */
	bool nullable;
} columns[] = {
	{"name", KIND_NAME, 1, 100, NULL, "\"\"", false},
	{"host", KIND_HOST, 0, 253, NULL, "\"\"", false},
	{"port", KIND_INT, 0, 65535, NULL, "5060", false},
	{"transport", KIND_WORD, 0, 0, "udp tcp tls", "\"udp\"", false},
	{"outbound_proxy", KIND_PROXY, 0, 255, NULL, "null", true},
	{"auth_method", KIND_WORD, 0, 0, "username_password ip_auth", "\"ip_auth\"", false},
	{"sip_username", KIND_TOKEN, 0, 128, NULL, "null", true},
	{"auth_username", KIND_TOKEN, 0, 128, NULL, "null", true},
	{"from_domain", KIND_HOST, 0, 253, NULL, "null", true},
	{"realm", KIND_TOKEN, 0, 128, NULL, "null", true},
	{"register", KIND_BOOL, 0, 0, NULL, "false", false},
	{"register_expires", KIND_INT, 30, 86400, NULL, "300", false},
	{"allowed_ips", KIND_RANGES, 0, RANGES_MAX, NULL, "[]", false},
	{"codecs", KIND_CODECS, 1, CODECS_MAX, "PCMU PCMA opus", "[\"PCMU\",\"PCMA\"]", false},
	{"srtp", KIND_WORD, 0, 0, "off optional required", "\"off\"", false},
	{"number_format_out", KIND_WORD, 0, 0, "e164 e164_no_plus 00 national", "\"e164\"", false},
	{"number_format_in", KIND_WORD, 0, 0, "e164 e164_no_plus 00 national", "\"e164\"", false},
	{"tech_prefix", KIND_DIALED, 0, 16, NULL, "\"\"", false},
	{"caller_id", KIND_PHONE, 0, 0, NULL, "null", true},
	{"caller_id_header", KIND_WORD, 0, 0, "from pai ppi rpid", "\"from\"", false},
	{"tls_ca", KIND_PEM, 0, PEM_MAX, NULL, "null", true},
	{"tls_verify", KIND_BOOL, 0, 0, NULL, "true", false},
	{"options_interval_s", KIND_INT, 0, 3600, NULL, "30", false},
	{"session_timer", KIND_BOOL, 0, 0, NULL, "true", false},
	{"max_channels", KIND_INT, 1, 100000, NULL, "null", true},
	{"dtmf", KIND_WORD, 0, 0, "rfc4733 info", "\"rfc4733\"", false},
	{"is_active", KIND_BOOL, 0, 0, NULL, "true", false},
	{"priority", KIND_INT, 0, 1000, NULL, "0", false},
};

static const struct column *find(const char *key)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(columns); i++) {
		if (strcmp(columns[i].key, key) == 0) {
			return &columns[i];
		}
	}
	return NULL;
}

json_t *trunk_defaults(void)
{
	json_t *row = json_object();

	for (size_t i = 0; i < VP_ARRAY_LEN(columns); i++) {
		json_object_set_new(
			row, columns[i].key, json_loads(columns[i].def, JSON_DECODE_ANY, NULL));
	}
	return row;
}

/* --- texts --- */

static bool is_word(const char *words, const char *text)
{
	size_t len = strlen(text);

	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");

		if (word == len && strncmp(at, text, len) == 0) {
			return true;
		}
		at += word;
	}
	return false;
}

static bool is_host(const char *text)
{
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_:") ==
		       strlen(text) &&
	       *text != '-' && *text != '.';
}

/* Printable ASCII that means nothing in a SIP header. */
static bool is_token(const char *text)
{
	for (; *text; text++) {
		if (*text <= 0x20 || *text >= 0x7f || strchr("\"<>\\,;", *text)) {
			return false;
		}
	}
	return true;
}

static bool is_proxy(const char *text)
{
	for (const char *at = text; *at; at++) {
		if (*at <= 0x20 || *at >= 0x7f || strchr("\"<>\\,", *at)) {
			return false;
		}
	}
	return (strncmp(text, "sip:", 4) == 0 && text[4]) ||
	       (strncmp(text, "sips:", 5) == 0 && text[5]);
}

static bool is_pem(const char *text)
{
	static const char head[] = "-----BEGIN CERTIFICATE-----";

	return strncmp(text, head, strlen(head)) == 0 && strstr(text, "-----END CERTIFICATE-----");
}

/* "10.0.0.0/8", "192.0.2.7", "2001:db8::/32" */
static bool is_range(const char *text)
{
	char address[INET6_ADDRSTRLEN];
	uint8_t raw[16];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	bool is_v4;

	if (len >= sizeof(address)) {
		return false;
	}
	memcpy(address, text, len);
	address[len] = '\0';
	is_v4 = inet_pton(AF_INET, address, raw) == 1;
	if (!is_v4 && inet_pton(AF_INET6, address, raw) != 1) {
		return false;
	}
	if (!slash) {
		return true;
	}
	size_t digits = strspn(slash + 1, "0123456789");

	return digits >= 1 && digits <= 3 && slash[1 + digits] == '\0' &&
	       strtol(slash + 1, NULL, 10) <= (is_v4 ? 32 : 128);
}

/* NULL: fine */
static const char *text_fault(const struct column *column, const char *text)
{
	if (column->high && strlen(text) > (size_t)column->high) {
		return "It is too long.";
	}
	switch (column->kind) {
	case KIND_NAME: return *text && text_is_clean(text) ? NULL : "A name is needed.";
	case KIND_HOST: return is_host(text) ? NULL : "It is no host name and no address.";
	case KIND_TOKEN: return is_token(text) ? NULL : "It has blanks, quotes or brackets in it.";
	case KIND_PROXY: return is_proxy(text) ? NULL : "It must look like sip:proxy.example:5060.";
	case KIND_DIALED:
		return strspn(text, "0123456789*#+") == strlen(text)
			       ? NULL
			       : "It may have digits, * and #.";
	case KIND_PEM:
		return is_pem(text)
			       ? NULL
			       : "It must be a certificate in PEM: -----BEGIN CERTIFICATE-----";
	default: return NULL;
	}
}

/* --- values --- */

static json_t *read_text(
	const struct column *column, const char *text, const char *region, const char **ret_fault)
{
	char e164[VP_E164_SIZE];
	enum vp_e164_verdict verdict;

	if (column->kind == KIND_WORD) {
		*ret_fault = is_word(column->words, text) ? NULL : column->words;
	} else if (column->kind == KIND_PHONE) {
		verdict = vp_e164_normalize(text, region, e164);
		*ret_fault = verdict == VP_E164_OK ? NULL : vp_e164_explain(verdict);
		text = e164;
	} else {
		*ret_fault = text_fault(column, text);
	}
	return *ret_fault ? NULL : json_string(text);
}

static json_t *read_int(const struct column *column, const json_t *value, const char **ret_fault)
{
	const char *text = json_string_value(value);
	char *end = NULL;
	long number = text ? strtol(text, &end, 10) : (long)json_integer_value(value);

	*ret_fault = (json_is_integer(value) || (text && *text && !*end)) &&
				     number >= column->low && number <= column->high
			     ? NULL
			     : "It must be a whole number within its bounds.";
	return *ret_fault ? NULL : json_integer(number);
}

static json_t *read_bool(const json_t *value, const char **ret_fault)
{
	const char *text = json_string_value(value);
	bool yes = json_is_true(value) || (text && strcmp(text, "true") == 0);

	*ret_fault = yes || json_is_false(value) || (text && strcmp(text, "false") == 0)
			     ? NULL
			     : "It must be true or false.";
	return *ret_fault ? NULL : json_boolean(yes);
}

static json_t *read_list(const struct column *column, const json_t *value, const char **ret_fault)
{
	size_t i, n = json_array_size(value);
	json_t *item;

	*ret_fault = json_is_array(value) && n >= (size_t)column->low && n <= (size_t)column->high
			     ? NULL
			     : "It must be a list, and not that long.";
	json_array_foreach(value, i, item)
	{
		const char *text = json_string_value(item);

		if (column->kind == KIND_RANGES && (!text || !is_range(text))) {
			*ret_fault = "Each must be an address or a range such as 192.0.2.0/24.";
		} else if (column->kind == KIND_CODECS &&
			   (!text || !is_word(column->words, text))) {
			*ret_fault = "Each must be PCMU, PCMA or opus.";
		}
	}
	return *ret_fault ? NULL : json_deep_copy(value);
}

static json_t *read_value(const struct column *column, const json_t *value, const char *region,
	const char **ret_fault)
{
	const char *text = json_string_value(value);
	bool is_blank = json_is_null(value) || (text && !*text);

	*ret_fault = NULL;
	if (is_blank && column->nullable) {
		return json_null();
	}
	if (json_is_null(value)) { /* back to what a new trunk has */
		return json_loads(column->def, JSON_DECODE_ANY, NULL);
	}
	switch (column->kind) {
	case KIND_INT: return read_int(column, value, ret_fault);
	case KIND_BOOL: return read_bool(value, ret_fault);
	case KIND_RANGES:
	case KIND_CODECS: return read_list(column, value, ret_fault);
	default: break;
	}
	if (!text || strlen(text) != json_string_length(value)) {
		*ret_fault = "It must be text.";
		return NULL;
	}
	return read_text(column, text, region, ret_fault);
}

/* Some go only together; row is whole for a new trunk, else what was sent. */
static void check_together(const json_t *row, json_t *faults)
{
	const char *host = json_string_value(json_object_get(row, "host"));

	if (json_is_true(json_object_get(row, "register")) && host && !*host) {
		fault_add(faults, "host", "A trunk that registers needs a server.");
	}
}

void trunk_input_read(
	const json_t *body, bool fresh, const char *region, json_t **ret_row, json_t *faults)
{
	json_t *row = fresh ? trunk_defaults() : json_object(), *value;
	const char *key, *fault;

	json_object_foreach((json_t *)(uintptr_t)body, key, value)
	{
		const struct column *column = find(key);
		json_t *read;

		if (!column) {
			if (strcmp(key, "password") != 0 && strcmp(key, "version") != 0 &&
				strcmp(key, "provider_id") != 0) {
				fault_add(faults, key, "There is no such field here.");
			}
			continue;
		}
		read = read_value(column, value, region, &fault);
		if (fault) {
			char *sentence = column->kind == KIND_WORD
						 ? vp_strf("It must be one of: %s.", fault)
						 : NULL;

			fault_add(faults, key, sentence ? sentence : fault);
			free(sentence);
		} else {
			json_object_set_new(row, key, read);
		}
	}
	if (fresh) {
		const char *name = json_string_value(json_object_get(row, "name"));

		if (!name || !*name) {
			fault_add(faults, "name", "A name is needed.");
		}
	}
	check_together(row, faults);
	*ret_row = row;
}
