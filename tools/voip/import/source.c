#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/dump.h"
#include "tools/voip/import/source.h"
#include "tools/voip/import/value.h"

enum { KNOWN_MAX = 20, GROW = 64 };

/* Columns with a '*' must be there, or it is another table of that name. The others came and went
 * with the versions of the CRM. */
static const struct known {
	const char *name;
	const char *columns[KNOWN_MAX + 1];
} known[SOURCE_MAX] = {
	[SOURCE_USERS] = {"users", {"*id", "name", "*email", "status", "created_at"}},
	[SOURCE_ORGANIZATIONS] = {"organizations", {"*id", "*name"}},
	[SOURCE_PERSONS] = {"persons", {"*id", "*name", "emails", "contact_numbers",
					       "organization_id", "user_id", "created_at"}},
	[SOURCE_STAGES] = {"lead_pipeline_stages", {"*id", "code", "name"}},
	[SOURCE_LEADS] = {"leads", {"*id", "*title", "status", "user_id", "person_id",
					   "lead_pipeline_stage_id", "created_at"}},
	[SOURCE_DEALS] = {"deals",
		{"*id", "title", "name", "amount", "value", "deal_value", "lead_value", "currency",
			"stage", "status", "user_id", "person_id", "lead_id", "created_at"}},
	[SOURCE_PROVIDERS] = {"voip_providers",
		{"*id", "*name", "*driver", "*config", "is_active", "priority", "created_at"}},
	[SOURCE_TRUNKS] = {"voip_trunks",
		{"*id", "voip_provider_id", "*name", "auth_method", "sip_username", "sip_password",
			"allowed_ips", "*host", "username", "password", "port", "transport",
			"is_active", "priority", "created_at"}},
	[SOURCE_ACCOUNTS] = {"voip_accounts",
		{"*id", "*user_id", "username", "extension", "is_active", "created_at"}},
	[SOURCE_ROUTES] = {"voip_routes",
		{"*id", "voip_trunk_id", "name", "*did_number", "*action_type", "*action_target",
			"priority", "is_active", "created_at"}},
	[SOURCE_CALLS] = {"voip_calls",
		{"*id", "sid", "*direction", "*status", "*from_number", "*to_number", "user_id",
			"lead_id", "person_id", "deal_id", "started_at", "ended_at", "duration",
			"created_at", "updated_at"}},
	[SOURCE_RECORDINGS] = {"voip_recordings",
		{"*id", "*call_id", "*path", "disk", "format", "duration", "created_at"}},
};

struct source {
	struct source_table tables[SOURCE_MAX];
	size_t size[SOURCE_MAX];
	int place[SOURCE_MAX][KNOWN_MAX]; /* in the dump's columns; -1: not there */
	int64_t bytes;
	char missing[160]; /* why a table is another one than it should be */
};

static const char *column_name(const char *column)
{
	return column + (column[0] == '*');
}

static size_t count_columns(enum source_id id)
{
	size_t n = 0;

	while (known[id].columns[n]) {
		n++;
	}
	return n;
}

static enum source_id find_known(const char *name)
{
	enum source_id id = 0;

	while (id < SOURCE_MAX && strcmp(known[id].name, name) != 0) {
		id++;
	}
	return id;
}

static bool wants(const char *name, void *arg)
{
	struct source *source = arg;
	enum source_id id = find_known(name);

	if (id == SOURCE_MAX) {
		return false;
	}
	source->tables[id].present = true;
	return true;
}

/* Where our columns are in the dump's. False: one that must be there is not. */
static bool place_columns(struct source *source, enum source_id id, const struct dump_table *table)
{
	for (size_t i = 0; known[id].columns[i]; i++) {
		const char *name = column_name(known[id].columns[i]);
		size_t at = 0;

		while (at < table->n_columns && strcmp(table->columns[at], name) != 0) {
			at++;
		}
		source->place[id][i] = at < table->n_columns ? (int)at : -1;
		if (at == table->n_columns && known[id].columns[i][0] == '*') {
			snprintf(source->missing, sizeof(source->missing),
				"%s has no column %s: this is not the table of the calling package",
				known[id].name, name);
			return false;
		}
	}
	return true;
}

static bool make_room(struct source *source, enum source_id id)
{
	struct source_table *table = &source->tables[id];
	size_t size = source->size[id] ? source->size[id] * 2 : GROW;
	struct source_row **grown;

	if (table->n_rows < source->size[id]) {
		return true;
	}
	grown = reallocarray(table->rows, size, sizeof(struct source_row *));
	if (!grown) {
		return false;
	}
	table->rows = grown;
	source->size[id] = size;
	return true;
}

/* Bytes of the row with its cells behind it. */
static size_t row_size(const struct source *source, enum source_id id,
	const struct dump_value *values, bool *ret_changed)
{
	size_t n = count_columns(id), size = sizeof(struct source_row) + n * sizeof(char *);

	for (size_t i = 0; i < n; i++) {
		int at = source->place[id][i];

		if (at >= 0 && values[at].text) {
			size += value_clean(values[at].text, values[at].len, NULL, ret_changed) + 1;
		}
	}
	return size;
}

