/* A trunk as its carrier describes it; the keys are those of the table trunks, but for the few that
 * the Laravel package named otherwise (sip_server, sip_port, username, password). */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/provider_int.h"

#define ALLOWED_IPS_MAX 64
#define SEPARATORS ", \t"

static bool is_range(const char *text, size_t len)
{
	char buf[64], *slash;
	uint8_t addr[16];
	char *end = "";
	long bits = 0;
	bool v4, v6;

	if (len >= sizeof(buf)) {
		return false;
	}
	memcpy(buf, text, len);
	buf[len] = '\0';
	slash = strchr(buf, '/');
	if (slash) {
		*slash = '\0';
		bits = slash[1] >= '0' && slash[1] <= '9' ? strtol(slash + 1, &end, 10) : -1;
	}
	v4 = inet_pton(AF_INET, buf, addr) == 1;
	v6 = !v4 && inet_pton(AF_INET6, buf, addr) == 1;
	return (v4 || v6) && *end == '\0' && bits >= 0 && bits <= (v4 ? 32 : 128);
}

/* Words apart by commas or blanks, each good in the eyes of is_good; at most max. */
static bool are_words(const char *value, bool (*is_good)(const char *text, size_t len), size_t max)
{
	size_t n = 0;

	for (value += strspn(value, SEPARATORS); *value; value += strspn(value, SEPARATORS)) {
		size_t len = strcspn(value, SEPARATORS);

		if (++n > max || !is_good(value, len)) {
			return false;
		}
		value += len;
	}
	return n > 0;
}

static const char *check_allowed_ips(const char *value)
{
	return are_words(value, is_range, ALLOWED_IPS_MAX)
		       ? NULL
		       : "Allowed addresses are like 203.0.113.7 or 203.0.113.0/24, with commas "
			 "between, at most 64.";
}

static bool is_codec(const char *text, size_t len)
{
	static const char *const codecs[] = {"PCMU", "PCMA", "opus"};

	for (size_t i = 0; i < VP_ARRAY_LEN(codecs); i++) {
		if (strlen(codecs[i]) == len && memcmp(codecs[i], text, len) == 0) {
			return true;
		}
	}
	return false;
}

static const char *check_codecs(const char *value)
{
	return are_words(value, is_codec, 3)
		       ? NULL
		       : "Codecs are PCMU, PCMA and opus, in the order that you "
			 "want them, with commas between.";
}

/* The user part of a SIP URI needs no escape for these. */
static const char *check_user(const char *value)
{
	return value[strcspn(value, "\"<>@;?:/\\ ,[]{}|^`")] == '\0'
		       ? NULL
		       : "The user name is the part before the @ alone, without sip: and without "
			 "blanks.";
}

static const char *check_tech_prefix(const char *value)
{
	return strlen(value) <= 16 && strspn(value, "0123456789*#+") == strlen(value)
		       ? NULL
		       : "The prefix is at most 16 of the digits and of * # +.";
}

static const char *check_proxy(const char *value)
{
	return (strncmp(value, "sip:", 4) == 0 && value[4] != '\0' &&
		       value[strcspn(value, " \"<>,@")] == '\0')
		       ? NULL
		       : "The outbound proxy is like sip:proxy.example.com:5060;transport=tcp.";
}

static const char *check_tls_ca(const char *value)
{
	return strstr(value, "-----BEGIN CERTIFICATE-----") &&
			       strstr(value, "-----END CERTIFICATE-----")
		       ? NULL
		       : "The authority is a certificate in PEM: from -----BEGIN CERTIFICATE----- "
			 "to "
			 "-----END CERTIFICATE-----.";
}

static bool is_on(const struct vp_provider_config *config, const char *key)
{
	const char *value = vp_provider_get(config, &vp_driver_sip, key);

	return value && strcmp(value, "true") == 0;
}

static const char *check_together(const struct vp_provider_config *config, const char **ret_key)
{
	const char *method = vp_provider_get(config, &vp_driver_sip, "auth_method");
	const char *user = vp_provider_get(config, NULL, "username");
	const char *password = vp_provider_get(config, NULL, "password");

	if (strcmp(method, "ip_auth") == 0) {
		*ret_key = "register";
		return is_on(config, "register")
			       ? "A trunk that knows us by our address is not registered with. "
				 "Turn "
				 "registration off, or authenticate by user name and password."
			       : NULL;
	}
	if (!user) {
		*ret_key = "username";
		return "A user name is needed. The carrier names it; or let it know us by our "
		       "address "
		       "(authentication: ip_auth).";
	}
	*ret_key = "password";
	return password ? NULL
			: "A password is needed. The carrier names it; or let it know us by our "
			  "address (authentication: ip_auth).";
}

/* How well the line guards a password, or what can be guessed from its digest: not at all, from who
 * only listens, also from who pretends to be the carrier. */
static int guard(const struct vp_provider_config *config)
{
	if (strcmp(vp_provider_get(config, &vp_driver_sip, "transport"), "tls") != 0) {
		return 0;
	}
	return is_on(config, "tls_verify") ? 2 : 1;
}

/* Another authority vouches for others. */
static bool less_safe(const struct vp_provider_config *was, const struct vp_provider_config *now)
{
	const char *before = vp_provider_get(was, NULL, "tls_ca"),
		   *after = vp_provider_get(now, NULL, "tls_ca");

	return guard(was) > guard(now) ||
	       (guard(was) == 2 && strcmp(before ? before : "", after ? after : "") != 0);
}

