/* Sockets outlive the request that opened them, so their session, token or user is looked at again
 * every few seconds, all with one query. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "services/gateway/adapters/session_store.h"
#include "services/gateway/sockets_int.h"

#define TOUCH_TICKS 300

/* Who is still good, as text: the hash of a session or token, or the id of a user. */
#define GOOD " and u.is_active join orgs o on o.id = u.org_id and o.status = 'active' "
static const char sql[] =
	"select encode(s.id_hash, 'hex') from sessions s join users u on u.org_id = s.org_id and "
	"u.id = s.user_id" GOOD "where s.id_hash = any($1::bytea[]) and s.expires_at > "
	"$3::timestamptz "
	"union all select encode(t.token_hash, 'hex') from api_tokens t join users u on u.org_id = "
	"t.org_id and u.id = t.user_id" GOOD "where t.token_hash = any($1::bytea[]) and "
	"t.revoked_at is null and (t.expires_at is null or t.expires_at > $3::timestamptz) "
	"union all select u.id::text from unnest($2::uuid[]) x(id) join users u on u.id = x.id" GOOD
	"order by 1";
/* An open softphone is activity: its session does not go idle. */
static const char sql_touch[] = "update sessions set last_seen_at = $2 where id_hash = "
				"any($1::bytea[]) and last_seen_at < $2";

static void key_text(const struct socket *socket, char text[2 * IDENTITY_KEY_SIZE + 1])
{
	if (socket->who->kind == IDENTITY_TICKET) {
		vp_uuid_text(socket->who->user, text);
	} else {
		vp_hex(socket->who->key, IDENTITY_KEY_SIZE, text);
	}
}

/* Walks all sockets; they may not be added or removed meanwhile. */
static void each_socket(
	struct sockets *sockets, void (*h)(struct socket *socket, void *arg), void *arg)
{
	for (size_t i = 0; i < CHANNEL_BUCKETS; i++) {
		for (struct channel *c = sockets->channels[i]; c != NULL; c = c->next) {
			for (struct socket *s = c->first; s != NULL; s = s->next) {
				h(s, arg);
			}
		}
	}
}

struct lists {
	FILE *keys, *users;
	const char *key_comma, *user_comma;
};

static void list_socket(struct socket *socket, void *arg)
{
	struct lists *lists = arg;
	char text[2 * IDENTITY_KEY_SIZE + 1];
	key_text(socket, text);
	if (socket->who->kind == IDENTITY_TICKET) {
		fprintf(lists->users, "%s%s", lists->user_comma, text);
		lists->user_comma = ",";
	} else {
		fprintf(lists->keys, "%s\"\\\\x%s\"", lists->key_comma, text);
		lists->key_comma = ",";
	}
}

static int compare(const void *key, const void *row)
{
	return strcmp(key, *(char *const *)row);
}

struct valid {
	const char **texts;
	size_t n;
	const struct recheck *recheck;
};

static uint64_t number_of(const struct socket *socket)
{
	return strtoull(strrchr(socket->session, '/') + 1, NULL, 10);
}

static void judge_socket(struct socket *socket, void *arg)
{
	const struct valid *valid = arg;
	char text[2 * IDENTITY_KEY_SIZE + 1];
	if (number_of(socket) > valid->recheck->last_number) {
		return;
	}
	key_text(socket, text);
	if (valid->n == 0 ||
		bsearch(text, valid->texts, valid->n, sizeof(*valid->texts), compare) == NULL) {
		socket_bye(socket, "signed_out", CLOSE_SIGNED_OUT);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void on_rows(int err, const struct vp_db_result *res, void *arg)
{
	struct recheck *recheck = arg;
	struct valid valid = {.recheck = recheck};
	if (err == 0) {
		valid.n = vp_db_rows(res);
		valid.texts = calloc(valid.n + 1, sizeof(*valid.texts));
	}
	if (valid.texts != NULL) {
		for (size_t i = 0; i < valid.n; i++) {
			valid.texts[i] = vp_db_text(res, i, 0);
		}
		/* the database sorts by its own collation */
		qsort(valid.texts, valid.n, sizeof(*valid.texts), by_text);
		each_socket(recheck->sockets, judge_socket, &valid);
	}
	free(valid.texts);
	recheck->sockets->rechecking = false;
}

static void on_touched(int err, const struct vp_db_result *res, void *arg)
{
	(void)err;
	(void)res;
	(void)arg;
}

static void ask(struct sockets *sockets, const char *keys, const char *users)
{
	struct recheck *recheck = &sockets->recheck;
	if (sockets->rechecking) {
		return; /* the database is slow: its answer tells of these too */
	}
	*recheck = (struct recheck){sockets, sockets->last_number};
	int64_t now_us = vp_time_us();
	sockets->rechecking =
		vp_db_query(sockets->gw->db, sql,
			VP_PARAMS(VP_P_TEXT(keys), VP_P_TEXT(users), VP_P_TIME(now_us)), on_rows,
			recheck, NULL) == 0;
	if (sockets->ticks % TOUCH_TICKS == 0) {
		vp_db_query(sockets->gw->db, sql_touch,
			VP_PARAMS(VP_P_TEXT(keys), VP_P_TIME(now_us)), on_touched, NULL, NULL);
	}
}

void sockets_recheck(struct sockets *sockets)
{
	char *keys = NULL, *users = NULL;
	size_t len;
	if (sockets->n_sockets == 0) {
		return;
	}
	struct lists lists = {open_memstream(&keys, &len), open_memstream(&users, &len), "{", "{"};
	if (lists.keys != NULL && lists.users != NULL) {
		each_socket(sockets, list_socket, &lists);
		fputs(lists.key_comma[0] == '{' ? "{}" : "}", lists.keys);
		fputs(lists.user_comma[0] == '{' ? "{}" : "}", lists.users);
	}
	bool ok = lists.keys != NULL && fclose(lists.keys) == 0;
	ok = lists.users != NULL && fclose(lists.users) == 0 && ok;
	if (ok) {
		ask(sockets, keys, users);
	}
	free(keys);
	free(users);
}
