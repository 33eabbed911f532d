#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/log/log.h"
#include "libcommon/provider/provider.h"
#include "libcommon/provider/telnyx/api.h"
#include "services/token-issuer/request.h"
#include "services/token-issuer/telnyx_forget.h"
#include "services/token-issuer/telnyx_job.h"
#include "services/token-issuer/telnyx_tokens.h"
#include "services/token-issuer/token_issuer.h"

#define TIMEOUT_MS 4000 /* of each request: gateway waits 5 s, and asks again */
#define TOKEN_MAX 8192

struct telnyx_job {
	struct telnyx_job *next;
	struct token_issuer *issuer;
	struct token_request *waiting; /* the first began it */
	struct vp_provider_config *config;
	struct vp_telnyx_account account; /* points into config */
	struct telnyx_credential credential, replaced;
	bool renewed; /* the stored credential is gone at Telnyx; not twice */
	struct vp_api_request request;
	struct vp_httpc_op *http;
	void (*on_answer)(struct telnyx_job *job, const struct vp_httpc_reply *reply);
};

static void find(struct telnyx_job *job);
static void make(struct telnyx_job *job);
static void fetch_token(struct telnyx_job *job);

static void job_free(struct telnyx_job *job)
{
	vp_httpc_cancel(job->http);
	vp_api_request_clear(&job->request);
	vp_provider_config_destroy(job->config);
	free(job);
}

static void unlink_job(struct telnyx_job *job)
{
	struct telnyx_job **at = &job->issuer->telnyx_jobs;

	while (*at != job) {
		at = &(*at)->next;
	}
	*at = job->next;
}

/* Everybody who waited gets the token (NULL: the refusal), and the job is gone. */
static void finish(struct telnyx_job *job, const struct telnyx_token *token,
	enum token_verdict verdict, const char *sentence)
{
	struct token_request *request = job->waiting;

	unlink_job(job);
	while (request) {
		struct token_request *next = request->next;

		if (token) {
			token_send(request, &(struct token_answer){.token = token->text,
						    .identity = token->sip_username,
						    .connection_id = token->connection_id,
						    .phone_base = token->phone_base,
						    .expires_at = token->expires_s});
		} else {
			token_refuse(request, verdict, sentence);
		}
		request = next;
	}
	job_free(job);
}

static void fail(struct telnyx_job *job, const struct vp_api_result *result)
{
	bool away = result->verdict == VP_API_AWAY || result->verdict == VP_API_UNKNOWN ||
		    result->verdict == VP_API_BUSY;

	vp_log(WARN, "telnyx.failed", VP_KV_STR("org", job->waiting->claims.org),
		VP_KV_STR("verdict", vp_api_verdict_word(result->verdict)),
		VP_KV_INT("status", result->status), VP_KV_STR("code", result->code));
	finish(job, NULL, away ? TOKEN_AWAY : TOKEN_REFUSED, result->sentence);
}

static void on_reply(const struct vp_httpc_reply *reply, void *arg)
{
	struct telnyx_job *job = arg;

	job->http = NULL;
	job->on_answer(job, reply);
}

/* err is the builder's. */
static void send_request(struct telnyx_job *job, int err, struct vp_api_request *request,
	void (*on_answer)(struct telnyx_job *job, const struct vp_httpc_reply *reply))
{
	struct vp_httpc_req http;

	if (err) {
		finish(job, NULL, err == EINVAL ? TOKEN_INCOMPLETE : TOKEN_FAILED, NULL);
		return;
	}
	vp_api_request_clear(&job->request);
	job->request = *request;
	job->request.timeout_ms = TIMEOUT_MS;
	job->on_answer = on_answer;
	vp_api_request_http(&job->request, &http);
	if (vp_httpc_send(job->issuer->http, &http, on_reply, job, &job->http) != 0) {
		finish(job, NULL, TOKEN_AWAY, NULL);
	}
}

/* --- token --- */
static bool read_token(
	struct telnyx_job *job, const struct vp_httpc_reply *reply, struct telnyx_token *ret)
{
	const char *base = vp_provider_get(job->config, NULL, "phone_base");
	size_t len = reply->len;

	while (len > 0 && strchr(" \t\r\n", reply->body[len - 1])) {
		len--;
	}
	*ret = (struct telnyx_token){.fetched_s = vp_time_us() / 1000000,
		.expires_s = vp_telnyx_token_expiry(reply->body, len)};
	if (len == 0 || len > TOKEN_MAX || ret->expires_s <= ret->fetched_s) {
		return false;
	}
	vp_strcopy(ret->sip_username, TELNYX_ID_SIZE, job->credential.sip_username);
	vp_strcopy(ret->connection_id, TELNYX_ID_SIZE, job->credential.connection_id);
	vp_strcopy(ret->credential_id, TELNYX_ID_SIZE, job->credential.credential_id);
	vp_strcopy(ret->phone_base, TELNYX_BASE_SIZE, base ? base : "");
	ret->text = strndup(reply->body, len);
	return ret->text != NULL;
}

