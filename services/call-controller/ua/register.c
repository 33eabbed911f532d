#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/backoff.h"
#include "services/call-controller/ua/dialog.h"
#include "services/call-controller/ua/register.h"

#define EXPIRES_MIN_S 30
#define EXPIRES_MAX_S 86400

struct ua_register {
	struct ua_register_cfg cfg;
	char *username, *password, *realm;
	struct ua_dialog dialog; /* only its Call-ID, From and To: a REGISTER makes none */
	struct ua_digest digest;
	struct ua_client *client;
	struct ua_timer next;
	unsigned expires_s; /* asked for */
	unsigned failures;
	bool up;
	bool leaving; /* nobody owns it; it frees itself after the registrar's answer */
	ua_register_checked_h *checked; /* who waits for the next outcome */
	void *checked_arg;
};

static void on_response(int err, const struct ua_msg *msg, void *arg);

static int send_register(struct ua_register *reg, unsigned expires_s, const char *auth)
{
	static struct ua_text text, extra;
	char branch[UA_BRANCH_SIZE], local[96];
	const struct ua_request request = {.method = "REGISTER",
		.seq = ++reg->dialog.local_seq,
		.branch = branch,
		.headers = extra.buf};
	const enum ua_tp tp = reg->cfg.flow.tp;

	ua_branch(branch);
	ua_stack_local(reg->cfg.stack, tp, &reg->cfg.flow.peer, local);
	ua_text_reset(&extra);
	ua_text_fmt(&extra, "Contact: <sip:%s@%s%s>\r\nExpires: %u\r\n", reg->dialog.contact, local,
		tp == UA_TP_UDP   ? ""
		: tp == UA_TP_TCP ? ";transport=tcp"
				  : ";transport=tls",
		expires_s);
	ua_text_add(&extra, auth ? auth : "");
	ua_text_mem(&extra, "", 1);
	reg->dialog.flow = reg->cfg.flow;
	ua_dialog_write(&reg->dialog, reg->cfg.stack, &request, &text);
	ua_client_forget(reg->client);
	return extra.full ? EMSGSIZE
			  : ua_client_start(&reg->client, reg->cfg.stack, &reg->cfg.flow, branch,
				    &text, on_response, reg);
}

static void on_next(void *arg);

static void wait_ms(struct ua_register *reg, int64_t ms)
{
	ua_timer_start(ua_stack_timers(reg->cfg.stack), &reg->next, ms, on_next, reg);
}

static void reg_free(struct ua_register *reg);

static void tell_checked(
	struct ua_register *reg, bool registered, const struct ua_msg *msg, const char *reason)
{
	ua_register_checked_h *h = reg->checked;

	reg->checked = NULL;
	if (h) {
		h(registered, msg, reason, reg->checked_arg);
	}
}

/* msg: the registrar's answer, or NULL */
static void failed(
	struct ua_register *reg, const struct ua_msg *msg, const char *reason, unsigned asked_s)
{
	if (reg->leaving) {
		reg_free(reg);
		return;
	}
	reg->up = false;
	reg->failures++;
	wait_ms(reg, ua_backoff_ms(reg->failures, rand_u32(), asked_s));
	reg->cfg.on_state(false, msg ? msg->status : 0, reason, reg->cfg.arg);
	tell_checked(reg, false, msg, reason);
}

static void on_next(void *arg)
{
	struct ua_register *reg = arg;

	memset(&reg->digest, 0, sizeof(reg->digest));
	if (send_register(reg, reg->expires_s, NULL)) {
		failed(reg, NULL, "transport", 0);
	}
}

/* Parameter expires of our Contact, else Expires. */
static unsigned granted(const struct ua_register *reg, const struct ua_msg *msg)
{
	int64_t expires = ua_msg_number(msg, UA_HDR_EXPIRES, EXPIRES_MAX_S);
	const struct pl *val;
	struct pl rest, item, param;
	struct ua_addr addr;

	for (size_t at = 0; (val = ua_msg_next(msg, UA_HDR_CONTACT, &at)) != NULL;) {
		for (rest = *val; ua_list_next(&rest, &item);) {
			if (ua_addr_decode(&addr, &item) == 0 &&
				!pl_strcmp(&addr.parsed.user, reg->dialog.contact) &&
				ua_param(&addr.params, "expires", &param)) {
				expires = ua_number(&param, EXPIRES_MAX_S);
			}
		}
	}
	return expires > 0 ? (unsigned)expires : reg->expires_s;
}

static void on_success(struct ua_register *reg, const struct ua_msg *msg)
{
	const unsigned expires = MAX(granted(reg, msg), EXPIRES_MIN_S);
	const bool was_up = reg->up;

	if (reg->leaving) {
		reg_free(reg);
		return;
	}
	reg->up = true;
	reg->failures = 0;
	wait_ms(reg, (int64_t)expires * 850);
	if (!was_up) {
		reg->cfg.on_state(true, msg->status, "", reg->cfg.arg);
	}
	tell_checked(reg, true, msg, "");
}

