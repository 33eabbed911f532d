/* Client transactions: RFC 3261 sections 17.1.1 (INVITE) and 17.1.2, RFC 6026 section 7.2. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/stack_int.h"

enum client_state { TRYING, PROCEEDING, COMPLETED, ACCEPTED };

struct ua_client {
	struct le le;
	struct ua_stack *stack;
	enum client_state state;
	bool invite;
	bool cancel_wanted;
	struct ua_flow flow;
	char *branch;
	char *request;
	size_t request_len;
	int64_t repeat_ms;
	struct ua_timer repeat;  /* A, E */
	struct ua_timer end;     /* B, D, F, K, M */
	struct ua_client **slot; /* the owner's pointer */
	ua_client_h *handler;    /* NULL: nobody is interested any more */
	void *arg;
};

void ua_client_forget(struct ua_client *client)
{
	if (!client) {
		return;
	}
	if (client->slot) {
		*client->slot = NULL;
	}
	client->slot = NULL;
	client->handler = NULL;
}

static uint32_t branch_hash(const struct pl *branch)
{
	return hash_joaat((const uint8_t *)branch->p, branch->l);
}

static void client_destroy(struct ua_client *client)
{
	ua_client_forget(client);
	ua_timer_stop(client->stack->cfg.timers, &client->repeat);
	ua_timer_stop(client->stack->cfg.timers, &client->end);
	hash_unlink(&client->le);
	free(client->branch);
	free(client->request);
	free(client);
}

static void client_fail(struct ua_client *client, int err)
{
	ua_client_h *handler = client->handler;
	void *arg = client->arg;

	client_destroy(client);
	if (handler) {
		handler(err, NULL, arg);
	}
}

static bool reliable(const struct ua_client *client)
{
	return client->flow.tp != UA_TP_UDP;
}

static int transmit(struct ua_client *client)
{
	return client->stack->cfg.send(
		&client->flow, client->request, client->request_len, client->stack->cfg.arg);
}

static void on_end(void *arg)
{
	struct ua_client *client = arg;

	if (client->state == COMPLETED || client->state == ACCEPTED) {
		client_destroy(client);
	} else {
		client_fail(client, ETIMEDOUT);
	}
}

static void on_repeat(void *arg)
{
	struct ua_client *client = arg;

	(void)transmit(client);
	client->repeat_ms *= 2;
	if (!client->invite) {
		client->repeat_ms =
			client->state == PROCEEDING ? UA_T2_MS : MIN(client->repeat_ms, UA_T2_MS);
	}
	ua_timer_start(
		client->stack->cfg.timers, &client->repeat, client->repeat_ms, on_repeat, client);
}

int ua_client_start(struct ua_client **slot, struct ua_stack *stack, const struct ua_flow *flow,
	const char *branch, const struct ua_text *request, ua_client_h *h, void *arg)
{
	struct ua_client *client = calloc(1, sizeof(*client));
	struct pl key;
	int err = ENOMEM;

	if (!client || request->full) {
		free(client);
		return client ? EMSGSIZE : ENOMEM;
	}
	client->stack = stack;
	client->flow = *flow;
	client->invite = strncmp(request->buf, "INVITE ", 7) == 0;
	client->branch = strdup(branch);
	client->request = malloc(request->len);
	client->request_len = request->len;
	if (!client->branch || !client->request) {
		goto out;
	}
	memcpy(client->request, request->buf, request->len);
	pl_set_str(&key, client->branch);
	hash_append(stack->clients, branch_hash(&key), &client->le, client);
	err = transmit(client);
	if (err) {
		goto out;
	}
	client->handler = h;
	client->arg = arg;
	ua_timer_start(stack->cfg.timers, &client->end, UA_TIMEOUT_MS, on_end, client);
	if (!reliable(client)) {
		client->repeat_ms = UA_T1_MS;
		ua_timer_start(stack->cfg.timers, &client->repeat, UA_T1_MS, on_repeat, client);
	}
	client->slot = slot;
	if (slot) {
		*slot = client;
	}
	return 0;
out:
	client_destroy(client);
	return err;
}

/* --- ACK and CANCEL, made of the request they belong to --- */

/* Both repeat the INVITE's Request-URI, top Via, Route, From, Call-ID and CSeq number; to NULL: the
 * INVITE's own To. */
static bool derive(const struct ua_client *client, const char *method, const struct pl *to,
	struct ua_text *text)
{
	static struct ua_msg invite; /* large; used within this function only */
	char *copy = malloc(client->request_len);
	const struct pl *val;
	size_t used;
	bool made = false;

	if (!copy) {
		return false;
	}
	memcpy(copy, client->request, client->request_len);
	if (ua_msg_scan(&invite, copy, client->request_len, false, &used) == UA_SCAN_OK) {
		ua_text_reset(text);
		ua_text_add(text, method);
		ua_text_mem(text, " ", 1);
		ua_text_pl(text, &invite.ruri);
		ua_text_add(text, " SIP/2.0\r\n");
		ua_text_header(text, "Via", ua_msg_header(&invite, UA_HDR_VIA));
		for (size_t at = 0; (val = ua_msg_next(&invite, UA_HDR_ROUTE, &at)) != NULL;) {
			ua_text_header(text, "Route", val);
		}
		ua_text_header(text, "From", ua_msg_header(&invite, UA_HDR_FROM));
		ua_text_header(text, "To", to ? to : ua_msg_header(&invite, UA_HDR_TO));
		ua_text_header(text, "Call-ID", &invite.call_id);
		ua_text_add(text, "CSeq: ");
		ua_text_num(text, invite.cseq.num);
		ua_text_mem(text, " ", 1);
		ua_text_add(text, method);
		ua_text_add(text, "\r\nMax-Forwards: 70\r\n");
		ua_text_body(text, NULL, NULL, 0);
		made = !text->full;
	}
	free(copy);
	return made;
}

