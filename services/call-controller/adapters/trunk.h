/* One SIP trunk: what was configured (a row of table trunks) and how it is now: its addresses,
 * whether it answers and is registered. */
#ifndef CC_TRUNK_H
#define CC_TRUNK_H
#include "libcommon/base/uuid.h"
#include "services/call-controller/domain/cidr.h"
#include "services/call-controller/ua/digest.h"
#include "services/call-controller/ua/register.h"
#include "services/call-controller/ua/resolve.h"
#include "services/call-controller/ua/wire.h"

#define TRUNK_RANGES_MAX 64
#define TRUNK_CODECS_MAX 8

struct vp_db_result;
struct trunk_links;

enum caller_id_header { CALLER_ID_FROM, CALLER_ID_PAI, CALLER_ID_PPI, CALLER_ID_RPID };

struct trunk {
	struct vp_uuid id, org, provider;
	int64_t version;
	char *name;
	char *host;
	uint16_t port;
	enum ua_tp tp;
	char *route;     /* "<sip:proxy;lr>" or NULL */
	char *next_host; /* who is really asked: the proxy, or the host */
	uint16_t next_port;
	char *username;  /* From, Contact, REGISTER; "" when none */
	char *auth_name; /* NULL: no digest */
	char *sealed;    /* the password as it was read; NULL: none */
	char *password;  /* NULL: no digest, or still sealed */
	char *realm;     /* NULL: any */
	char *from_domain;
	char contact[40]; /* user part of our Contact: calls to it are this trunk's */
	bool registers;
	unsigned register_expires_s;
	struct cidr ranges[TRUNK_RANGES_MAX];
	size_t n_ranges;
	char *codecs[TRUNK_CODECS_MAX];
	size_t n_codecs;
	bool srtp;          /* our offers ask for SRTP, and nothing else is taken */
	bool srtp_optional; /* the far side's offer decides */
	enum caller_id_header caller_id;
	char *tls_ca;
	bool tls_verify;
	unsigned options_s;
	bool session_timer;
	unsigned max_channels; /* 0: no limit */
	bool dtmf_info;

	/* now */
	const struct trunk_links *links;
	struct sa addrs[UA_ADDRS_MAX];
	size_t n_addrs;
	unsigned tls; /* identity in the wire */
	struct ua_resolve_op *resolving;
	struct ua_timer resolve_again;
	struct ua_register *registration;
	struct ua_client *probe;
	struct ua_timer probe_next;
	unsigned misses;
	bool up;
	bool announced; /* the health was told at least once */
	unsigned last_status;
	unsigned channels; /* calls on it now */
	bool kept;         /* of a reload: it stands in the new table */
};

/* What the trunks need of the service. */
struct trunk_links {
	struct ua_timers *timers;
	struct ua_wire *wire;
	struct ua_stack *stack;
	struct ua_resolver *resolver;
	unsigned *generation; /* grows when a trunk's addresses change */
	void (*on_health)(const struct trunk *trunk, const char *reason, void *arg);
	void *arg;
};

/* The columns that trunk_read expects, in its order. */
extern const char trunk_columns[];
/* EINVAL: the row makes no sense. The password is still sealed. */
int trunk_read(struct trunk **ret, const struct vp_db_result *res, size_t row);
int trunk_set_password(struct trunk *trunk, const char *plain, size_t len);
struct trunk *trunk_destroy(struct trunk *trunk);

/* Starts to look after it: addresses, registration, OPTIONS. */
void trunk_start(struct trunk *trunk, const struct trunk_links *links);

/* Its addresses were looked up; ttl_s: how long they hold. */
void trunk_resolved(struct trunk *trunk, const struct sa *addrs, size_t n, unsigned ttl_s);
/* As ua_client_start. */
int trunk_send_options(struct trunk *trunk, const struct ua_flow *flow, struct ua_client **slot,
	ua_client_h *h, void *arg);

/* Unregisters, stops to look after it; its addresses stay known. */
void trunk_retire(struct trunk *trunk);

bool trunk_has_addr(const struct trunk *trunk, const uint8_t addr[16], const struct sa *sa);
/* The way to its i-th address; false when there is none. */
bool trunk_flow(const struct trunk *trunk, size_t i, struct ua_flow *ret);
struct ua_credentials trunk_credentials(const struct trunk *trunk);
#endif
