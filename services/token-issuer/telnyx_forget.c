#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/log/log.h"
#include "libcommon/provider/provider.h"
#include "libcommon/provider/telnyx/api.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/telnyx_forget.h"
#include "services/token-issuer/token_issuer.h"

#define TIMEOUT_MS 4000

struct telnyx_forget {
	struct telnyx_forget *next;
	struct token_issuer *issuer;
	struct vp_uuid org, provider;
	struct vp_provider_config *config;
	struct vp_telnyx_account account; /* points into config */
	char **ids;
	size_t n, at, gone;
	struct vp_api_request request;
	struct vp_db_op *reading; /* which there are */
	struct vp_httpc_op *http;
};

static void go_on(struct telnyx_forget *forget);

static void destroy(struct telnyx_forget *forget)
{
	vp_db_cancel(forget->reading);
	vp_httpc_cancel(forget->http);
	vp_api_request_clear(&forget->request);
	vp_provider_config_destroy(forget->config);
	for (size_t i = 0; forget->ids && i < forget->n; i++) {
		free(forget->ids[i]);
	}
	free(forget->ids);
	free(forget);
}

static void finish(struct telnyx_forget *forget)
{
	struct telnyx_forget **at = &forget->issuer->telnyx_forgets;

	if (forget->n > 0) {
		vp_log(INFO, "telnyx.forgotten", VP_KV_INT("deleted", forget->gone),
			VP_KV_INT("left", forget->n - forget->gone));
	}
	while (*at != forget) {
		at = &(*at)->next;
	}
	*at = forget->next;
	forget->issuer->pending--;
	destroy(forget);
}

static void on_row_gone(int err, const struct vp_db_result *res, void *arg)
{
	(void)res;
	(void)arg;
	if (err) {
		vp_log(WARN, "telnyx.row_stays", VP_KV_ERR(err));
	}
}

/* Its row may have gone with the provider's already. */
static void delete_row(const struct telnyx_forget *forget)
{
	(void)vp_db_query(forget->issuer->db,
		"delete from voip.telnyx_credentials where org_id = $1 and provider_id = $2 and "
		"credential_id = $3",
		VP_PARAMS(VP_P_UUID(forget->org), VP_P_UUID(forget->provider),
			VP_P_TEXT(forget->ids[forget->at])),
		on_row_gone, NULL, NULL);
}

static void on_deleted(const struct vp_httpc_reply *reply, void *arg)
{
	struct telnyx_forget *forget = arg;
	struct vp_api_result result;

	forget->http = NULL;
	vp_telnyx_answer(&forget->request, reply, &result);
	if (result.verdict == VP_API_OK || result.verdict == VP_API_NOT_FOUND) {
		delete_row(forget);
		forget->gone++;
	} else {
		vp_log(WARN, "telnyx.credential_stays",
			VP_KV_STR("verdict", vp_api_verdict_word(result.verdict)),
			VP_KV_INT("status", result.status));
	}
	/* with a key that is of no use none of the others will go */
	forget->at = result.verdict == VP_API_LOGIN ? forget->n : forget->at + 1;
	vp_api_result_clear(&result);
	go_on(forget);
}

/* False: this one cannot be asked for. */
static bool send_delete(struct telnyx_forget *forget)
{
	struct vp_httpc_req http;

	vp_api_request_clear(&forget->request);
	if (vp_telnyx_credential_delete(
		    &forget->request, &forget->account, forget->ids[forget->at])) {
		return false;
	}
	forget->request.timeout_ms = TIMEOUT_MS;
	vp_api_request_http(&forget->request, &http);
	return vp_httpc_send(forget->issuer->http, &http, on_deleted, forget, &forget->http) == 0;
}

static void go_on(struct telnyx_forget *forget)
{
	while (forget->at < forget->n && !send_delete(forget)) {
		forget->at++;
	}
	if (forget->at == forget->n) {
		finish(forget);
	}
}

/* What it takes to be let in; NULL: no memory. */
static struct vp_provider_config *login_of(const struct vp_provider_config *config)
{
	static const char *const keys[] = {"api_key", "api_base"};
	struct vp_provider_config *login = vp_provider_config_create();
	int err = 0;

	for (size_t i = 0; i < VP_ARRAY_LEN(keys) && login && !err; i++) {
		err = vp_provider_set(login, keys[i], vp_provider_get(config, NULL, keys[i]));
	}
	return err ? vp_provider_config_destroy(login) : login;
}

/* One in the list, of no credential yet; NULL: no memory. */
static struct telnyx_forget *create(struct token_issuer *issuer, struct vp_uuid org,
	struct vp_uuid provider, const struct vp_provider_config *config)
{
	struct telnyx_forget *forget = calloc(1, sizeof(*forget));

	if (!forget) {
		return NULL;
	}
	forget->config = login_of(config);
	if (!forget->config) {
		free(forget);
		return NULL;
	}
	forget->issuer = issuer;
	forget->org = org;
	forget->provider = provider;
	vp_telnyx_account_of(forget->config, &forget->account);
	forget->next = issuer->telnyx_forgets;
	issuer->telnyx_forgets = forget;
	issuer->pending++;
	return forget;
}

/* Takes copies of as many as there is memory for. */
static void add(struct telnyx_forget *forget, const char *id)
{
	char **ids = realloc(forget->ids, (forget->n + 1) * sizeof(*ids));
	char *copy = ids ? strdup(id) : NULL;

	forget->ids = ids ? ids : forget->ids;
	if (copy) {
		forget->ids[forget->n++] = copy;
	}
}

void telnyx_forget(struct token_issuer *issuer, struct vp_uuid org, struct vp_uuid provider,
	const struct vp_provider_config *config, const char *const *ids, size_t n)
{
	struct telnyx_forget *forget = create(issuer, org, provider, config);

	for (size_t i = 0; forget && i < n && i < TELNYX_FORGET_MAX; i++) {
		add(forget, ids[i]);
	}
	if (forget) {
		go_on(forget);
	}
}

void telnyx_forgets_drop(struct token_issuer *issuer)
{
	while (issuer->telnyx_forgets) {
		struct telnyx_forget *forget = issuer->telnyx_forgets;

		issuer->telnyx_forgets = forget->next;
		destroy(forget);
	}
}

/* --- users who were shut out --- */

static void on_inactive(int err, const struct vp_db_result *res, void *arg)
{
	struct telnyx_forget *forget = arg;

	forget->reading = NULL;
	for (size_t i = 0; !err && i < vp_db_rows(res); i++) {
		add(forget, vp_db_text(res, i, 0));
	}
	go_on(forget);
}

void telnyx_forget_inactive(
	const struct token_request *request, const struct vp_provider_config *config)
{
	struct telnyx_forget *forget =
		create(request->issuer, request->org, request->provider, config);

	if (forget && vp_db_query(request->issuer->db,
			      "select c.credential_id from voip.telnyx_credentials c join "
			      "voip.users u on u.org_id = c.org_id and u.id = c.user_id where "
			      "c.org_id = $1 and c.provider_id = $2 and not u.is_active limit 100",
			      VP_PARAMS(VP_P_UUID(request->org), VP_P_UUID(request->provider)),
			      on_inactive, forget, &forget->reading)) {
		finish(forget);
	}
}
