/* One libre SIP stack bound to one address. Calls in arrive at the stack of --listen; calls to a
 * target leave from that of --from-address, because a trunk is known by its source address. */
#ifndef DEMO_CARRIER_STACK_H
#define DEMO_CARRIER_STACK_H
#include "tools/demo-carrier/libre.h"
#include <stdio.h>

struct stack {
	struct sip *sip;
	struct sipsess_sock *sock;
	struct sip_lsnr *listener;
	struct sa address;
	FILE *trace;
};

struct stack_cfg {
	const char *listen; /* "127.0.0.1:5070"; port 0: any */
	FILE *trace;        /* each message is written there */
	sipsess_conn_h *on_invite;
	sip_msg_h *on_request; /* sees each request outside INVITE handling; true: taken */
	void *arg;
};

/* The stack must stay where it is: libre keeps its address. */
int stack_open(struct stack *stack, const struct stack_cfg *cfg);
void stack_close(struct stack *stack);
#endif
