#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tools/demo-carrier/stack.h"

enum { HASH_SIZE = 256, PORT_TRIES = 20, TRACE_MAX = 64 * 1024 * 1024 };

static const char software[] = "demo-carrier";

static bool bindable(struct sa *address, int type)
{
	int fd = socket(sa_af(address), type | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && bind(fd, &address->u.sa, address->len) == 0 &&
		  (address->len = sizeof(address->u),
			  getsockname(fd, &address->u.sa, &address->len)) == 0;

	if (fd >= 0) {
		close(fd);
	}
	return ok;
}

/* libre does not tell which port it got, and UDP and TCP shall share one. */
static int choose_port(struct sa *address)
{
	for (unsigned i = 0; i < PORT_TRIES; i++) {
		struct sa probe = *address;
		if (bindable(&probe, SOCK_DGRAM) && bindable(&probe, SOCK_STREAM)) {
			*address = probe;
			return 0;
		}
	}
	return EADDRINUSE;
}

static void on_trace(bool tx, enum sip_transp tp, const struct sa *src, const struct sa *dst,
	const uint8_t *packet, size_t len, void *arg)
{
	struct stack *stack = arg;
	char when[VP_TIME_TEXT_SIZE];

	if (!stack->trace || ftell(stack->trace) > TRACE_MAX) {
		return;
	}
	vp_time_text(vp_time_us(), when);
	re_fprintf(stack->trace, "--- %s %s %s %J -> %J\n%b\n", when, tx ? "sent" : "received",
		sip_transp_name(tp), src, dst, packet, len);
	fflush(stack->trace);
}

int stack_open(struct stack *stack, const struct stack_cfg *cfg)
{
	*stack = (struct stack){.trace = cfg->trace};
	int err = sa_decode(&stack->address, cfg->listen, strlen(cfg->listen));
	if (!err && sa_port(&stack->address) == 0) {
		err = choose_port(&stack->address);
	}
	if (!err) {
		err = sip_alloc(
			&stack->sip, NULL, HASH_SIZE, HASH_SIZE, HASH_SIZE, software, NULL, stack);
	}
	if (!err) {
		err = sip_transp_add(stack->sip, SIP_TRANSP_UDP, &stack->address);
	}
	if (!err) {
		err = sip_transp_add(stack->sip, SIP_TRANSP_TCP, &stack->address);
	}
	if (!err) {
		err = sip_listen(&stack->listener, stack->sip, true, cfg->on_request, cfg->arg);
	}
	if (!err) {
		err = sipsess_listen(&stack->sock, stack->sip, HASH_SIZE, cfg->on_invite, cfg->arg);
	}
	if (err) {
		stack_close(stack);
		return err;
	}
	sip_set_trace_handler(stack->sip, on_trace);
	return 0;
}

void stack_close(struct stack *stack)
{
	sipsess_close_all(stack->sock);
	stack->sock = mem_deref(stack->sock);
	stack->listener = mem_deref(stack->listener);
	sip_close(stack->sip, true);
	stack->sip = mem_deref(stack->sip);
}
