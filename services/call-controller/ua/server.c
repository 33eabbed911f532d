/* Server transactions: RFC 3261 sections 17.2.1 (INVITE) and 17.2.2, RFC 6026 section 7.1. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/stack_int.h"

enum server_state { OPEN, ACCEPTED, COMPLETED, CONFIRMED };

struct ua_server {
	struct le le;
	struct ua_stack *stack;
	enum server_state state;
	bool invite;
	bool has_to_tag; /* the request was inside a dialog */
	struct ua_flow flow;
	char *key;
	char *head; /* Via, From, Call-ID, CSeq and the To header without its end */
	size_t head_len;
	char *routes; /* Record-Route lines */
	char tag[UA_TOKEN_SIZE];
	char *response; /* the last one sent */
	size_t response_len;
	int64_t repeat_ms;
	struct ua_timer repeat; /* G, and 100 Trying */
	struct ua_timer end;    /* H, I, J, L */
	struct ua_server_handlers handlers;
	void *arg;
};

/* What identifies the transaction (section 17.2.3). Peers of RFC 2543 have no branch: all that
 * makes a request unique stands in for it. */
static bool make_key(const struct ua_msg *msg, struct pl *method, char key[UA_KEY_MAX])
{
	const struct ua_via *via = &msg->via;
	int n;

	if (via->rfc3261) {
		n = re_snprintf(key, UA_KEY_MAX, "%r|%r|%u|%r", &via->branch, &via->host, via->port,
			method);
	} else {
		n = re_snprintf(key, UA_KEY_MAX, "|%r|%r|%u|%u|%r|%r|%r", &via->branch, &via->host,
			via->port, msg->cseq.num, &msg->call_id, &msg->from.tag, method);
	}
	return n >= 0 && n < UA_KEY_MAX - 1;
}

static uint32_t key_hash(const char *key)
{
	return hash_joaat_str(key);
}

static void server_destroy(struct ua_server *server)
{
	const struct ua_server_handlers handlers = server->handlers;
	void *arg = server->arg;

	ua_timer_stop(server->stack->cfg.timers, &server->repeat);
	ua_timer_stop(server->stack->cfg.timers, &server->end);
	if (server->le.list) {
		hash_unlink(&server->le);
		server->stack->n_servers--;
	}
	free(server->key);
	free(server->head);
	free(server->routes);
	free(server->response);
	free(server);
	if (handlers.on_gone) {
		handlers.on_gone(arg);
	}
}

static bool reliable(const struct ua_server *server)
{
	return server->flow.tp != UA_TP_UDP;
}

static void transmit(struct ua_server *server)
{
	if (server->response) {
		(void)server->stack->cfg.send(&server->flow, server->response, server->response_len,
			server->stack->cfg.arg);
	}
}

/* --- response head --- */

/* Our top Via with where the request really came from (section 18.2.1, RFC 3581 section 4). */
static void write_top_via(const struct ua_msg *msg, struct ua_text *text)
{
	const struct ua_via *via = &msg->via;
	const char *p = via->params.p, *end = via->params.p + via->params.l, *next;
	struct pl name, val;

	ua_text_add(text, "Via: SIP/2.0/");
	ua_text_pl(text, &via->transport);
	ua_text_mem(text, " ", 1);
	if (memchr(via->host.p, ':', via->host.l)) {
		ua_text_fmt(text, "[%.*s]", (int)via->host.l, via->host.p);
	} else {
		ua_text_pl(text, &via->host);
	}
	if (via->port) {
		ua_text_mem(text, ":", 1);
		ua_text_num(text, via->port);
	}
	while (p < end && (next = ua_param_next(p, end, &name, &val)) != NULL) {
		if (!pl_strcasecmp(&name, "rport")) {
			ua_text_add(text, ";rport=");
			ua_text_num(text, sa_port(&msg->flow.peer));
		} else if (pl_strcasecmp(&name, "received")) {
			const struct pl raw = {.p = name.p, .l = (size_t)(next - name.p)};

			ua_text_mem(text, ";", 1);
			ua_text_pl(text, &raw);
		}
		p = next;
	}
	{
		char ip[64];

		(void)re_snprintf(ip, sizeof(ip), "%j", &msg->flow.peer);
		if (via->rport || pl_strcmp(&via->host, ip)) {
			ua_text_add(text, ";received=");
			ua_text_add(text, ip);
		}
	}
	ua_text_mem(text, "\r\n", 2);
}

