/* TLS contexts for SIP: 1.2 at least, the far side's certificate checked against the host we meant
 * (RFC 5922) and named to it (SNI). libre alone does neither. */
#ifndef UA_TLS_H
#define UA_TLS_H
#include <stdbool.h>

struct tls;
struct tls_conn;
struct tcp_conn;

/* For connections that come in; pem_file holds certificate, chain and key. EINVAL: not readable. */
int ua_tls_server(struct tls **ret, const char *pem_file);

/* For connections to one host (name or address). ca_pem: text of the authorities to trust, NULL:
 * the system's. verify false is for a laboratory only. */
int ua_tls_client(struct tls **ret, const char *host, const char *ca_pem, bool verify);

/* Puts TLS on a TCP connection before it is established; host NULL: we are the server. */
int ua_tls_start(struct tls_conn **ret, struct tls *tls, struct tcp_conn *tcp, const char *host);
#endif
