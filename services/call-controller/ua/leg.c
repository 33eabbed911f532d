#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/leg_int.h"

struct ua_timers *leg_timers(const struct ua_leg *leg)
{
	return ua_stack_timers(leg->agent->cfg.stack);
}

struct ua_stack *leg_stack(const struct ua_leg *leg)
{
	return leg->agent->cfg.stack;
}

struct ua_credentials leg_credentials(const struct ua_leg *leg)
{
	return (struct ua_credentials){
		.username = leg->username, .password = leg->password, .realm = leg->realm};
}

int leg_set_sdp(struct ua_leg *leg, const char *sdp, size_t len)
{
	char *copy;

	if (len > UA_SDP_MAX) {
		return EMSGSIZE;
	}
	copy = strndup(sdp ? sdp : "", len);
	if (!copy) {
		return ENOMEM;
	}
	free(leg->sdp);
	leg->sdp = copy;
	leg->sdp_len = len;
	return 0;
}

struct ua_leg *leg_new(struct ua_agent *agent)
{
	struct ua_leg *leg = calloc(1, sizeof(*leg));

	if (leg) {
		leg->agent = agent;
	}
	return leg;
}

void leg_link(struct ua_leg *leg)
{
	hash_append(leg->agent->legs, hash_joaat_str(leg->dialog.call_id), &leg->le, leg);
	leg->agent->n_legs++;
}

static void wipe(char *secret)
{
	if (secret) {
		explicit_bzero(secret, strlen(secret));
	}
	free(secret);
}

void leg_destroy(struct ua_leg *leg)
{
	struct ua_timers *timers = leg_timers(leg);

	if (leg->le.list) {
		hash_unlink(&leg->le);
		leg->agent->n_legs--;
	}
	ua_timer_stop(timers, &leg->response);
	ua_timer_stop(timers, &leg->again);
	ua_timer_stop(timers, &leg->session_due);
	ua_client_forget(leg->invite);
	ua_client_forget(leg->reinvite);
	ua_client_forget(leg->request);
	if (leg->server) {
		ua_server_own(leg->server, &(struct ua_server_handlers){0}, NULL);
	}
	ua_dialog_free(&leg->dialog);
	free(leg->username);
	wipe(leg->password);
	free(leg->realm);
	free(leg->headers);
	free(leg->request_headers);
	free(leg->sdp);
	free(leg->ack);
	free(leg);
}

void leg_ended(struct ua_leg *leg, enum ua_end_how how, unsigned status, const struct ua_msg *msg)
{
	void (*on_end)(struct ua_leg *, const struct ua_end *, void *) = leg->handlers.on_end;
	const int64_t wait = msg ? ua_msg_number(msg, UA_HDR_RETRY_AFTER, 86400) : -1;
	const struct ua_end end = {
		.how = how, .status = status, .retry_after_s = wait > 0 ? (unsigned)wait : 0};
	void *arg = leg->arg;

	memset(&leg->handlers, 0, sizeof(leg->handlers));
	if (on_end) {
		on_end(leg, &end, arg);
	}
	if (how == UA_END_EXPIRED && leg->state == LEG_UP) {
		leg_bye(leg);
	} else {
		leg_destroy(leg);
	}
}

void ua_leg_own(struct ua_leg *leg, const struct ua_leg_handlers *handlers, void *arg)
{
	leg->handlers = *handlers;
	leg->arg = arg;
}

void ua_leg_set_timer(struct ua_leg *leg, bool session_timer)
{
	leg->session.wanted_s = session_timer ? UA_SESSION_DEFAULT_S : 0;
	if (!session_timer) {
		leg->session.expires_s = 0;
	}
}

void ua_leg_drop(struct ua_leg *leg, unsigned status, const char *reason)
{
	if (!leg) {
		return;
	}
	memset(&leg->handlers, 0, sizeof(leg->handlers));
	switch (leg->state) {
	case LEG_CALLING: leg_cancel(leg); break;
	case LEG_INCOMING:
		if (leg->server) {
			(void)ua_server_refuse(leg->server, status, reason);
		}
		leg_destroy(leg);
		break;
	case LEG_ACCEPTED: leg->end_wanted = true; break;
	case LEG_UP: leg_bye(leg); break;
	case LEG_ENDING: break;
	}
}

const char *ua_leg_call_id(const struct ua_leg *leg)
{
	return leg->dialog.call_id;
}

const struct sa *ua_leg_peer(const struct ua_leg *leg)
{
	return &leg->dialog.flow.peer;
}

/* --- agent: which leg a request is for --- */

