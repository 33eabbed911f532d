/* People who do not exist. Everything is a function of the row's number, so that a second run makes
 * the same and changes nothing; external_id "demo-..." marks it. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "tools/demo-carrier/numbers.h"
#include "tools/voip/seed.h"

enum { PERSONS = 120, LEADS = 56, DEALS = 30 };

static const char *const first_names[] = {"Amara", "Benjamin", "Chloé", "Daniel", "Elif", "Farah",
	"Giulia", "Hannah", "Ibrahim", "Jürgen", "Katarzyna", "Liam", "Mei", "Nadia", "Olivia",
	"Pedro", "Quentin", "Rosa", "Søren", "Thandiwe", "Ulrike", "Viktor", "Wei", "Ximena",
	"Yusuf", "Zoë", "Anders", "Beatriz", "Carlos", "Deepa", "Emma", "Fatima", "George",
	"Hiroshi", "Ingrid", "James", "Kofi", "Lucía", "Mateusz", "Nora"};
static const char *const last_names[] = {"Abbott", "Bergström", "Castillo", "Dubois", "Eriksen",
	"Fischer", "García", "Hughes", "Ivanov", "Jansen", "Kowalski", "Larsen", "Martínez",
	"Nguyen", "O'Connor", "Papadopoulos", "Quinn", "Rossi", "Schneider", "Tanaka", "Usman",
	"Vogel", "Williams", "Xu", "Yılmaz", "Zimmermann", "Andersson", "Brown", "Chen", "Davies",
	"Edwards", "Fernández", "Green", "Haddad", "Ito", "Johnson", "Khan", "Lopez", "Müller",
	"Novak", "Okafor", "Patel", "Reyes", "Smith", "Taylor", "Walker", "Young"};
static const char *const companies[] = {"Alder & Sons", "Baltic Freight", "Cobalt Dental",
	"Dunmore Foods", "Eastgate Motors", "Fjord Analytics", "Granite Roofing", "Harbor Legal",
	"Iris Optics", "Juniper Travel", "Kestrel Air", "Lumen Schools", "Maple Home Care",
	"Northwind Printing", "Orchid Hotels", "Pinewood Timber", "Quarry Tools",
	"Riverside Clinic", "Sable Fashion", "Tidewater Marine", "Umber Ceramics", "Vela Insurance",
	"Willow Estates"};
static const char *const wants[] = {"12 seats, annual", "Replace the old PBX", "Pilot for support",
	"Recording for compliance", "Second office", "Seasonal hotline", "Number porting",
	"CRM integration"};
static const char *const lead_states[] = {"new", "contacted", "qualified", "lost"};
static const char *const stages[] = {"open", "proposal", "negotiation", "won", "lost"};

#define PICK(list, n) ((list)[(size_t)(n) % VP_ARRAY_LEN(list)])

/* Numbers nobody has: NANP 555-01xx, Ofcom 020 7946 0xxx and 07700 900xxx, ACMA 0491 570 xxx */
static void fictional_number(unsigned n, char number[VP_E164_SIZE])
{
	static const unsigned areas[] = {212, 305, 312, 404, 503, 512, 602, 617, 646, 702, 713, 773,
		808, 818, 917, 206, 214, 303};
	unsigned row = n / 10;

	switch (n % 10) {
	case 7: snprintf(number, VP_E164_SIZE, "+442079460%03u", row % 1000); return;
	case 8: snprintf(number, VP_E164_SIZE, "+447700900%03u", row % 1000); return;
	case 9: snprintf(number, VP_E164_SIZE, "+61491570%03u", row % 1000); return;
	default:
		snprintf(number, VP_E164_SIZE, "+1%u55501%02u", PICK(areas, n * 7), n % 100);
		return;
	}
}

static json_t *contact(const char *kind, unsigned n, const char *name)
{
	char key[32];
	char id[VP_UUID_TEXT_SIZE];

	snprintf(key, sizeof(key), "demo-%s-%u", kind, n);
	vp_uuid_text(vp_uuid_new(), id);
	return json_pack("{s:s, s:s, s:s, s:s}", "kind", kind, "id", id, "key", key, "name", name);
}

static void set(json_t *row, const char *key, const char *value)
{
	json_object_set_new(row, key, json_string(value));
}

static void set_number(json_t *row, const char *number, const char *label)
{
	char tail[10];
	json_t *numbers = json_object_get(row, "numbers");

	if (!numbers) {
		numbers = json_array();
		json_object_set_new(row, "numbers", numbers);
	}
	vp_e164_tail9(number, tail);
	json_array_append_new(
		numbers, json_pack("{s:s, s:s, s:s, s:b}", "e164", number, "tail9", tail, "label",
				 label, "is_primary", json_array_size(numbers) == 0));
}

static void set_email(json_t *row, unsigned n)
{
	char email[64];

	snprintf(email, sizeof(email), "contact%u@demo.example", n);
	set(row, "email", email);
}