static void write_vias(const struct ua_msg *msg, struct ua_text *text)
{
	const struct pl *val;
	struct ua_via via;
	struct pl rest;
	size_t at = 0;

	val = ua_msg_next(msg, UA_HDR_VIA, &at);
	write_top_via(msg, text);
	if (val && ua_via_decode(&via, val, &rest) == 0) {
		ua_trim(&rest);
		if (rest.l > 0) {
			ua_text_header(text, "Via", &rest);
		}
	}
	while ((val = ua_msg_next(msg, UA_HDR_VIA, &at)) != NULL) {
		ua_text_header(text, "Via", val);
	}
}

static void write_known(
	const struct ua_msg *msg, enum ua_hdr id, const char *name, struct ua_text *text)
{
	const struct pl *val = ua_msg_header(msg, id);

	if (val) {
		ua_text_header(text, name, val);
	}
}

static int save_head(struct ua_server *server, const struct ua_msg *msg)
{
	static struct ua_text text;
	const struct pl *val, *to = ua_msg_header(msg, UA_HDR_TO);

	ua_text_reset(&text);
	for (size_t at = 0; (val = ua_msg_next(msg, UA_HDR_RECORD_ROUTE, &at)) != NULL;) {
		ua_text_header(&text, "Record-Route", val);
	}
	server->routes = text.len > 0 && !text.full ? strndup(text.buf, text.len) : NULL;
	ua_text_reset(&text);
	write_vias(msg, &text);
	write_known(msg, UA_HDR_FROM, "From", &text);
	write_known(msg, UA_HDR_CALL_ID, "Call-ID", &text);
	write_known(msg, UA_HDR_CSEQ, "CSeq", &text);
	ua_text_add(&text, "To: ");
	if (to) {
		ua_text_pl(&text, to);
	} else {
		ua_text_add(&text, "<sip:unknown@invalid>");
	}
	if (text.full) {
		return EMSGSIZE;
	}
	server->head = malloc(text.len);
	if (!server->head) {
		return ENOMEM;
	}
	memcpy(server->head, text.buf, text.len);
	server->head_len = text.len;
	return 0;
}

/* Where answers go (section 18.2.2, RFC 3581 section 4). */
static void set_reply_flow(struct ua_server *server, const struct ua_msg *msg)
{
	server->flow = msg->flow;
	if (msg->flow.tp == UA_TP_UDP && !msg->via.rport) {
		sa_set_port(&server->flow.peer, msg->via.port ? msg->via.port : 5060);
	}
}

/* --- timers --- */

static void on_end(void *arg)
{
	struct ua_server *server = arg;
	void (*no_ack)(void *) = server->state == ACCEPTED && ua_timer_running(&server->repeat)
					 ? server->handlers.on_no_ack
					 : NULL;
	void *owner = server->arg;

	server_destroy(server);
	if (no_ack) {
		no_ack(owner);
	}
}

static void on_repeat(void *arg)
{
	struct ua_server *server = arg;

	transmit(server);
	server->repeat_ms = MIN(server->repeat_ms * 2, UA_T2_MS);
	ua_timer_start(
		server->stack->cfg.timers, &server->repeat, server->repeat_ms, on_repeat, server);
}

static void on_trying(void *arg)
{
	struct ua_server *server = arg;
	const struct ua_reply trying = {.status = 100, .reason = "Trying"};

	(void)ua_server_reply(server, &trying);
}