static struct ua_leg *leg_find(struct ua_agent *agent, const struct ua_msg *msg)
{
	const uint32_t key = hash_joaat((const uint8_t *)msg->call_id.p, msg->call_id.l);

	for (struct le *le = list_head(hash_list(agent->legs, key)); le; le = le->next) {
		struct ua_leg *leg = le->data;

		if (ua_dialog_match(&leg->dialog, msg)) {
			return leg;
		}
	}
	return NULL;
}

/* The same request over another path (section 8.2.2.2). */
static bool is_merged(struct ua_agent *agent, const struct ua_msg *msg)
{
	const uint32_t key = hash_joaat((const uint8_t *)msg->call_id.p, msg->call_id.l);

	for (struct le *le = list_head(hash_list(agent->legs, key)); le; le = le->next) {
		struct ua_leg *leg = le->data;

		if (!leg->outgoing && !pl_strcmp(&msg->call_id, leg->dialog.call_id) &&
			!pl_strcmp(&msg->from.tag, leg->dialog.remote_tag) &&
			msg->cseq.num == leg->dialog.remote_seq) {
			return true;
		}
	}
	return false;
}

static void on_new_invite(
	struct ua_agent *agent, struct ua_server *server, const struct ua_msg *msg)
{
	struct ua_leg *leg;

	if (is_merged(agent, msg)) {
		(void)ua_server_refuse(server, 482, "Loop Detected");
		return;
	}
	leg = leg_new(agent);
	if (!leg || ua_dialog_receive(&leg->dialog, msg, ua_server_tag(server))) {
		free(leg);
		(void)ua_server_refuse(server, 500, "Server Internal Error");
		return;
	}
	leg->state = LEG_INCOMING;
	leg->session.wanted_s = UA_SESSION_DEFAULT_S;
	leg->offer_in_ack = msg->body.l == 0;
	leg_link(leg);
	leg_own_server(leg, server);
	if (ua_session_offered(&leg->session, msg) == 422) {
		const struct ua_reply reply = {.status = 422,
			.reason = "Session Interval Too Small",
			.headers = "Min-SE: 90\r\n"};

		(void)ua_server_reply(server, &reply);
		leg_destroy(leg);
		return;
	}
	agent->cfg.on_invite(leg, msg, agent->cfg.arg);
}

static void on_options(struct ua_agent *agent, struct ua_server *server, const struct ua_msg *msg)
{
	const unsigned status = agent->cfg.on_options(msg, agent->cfg.arg);
	const struct ua_reply reply = {.status = status,
		.reason = status == 200 ? "OK" : "Service Unavailable",
		.headers = "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE\r\n"
			   "Accept: application/sdp\r\nAccept-Encoding: identity\r\n"
			   "Accept-Language: en\r\nSupported: timer\r\n"};

	(void)ua_server_reply(server, &reply);
}

void ua_agent_request(struct ua_agent *agent, struct ua_server *server, const struct ua_msg *msg)
{
	struct ua_leg *leg = msg->to.tag.l > 0 ? leg_find(agent, msg) : NULL;

	if (leg) {
		leg_input(leg, server, msg);
	} else if (!server) {
		return; /* an ACK of nothing we know */
	} else if (ua_msg_is(msg, "OPTIONS")) {
		on_options(agent, server, msg);
	} else if (ua_msg_is(msg, "INVITE") && msg->to.tag.l == 0) {
		on_new_invite(agent, server, msg);
	} else {
		(void)ua_server_refuse(server, 481, "Call/Transaction Does Not Exist");
	}
}

unsigned ua_agent_legs(const struct ua_agent *agent)
{
	return agent->n_legs;
}

int ua_agent_create(struct ua_agent **ret, const struct ua_agent_cfg *cfg)
{
	struct ua_agent *agent = calloc(1, sizeof(*agent));
	int err;

	if (!agent) {
		return ENOMEM;
	}
	agent->cfg = *cfg;
	err = hash_alloc(&agent->legs, 4096);
	if (err) {
		free(agent);
		return err;
	}
	*ret = agent;
	return 0;
}

static bool any(struct le *le, void *arg)
{
	(void)le;
	(void)arg;
	return true;
}

struct ua_agent *ua_agent_destroy(struct ua_agent *agent)
{
	struct le *le;

	if (!agent) {
		return NULL;
	}
	while ((le = hash_apply(agent->legs, any, NULL)) != NULL) {
		leg_destroy(le->data);
	}
	mem_deref(agent->legs);
	free(agent);
	return NULL;
}