static json_t *named(const char *kind, unsigned n)
{
	VP_CLEANUP(vp_freep)
	char *name = vp_strf(
		"%s %s", PICK(first_names, n * 17 + n / 40), PICK(last_names, n * 29 + n / 7));
	json_t *row = name ? contact(kind, n, name) : NULL;
	char number[VP_E164_SIZE];

	if (!row) {
		return NULL;
	}
	fictional_number(n, number);
	set_number(row, number, "work");
	if (n % 5 == 2) {
		fictional_number(n + 1000, number);
		set_number(row, number, "mobile");
	}
	set_email(row, n);
	if (n % 3 != 1) {
		set(row, "company", PICK(companies, n * 5));
	}
	return row;
}

static json_t *deal(unsigned n)
{
	VP_CLEANUP(vp_freep) char *name = vp_strf("%s: %s", PICK(companies, n * 5), PICK(wants, n));
	json_t *row = name ? contact("deal", n, name) : NULL;
	char number[VP_E164_SIZE];

	if (!row) {
		return NULL;
	}
	fictional_number(n + 300, number);
	set_number(row, number, "work");
	set(row, "company", PICK(companies, n * 5));
	set(row, "stage", PICK(stages, n));
	json_object_set_new(row, "amount", json_integer((n % 9 + 1) * 1250));
	set(row, "currency", "USD");
	return row;
}

static json_t *carrier_contact(unsigned n, const char *name, const char *number)
{
	json_t *row = contact("person", 1000 + n, name);

	if (row) {
		set_number(row, number, "work");
		set(row, "company", "Demo carrier");
	}
	return row;
}

static void add_carrier_contacts(json_t *rows)
{
	struct numbers numbers;

	numbers_init(&numbers);
	for (size_t i = 0; i < numbers.count; i++) {
		VP_CLEANUP(vp_freep) char *name = vp_strf("Demo %s", numbers.entry[i].kind);

		for (char *p = name; p && *p; p++) {
			*p = *p == '_' ? ' ' : *p;
		}
		json_array_append_new(rows,
			carrier_contact((unsigned)i, name ? name : "Demo", numbers.entry[i].e164));
	}
	json_array_append_new(rows, carrier_contact(999, "Carla Demo", SEED_CALLER));
}

static char *all_rows(void)
{
	json_t *rows = json_array();
	char *text;

	for (unsigned n = 0; n < PERSONS; n++) {
		json_array_append_new(rows, named("person", n));
	}
	for (unsigned n = PERSONS; n < PERSONS + LEADS; n++) {
		json_t *row = named("lead", n);

		set(row, "title", PICK(wants, n));
		set(row, "status", PICK(lead_states, n));
		json_array_append_new(rows, row);
	}
	for (unsigned n = 0; n < DEALS; n++) {
		json_array_append_new(rows, deal(n));
	}
	add_carrier_contacts(rows);
	text = json_dumps(rows, JSON_COMPACT);
	json_decref(rows);
	return text;
}

#define ROWS                                                                                       \
	"from jsonb_to_recordset($2::jsonb) as r (kind text, id uuid, key text, name text, email " \
	"text, "                                                                                   \
	"company text, title text, status text, stage text, amount numeric, currency text, "       \
	"numbers jsonb) "

static const char *const statements[] = {
	"insert into voip.persons (org_id, id, external_id, name, email, company) "
	"select $1, id, key, name, email, company " ROWS
	"where kind = 'person' on conflict do nothing",
	"insert into voip.leads (org_id, id, external_id, name, email, company, title, status) "
	"select $1, id, key, name, email, company, title, status " ROWS
	"where kind = 'lead' on conflict do nothing",
	"insert into voip.deals (org_id, id, external_id, name, company, stage, amount, currency) "
	"select $1, id, key, name, company, stage, amount, currency " ROWS
	"where kind = 'deal' on conflict do nothing",
	/* the id is the stored row's: an earlier run may have made it */
	"insert into voip.contact_numbers (org_id, e164, entity_type, entity_id, raw, tail9, "
	"label, is_primary) "
	"select $1, n.e164, r.kind, coalesce(p.id, l.id, d.id), n.e164, n.tail9, n.label, "
	"n.is_primary " ROWS
	"left join voip.persons p on r.kind = 'person' and p.org_id = $1 and p.external_id = r.key "
	"left join voip.leads l on r.kind = 'lead' and l.org_id = $1 and l.external_id = r.key "
	"left join voip.deals d on r.kind = 'deal' and d.org_id = $1 and d.external_id = r.key, "
	"jsonb_to_recordset(r.numbers) as n (e164 text, tail9 text, label text, is_primary "
	"boolean) "
	"on conflict do nothing",
};

int seed_contacts(struct vp_db_tx *tx, const struct seed_ids *ids)
{
	VP_CLEANUP(vp_freep) char *rows = all_rows();
	int err = rows ? 0 : ENOMEM;

	for (size_t i = 0; i < VP_ARRAY_LEN(statements) && !err; i++) {
		err = vp_db_tx_add(
			tx, statements[i], VP_PARAMS(VP_P_UUID(ids->org), VP_P_TEXT(rows)));
	}
	return err;
}
