/* voip import-laravel: one run. A dry run does all that a real one does, up to the writing: it asks
 * the database which rows are there already. Rows are written 500 at a time, each lot whole or not
 * at all, under ids that are the same in each run: a run that broke off is simply repeated. */
#ifndef VOIP_IMPORT_IMPORT_H
#define VOIP_IMPORT_IMPORT_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/e164.h"
#include "libcommon/base/uuid.h"
#include "tools/voip/db.h"
#include "tools/voip/import/laravel.h"
#include "tools/voip/import/report.h"
#include "tools/voip/import/source.h"

#define IMPORT_KEYS_MAX 8   /* APP_KEY, and what APP_PREVIOUS_KEYS held */
#define IMPORT_NAME_MAX 255 /* characters of a name; longer ones are cut */

struct phone; /* a person's number */

struct import {
	struct tool_db *db;
	struct vp_uuid org;
	char region[3]; /* how numbers without country code are read */
	struct source *source;
	bool dry;
	bool everyone;     /* also contacts and users that nobody refers to */
	long keep_months;  /* calls older than this stay behind: the janitor would drop them */
	const char *files; /* the CRM's storage/app; NULL: not named */
	const char *store; /* where recordings lie here; NULL: not named */
	struct laravel_key keys[IMPORT_KEYS_MAX];
	size_t n_keys;
	struct phone *phones; /* of all persons, sorted */
	size_t n_phones;
	int64_t now_us, oldest_us; /* calls between them come over */
};

/* Marks whom calls, accounts, routes and contacts refer to. 0 or ENOMEM. */
int import_refer(struct import *im);

/* Each group: 0, or an error whose message stands already; *ret_report is the caller's. */
typedef int import_group(struct import *im, struct report **ret_report);
import_group import_users, import_accounts, import_persons, import_leads, import_deals,
	import_providers, import_trunks, import_routes, import_calls, import_recordings;

/* --- lots of rows (lot.c) --- */
struct lot_sql {
	/* $1 the organisation, $2 the rows as JSON; the first column of the first row is a count */
	const char *here;   /* how many of them there are */
	const char *insert; /* how many were made */
};
struct lot {
	struct import *im;
	const struct lot_sql *sql;
	json_t *rows;
	size_t comes, fresh;
	int err;
};
void lot_init(struct lot *lot, struct import *im, const struct lot_sql *sql);
/* Takes row over; NULL: memory was out. */
void lot_add(struct lot *lot, json_t *row);
/* Writes the rest, and counts in the report. 0 or the first error. */
int lot_end(struct lot *lot, struct report *report);

/* Sets uuid and is_here of the wanted rows that the database knows. $1 the organisation, $2 rows of
 * {n, key (the id in the dump), email}; gives n and the id. */
int lot_find(struct import *im, enum source_id id, const char *sql);

/* --- rows (row.c) --- */
/* {"id": uuid}; NULL: no memory. */
json_t *row_create(struct vp_uuid id);
/* NULL and "" are left out. Cut after IMPORT_NAME_MAX characters. */
void row_text(json_t *row, const char *key, const char *text);
void row_uuid(json_t *row, const char *key, struct vp_uuid id); /* nil is left out */
void row_time(json_t *row, const char *key, int64_t time_us);   /* 0 is left out */
/* Theirs: the highest number first. Ours: the lowest, and 0 is what a provider's own settings made.
 */
long row_priority(enum source_id id, const struct source_row *row);
/* created_at of the dump, else the beginning of 2000: never the time of the run. */
int64_t row_created(enum source_id id, const struct source_row *row);
/* The uuid of a row that something refers to; nil: it does not come over. */
struct vp_uuid row_reference(struct import *im, enum source_id id, const char *row_id);

/* --- phone numbers (phones.c) --- */
/* All numbers of all persons. 0 or ENOMEM. */
int phones_index(struct import *im);
/* The first person with this number; NULL: nobody. */
struct source_row *phones_find(const struct import *im, const char *e164);
/* The person's numbers as table contact_numbers has them; faults go to the report. */
json_t *phones_of(struct import *im, const struct source_row *person, struct report *report);
/* Reads a number by the organisation's region. What is none stays as it is, cut, and is told. */
#define PHONE_TEXT_SIZE 65
bool phones_read(const struct import *im, const char *typed, char ret_text[PHONE_TEXT_SIZE]);

/* --- contacts --- */
/* A lead's name is its person's, else its title; NULL: it has none. */
const char *contacts_name(struct import *im, enum source_id id, const struct source_row *contact);
const char *contacts_company(
	struct import *im, enum source_id id, const struct source_row *contact);

/* --- calls --- */
/* Calls whose sid an earlier one has. 0 or ENOMEM. Before import_refer. */
int calls_mark_doubles(struct import *im);
/* Before the first call is written: a call whose month has no partition cannot be stored. */
int calls_make_months(struct import *im);
/* When it began; false with the reason why the call stays behind. */
bool calls_comes(const struct import *im, const struct source_row *call, int64_t *ret_started,
	const char **ret_reason);
/* The contact that the dump names, else the person with the other side's number. NULL: nobody. */
struct source_row *calls_contact(
	struct import *im, const struct source_row *call, enum source_id *ret_id);
/* The user that the dump names, else the one of "client:user_7". NULL: nobody. */
struct source_row *calls_user(struct import *im, const struct source_row *call);

/* --- secrets --- */
enum laravel_verdict import_open(
	const struct import *im, const char *text, char **ret_plain, size_t *ret_len);
#endif