static void start_timers(struct ua_server *server, unsigned status)
{
	struct ua_timers *timers = server->stack->cfg.timers;
	const bool accepted = server->invite && status < 300;

	ua_timer_stop(timers, &server->repeat);
	if (status < 200) {
		return;
	}
	server->state = accepted ? ACCEPTED : COMPLETED;
	/* a 2xx is repeated on any transport, since a proxy may have taken it from TCP to UDP */
	if (server->invite && (accepted || !reliable(server))) {
		server->repeat_ms = UA_T1_MS;
		ua_timer_start(timers, &server->repeat, UA_T1_MS, on_repeat, server);
	}
	ua_timer_start(timers, &server->end,
		server->invite || !reliable(server) ? UA_TIMEOUT_MS : UA_T1_MS, on_end, server);
}

/* --- what the owner calls --- */

void ua_server_own(struct ua_server *server, const struct ua_server_handlers *handlers, void *arg)
{
	server->handlers = *handlers;
	server->arg = arg;
}

const char *ua_server_tag(const struct ua_server *server)
{
	return server->tag;
}

bool ua_server_answered(const struct ua_server *server)
{
	return server->state != OPEN;
}

static void write_reply(
	const struct ua_server *server, const struct ua_reply *reply, struct ua_text *text)
{
	char local[96];

	ua_text_add(text, "SIP/2.0 ");
	ua_text_num(text, reply->status);
	ua_text_mem(text, " ", 1);
	ua_text_add(text, reply->reason);
	ua_text_mem(text, "\r\n", 2);
	ua_text_mem(text, server->head, server->head_len);
	if (reply->status > 100 && !server->has_to_tag) {
		ua_text_add(text, ";tag=");
		ua_text_add(text, server->tag);
	}
	ua_text_mem(text, "\r\n", 2);
	if (reply->dialog && server->routes) {
		ua_text_add(text, server->routes);
	}
	if (reply->dialog) {
		server->stack->cfg.local(
			server->flow.tp, &server->flow.peer, local, server->stack->cfg.arg);
		ua_text_fmt(text, "Contact: <sip:%s%s%s%s>\r\n",
			reply->contact ? reply->contact : "", reply->contact ? "@" : "", local,
			server->flow.tp == UA_TP_UDP   ? ""
			: server->flow.tp == UA_TP_TCP ? ";transport=tcp"
						       : ";transport=tls");
	}
	ua_text_add(text, "Server: ");
	ua_text_add(text, server->stack->cfg.agent);
	ua_text_mem(text, "\r\n", 2);
	if (reply->headers) {
		ua_text_add(text, reply->headers);
	}
	ua_text_body(text, "application/sdp", reply->body, reply->body_len);
}

int ua_server_reply(struct ua_server *server, const struct ua_reply *reply)
{
	static struct ua_text text;
	char *copy;

	if (server->state != OPEN) {
		return EALREADY;
	}
	ua_text_reset(&text);
	write_reply(server, reply, &text);
	copy = text.full ? NULL : malloc(text.len);
	if (!copy) {
		return text.full ? EMSGSIZE : ENOMEM;
	}
	memcpy(copy, text.buf, text.len);
	free(server->response);
	server->response = copy;
	server->response_len = text.len;
	transmit(server);
	start_timers(server, reply->status);
	return 0;
}

int ua_server_refuse(struct ua_server *server, unsigned status, const char *reason)
{
	const struct ua_reply reply = {.status = status, .reason = reason};

	return ua_server_reply(server, &reply);
}

void ua_server_acked(struct ua_server *server)
{
	if (server->state == ACCEPTED) {
		ua_timer_stop(server->stack->cfg.timers, &server->repeat);
	}
}

/* --- requests --- */

static struct ua_server *server_find(struct ua_stack *stack, const char *key)
{
	for (struct le *le = list_head(hash_list(stack->servers, key_hash(key))); le;
		le = le->next) {
		struct ua_server *server = le->data;

		if (strcmp(server->key, key) == 0) {
			return server;
		}
	}
	return NULL;
}

