/* A SIP stack on a virtual clock and a wire that keeps what is sent. */
#ifndef UA_KIT_H
#define UA_KIT_H
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "services/call-controller/ua/leg.h"
#include "services/call-controller/ua/wire.h"
#include "services/call-controller/ua/stack.h"

#define KIT_SENT_MAX 512

static struct ua_timers *timers;
static struct ua_stack *stack;
static struct ua_agent *agent;
static char *sent[KIT_SENT_MAX];
static size_t n_sent;
static int send_result;
static struct sa last_peer; /* where the last one went */
static struct ua_flow flow = {.tp = UA_TP_UDP};

static int kit_send(struct ua_flow *to, const char *data, size_t len, void *arg)
{
	(void)arg;
	last_peer = to->peer;
	cr_assert_lt(n_sent, KIT_SENT_MAX);
	if (send_result == 0) {
		sent[n_sent++] = strndup(data, len);
	}
	return send_result;
}

static void kit_local(enum ua_tp tp, const struct sa *peer, char *buf, void *arg)
{
	(void)tp;
	(void)peer;
	(void)arg;
	snprintf(buf, UA_LOCAL_SIZE, "198.51.100.1:5060");
}

static void kit_request(struct ua_server *server, const struct ua_msg *msg, void *arg);

static void kit_refused(unsigned status, const struct ua_msg *msg, void *arg)
{
	(void)status;
	(void)msg;
	(void)arg;
}

static void kit_up(void)
{
	const struct ua_stack_cfg cfg = {.send = kit_send,
		.local = kit_local,
		.on_request = kit_request,
		.on_refused = kit_refused,
		.agent = "test"};
	struct ua_stack_cfg full = cfg;

	n_sent = 0;
	send_result = 0;
	sa_set_str(&flow.peer, "203.0.113.5", 5060);
	cr_assert_eq(ua_timers_create(&timers, true), 0);
	full.timers = timers;
	cr_assert_eq(ua_stack_create(&stack, &full), 0);
}

static void kit_down(void)
{
	agent = ua_agent_destroy(agent);
	stack = ua_stack_destroy(stack);
	timers = ua_timers_destroy(timers);
	for (size_t i = 0; i < n_sent; i++) {
		free(sent[i]);
	}
}

/* The last message that was sent; "" when none. */
static inline const char *last_sent(void)
{
	return n_sent > 0 ? sent[n_sent - 1] : "";
}

static inline bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static inline size_t count_sent(const char *with)
{
	size_t n = 0;

	for (size_t i = 0; i < n_sent; i++) {
		n += starts(sent[i], with);
	}
	return n;
}

static inline void input(const char *text)
{
	static struct ua_msg msg;
	char *copy = strdup(text);
	size_t used;

	cr_assert_eq(ua_msg_scan(&msg, copy, strlen(copy), false, &used), UA_SCAN_OK);
	msg.flow = flow;
	ua_stack_input(stack, &msg);
	free(copy);
}

/* The value of a header of a message, in a buffer of its own. */
static inline const char *header(const char *text, const char *name)
{
	static char bufs[8][512];
	static int turn;
	char *buf = bufs[turn++ % 8], key[64];
	const char *at, *end;

	snprintf(key, sizeof(key), "\r\n%s: ", name);
	at = strstr(text, key);
	cr_assert_not_null(at, "no %s in %s", name, text);
	at += strlen(key);
	end = strstr(at, "\r\n");
	snprintf(buf, 512, "%.*s", (int)(end - at), at);
	return buf;
}

/* An answer to a request that we sent; tag: of the far side, "" when To has one already. */
static inline void answer(const char *request, unsigned status, const char *tag, const char *more)
{
	char text[4096];

	snprintf(text, sizeof(text),
		"SIP/2.0 %u X\r\nVia: %s\r\nFrom: %s\r\nTo: %s%s%s\r\nCall-ID: %s\r\nCSeq: %s\r\n"
		"%sContent-Length: 0\r\n\r\n",
		status, header(request, "Via"), header(request, "From"), header(request, "To"),
		tag[0] ? ";tag=" : "", tag, header(request, "Call-ID"), header(request, "CSeq"),
		more);
	input(text);
}
#endif
