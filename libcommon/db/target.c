/* Where to connect: the operator's URL with our defaults in front of it, which it may override. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/db/db_int.h"

struct db_target {
	atomic_uint refs; /* the threads that connect hold one each */
	char *url;
	char *password; /* NULL: what the URL says */
	char *app_name;
	bool several_hosts;
};

static void wipe(char *secret)
{
	if (secret) {
		explicit_bzero(secret, strlen(secret));
	}
	free(secret);
}

static int look_at(struct db_target *target)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(target->url, &why);
	PQfreemem(why);
	if (!options) {
		return EINVAL;
	}
	for (const PQconninfoOption *o = options; o->keyword; o++) {
		bool host = strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "hostaddr") == 0;
		if (host && o->val && strchr(o->val, ',')) {
			target->several_hosts = true;
		}
	}
	PQconninfoFree(options);
	return 0;
}

int db_target_create(
	struct db_target **ret, const char *url, const char *password, const char *app_name)
{
	int err = ENOMEM;
	struct db_target *target = calloc(1, sizeof(*target));
	if (!target) {
		return ENOMEM;
	}
	atomic_init(&target->refs, 1);
	target->url = strdup(url);
	target->app_name = strdup(app_name ? app_name : "ringmain");
	target->password = password ? strdup(password) : NULL;
	if (!target->url || !target->app_name || (password && !target->password)) {
		goto out;
	}
	err = look_at(target);
	if (err) {
		goto out;
	}
	*ret = target;
	return 0;
out:
	db_target_deref(target);
	return err;
}

struct db_target *db_target_ref(struct db_target *target)
{
	atomic_fetch_add(&target->refs, 1);
	return target;
}

struct db_target *db_target_deref(struct db_target *target)
{
	if (target && atomic_fetch_sub(&target->refs, 1) == 1) {
		wipe(target->url);
		wipe(target->password);
		free(target->app_name);
		free(target);
	}
	return NULL;
}

static void ignore_notice(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

PGconn *db_target_connect(const struct db_target *target)
{
	/* libpq lets a later word override an earlier one, and expands the URL in "dbname" */
	const char *const words[] = {"fallback_application_name", "connect_timeout",
		"client_encoding", "keepalives_idle", "keepalives_interval", "keepalives_count",
		"tcp_user_timeout", "target_session_attrs", "dbname", "password", NULL};
	const char *const values[] = {target->app_name, DB_CONNECT_TIMEOUT_S, "UTF8", "10", "5",
		"3", "10000", target->several_hosts ? "read-write" : "any", target->url,
		target->password, NULL};
	PGconn *pg = PQconnectdbParams(words, values, 1);
	if (pg) {
		PQsetNoticeProcessor(pg, ignore_notice, NULL);
	}
	return pg;
}
