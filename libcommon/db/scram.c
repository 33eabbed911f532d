/* libpq makes the verifier: it prepares the text as its own clients will (SASLprep, RFC 4013). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/db/db_int.h"

static int encrypt(PGconn *pg, const char *secret, char **ret)
{
	if (PQstatus(pg) != CONNECTION_OK) {
		return ENOTCONN;
	}
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
	struct db_target *target;
	int err = db_target_create(&target, cfg->url, cfg->password, cfg->app_name);
	if (err) {
		return err;
	}
	PGconn *pg = db_target_connect(target);
	err = pg ? encrypt(pg, secret, ret) : ENOMEM;
	PQfinish(pg);
	db_target_deref(target);
	return err;
}
