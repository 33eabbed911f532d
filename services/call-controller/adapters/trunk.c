#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/db/db.h"
#include "services/call-controller/adapters/trunk.h"

const char trunk_columns[] =
	"t.org_id, t.id, t.provider_id, t.version, t.name, t.host, t.port, t.transport,"
	" t.outbound_proxy, t.auth_method, t.sip_username, t.auth_username, t.secret, "
	"t.from_domain,"
	" t.realm, t.register, t.register_expires, array_to_string(t.allowed_ips, ','),"
	" array_to_string(t.codecs, ','), t.srtp, t.caller_id_header, t.tls_ca, t.tls_verify,"
	" t.options_interval_s, t.session_timer, t.max_channels, t.dtmf";

enum column {
	COL_ORG,
	COL_ID,
	COL_PROVIDER,
	COL_VERSION,
	COL_NAME,
	COL_HOST,
	COL_PORT,
	COL_TRANSPORT,
	COL_PROXY,
	COL_AUTH_METHOD,
	COL_USERNAME,
	COL_AUTH_NAME,
	COL_SECRET,
	COL_FROM_DOMAIN,
	COL_REALM,
	COL_REGISTER,
	COL_EXPIRES,
	COL_ALLOWED,
	COL_CODECS,
	COL_SRTP,
	COL_CALLER_ID,
	COL_TLS_CA,
	COL_TLS_VERIFY,
	COL_OPTIONS,
	COL_SESSION_TIMER,
	COL_MAX_CHANNELS,
	COL_DTMF,
};

static char *copy(const struct vp_db_result *res, size_t row, enum column col)
{
	const char *text = vp_db_text(res, row, col);

	return text[0] ? strdup(text) : NULL;
}

static int choice(const char *text, const char *const *choices, int n)
{
	int i = 0;

	while (i < n && strcmp(text, choices[i]) != 0) {
		i++;
	}
	return i < n ? i : 0;
}

/* Calls h for each of a comma-separated list. */
static int each(const char *list, int (*h)(struct trunk *, const char *), struct trunk *trunk)
{
	char item[128];
	struct pl rest, one;
	int err = 0;

	pl_set_str(&rest, list);
	while (!err && ua_list_next(&rest, &one)) {
		if (one.l > 0) {
			err = pl_strcpy(&one, item, sizeof(item)) ? EINVAL : h(trunk, item);
		}
	}
	return err;
}

static int add_range(struct trunk *trunk, const char *text)
{
	if (trunk->n_ranges == TRUNK_RANGES_MAX) {
		return EINVAL;
	}
	return cidr_parse(text, &trunk->ranges[trunk->n_ranges]) ? (trunk->n_ranges++, 0) : EINVAL;
}

static int add_codec(struct trunk *trunk, const char *text)
{
	if (trunk->n_codecs == TRUNK_CODECS_MAX) {
		return EINVAL;
	}
	trunk->codecs[trunk->n_codecs] = strdup(text);
	return trunk->codecs[trunk->n_codecs] ? (trunk->n_codecs++, 0) : ENOMEM;
}

/* "sip:HOST:PORT;transport=tls": asked instead of the host, which stays in the Request-URI. */
static int read_proxy(struct trunk *trunk, const char *text)
{
	struct pl pl, val;
	struct ua_uri uri;
	char *route = NULL;

	pl_set_str(&pl, text);
	if (ua_uri_decode(&uri, &pl) || uri.scheme > UA_SCHEME_SIPS) {
		return EINVAL;
	}
	if (uri.scheme == UA_SCHEME_SIPS) {
		trunk->tp = UA_TP_TLS;
	} else if (ua_param(&uri.params, "transport", &val)) {
		trunk->tp = !pl_strcasecmp(&val, "tls")   ? UA_TP_TLS
			    : !pl_strcasecmp(&val, "tcp") ? UA_TP_TCP
							  : UA_TP_UDP;
	}
	trunk->next_host = strndup(uri.host.p, uri.host.l);
	trunk->next_port = uri.port;
	if (asprintf(&route, "<%s%s>", text, ua_param(&uri.params, "lr", &val) ? "" : ";lr") < 0) {
		return ENOMEM;
	}
	trunk->route = route;
	return trunk->next_host ? 0 : ENOMEM;
}

static int read_where(struct trunk *trunk, const struct vp_db_result *res, size_t row)
{
	static const char *const transports[] = {"udp", "tcp", "tls"};
	const char *proxy = vp_db_text(res, row, COL_PROXY);

	trunk->tp = (enum ua_tp)choice(vp_db_text(res, row, COL_TRANSPORT), transports, 3);
	trunk->port = (uint16_t)vp_db_int(res, row, COL_PORT);
	trunk->host = strdup(vp_db_text(res, row, COL_HOST));
	if (!trunk->host) {
		return ENOMEM;
	}
	if (proxy[0]) {
		return read_proxy(trunk, proxy);
	}
	trunk->next_host = strdup(trunk->host);
	trunk->next_port = trunk->port;
	return trunk->next_host ? 0 : ENOMEM;
}