static void on_ack(struct ua_server *server)
{
	if (server->state == COMPLETED) {
		server->state = CONFIRMED;
		ua_timer_stop(server->stack->cfg.timers, &server->repeat);
		ua_timer_start(server->stack->cfg.timers, &server->end,
			reliable(server) ? 1 : UA_T4_MS, on_end, server);
	}
}

static void on_cancel(struct ua_stack *stack, struct ua_server *invite, const struct ua_msg *msg)
{
	struct ua_server *server;

	if (ua_server_create(&server, stack, msg)) {
		return;
	}
	/* the same tag in both answers (section 9.2) */
	memcpy(server->tag, invite->tag, sizeof(server->tag));
	(void)ua_server_refuse(server, 200, "OK");
	if (invite->state == OPEN && invite->handlers.on_cancel) {
		invite->handlers.on_cancel(invite->arg);
	}
}

bool ua_server_input(struct ua_stack *stack, const struct ua_msg *msg)
{
	struct pl method = msg->method;
	char key[UA_KEY_MAX];
	struct ua_server *server;

	if (!pl_strcmp(&method, "ACK")) {
		pl_set_str(&method, "INVITE");
	}
	if (!make_key(msg, &method, key)) {
		return false;
	}
	server = server_find(stack, key);
	if (server && ua_msg_is(msg, "ACK")) {
		on_ack(server);
		return server->state != ACCEPTED; /* that ACK belongs to the dialog */
	}
	if (server) {
		if (server->state != ACCEPTED && server->state != CONFIRMED) {
			transmit(server);
		}
		return true;
	}
	if (ua_msg_is(msg, "CANCEL")) {
		pl_set_str(&method, "INVITE");
		server = make_key(msg, &method, key) ? server_find(stack, key) : NULL;
		if (server) {
			on_cancel(stack, server, msg);
			return true;
		}
	}
	return false;
}

int ua_server_create(struct ua_server **ret, struct ua_stack *stack, const struct ua_msg *msg)
{
	struct ua_server *server;
	struct pl method = msg->method;
	char key[UA_KEY_MAX];
	int err;

	if (!make_key(msg, &method, key)) {
		return EMSGSIZE;
	}
	if (stack->n_servers >= UA_SERVERS_MAX) {
		return ENOBUFS;
	}
	server = calloc(1, sizeof(*server));
	if (!server) {
		return ENOMEM;
	}
	server->stack = stack;
	server->invite = ua_msg_is(msg, "INVITE");
	server->has_to_tag = msg->to.tag.l > 0;
	set_reply_flow(server, msg);
	ua_token(server->tag);
	server->key = strdup(key);
	err = server->key ? save_head(server, msg) : ENOMEM;
	if (err) {
		server_destroy(server);
		return err;
	}
	hash_append(stack->servers, key_hash(key), &server->le, server);
	stack->n_servers++;
	/* nobody may stay unanswered for ever */
	ua_timer_start(stack->cfg.timers, &server->end,
		server->invite ? 10 * 60 * 1000 : UA_TIMEOUT_MS, on_end, server);
	if (server->invite) {
		ua_timer_start(stack->cfg.timers, &server->repeat, UA_TRYING_MS, on_trying, server);
	}
	*ret = server;
	return 0;
}

void ua_server_refuse_stateless(
	struct ua_stack *stack, const struct ua_msg *msg, const struct ua_reply *reply)
{
	struct ua_server *server;

	if (ua_server_create(&server, stack, msg) == 0) {
		(void)ua_server_reply(server, reply);
		server_destroy(server);
	}
}

static bool any(struct le *le, void *arg)
{
	(void)le;
	(void)arg;
	return true;
}

void ua_servers_flush(struct ua_stack *stack)
{
	struct le *le;

	while (stack->servers && (le = hash_apply(stack->servers, any, NULL)) != NULL) {
		server_destroy(le->data);
	}
}