static const struct vp_provider_field fields[] = {
	{.key = "sip_server",
		.label = "Server",
		.help = "The carrier's name or address, like sip.example.com.",
		.kind = VP_FIELD_HOST,
		.required = true,
		.destination = true},
	{.key = "sip_port",
		.label = "Port",
		.help = "5060, or 5061 for tls; 0 asks DNS (SRV).",
		.kind = VP_FIELD_NUMBER,
		.max = 65535},
	{.key = "transport",
		.label = "Transport",
		.help = "As the carrier says; tls where it can.",
		.kind = VP_FIELD_CHOICE,
		.choices = "udp tcp tls",
		.def = "udp"},
	{.key = "auth_method",
		.label = "Authentication",
		.help = "By user name and password, or ip_auth: the carrier knows our address.",
		.kind = VP_FIELD_CHOICE,
		.choices = "username_password ip_auth",
		.def = "username_password"},
	{.key = "username",
		.label = "User name",
		.help = "Needed unless the carrier knows us by our address.",
		.check = check_user},
	{.key = "password",
		.label = "Password",
		.help = "Needed unless the carrier knows us by our address.",
		.secret = true},
	{.key = "auth_username",
		.label = "Authentication name",
		.help = "Where it differs from the user name."},
	{.key = "realm",
		.label = "Realm",
		.help = "The password is used for this realm only; empty: any."},
	{.key = "from_display_name",
		.label = "Display name",
		.help = "Shown beside the number where the carrier lets it through."},
	{.key = "from_domain",
		.label = "From domain",
		.help = "Where it differs from the server.",
		.kind = VP_FIELD_HOST},
	{.key = "outbound_proxy",
		.label = "Outbound proxy",
		.help = "Where requests go first, like sip:proxy.example.com:5060;transport=tcp.",
		.destination = true,
		.check = check_proxy},
	{.key = "register",
		.label = "Register",
		.help = "Say where we are, so that calls find us; carriers with fixed addresses "
			"need "
			"none.",
		.kind = VP_FIELD_BOOL,
		.def = "false"},
	{.key = "register_expires",
		.label = "Registration lives",
		.help = "Seconds.",
		.kind = VP_FIELD_NUMBER,
		.def = "300",
		.min = 30,
		.max = 86400},
	{.key = "allowed_ips",
		.label = "Allowed addresses",
		.help = "Who may send us calls beside the server: 203.0.113.0/24, 203.0.114.7.",
		.check = check_allowed_ips},
	{.key = "codecs",
		.label = "Codecs",
		.help = "In order; PCMU and PCMA need no transcoding.",
		.def = "PCMU,PCMA",
		.check = check_codecs},
	{.key = "srtp",
		.label = "Encrypted audio",
		.help = "Use it with tls: its keys travel in the signalling.",
		.kind = VP_FIELD_CHOICE,
		.choices = "off optional required",
		.def = "off"},
	{.key = "number_format_out",
		.label = "Numbers we send",
		.help = "+14155551234, 14155551234, 0014155551234 or national.",
		.kind = VP_FIELD_CHOICE,
		.choices = "e164 e164_no_plus 00 national",
		.def = "e164"},
	{.key = "number_format_in",
		.label = "Numbers we get",
		.help = "How the carrier writes them.",
		.kind = VP_FIELD_CHOICE,
		.choices = "e164 e164_no_plus 00 national",
		.def = "e164"},
	{.key = "tech_prefix",
		.label = "Prefix",
		.help = "Put before the callee's number.",
		.check = check_tech_prefix},
	{.key = "caller_id",
		.label = "Caller number",
		.help = "Shown when the user has no number, like +14155551234.",
		.kind = VP_FIELD_PHONE},
	{.key = "caller_id_header",
		.label = "Caller number goes in",
		.help = "From, P-Asserted-Identity, P-Preferred-Identity or Remote-Party-ID.",
		.kind = VP_FIELD_CHOICE,
		.choices = "from pai ppi rpid",
		.def = "from"},
	{.key = "tls_verify",
		.label = "Check the certificate",
		.help = "Off only for a carrier on your own network.",
		.kind = VP_FIELD_BOOL,
		.def = "true"},
	{.key = "tls_ca",
		.label = "Certificate authority",
		.help = "PEM; empty: the system's.",
		.kind = VP_FIELD_LINES,
		.check = check_tls_ca},
	{.key = "options_interval_s",
		.label = "Ask whether it lives",
		.help = "Seconds between OPTIONS; 0: never.",
		.kind = VP_FIELD_NUMBER,
		.def = "30",
		.max = 3600},
	{.key = "session_timer",
		.label = "Session timers",
		.help = "RFC 4028: a call whose far side died ends.",
		.kind = VP_FIELD_BOOL,
		.def = "true"},
	{.key = "max_channels",
		.label = "Calls at once",
		.help = "As many as the carrier allows; empty: no limit.",
		.kind = VP_FIELD_NUMBER,
		.min = 1,
		.max = 100000},
	{.key = "dtmf",
		.label = "Digits",
		.help = "rfc4733 (in the audio stream) or info (SIP INFO).",
		.kind = VP_FIELD_CHOICE,
		.choices = "rfc4733 info",
		.def = "rfc4733"},
};

const struct vp_provider_driver vp_driver_sip = {
	.name = "sip",
	.label = "SIP trunk",
	.fields = fields,
	.n_fields = VP_ARRAY_LEN(fields),
	.capabilities = VP_CAN_DIAL | VP_CAN_RECEIVE | VP_CAN_HOLD | VP_CAN_DTMF | VP_CAN_RECORD |
			VP_CAN_REATTACH,
	.check = check_together,
	.less_safe = less_safe,
};
