#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/call-controller/ua/precheck.h"
#include "services/call-controller/ua/stack_int.h"

void ua_token(char buf[UA_TOKEN_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t random[(UA_TOKEN_SIZE - 1) / 2];

	vp_random(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++) {
		buf[2 * i] = digits[random[i] >> 4];
		buf[2 * i + 1] = digits[random[i] & 15];
	}
	buf[UA_TOKEN_SIZE - 1] = '\0';
}

struct ua_timers *ua_stack_timers(const struct ua_stack *stack)
{
	return stack->cfg.timers;
}

const char *ua_stack_agent(const struct ua_stack *stack)
{
	return stack->cfg.agent;
}

void ua_stack_local(struct ua_stack *stack, enum ua_tp tp, const struct sa *peer, char *buf)
{
	stack->cfg.local(tp, peer, buf, stack->cfg.arg);
}

int ua_stack_send(struct ua_stack *stack, struct ua_flow *flow, const struct ua_text *text)
{
	return text->full ? EMSGSIZE : stack->cfg.send(flow, text->buf, text->len, stack->cfg.arg);
}

/* A refusal is sent once and forgotten: a repeated request gets it again. */
static void refuse(struct ua_stack *stack, const struct ua_msg *msg, struct ua_verdict verdict)
{
	static struct ua_text extra;
	struct ua_reply reply = {.status = verdict.status, .reason = verdict.reason};

	stack->cfg.on_refused(verdict.status, msg, stack->cfg.arg);
	if (!pl_strcmp(&msg->method, "ACK") || msg->via.host.l == 0) {
		return; /* nobody to tell */
	}
	ua_text_reset(&extra);
	ua_precheck_explain(msg, verdict.status, &extra);
	ua_text_mem(&extra, "", 1);
	if (!extra.full) {
		reply.headers = extra.buf;
		ua_server_refuse_stateless(stack, msg, &reply);
	}
}

static void on_new_request(struct ua_stack *stack, const struct ua_msg *msg)
{
	struct ua_server *server = NULL;

	if (ua_msg_is(msg, "ACK")) {
		stack->cfg.on_request(NULL, msg, stack->cfg.arg);
		return;
	}
	if (ua_server_create(&server, stack, msg)) {
		return;
	}
	if (ua_msg_is(msg, "CANCEL")) {
		(void)ua_server_refuse(server, 481, "Call/Transaction Does Not Exist");
		return;
	}
	stack->cfg.on_request(server, msg, stack->cfg.arg);
}

void ua_stack_input(struct ua_stack *stack, struct ua_msg *msg)
{
	struct ua_verdict verdict;

	if (!msg->request) {
		if (msg->fault || !ua_client_input(stack, msg)) {
			stack->cfg.on_refused(0, msg, stack->cfg.arg);
		}
		return;
	}
	if (!msg->fault && ua_server_input(stack, msg)) {
		return;
	}
	verdict = ua_precheck(msg);
	if (verdict.status) {
		refuse(stack, msg, verdict);
	} else {
		on_new_request(stack, msg);
	}
}

void ua_stack_lost(struct ua_stack *stack, uint64_t conn)
{
	ua_clients_lost(stack, conn);
}

int ua_stack_create(struct ua_stack **ret, const struct ua_stack_cfg *cfg)
{
	struct ua_stack *stack = calloc(1, sizeof(*stack));
	int err;

	if (!stack) {
		return ENOMEM;
	}
	stack->cfg = *cfg;
	err = hash_alloc(&stack->clients, UA_HASH_SIZE);
	if (!err) {
		err = hash_alloc(&stack->servers, UA_HASH_SIZE);
	}
	if (err) {
		ua_stack_destroy(stack);
		return err;
	}
	*ret = stack;
	return 0;
}

struct ua_stack *ua_stack_destroy(struct ua_stack *stack)
{
	if (!stack) {
		return NULL;
	}
	ua_clients_flush(stack);
	ua_servers_flush(stack);
	mem_deref(stack->clients);
	mem_deref(stack->servers);
	free(stack);
	return NULL;
}
