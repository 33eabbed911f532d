/* Which calls come over, and whose they are. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/call.h"
#include "tools/voip/import/import.h"
#include "tools/voip/import/value.h"

#define CLIENT_USER "client:user_" /* the identity that the package gives its softphones */

static const char *cell(const struct source_row *call, const char *column)
{
	return source_cell(SOURCE_CALLS, call, column);
}

static const char *text_or_none(const char *text)
{
	return text ? text : "";
}

bool calls_comes(const struct import *im, const struct source_row *call, int64_t *ret_started,
	const char **ret_reason)
{
	int64_t at;

	if (call->doubled) {
		*ret_reason = "the same sid as an earlier call";
	} else if (!call_direction(cell(call, "direction"))) {
		*ret_reason = "neither inbound nor outbound";
	} else if (!value_time(cell(call, "started_at"), &at) &&
		   !value_time(cell(call, "created_at"), &at)) {
		*ret_reason = "without a time";
	} else if (at > im->now_us) {
		*ret_reason = "of a time to come";
	} else if (at < im->oldest_us) {
		*ret_reason = "older than calls are kept (--calls-months, also of `voip janitor`)";
	} else {
		*ret_started = at;
		return true;
	}
	return false;
}

/* The number of the other side, and of ours. */
static const char *other_number(const struct source_row *call)
{
	const char *direction = call_direction(cell(call, "direction"));

	return text_or_none(
		cell(call, strcmp(direction, "outbound") == 0 ? "to_number" : "from_number"));
}

struct source_row *calls_contact(
	struct import *im, const struct source_row *call, enum source_id *ret_id)
{
	static const struct {
		enum source_id id;
		const char *column;
	} named[] = {{SOURCE_DEALS, "deal_id"}, {SOURCE_LEADS, "lead_id"},
		{SOURCE_PERSONS, "person_id"}};
	char number[PHONE_TEXT_SIZE];

	for (size_t i = 0; i < VP_ARRAY_LEN(named); i++) {
		struct source_row *row =
			source_find(im->source, named[i].id, cell(call, named[i].column));

		if (row) {
			*ret_id = named[i].id;
			return row;
		}
	}
	*ret_id = SOURCE_PERSONS;
	return phones_read(im, other_number(call), number) ? phones_find(im, number) : NULL;
}

/* "user_7" of "client:user_7", whichever side it stands on. */
static const char *client_user(const struct source_row *call)
{
	static const char *const columns[] = {"from_number", "to_number"};

	for (size_t i = 0; i < VP_ARRAY_LEN(columns); i++) {
		const char *text = text_or_none(cell(call, columns[i]));

		if (strncmp(text, CLIENT_USER, strlen(CLIENT_USER)) == 0) {
			return text + strlen(CLIENT_USER);
		}
	}
	return NULL;
}

struct source_row *calls_user(struct import *im, const struct source_row *call)
{
	const char *id = cell(call, "user_id");

	return source_find(im->source, SOURCE_USERS, id ? id : client_user(call));
}

static int by_sid(const void *a, const void *b)
{
	const struct source_row *const *x = a, *const *y = b;
	int order = strcmp(text_or_none(cell(*x, "sid")), text_or_none(cell(*y, "sid")));

	return order ? order : ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

int calls_mark_doubles(struct import *im)
{
	const struct source_table *table = source_table(im->source, SOURCE_CALLS);
	struct source_row **rows = calloc(table->n_rows + 1, sizeof(struct source_row *));

	if (!rows) {
		return ENOMEM;
	}
	for (size_t i = 0; i < table->n_rows; i++) {
		rows[i] = table->rows[i];
	}
	qsort(rows, table->n_rows, sizeof(struct source_row *), by_sid);
	for (size_t i = 1; i < table->n_rows; i++) {
		const char *sid = cell(rows[i], "sid");

		rows[i]->doubled = sid && strcmp(sid, text_or_none(cell(rows[i - 1], "sid"))) == 0;
	}
	free(rows);
	return 0;
}
