#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/domain/contact_list.h"
#include "services/gateway/domain/history.h"
#include "tools/bench/api/cases.h"
#include "tools/bench/api/direct.h"

struct wait {
	bool done;
	int rows;
	json_t *(*page)(
		const struct vp_db_result *res, unsigned limit); /* NULL: rows are only counted */
	unsigned limit;
};

static void on_rows(int err, const struct vp_db_result *res, void *arg)
{
	struct wait *wait = arg;

	wait->done = true;
	wait->rows = err ? -1 : (int)vp_db_rows(res);
	if (err) {
		fprintf(stderr, "bench-api: %s\n", vp_db_result_error(res));
	} else if (wait->page) {
		json_t *page = wait->page(res, wait->limit);
		char *text = json_dumps(page, JSON_COMPACT);

		wait->rows = (int)json_array_size(json_object_get(page, "data"));
		free(text);
		json_decref(page);
	}
}

static int ask(struct vp_db *db, const char *sql, const struct vp_db_param *params, size_t n,
	struct wait *wait)
{
	struct pollfd pfd = {.fd = vp_db_fd(db), .events = POLLIN};

	if (vp_db_query(db, sql, params, n, on_rows, wait, NULL) != 0) {
		return -1;
	}
	while (!wait->done) {
		poll(&pfd, 1, 1000);
		vp_db_drain(db);
	}
	return wait->rows;
}

int direct_sql(struct vp_db *db, const char *sql, const struct vp_db_param *params, size_t n)
{
	struct wait wait = {0};

	return ask(db, sql, params, n, &wait);
}

static int hex(char c)
{
	return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

char *direct_query(const char *path, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = strchr(path, '?'); at; at = strchr(at + 1, '&')) {
		if (strncmp(at + 1, name, len) != 0 || at[1 + len] != '=') {
			continue;
		}
		char *value = strdup(at + 2 + len), *to = value;

		for (const char *from = value; *from && *from != '&'; from++) {
			if (*from == '%') {
				*to++ = (char)(hex(from[1]) * 16 + hex(from[2]));
				from += 2;
			} else {
				*to++ = *from;
			}
		}
		*to = '\0';
		return value;
	}
	return NULL;
}

static int get_history(struct vp_db *db, const char *path, const struct identity *who)
{
	static const char *const names[] = {"direction", "status", "date_from", "date_to", "tz",
		"search", "contact_type", "contact_id", "user_id", "cursor", "limit"};
	char *value[VP_ARRAY_LEN(names)];
	struct history history;
	struct list_fault fault;
	struct vp_db_param params[HISTORY_PARAMS];
	struct wait wait = {.page = history_page};
	int rows = -1;

	for (size_t i = 0; i < VP_ARRAY_LEN(names); i++) {
		value[i] = direct_query(path, names[i]);
	}
	struct history_params query = {value[0], value[1], value[2], value[3], value[4], value[5],
		value[6], value[7], value[8], value[9], value[10]};
	if (history_read(&query, who, &history, &fault)) {
		history_bind(&history, params);
		wait.limit = history.limit;
		rows = ask(db, history_sql, params, HISTORY_PARAMS, &wait);
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(names); i++) {
		free(value[i]);
	}
	return rows;
}

static int get_contacts(struct vp_db *db, const char *path, const struct identity *who)
{
	char *search = direct_query(path, "search"), *cursor = direct_query(path, "cursor"),
	     *limit = direct_query(path, "limit");
	struct contact_list list;
	struct list_fault fault;
	struct vp_db_param params[CONTACT_LIST_PARAMS];
	struct wait wait = {.page = contact_list_page};
	size_t n;
	int rows = -1;

	if (contact_list_read(search, NULL, cursor, limit, who, &list, &fault)) {
		const char *sql = contact_list_bind(&list, params, &n);

		wait.limit = list.limit;
		rows = ask(db, sql, params, n, &wait);
	}
	free(search);
	free(cursor);
	free(limit);
	return rows;
}

int direct_get(struct vp_db *db, const char *user, const char *path, bool all_calls)
{
	struct identity who = {.timezone = "UTC",
		.default_region = "US",
		.permissions = all_calls ? (char *)"|voip|voip.all_calls|voip.recordings.play|"
					 : (char *)"|voip|voip.recordings.play|"};

	if (!vp_uuid_parse(BENCH_ORG, &who.org) || !vp_uuid_parse(user, &who.user)) {
		return -1;
	}
	return strstr(path, "/contacts") ? get_contacts(db, path, &who)
					 : get_history(db, path, &who);
}
