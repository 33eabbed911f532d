#include "libcommon/base/base.h"
#include "services/call-controller/controller.h"
#include "services/call-controller/settings.h"

#define AT(member) offsetof(struct cc_cfg, member)

const struct vp_conf_field cc_settings[] = {
	{"VOIP_SIP_LISTEN", VP_CONF_LISTEN_RANGE, AT(sip_listen), .def = "0.0.0.0:5060",
		.help = "where SIP by UDP and TCP is taken, as 0.0.0.0:5060; with "
			"0.0.0.0:5060-5079 the first port that is free for both"},
	{"VOIP_SIP_TLS_LISTEN", VP_CONF_LISTEN_RANGE, AT(sip_tls_listen), .def = "",
		.help = "where SIP by TLS is taken, as 0.0.0.0:5061 or 0.0.0.0:5061-5099; empty: "
			"nowhere"},
	{"VOIP_SIP_TLS_CERT", VP_CONF_PATH, AT(sip_tls_cert), .def = "",
		.help = "PEM file with certificate, chain and key for VOIP_SIP_TLS_LISTEN"},
	{"VOIP_SIP_ADVERTISE", VP_CONF_STR, AT(sip_advertise), .def = "",
		.help = "address in Via and Contact behind a NAT, as 203.0.113.5 or "
			"203.0.113.5:5060"},
	{"VOIP_TRUNK_NETWORKS", VP_CONF_STR, AT(trunk_networks), .def = "",
		.form = &vp_conf_networks,
		.help = "networks beside the public internet that SIP trunks may be in, as "
			"10.20.0.0/16 192.168.7.9; of the gateway, too"},
	{"VOIP_MEDIA_SOCKET", VP_CONF_STR, AT(media_socket), .def = "/run/voip/media.sock",
		.help = "UNIX socket of the media process beside this one"},
	{"VOIP_MEDIA_ADVERTISE", VP_CONF_STR, AT(media_advertise), .def = "",
		.help = "address of audio toward trunks behind a NAT, as 203.0.113.5"},
	{"VOIP_SPOOL_DIR", VP_CONF_STR, AT(spool_dir), .def = "/var/spool/voip",
		.help = "folder of the recording tap, shared with recorder"},
	{"VOIP_RECORDING_ENABLED", VP_CONF_BOOL, AT(recording), .def = "true",
		.help = "false: nothing is recorded, whatever a route says"},
	{"VOIP_KEK_FILE", VP_CONF_PATH, AT(kek_file), .def = "",
		.help = "keyring file that opens trunk passwords; empty: trunks with one are left "
			"out"},
	{"VOIP_WEBHOOK_URL", VP_CONF_STR, AT(webhook_url), .def = "",
		.help = "where providers reach us, as https://voip.example.org (the first of "
			"several "
			"by comma); empty: no calls by their APIs"},
	{"VOIP_PROVIDER_CHECK_S", VP_CONF_INT, AT(provider_check_s), .def = "60", .min = 1,
		.max = 3600,
		.help = "how often a provider is asked about a call whose end was not heard of, in "
			"seconds; before the answer four times as often"},
	{"VOIP_DRAIN_S", VP_CONF_INT, AT(drain_s), .def = "3600", .min = 0, .max = 86400,
		.help = "how long calls may go on after SIGTERM, in seconds"},
	{"VOIP_MAX_CALLS", VP_CONF_INT, AT(max_calls), .def = "500", .min = 1, .max = 20000,
		.help = "calls at a time on this node; more are refused"},
	{"VOIP_MAX_CALL_S", VP_CONF_INT, AT(max_call_s), .def = "14400", .min = 10, .max = 86400,
		.help = "longest time of one call, in seconds"},
};
const size_t cc_n_settings = VP_ARRAY_LEN(cc_settings);