static void send_ack(struct ua_client *client, const struct ua_msg *msg)
{
	static struct ua_text text;

	if (derive(client, "ACK", ua_msg_header(msg, UA_HDR_TO), &text)) {
		(void)ua_stack_send(client->stack, &client->flow, &text);
	}
}

static void send_cancel(struct ua_client *client)
{
	static struct ua_text text;

	if (derive(client, "CANCEL", NULL, &text)) {
		(void)ua_client_start(
			NULL, client->stack, &client->flow, client->branch, &text, NULL, NULL);
	}
	/* no final response to the INVITE in 32 s: gone (section 9.1) */
	ua_timer_start(client->stack->cfg.timers, &client->end, UA_TIMEOUT_MS, on_end, client);
}

void ua_client_cancel(struct ua_client *client)
{
	if (!client || client->cancel_wanted || client->state >= COMPLETED) {
		return;
	}
	client->cancel_wanted = true;
	ua_timer_stop(client->stack->cfg.timers, &client->repeat);
	if (client->state == PROCEEDING) {
		send_cancel(client);
	}
}

/* --- responses --- */

static void on_provisional(struct ua_client *client, const struct ua_msg *msg)
{
	const bool first = client->state == TRYING;

	if (client->state >= COMPLETED) {
		return;
	}
	client->state = PROCEEDING;
	if (client->invite) {
		ua_timer_stop(client->stack->cfg.timers, &client->repeat);
		ua_timer_stop(client->stack->cfg.timers, &client->end);
	}
	if (first && client->cancel_wanted) {
		send_cancel(client);
	}
	if (client->handler) {
		client->handler(0, msg, client->arg);
	}
}

/* A 2xx of an INVITE keeps the transaction for its repetitions; each goes up. */
static void on_accepted(struct ua_client *client, const struct ua_msg *msg)
{
	if (client->state < COMPLETED) {
		client->state = ACCEPTED;
		ua_timer_start(
			client->stack->cfg.timers, &client->end, UA_TIMEOUT_MS, on_end, client);
	}
	if (client->handler) {
		client->handler(0, msg, client->arg);
	}
}

static void on_final(struct ua_client *client, const struct ua_msg *msg)
{
	ua_client_h *handler = client->handler;
	void *arg = client->arg;

	if (client->invite) {
		send_ack(client, msg); /* also for each repetition */
	}
	if (client->state >= COMPLETED) {
		return;
	}
	client->state = COMPLETED;
	ua_client_forget(client);
	if (reliable(client)) {
		client_destroy(client);
	} else {
		ua_timer_start(client->stack->cfg.timers, &client->end,
			client->invite ? UA_TIMEOUT_MS : UA_T4_MS, on_end, client);
	}
	if (handler) {
		handler(0, msg, arg);
	}
}

static struct ua_client *client_find(struct ua_stack *stack, const struct ua_msg *msg)
{
	struct list *bucket = hash_list(stack->clients, branch_hash(&msg->via.branch));
	const bool cancel = !pl_strcmp(&msg->cseq.method, "CANCEL");

	for (struct le *le = list_head(bucket); le; le = le->next) {
		struct ua_client *client = le->data;

		if (!pl_strcmp(&msg->via.branch, client->branch) &&
			cancel == (strncmp(client->request, "CANCEL ", 7) == 0)) {
			return client;
		}
	}
	return NULL;
}

bool ua_client_input(struct ua_stack *stack, const struct ua_msg *msg)
{
	struct ua_client *client = msg->via.rfc3261 ? client_find(stack, msg) : NULL;

	if (!client) {
		return false;
	}
	if (client->state < COMPLETED) {
		ua_timer_stop(stack->cfg.timers, &client->repeat);
		if (!client->invite && msg->status < 200 && !reliable(client)) {
			client->repeat_ms = UA_T2_MS;
			ua_timer_start(
				stack->cfg.timers, &client->repeat, UA_T2_MS, on_repeat, client);
		}
	}
	if (msg->status < 200) {
		on_provisional(client, msg);
	} else if (client->invite && msg->status < 300) {
		on_accepted(client, msg);
	} else {
		on_final(client, msg);
	}
	return true;
}

/* --- all of them --- */

static bool on_same_conn(struct le *le, void *arg)
{
	const struct ua_client *client = le->data;

	return client->flow.conn == *(uint64_t *)arg && client->state < COMPLETED;
}

void ua_clients_lost(struct ua_stack *stack, uint64_t conn)
{
	struct le *le;

	/* a handler may end others: start again after each */
	while ((le = hash_apply(stack->clients, on_same_conn, &conn)) != NULL) {
		client_fail(le->data, ECONNRESET);
	}
}

static bool any(struct le *le, void *arg)
{
	(void)le;
	(void)arg;
	return true;
}

void ua_clients_flush(struct ua_stack *stack)
{
	struct le *le;

	while (stack->clients && (le = hash_apply(stack->clients, any, NULL)) != NULL) {
		client_fail(le->data, ECONNABORTED);
	}
}