static void on_token(struct telnyx_job *job, const struct vp_httpc_reply *reply)
{
	struct vp_api_result result;
	struct telnyx_token token;

	vp_telnyx_answer(&job->request, reply, &result);
	if (result.verdict == VP_API_NOT_FOUND && !job->renewed) {
		/* somebody deleted it at Telnyx */
		job->renewed = true;
		job->replaced = job->credential;
		make(job);
	} else if (result.verdict != VP_API_OK) {
		fail(job, &result);
	} else if (!read_token(job, reply, &token)) {
		finish(job, NULL, TOKEN_AWAY,
			"Telnyx answered with something that is no token. Try again in a moment.");
	} else {
		telnyx_tokens_keep(job->issuer->telnyx_tokens, job->waiting, &token, vp_mono_us());
		finish(job, &token, TOKEN_OK, NULL);
	}
}

static void fetch_token(struct telnyx_job *job)
{
	struct vp_api_request request;
	int err =
		vp_telnyx_credential_token(&request, &job->account, job->credential.credential_id);

	send_request(job, err, &request, on_token);
}

/* --- store --- */
static void on_deleted(const struct vp_httpc_reply *reply, void *arg)
{
	(void)arg;
	vp_log(INFO, "telnyx.deleted", VP_KV_INT("status", reply->status));
}

/* A credential that nobody will use: best effort, what stays does no harm. */
static void delete_credential(struct telnyx_job *job, const char *credential_id)
{
	struct vp_api_request request;
	struct vp_httpc_req http;

	if (vp_telnyx_credential_delete(&request, &job->account, credential_id) == 0) {
		vp_api_request_http(&request, &http);
		vp_httpc_send(job->issuer->http, &http, on_deleted, NULL, NULL);
		vp_api_request_clear(&request);
	}
}

static void on_stored(int err, const struct vp_db_result *res, void *arg)
{
	struct telnyx_job *job = arg;
	struct telnyx_credential kept;

	if (err || vp_db_rows(res) == 0) {
		vp_log(WARN, "telnyx.not_stored", VP_KV_ERR(err));
		finish(job, NULL, TOKEN_UNAVAILABLE, NULL);
		return;
	}
	credential_read(res, &kept);
	if (strcmp(kept.credential_id, job->credential.credential_id) != 0) {
		/* another token issuer was quicker */
		delete_credential(job, job->credential.credential_id);
	} else if (job->replaced.credential_id[0] != '\0' && !job->renewed) {
		delete_credential(job, job->replaced.credential_id);
	}
	job->credential = kept;
	fetch_token(job);
}

static void store(struct telnyx_job *job)
{
	const struct token_request *first = job->waiting;

	if (credential_store(job->issuer->db, first->org, first->provider, first->user,
		    &job->credential, job->replaced.credential_id, on_stored, job) != 0) {
		finish(job, NULL, TOKEN_UNAVAILABLE, NULL);
	}
}

/* --- find, make --- */
static bool read_credential(struct telnyx_job *job, const struct json_t *data)
{
	const char *id = vp_telnyx_text(data, "id");
	const char *username = vp_telnyx_text(data, "sip_username");
	struct telnyx_credential *credential = &job->credential;

	return id && username && vp_strcopy(credential->credential_id, TELNYX_ID_SIZE, id) &&
	       vp_strcopy(credential->sip_username, TELNYX_ID_SIZE, username) &&
	       vp_strcopy(credential->connection_id, TELNYX_ID_SIZE,
		       vp_provider_get(job->config, NULL, "credential_connection_id"));
}

static void on_made(struct telnyx_job *job, const struct vp_httpc_reply *reply)
{
	struct vp_api_result result;

	vp_telnyx_answer(&job->request, reply, &result);
	if (result.verdict != VP_API_OK) {
		fail(job, &result);
	} else if (!read_credential(job, vp_telnyx_data(result.json))) {
		finish(job, NULL, TOKEN_AWAY,
			"Telnyx answered with something that is no credential. Try again in a "
			"moment.");
	} else {
		store(job);
	}
	vp_api_result_clear(&result);
}

static void name_of(const struct telnyx_job *job, char name[TOKEN_IDENTITY_SIZE])
{
	token_identity(job->waiting->user, name);
}