static struct source_row *new_row(
	struct source *source, enum source_id id, const struct dump_value *values)
{
	size_t n = count_columns(id), used = sizeof(struct source_row) + n * sizeof(char *);
	bool changed = false;
	size_t size = row_size(source, id, values, &changed);
	struct source_row *row = calloc(1, size);

	for (size_t i = 0; row && i < n; i++) {
		int at = source->place[id][i];

		if (at >= 0 && values[at].text) {
			row->cells[i] = (char *)row + used;
			used += value_clean(
					values[at].text, values[at].len, row->cells[i], &changed) +
				1;
		}
	}
	source->tables[id].n_cleaned += changed;
	source->bytes += (int64_t)size;
	return row;
}

static int on_row(const struct dump_table *table, const struct dump_value *values, void *arg)
{
	struct source *source = arg;
	enum source_id id = find_known(table->name);
	struct source_table *ours = &source->tables[id];
	struct source_row *row;

	if (!place_columns(source, id, table)) {
		return EINVAL;
	}
	if (source->bytes > SOURCE_BYTES_MAX) {
		return EFBIG;
	}
	row = make_room(source, id) ? new_row(source, id, values) : NULL;
	if (!row) {
		return ENOMEM;
	}
	row->id = value_id(row->cells[0]);
	if (row->id < 0) {
		ours->n_nameless++;
		free(row);
		return 0;
	}
	ours->rows[ours->n_rows++] = row;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct source_row *const *x = a, *const *y = b;

	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

/* In order of ids, each once. */
static void sort(struct source_table *table)
{
	size_t kept = 0;

	if (table->n_rows == 0) {
		return;
	}
	qsort(table->rows, table->n_rows, sizeof(struct source_row *), by_id);
	for (size_t i = 0; i < table->n_rows; i++) {
		if (kept > 0 && table->rows[kept - 1]->id == table->rows[i]->id) {
			table->n_doubled++;
			free(table->rows[i]);
		} else {
			table->rows[kept++] = table->rows[i];
		}
	}
	table->n_rows = kept;
}

static int check_whole(const struct source *source, struct dump_fault *fault)
{
	for (enum source_id id = SOURCE_PROVIDERS; id < SOURCE_MAX; id++) {
		if (source->tables[id].present) {
			return 0;
		}
	}
	*fault = (struct dump_fault){
		.sentence =
			"none of the calling package's tables (voip_providers, voip_calls ...) is "
			"in it: is it the dump of the CRM's database?"};
	return EINVAL;
}

int source_read(struct source **ret, FILE *file, struct dump_fault *ret_fault)
{
	static const struct dump_handlers handlers = {wants, on_row};
	struct source *source = calloc(1, sizeof(*source));
	int err = source ? dump_read(file, &handlers, source, ret_fault) : ENOMEM;

	if (!err) {
		err = check_whole(source, ret_fault);
	} else if (source && source->missing[0]) {
		vp_strcopy(ret_fault->sentence, sizeof(ret_fault->sentence), source->missing);
	}
	if (err == EFBIG) {
		vp_strcopy(ret_fault->sentence, sizeof(ret_fault->sentence),
			"its rows need more than 4 GiB of memory: dump the last months of "
			"voip_calls "
			"only (mysqldump --where)");
		err = EINVAL;
	}
	if (err) {
		source_free(source);
		return err;
	}
	for (enum source_id id = 0; id < SOURCE_MAX; id++) {
		source->tables[id].name = known[id].name;
		sort(&source->tables[id]);
	}
	*ret = source;
	return 0;
}

static void wipe_row(enum source_id id, struct source_row *row)
{
	if (id == SOURCE_TRUNKS) { /* its old passwords are plain text */
		for (size_t i = 0; known[id].columns[i]; i++) {
			if (row->cells[i]) {
				explicit_bzero(row->cells[i], strlen(row->cells[i]));
			}
		}
	}
	free(row);
}

struct source *source_free(struct source *source)
{
	for (enum source_id id = 0; source && id < SOURCE_MAX; id++) {
		for (size_t i = 0; i < source->tables[id].n_rows; i++) {
			wipe_row(id, source->tables[id].rows[i]);
		}
		free(source->tables[id].rows);
	}
	free(source);
	return NULL;
}

struct source_table *source_table(struct source *source, enum source_id id)
{
	return &source->tables[id];
}

struct source_row *source_find(struct source *source, enum source_id id, const char *row_id)
{
	struct source_table *table = &source->tables[id];
	struct source_row key = {.id = value_id(row_id)};
	const struct source_row *at = &key;
	struct source_row **found;

	if (key.id < 0 || table->n_rows == 0) {
		return NULL;
	}
	found = bsearch(&at, table->rows, table->n_rows, sizeof(struct source_row *), by_id);
	return found ? *found : NULL;
}

const char *source_cell(enum source_id id, const struct source_row *row, const char *column)
{
	for (size_t i = 0; known[id].columns[i]; i++) {
		if (strcmp(column_name(known[id].columns[i]), column) == 0) {
			return row->cells[i] && row->cells[i][0] ? row->cells[i] : NULL;
		}
	}
	return NULL;
}
