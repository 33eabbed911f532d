#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/address.h"
#include "libcommon/base/base.h"
#include "services/call-controller/ua/resolve.h"

#define DEADLINE_MS 4000
#define SERVERS_MAX 4
#define TARGETS_MAX 4
#define TTL_MIN_S 30
#define TTL_MAX_S 300

struct ua_resolver {
	struct ua_timers *timers;
	const struct vp_nets *nets;
	struct dnsc *dns;
};

struct target {
	char host[256];
	uint16_t port;
};

struct ua_resolve_op {
	struct ua_resolver *resolver;
	enum ua_tp tp;
	struct target targets[TARGETS_MAX]; /* of SRV, or the host itself */
	size_t n_targets, at;
	struct sa addrs[UA_ADDRS_MAX];
	size_t n_addrs;
	bool forbidden; /* there were others, inside */
	unsigned ttl_s;
	struct dns_query *query;
	struct ua_timer deadline;
	ua_resolve_h *handler;
	void *arg;
	struct ua_resolve_op **slot;
};

static void op_free(struct ua_resolve_op *op)
{
	if (op->slot) {
		*op->slot = NULL;
	}
	ua_timer_stop(op->resolver->timers, &op->deadline);
	mem_deref(op->query);
	free(op);
}

static void op_done(struct ua_resolve_op *op, int err)
{
	struct ua_resolve_op done = *op;

	op_free(op);
	if (done.n_addrs > 0) {
		err = 0;
	} else if (done.forbidden) {
		err = EPERM;
	}
	done.handler(err, done.addrs, done.n_addrs, MAX(MIN(done.ttl_s, TTL_MAX_S), TTL_MIN_S),
		done.arg);
}

static void on_deadline(void *arg)
{
	op_done(arg, ETIMEDOUT);
}

static uint16_t default_port(enum ua_tp tp)
{
	return tp == UA_TP_TLS ? 5061 : 5060;
}

/* --- A and AAAA --- */

static bool take_address(struct dnsrr *rr, void *arg)
{
	struct ua_resolve_op *op = arg;
	const uint16_t port = op->targets[op->at].port;
	struct sa *sa = &op->addrs[op->n_addrs];

	if (rr->type == DNS_TYPE_A) {
		sa_set_in(sa, rr->rdata.a.addr, port);
	} else {
		sa_set_in6(sa, rr->rdata.aaaa.addr, port);
	}
	op->ttl_s = MIN(op->ttl_s, (unsigned)MAX(rr->ttl, 0));
	if (!vp_nets_allow(op->resolver->nets, &sa->u.sa)) {
		op->forbidden = true;
		return false;
	}
	return ++op->n_addrs == UA_ADDRS_MAX;
}

static void ask_addresses(struct ua_resolve_op *op, uint16_t type);

static void next_target(struct ua_resolve_op *op)
{
	if (++op->at < op->n_targets && op->n_addrs < UA_ADDRS_MAX) {
		ask_addresses(op, DNS_TYPE_A);
	} else {
		op_done(op, ENOENT);
	}
}

static void on_a(int err, const struct dnshdr *hdr, struct list *ansl, struct list *authl,
	struct list *addl, void *arg)
{
	struct ua_resolve_op *op = arg;
	const size_t before = op->n_addrs;

	(void)hdr;
	(void)authl;
	(void)addl;
	if (!err) {
		dns_rrlist_sort_addr(ansl, rand_u32());
		(void)dns_rrlist_apply(ansl, op->targets[op->at].host, DNS_TYPE_A, DNS_CLASS_IN,
			true, take_address, op);
	}
	if (op->n_addrs == before) {
		ask_addresses(op, DNS_TYPE_AAAA);
	} else {
		next_target(op);
	}
}

static void on_aaaa(int err, const struct dnshdr *hdr, struct list *ansl, struct list *authl,
	struct list *addl, void *arg)
{
	struct ua_resolve_op *op = arg;

	(void)hdr;
	(void)authl;
	(void)addl;
	if (!err) {
		(void)dns_rrlist_apply(ansl, op->targets[op->at].host, DNS_TYPE_AAAA, DNS_CLASS_IN,
			true, take_address, op);
	}
	next_target(op);
}

static void ask_addresses(struct ua_resolve_op *op, uint16_t type)
{
	op->query = mem_deref(op->query);
	if (dnsc_query(&op->query, op->resolver->dns, op->targets[op->at].host, type, DNS_CLASS_IN,
		    true, type == DNS_TYPE_A ? on_a : on_aaaa, op)) {
		op_done(op, ENOENT);
	}
}