static int read_identity(struct trunk *trunk, const struct vp_db_result *res, size_t row)
{
	const bool by_password =
		strcmp(vp_db_text(res, row, COL_AUTH_METHOD), "username_password") == 0;
	const char *secret = vp_db_text(res, row, COL_SECRET);
	char id[VP_UUID_TEXT_SIZE];

	trunk->username = strdup(vp_db_text(res, row, COL_USERNAME));
	trunk->from_domain = copy(res, row, COL_FROM_DOMAIN);
	if (!trunk->from_domain) {
		trunk->from_domain = strdup(trunk->host);
	}
	trunk->realm = copy(res, row, COL_REALM);
	vp_uuid_text(trunk->id, id);
	(void)re_snprintf(trunk->contact, sizeof(trunk->contact), "rm-%s", id + 24);
	if (!trunk->username || !trunk->from_domain) {
		return ENOMEM;
	}
	if (!by_password || !secret[0]) {
		return 0;
	}
	trunk->auth_name = copy(res, row, COL_AUTH_NAME);
	if (!trunk->auth_name) {
		trunk->auth_name = strdup(trunk->username);
	}
	trunk->sealed = strdup(secret);
	return trunk->auth_name && trunk->sealed ? 0 : ENOMEM;
}

static void read_options(struct trunk *trunk, const struct vp_db_result *res, size_t row)
{
	static const char *const headers[] = {"from", "pai", "ppi", "rpid"};

	trunk->registers = vp_db_bool(res, row, COL_REGISTER) && trunk->host[0];
	trunk->register_expires_s = (unsigned)vp_db_int(res, row, COL_EXPIRES);
	trunk->srtp = strcmp(vp_db_text(res, row, COL_SRTP), "required") == 0;
	trunk->srtp_optional = strcmp(vp_db_text(res, row, COL_SRTP), "optional") == 0;
	trunk->caller_id =
		(enum caller_id_header)choice(vp_db_text(res, row, COL_CALLER_ID), headers, 4);
	trunk->tls_ca = copy(res, row, COL_TLS_CA);
	trunk->tls_verify = vp_db_bool(res, row, COL_TLS_VERIFY);
	trunk->options_s = (unsigned)vp_db_int(res, row, COL_OPTIONS);
	trunk->session_timer = vp_db_bool(res, row, COL_SESSION_TIMER);
	trunk->max_channels = (unsigned)vp_db_int(res, row, COL_MAX_CHANNELS);
	trunk->dtmf_info = strcmp(vp_db_text(res, row, COL_DTMF), "info") == 0;
}

int trunk_set_password(struct trunk *trunk, const char *plain, size_t len)
{
	trunk->password = strndup(plain, len);
	free(trunk->sealed);
	trunk->sealed = NULL;
	return trunk->password ? 0 : ENOMEM;
}

int trunk_read(struct trunk **ret, const struct vp_db_result *res, size_t row)
{
	struct trunk *trunk = calloc(1, sizeof(*trunk));
	int err;

	if (!trunk) {
		return ENOMEM;
	}
	trunk->org = vp_db_uuid(res, row, COL_ORG);
	trunk->id = vp_db_uuid(res, row, COL_ID);
	trunk->provider = vp_db_uuid(res, row, COL_PROVIDER);
	trunk->version = vp_db_int(res, row, COL_VERSION);
	trunk->name = strdup(vp_db_text(res, row, COL_NAME));
	err = trunk->name ? read_where(trunk, res, row) : ENOMEM;
	if (!err) {
		err = read_identity(trunk, res, row);
	}
	if (!err) {
		err = each(vp_db_text(res, row, COL_ALLOWED), add_range, trunk);
	}
	if (!err) {
		err = each(vp_db_text(res, row, COL_CODECS), add_codec, trunk);
	}
	if (err) {
		trunk_destroy(trunk);
		return err;
	}
	read_options(trunk, res, row);
	*ret = trunk;
	return 0;
}

bool trunk_has_addr(const struct trunk *trunk, const uint8_t addr[16], const struct sa *sa)
{
	for (size_t i = 0; i < trunk->n_ranges; i++) {
		if (cidr_has(&trunk->ranges[i], addr)) {
			return true;
		}
	}
	for (size_t i = 0; i < trunk->n_addrs; i++) {
		if (sa_cmp(&trunk->addrs[i], sa, SA_ADDR)) {
			return true;
		}
	}
	return false;
}

bool trunk_flow(const struct trunk *trunk, size_t i, struct ua_flow *ret)
{
	if (i >= trunk->n_addrs) {
		return false;
	}
	*ret = (struct ua_flow){.tp = trunk->tp, .peer = trunk->addrs[i], .tls = trunk->tls};
	return true;
}

struct ua_credentials trunk_credentials(const struct trunk *trunk)
{
	return (struct ua_credentials){
		.username = trunk->auth_name, .password = trunk->password, .realm = trunk->realm};
}

void trunk_retire(struct trunk *trunk)
{
	trunk->registration = ua_register_destroy(trunk->registration);
	if (trunk->links) {
		ua_resolve_cancel(trunk->resolving);
		ua_client_forget(trunk->probe);
		ua_timer_stop(trunk->links->timers, &trunk->resolve_again);
		ua_timer_stop(trunk->links->timers, &trunk->probe_next);
	}
}

struct trunk *trunk_destroy(struct trunk *trunk)
{
	if (!trunk) {
		return NULL;
	}
	trunk_retire(trunk);
	if (trunk->links) {
		ua_wire_tls_remove(trunk->links->wire, trunk->tls);
	}
	if (trunk->password) {
		explicit_bzero(trunk->password, strlen(trunk->password));
	}
	for (size_t i = 0; i < trunk->n_codecs; i++) {
		free(trunk->codecs[i]);
	}
	free(trunk->name);
	free(trunk->host);
	free(trunk->route);
	free(trunk->next_host);
	free(trunk->username);
	free(trunk->auth_name);
	free(trunk->sealed);
	free(trunk->password);
	free(trunk->realm);
	free(trunk->from_domain);
	free(trunk->tls_ca);
	free(trunk);
	return NULL;
}
