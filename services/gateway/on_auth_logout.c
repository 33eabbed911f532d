/* POST /api/auth/logout: the session ends here, on the other gateways, and on its sockets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/crypto/crypto.h"
#include "services/gateway/adapters/session_store.h"
#include "services/gateway/cookie.h"
#include "services/gateway/handlers.h"
#include "services/gateway/sockets.h"

struct logout {
	struct gateway *gw;
	struct vp_http_ref *ref;
	uint8_t key[IDENTITY_KEY_SIZE];
	struct vp_uuid org, user;
};

static void on_written(int err, void *arg)
{
	struct logout *logout = arg;
	struct vp_http_req *req = vp_http_ref_req(logout->ref);
	if (err == 0) {
		session_store_forget(logout->gw->sessions, logout->key);
		sockets_announce_logout(
			logout->gw->sockets, logout->org, logout->user, logout->key);
	}
	if (req != NULL && err != 0) {
		answer_db_error(req, "logout", err, NULL);
	} else if (req != NULL) {
		cookie_set(logout->gw, req, NULL);
		answer_json(req, 200, json_pack("{s:b}", "success", 1));
	}
	vp_http_ref_drop(logout->ref);
	free(logout);
}

static int write_logout(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	struct logout *logout)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx == NULL ? ENOMEM : 0;
	if (err == 0) {
		err = vp_db_tx_add(tx, "delete from sessions where id_hash = $1",
			VP_PARAMS(VP_P_BYTES(who->key, IDENTITY_KEY_SIZE)));
	}
	if (err == 0) {
		err = audit_add(tx,
			&(struct audit){
				.who = who, .action = "session.closed", .ip = vp_http_remote(req)});
	}
	if (err != 0) {
		vp_db_tx_destroy(tx);
		return err;
	}
	return vp_db_write(gw->db, tx, on_written, logout);
}

void on_auth_logout(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	if (who->kind != IDENTITY_SESSION) { /* a token is revoked, not signed out */
		answer_json(req, 200, json_pack("{s:b}", "success", 1));
		return;
	}
	struct logout *logout = calloc(1, sizeof(*logout));
	if (logout == NULL) {
		answer_db_error(req, "logout", ENOMEM, NULL);
		return;
	}
	*logout = (struct logout){
		.gw = gw, .ref = vp_http_defer(req), .org = who->org, .user = who->user};
	memcpy(logout->key, who->key, IDENTITY_KEY_SIZE);
	int err = write_logout(gw, req, who, logout);
	if (err != 0) {
		answer_db_error(req, "logout", err, NULL);
		vp_http_ref_drop(logout->ref);
		free(logout);
	}
}