/* --- SRV --- */

static bool take_target(struct dnsrr *rr, void *arg)
{
	struct ua_resolve_op *op = arg;
	struct target *target = &op->targets[op->n_targets];

	op->ttl_s = MIN(op->ttl_s, (unsigned)MAX(rr->ttl, 0));
	if (vp_strcopy(target->host, sizeof(target->host), rr->rdata.srv.target)) {
		target->port = rr->rdata.srv.port;
		op->n_targets++;
	}
	return op->n_targets == TARGETS_MAX;
}

static void on_srv(int err, const struct dnshdr *hdr, struct list *ansl, struct list *authl,
	struct list *addl, void *arg)
{
	struct ua_resolve_op *op = arg;
	const struct target host = op->targets[0];

	(void)hdr;
	(void)authl;
	(void)addl;
	op->n_targets = 0;
	if (!err) {
		dns_rrlist_sort(ansl, DNS_TYPE_SRV, rand_u32());
		(void)dns_rrlist_apply(
			ansl, NULL, DNS_TYPE_SRV, DNS_CLASS_IN, true, take_target, op);
	}
	if (op->n_targets == 0) {
		op->targets[0] = host;
		op->n_targets = 1;
	}
	ask_addresses(op, DNS_TYPE_A);
}

static int ask_srv(struct ua_resolve_op *op)
{
	static const char *const services[] = {"_sip._udp.", "_sip._tcp.", "_sips._tcp."};
	char name[300];

	if (re_snprintf(name, sizeof(name), "%s%s", services[op->tp], op->targets[0].host) < 0) {
		return ENAMETOOLONG;
	}
	return dnsc_query(
		&op->query, op->resolver->dns, name, DNS_TYPE_SRV, DNS_CLASS_IN, true, on_srv, op);
}

/* --- public --- */

int ua_resolve(struct ua_resolver *resolver, const char *host, uint16_t port, enum ua_tp tp,
	ua_resolve_h *h, void *arg, struct ua_resolve_op **slot)
{
	struct ua_resolve_op *op;
	struct sa sa;
	int err;

	if (sa_set_str(&sa, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
		    port ? port : default_port(tp)) == 0) {
		const bool may = vp_nets_allow(resolver->nets, &sa.u.sa);

		h(may ? 0 : EPERM, &sa, may ? 1 : 0, TTL_MAX_S, arg);
		return 0;
	}
	op = calloc(1, sizeof(*op));
	if (!op) {
		return ENOMEM;
	}
	op->resolver = resolver;
	op->tp = tp;
	op->handler = h;
	op->arg = arg;
	op->ttl_s = TTL_MAX_S;
	op->n_targets = 1;
	op->targets[0].port = port ? port : default_port(tp);
	if (!vp_strcopy(op->targets[0].host, sizeof(op->targets[0].host), host)) {
		free(op);
		return ENAMETOOLONG;
	}
	op->slot = slot;
	*slot = op;
	ua_timer_start(resolver->timers, &op->deadline, DEADLINE_MS, on_deadline, op);
	err = port ? dnsc_query(&op->query, resolver->dns, host, DNS_TYPE_A, DNS_CLASS_IN, true,
			     on_a, op)
		   : ask_srv(op);
	if (err) {
		op_free(op);
	}
	return err;
}

void ua_resolve_cancel(struct ua_resolve_op *op)
{
	if (op) {
		op_free(op);
	}
}

int ua_resolver_create(
	struct ua_resolver **ret, struct ua_timers *timers, const struct vp_nets *nets)
{
	struct ua_resolver *resolver = calloc(1, sizeof(*resolver));
	struct sa servers[SERVERS_MAX];
	uint32_t n = SERVERS_MAX;
	int err;

	if (!resolver) {
		return ENOMEM;
	}
	resolver->timers = timers;
	resolver->nets = nets;
	if (dns_srv_get(NULL, 0, servers, &n) || n == 0) {
		sa_set_str(&servers[0], "127.0.0.1", DNS_PORT);
		n = 1;
	}
	err = dnsc_alloc(&resolver->dns, NULL, servers, n);
	if (err) {
		free(resolver);
		return err;
	}
	*ret = resolver;
	return 0;
}

struct ua_resolver *ua_resolver_destroy(struct ua_resolver *resolver)
{
	if (resolver) {
		mem_deref(resolver->dns);
		free(resolver);
	}
	return NULL;
}