static void make(struct telnyx_job *job)
{
	char name[TOKEN_IDENTITY_SIZE];
	struct vp_api_request request;
	int err;

	name_of(job, name);
	err = vp_telnyx_credential_create(&request, &job->account,
		vp_provider_get(job->config, NULL, "credential_connection_id"), name, NULL);
	send_request(job, err, &request, on_made);
}

/* Of our connection, and still good. */
static bool is_ours(const struct telnyx_job *job, const struct json_t *data)
{
	const char *resource = vp_telnyx_text(data, "resource_id"), *colon;
	const char *name = vp_telnyx_text(data, "name");
	char wanted[TOKEN_IDENTITY_SIZE];

	name_of(job, wanted);
	colon = resource ? strchr(resource, ':') : NULL;
	return colon && name && strcmp(name, wanted) == 0 &&
	       strcmp(colon + 1, vp_provider_get(job->config, NULL, "credential_connection_id")) ==
		       0 &&
	       !json_is_true(json_object_get(data, "expired"));
}

static void on_found(struct telnyx_job *job, const struct vp_httpc_reply *reply)
{
	const struct json_t *data;
	struct vp_api_result result;
	bool found = false;

	vp_telnyx_answer(&job->request, reply, &result);
	if (result.verdict != VP_API_OK && result.verdict != VP_API_NOT_FOUND) {
		fail(job, &result);
		return;
	}
	for (size_t i = 0; !found && (data = vp_telnyx_data_at(result.json, i)); i++) {
		found = is_ours(job, data) && read_credential(job, data);
	}
	vp_api_result_clear(&result);
	if (found) {
		store(job);
	} else {
		make(job);
	}
}

/* One that was made and not stored (a timeout, the database away) is taken up again. */
static void find(struct telnyx_job *job)
{
	char name[TOKEN_IDENTITY_SIZE];
	struct vp_api_request request;
	int err;

	name_of(job, name);
	err = vp_telnyx_credential_find(&request, &job->account, name);
	send_request(job, err, &request, on_found);
}

/* --- jobs --- */
static struct telnyx_job *job_create(
	struct token_request *request, const struct vp_provider_config *config)
{
	static const char *const keys[] = {
		"api_key", "api_base", "credential_connection_id", "phone_base"};
	struct telnyx_job *job = calloc(1, sizeof(*job));
	int err = 0;

	if (!job) {
		return NULL;
	}
	job->issuer = request->issuer;
	job->config = vp_provider_config_create();
	for (size_t i = 0; i < VP_ARRAY_LEN(keys) && job->config && !err; i++) {
		err = vp_provider_set(job->config, keys[i], vp_provider_get(config, NULL, keys[i]));
	}
	if (!job->config || err) {
		job_free(job);
		return NULL;
	}
	vp_telnyx_account_of(job->config, &job->account);
	job->waiting = request;
	job->next = request->issuer->telnyx_jobs;
	request->issuer->telnyx_jobs = job;
	return job;
}

void telnyx_job_start(struct token_request *request, const struct vp_provider_config *config)
{
	const char *connection = vp_provider_get(config, NULL, "credential_connection_id");
	struct telnyx_job *job;

	if (!connection) {
		token_refuse(request, TOKEN_INCOMPLETE,
			"Calls from browsers need a credential connection. An administrator has it "
			"made under Settings > VoIP > Providers, or enters its ID.");
		return;
	}
	telnyx_forget_inactive(request, config); /* as often as somebody's token is fetched */
	job = job_create(request, config);
	if (!job) {
		token_refuse(request, TOKEN_FAILED, NULL);
	} else if (strcmp(request->telnyx.connection_id, connection) == 0) {
		job->credential = request->telnyx;
		fetch_token(job);
	} else {
		job->replaced = request->telnyx;
		find(job);
	}
}

bool telnyx_job_join(struct token_request *request)
{
	for (struct telnyx_job *job = request->issuer->telnyx_jobs; job; job = job->next) {
		struct token_request *first = job->waiting;

		if (memcmp(&first->user, &request->user, 16) == 0 &&
			memcmp(&first->provider, &request->provider, 16) == 0 &&
			memcmp(first->settings, request->settings, VP_SHA256_SIZE) == 0) {
			request->next = first->next;
			first->next = request;
			return true;
		}
	}
	return false;
}

void telnyx_jobs_drop(struct token_issuer *issuer)
{
	while (issuer->telnyx_jobs) {
		struct telnyx_job *job = issuer->telnyx_jobs;

		issuer->telnyx_jobs = job->next;
		while (job->waiting) {
			struct token_request *request = job->waiting;

			job->waiting = request->next;
			free(request);
		}
		job_free(job);
	}
}