static void on_challenge(struct ua_register *reg, const struct ua_msg *msg)
{
	static struct ua_text auth;
	const struct ua_credentials cred = {
		.username = reg->username, .password = reg->password, .realm = reg->realm};
	enum ua_digest_verdict verdict;

	ua_text_reset(&auth);
	verdict = ua_digest_answer(&reg->digest, &cred, msg, "REGISTER", reg->dialog.target, &auth);
	ua_text_mem(&auth, "", 1);
	if (verdict != UA_DIGEST_OK || auth.full) {
		failed(reg, msg,
			verdict == UA_DIGEST_REFUSED ? "wrong_password" : "cannot_authenticate", 0);
	} else if (send_register(reg, reg->leaving ? 0 : reg->expires_s, auth.buf)) {
		failed(reg, NULL, "transport", 0);
	}
}

static void on_response(int err, const struct ua_msg *msg, void *arg)
{
	struct ua_register *reg = arg;
	int64_t num;

	if (err) {
		failed(reg, NULL, err == ETIMEDOUT ? "timeout" : "transport", 0);
	} else if (msg->status < 200) {
		return;
	} else if (msg->status < 300) {
		on_success(reg, msg);
	} else if (msg->status == 401 || msg->status == 407) {
		on_challenge(reg, msg);
	} else if (msg->status == 423 && !reg->leaving &&
		   (num = ua_msg_number(msg, UA_HDR_MIN_EXPIRES, EXPIRES_MAX_S)) > reg->expires_s) {
		reg->expires_s = (unsigned)num;
		on_next(reg);
	} else {
		num = ua_msg_number(msg, UA_HDR_RETRY_AFTER, EXPIRES_MAX_S);
		failed(reg, msg, "refused", num > 0 ? (unsigned)num : 0);
	}
}

static char *dup_or_null(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void reg_free(struct ua_register *reg)
{
	ua_timer_stop(ua_stack_timers(reg->cfg.stack), &reg->next);
	ua_client_forget(reg->client);
	ua_dialog_free(&reg->dialog);
	free(reg->username);
	if (reg->password) {
		explicit_bzero(reg->password, strlen(reg->password));
	}
	free(reg->password);
	free(reg->realm);
	free(reg);
}

int ua_register_create(struct ua_register **ret, const struct ua_register_cfg *cfg)
{
	static struct ua_text aor;
	struct ua_register *reg = calloc(1, sizeof(*reg));
	struct ua_dialog_cfg dialog = {.local = aor.buf,
		.remote = aor.buf,
		.target = cfg->registrar,
		.route = cfg->route,
		.contact = cfg->contact,
		.flow = cfg->flow};
	int err;

	if (!reg) {
		return ENOMEM;
	}
	ua_text_reset(&aor);
	ua_text_fmt(&aor, "<%s>", cfg->aor);
	reg->cfg = *cfg;
	reg->expires_s = cfg->expires_s;
	err = ua_dialog_start(&reg->dialog, &dialog);
	if (err) {
		free(reg);
		return err;
	}
	reg->username = dup_or_null(cfg->cred.username);
	reg->password = dup_or_null(cfg->cred.password);
	reg->realm = dup_or_null(cfg->cred.realm);
	wait_ms(reg, 1);
	*ret = reg;
	return 0;
}

void ua_register_set_flow(struct ua_register *reg, const struct ua_flow *flow)
{
	if (flow->tp != reg->cfg.flow.tp || !sa_cmp(&flow->peer, &reg->cfg.flow.peer, SA_ALL) ||
		flow->tls != reg->cfg.flow.tls) {
		reg->cfg.flow = *flow;
		if (reg->failures == 0) {
			wait_ms(reg, 1);
		}
	}
}

bool ua_register_up(const struct ua_register *reg)
{
	return reg && reg->up;
}

int ua_register_check(struct ua_register *reg, ua_register_checked_h *h, void *arg)
{
	if (reg->checked) {
		return EBUSY;
	}
	reg->checked = h;
	reg->checked_arg = arg;
	wait_ms(reg, 0);
	return 0;
}

void ua_register_uncheck(struct ua_register *reg)
{
	reg->checked = NULL;
}

struct ua_register *ua_register_destroy(struct ua_register *reg)
{
	if (!reg) {
		return NULL;
	}
	tell_checked(reg, false, NULL, "gone");
	ua_timer_stop(ua_stack_timers(reg->cfg.stack), &reg->next);
	memset(&reg->digest, 0, sizeof(reg->digest));
	reg->leaving = true;
	if (!reg->up || send_register(reg, 0, NULL)) {
		reg_free(reg);
	}
	return NULL;
}
