/* Trunks: passwords sealed, those that stood in plain text too. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/value.h"
#include "tools/voip/vault.h"

enum { PORT_MAX = 65535, SIP_PORT = 5060, TLS_PORT = 5061, ALLOWED_MAX = 64 };

#define INPUT                                                                                      \
	"with input as (select * from jsonb_to_recordset($2::jsonb) as r (id uuid, "               \
	"provider_id uuid, own_provider boolean, name text, host text, port int, transport text, " \
	"auth_method text, sip_username text, secret text, allowed_ips jsonb, active boolean, "    \
	"priority int, at timestamptz))"

static const struct lot_sql sql = {INPUT
	" select count(*) from voip.trunks t join input i on t.org_id = $1 and t.id = i.id",
	/* a trunk without a provider gets one of its own, inactive */
	INPUT
	", owners as (insert into voip.providers (org_id, id, name, driver, created_at, "
	"last_test_at, last_test_ok) "
	"select $1, provider_id, name, 'sip', at, at, false from input where own_provider order by "
	"provider_id "
	"on conflict (org_id, id) do nothing), "
	"made as (insert into voip.trunks (org_id, id, provider_id, name, host, port, "
	"transport, auth_method, sip_username, secret, allowed_ips, is_active, priority, "
	"created_at) "
	"select $1, id, provider_id, name, host, port, transport, auth_method, sip_username, "
	"secret, array(select jsonb_array_elements_text(allowed_ips)), active, priority, at "
	"from input order by id on conflict (org_id, id) do nothing returning id) "
	"select count(*) from made"};

struct trunks {
	struct import *im;
	struct report *report;
	struct lot lot;
	struct tool_vault *vault; /* opened when the first password is sealed */
};

static const char *cell(const struct source_row *row, const char *column)
{
	return source_cell(SOURCE_TRUNKS, row, column);
}

static const char *transport_of(const struct source_row *trunk, struct report *report)
{
	static const char *const known[] = {"udp", "tcp", "tls"};
	const char *text = cell(trunk, "transport");

	for (size_t i = 0; text && i < VP_ARRAY_LEN(known); i++) {
		if (strcasecmp(text, known[i]) == 0) {
			return known[i];
		}
	}
	if (text) {
		report_say(report, REPORT_REPAIRED, trunk->id,
			"transport is neither udp, tcp nor tls: udp");
	}
	return "udp";
}

static long port_of(const struct source_row *trunk, const char *transport, struct report *report)
{
	const char *text = cell(trunk, "port");
	long port = value_int(text, 1, PORT_MAX, 0);

	if (text && port == 0) {
		report_say(report, REPORT_REPAIRED, trunk->id, "port is none: the usual one");
	}
	return port ? port : strcmp(transport, "tls") == 0 ? TLS_PORT : SIP_PORT;
}

/* "203.0.113.7" and "203.0.113.0/24" */
static bool is_range(const char *text)
{
	char buf[64], *slash;
	uint8_t addr[16];
	long bits = 0;
	bool v4;

	if (!text || !vp_strcopy(buf, sizeof(buf), text)) {
		return false;
	}
	slash = strchr(buf, '/');
	if (slash) {
		*slash = '\0';
	}
	v4 = inet_pton(AF_INET, buf, addr) == 1;
	if (slash) {
		bits = value_int(slash + 1, 0, v4 ? 32 : 128, -1);
	}
	return bits >= 0 && (v4 || inet_pton(AF_INET6, buf, addr) == 1);
}

/* A JSON list, or text with commas. */
static json_t *allowed_of(const struct source_row *trunk, struct report *report)
{
	const char *text = cell(trunk, "allowed_ips");
	json_t *given = text ? json_loads(text, 0, NULL) : NULL, *list = json_array(), *item;
	size_t i;

	if (text && !given) {
		given = json_pack("[s]", text);
	}
	json_array_foreach(given, i, item)
	{
		if (i < ALLOWED_MAX && is_range(json_string_value(item))) {
			json_array_append(list, item);
		} else {
			report_say(report, REPORT_REPAIRED, trunk->id,
				"an allowed address that is none: left out");
		}
	}
	json_decref(given);
	return list;
}

/* The password, from the encrypted column or the old plain one; NULL: there is none. */
static char *password_of(struct trunks *all, const struct source_row *trunk, size_t *ret_len)
{
	const char *sealed = cell(trunk, "sip_password"), *old = cell(trunk, "password");
	char *plain;

	switch (sealed ? import_open(all->im, sealed, &plain, ret_len) : LARAVEL_PLAIN) {
	case LARAVEL_OPENED: return plain;
	case LARAVEL_PLAIN:
		if (sealed || old) {
			report_say(all->report, REPORT_REPAIRED, trunk->id,
				"password was plain text: sealed now");
		}
		break;
	case LARAVEL_WRONG_KEY:
	case LARAVEL_OTHER:
	case LARAVEL_BROKEN:
		sealed = NULL;
		report_say(all->report, REPORT_NOTE, trunk->id,
			"its password cannot be opened: comes over inactive, enter it anew");
		return NULL;
	}
	plain = sealed || old ? strdup(sealed ? sealed : old) : NULL;
	*ret_len = plain ? strlen(plain) : 0;
	return plain;
}

