/* Carries messages from publishers (XSUB) to subscribers (XPUB). It keeps nothing: what is lost
 * here is read again from event_log by those who miss it. */
#ifndef BUS_FORWARDER_H
#define BUS_FORWARDER_H

struct forwarder;

struct forwarder_cfg {
	const char *listen_pub; /* ADDR:PORT that publishers connect to */
	const char *listen_sub; /* ADDR:PORT that subscribers connect to */
	const char *keys_dir;   /* public keys of the services; NULL: no CURVE, no rules (tests) */
	const char *cert;       /* our own key pair */
};

int forwarder_create(struct forwarder **ret, const struct forwarder_cfg *cfg);
struct forwarder *forwarder_destroy(struct forwarder *forwarder);
/* Waits at most timeout_ms for work (or for extra_fd to be readable) and does it. */
void forwarder_step(struct forwarder *forwarder, int extra_fd, long timeout_ms);
#endif
