/* What tools ask a server at once, blocking: whether it lets us in, and how it wants a password. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/db/db_int.h"

static int open_now(const struct vp_db_cfg *cfg, PGconn **ret)
{
	struct db_target *target;
	int err = db_target_create(&target, cfg->url, cfg->password, cfg->app_name);
	if (err) {
		return err;
	}
	PGconn *pg = db_target_connect(target);
	db_target_deref(target);
	if (!pg) {
		return ENOMEM;
	}
	*ret = pg;
	return 0;
}

static int status_of(PGconn *pg)
{
	if (PQstatus(pg) == CONNECTION_OK) {
		return 0;
	}
	/* it asked for a password: it is there, and trying again will not help */
	return PQconnectionNeedsPassword(pg) || PQconnectionUsedPassword(pg) ? EACCES : ENOTCONN;
}

int vp_db_probe(const struct vp_db_cfg *cfg, char *why, size_t size)
{
	PGconn *pg = NULL;
	int err = open_now(cfg, &pg);
	if (err) {
		vp_strcopy(why, size, strerror(err));
		return err;
	}
	err = status_of(pg);
	snprintf(why, size, "%s", err ? PQerrorMessage(pg) : "");
	why[strcspn(why, "\n")] = '\0';
	PQfinish(pg);
	return err;
}

static int encrypt(PGconn *pg, const char *secret, char **ret)
{
	/* the verifier is no role's in particular: the name matters to md5 alone */
	char *text = PQencryptPasswordConn(pg, secret, "", "scram-sha-256");
	char *copy = text ? strdup(text) : NULL;
	PQfreemem(text);
	if (!copy) {
		return ENOMEM;
	}
	*ret = copy;
	return 0;
}

int vp_db_scram(const struct vp_db_cfg *cfg, const char *secret, char **ret)
{
	PGconn *pg = NULL;
	int err = open_now(cfg, &pg);
	if (!err) {
		err = status_of(pg);
	}
	if (!err) {
		err = encrypt(pg, secret, ret);
	}
	PQfinish(pg);
	return err;
}
