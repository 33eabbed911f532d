/* What stack.c, client.c and server.c share. */
#ifndef UA_STACK_INT_H
#define UA_STACK_INT_H
#include "services/call-controller/ua/stack.h"

#define UA_HASH_SIZE 8192
#define UA_KEY_MAX 512
#define UA_SERVERS_MAX 65536 /* transactions at a time: a flood is dropped above */

struct ua_stack {
	struct ua_stack_cfg cfg;
	struct hash *clients;
	struct hash *servers;
	unsigned n_servers;
};

/* Requests to a transaction's key, and whether one took it. */
bool ua_client_input(struct ua_stack *stack, const struct ua_msg *msg);
bool ua_server_input(struct ua_stack *stack, const struct ua_msg *msg);
int ua_server_create(struct ua_server **ret, struct ua_stack *stack, const struct ua_msg *msg);
/* Answers without keeping a transaction (section 8.2.7): a repeated request is answered again. */
void ua_server_refuse_stateless(
	struct ua_stack *stack, const struct ua_msg *msg, const struct ua_reply *reply);
void ua_clients_lost(struct ua_stack *stack, uint64_t conn);
void ua_clients_flush(struct ua_stack *stack);
void ua_servers_flush(struct ua_stack *stack);
#endif
