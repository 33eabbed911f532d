#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <re.h>
#include "services/call-controller/ua/handshake.h"
#include "services/call-controller/ua/tls.h"

struct ua_handshake {
	struct ua_handshake_cfg cfg;
	struct ua_handshake **slot;
	struct tcp_conn *tcp;
	struct tls *tls;
	struct tls_conn *secure;
	struct ua_timer end; /* the deadline, then the telling */
	enum ua_handshake_verdict verdict;
	int fault; /* of the certificate: X509_V_ERR_... */
};

static void destroy(struct ua_handshake *handshake)
{
	if (handshake->slot) {
		*handshake->slot = NULL;
	}
	ua_timer_stop(handshake->cfg.timers, &handshake->end);
	mem_deref(handshake->secure);
	mem_deref(handshake->tcp);
	mem_deref(handshake->tls);
	free(handshake);
}

static void tell(void *arg)
{
	struct ua_handshake *handshake = arg;
	const struct ua_handshake_cfg cfg = handshake->cfg;
	const enum ua_handshake_verdict verdict = handshake->verdict;
	const char *why = handshake->fault ? X509_verify_cert_error_string(handshake->fault) : "";

	destroy(handshake);
	cfg.h(verdict, why, cfg.arg);
}

/* Later: a connection may not go while it calls. */
static void decide(struct ua_handshake *handshake, enum ua_handshake_verdict verdict)
{
	handshake->verdict = verdict;
	ua_timer_start(handshake->cfg.timers, &handshake->end, 0, tell, handshake);
}

static void on_established(void *arg)
{
	decide(arg, UA_HANDSHAKE_UP);
}

static void on_recv(struct mbuf *mb, void *arg)
{
	(void)mb;
	(void)arg;
}

static void on_close(int err, void *arg)
{
	struct ua_handshake *handshake = arg;

	if (handshake->fault) {
		decide(handshake, UA_HANDSHAKE_CERTIFICATE);
	} else if (err == ECONNREFUSED) {
		decide(handshake, UA_HANDSHAKE_REFUSED);
	} else if (handshake->tls && err != ETIMEDOUT && err != EHOSTUNREACH &&
		   err != ENETUNREACH) {
		decide(handshake, UA_HANDSHAKE_NOT_TLS);
	} else {
		decide(handshake, UA_HANDSHAKE_SILENT);
	}
}

static int handshake_index(void)
{
	static int index = -1;

	if (index < 0) {
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	}
	return index;
}

static int on_certificate(int ok, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct ua_handshake *handshake =
		SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), handshake_index());

	if (!ok && handshake && !handshake->fault) {
		handshake->fault = X509_STORE_CTX_get_error(store);
	}
	return ok;
}

static int secure(struct ua_handshake *handshake)
{
	const struct ua_handshake_cfg *cfg = &handshake->cfg;
	SSL_CTX *ctx;
	int err = ua_tls_client(&handshake->tls, cfg->host, cfg->ca_pem, cfg->verify);

	if (err) {
		return err;
	}
	ctx = tls_openssl_context(handshake->tls);
	if (cfg->verify) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, on_certificate);
	}
	if (SSL_CTX_set_ex_data(ctx, handshake_index(), handshake) != 1) {
		return ENOMEM;
	}
	return ua_tls_start(&handshake->secure, handshake->tls, handshake->tcp, cfg->host);
}

static void on_deadline(void *arg)
{
	decide(arg, UA_HANDSHAKE_SILENT);
}

int ua_handshake_start(struct ua_handshake **slot, const struct ua_handshake_cfg *cfg)
{
	struct ua_handshake *handshake = calloc(1, sizeof(*handshake));
	int err;

	if (!handshake) {
		return ENOMEM;
	}
	handshake->cfg = *cfg;
	err = tcp_connect(
		&handshake->tcp, &cfg->peer, on_established, on_recv, on_close, handshake);
	if (!err && cfg->tp == UA_TP_TLS) {
		err = secure(handshake);
	}
	if (err) {
		destroy(handshake);
		return err;
	}
	handshake->slot = slot;
	*slot = handshake;
	ua_timer_start(cfg->timers, &handshake->end, UA_HANDSHAKE_MS, on_deadline, handshake);
	return 0;
}

void ua_handshake_cancel(struct ua_handshake *handshake)
{
	if (handshake) {
		destroy(handshake);
	}
}