static int put_secret(struct trunks *all, const struct source_row *trunk, const char *plain,
	size_t len, json_t *row)
{
	char id[VP_UUID_TEXT_SIZE];
	VP_CLEANUP(vp_freep) char *context = NULL;
	VP_CLEANUP(vp_freep) char *sealed = NULL;
	int err;

	if (all->im->dry || trunk->is_here) {
		return 0;
	}
	if (!all->vault) {
		all->vault = tool_vault_open(all->im->db);
	}
	vp_uuid_text(trunk->uuid, id);
	context = all->vault ? vp_strf("trunks/secret/%s", id) : NULL;
	err = context ? tool_vault_seal(all->vault, all->im->org, context, plain, len, &sealed)
		      : ENOENT;
	if (!err) {
		json_object_set_new(row, "secret", json_string(sealed));
	}
	return err;
}

static int put_login(struct trunks *all, const struct source_row *trunk, json_t *row)
{
	const char *method = cell(trunk, "auth_method"), *user = cell(trunk, "sip_username");
	bool by_address = method && strcasecmp(method, "ip_auth") == 0;
	bool active = value_is_true(cell(trunk, "is_active"));
	size_t len = 0;
	char *plain = by_address ? NULL : password_of(all, trunk, &len);
	int err = plain ? put_secret(all, trunk, plain, len, row) : 0;

	if (!by_address && !plain) {
		if (!cell(trunk, "sip_password") && !cell(trunk, "password")) {
			report_say(all->report, REPORT_NOTE, trunk->id,
				"without a password: comes over inactive, enter it");
		}
		active = false;
	} else if (!by_address) {
		report_say(all->report, REPORT_NOTE, trunk->id,
			"does not register: switch it on if the carrier wants it");
	}
	if (plain) {
		vp_secret_free(plain, len);
	}
	row_text(row, "auth_method", by_address ? "ip_auth" : "username_password");
	row_text(row, "sip_username", user ? user : cell(trunk, "username"));
	json_object_set_new(row, "active", json_boolean(active));
	return err;
}

/* Only SIP providers have trunks: Twilio and Telnyx are called by their APIs. */
static void put_provider(
	struct trunks *all, const struct source_row *trunk, int64_t at, json_t *row)
{
	const struct source_row *owner =
		source_find(all->im->source, SOURCE_PROVIDERS, cell(trunk, "voip_provider_id"));
	const char *driver = owner ? source_cell(SOURCE_PROVIDERS, owner, "driver") : NULL;
	bool fits = owner && owner->comes && driver && strcmp(driver, "sip") == 0;

	if (!fits) {
		report_say(all->report, REPORT_REPAIRED, trunk->id,
			owner && owner->comes
				? "of a provider without trunks: gets an inactive SIP provider of "
				  "its name"
				: "without a provider: gets an inactive SIP provider of its name");
		json_object_set_new(row, "own_provider", json_true());
	}
	row_uuid(row, "provider_id",
		fits ? owner->uuid : value_uuid(all->im->org, "trunk-provider", trunk->id, at));
}

static int take(struct trunks *all, struct source_row *trunk)
{
	const int64_t at = row_created(SOURCE_TRUNKS, trunk);
	const char *host = cell(trunk, "host"), *transport, *name = cell(trunk, "name");
	json_t *row;
	int err;

	if (!host || host[strcspn(host, " /@<>\"\r\n\t")]) {
		report_say(
			all->report, REPORT_LEFT, trunk->id, "its host is no name and no address");
		return 0;
	}
	trunk->uuid = value_uuid(all->im->org, "trunk", trunk->id, at);
	trunk->comes = true;
	transport = transport_of(trunk, all->report);
	row = row_create(trunk->uuid);
	put_provider(all, trunk, at, row);
	row_text(row, "name", name ? name : host);
	row_text(row, "host", host);
	row_text(row, "transport", transport);
	json_object_set_new(row, "port", json_integer(port_of(trunk, transport, all->report)));
	json_object_set_new(row, "allowed_ips", allowed_of(trunk, all->report));
	json_object_set_new(row, "priority", json_integer(row_priority(SOURCE_TRUNKS, trunk)));
	row_time(row, "at", at);
	err = put_login(all, trunk, row);
	if (err) {
		json_decref(row);
		return err;
	}
	lot_add(&all->lot, row);
	return all->lot.err;
}

int import_trunks(struct import *im, struct report **ret_report)
{
	const struct source_table *table = source_table(im->source, SOURCE_TRUNKS);
	struct trunks all = {.im = im, .report = report_create("trunks", table->n_rows)};
	int err = all.report ? 0 : ENOMEM, lot_err;

	*ret_report = all.report;
	if (err) {
		return err;
	}
	lot_init(&all.lot, im, &sql);
	for (size_t i = 0; i < table->n_rows && !err; i++) {
		err = take(&all, table->rows[i]);
	}
	lot_err = lot_end(&all.lot, all.report);
	tool_vault_close(all.vault);
	return err ? err : lot_err;
}
