/* The server's life: make, run, stop, destroy. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http_int.h"

#define FAREWELL_ROUNDS 50

static void or_default(unsigned *value, unsigned def)
{
	*value = *value != 0 ? *value : def;
}

static int own_text(const char **text)
{
	if (*text != NULL && **text == '\0') {
		*text = NULL;
	}
	if (*text != NULL && (*text = strdup(*text)) == NULL) {
		return ENOMEM;
	}
	return 0;
}

static int own_cfg(struct vp_http_cfg *cfg)
{
	const char **texts[] = {&cfg->listen, &cfg->listen_tls, &cfg->tls_cert, &cfg->tls_key,
		&cfg->file_root, &cfg->public_url, &cfg->trusted_proxies};
	int err = 0;
	for (size_t i = 0; i < VP_ARRAY_LEN(texts); i++) {
		if (err != 0) {
			*texts[i] = NULL; /* the caller's: not ours to free */
		} else {
			err = own_text(texts[i]);
		}
	}
	or_default(&cfg->max_conns, 4096);
	or_default(&cfg->max_conns_per_ip, 512);
	or_default(&cfg->io_timeout_s, 10);
	or_default(&cfg->answer_timeout_s, 30);
	cfg->max_body = cfg->max_body != 0 ? cfg->max_body : (size_t)1 << 20;
	return err;
}

static void free_cfg(struct vp_http_cfg *cfg)
{
	const char *texts[] = {cfg->listen, cfg->listen_tls, cfg->tls_cert, cfg->tls_key,
		cfg->file_root, cfg->public_url, cfg->trusted_proxies};
	for (size_t i = 0; i < VP_ARRAY_LEN(texts); i++) {
		free((char *)texts[i]);
	}
}

static void init_h2o(struct vp_http *http)
{
	h2o_globalconf_t *config = &http->config;
	h2o_config_init(config);
	config->server_name = h2o_iovec_init(NULL, 0);
	config->max_request_entity_size = http->cfg.max_body;
	config->http1.req_timeout = (uint64_t)http->cfg.io_timeout_s * 1000;
	config->http1.upgrade_to_http2 = 0;
	config->handshake_timeout = (uint64_t)http->cfg.io_timeout_s * 1000;
	h2o_hostconf_t *host =
		h2o_config_register_host(config, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	vp_linger_install(http, host);
	h2o_pathconf_t *path = h2o_config_register_path(host, "/", 0);
	struct vp_handler *handler = (void *)h2o_create_handler(path, sizeof(*handler));
	handler->super.on_req = vp_request_handle;
	handler->http = http;
	h2o_context_init(&http->ctx, h2o_evloop_create(), config);
	http->has_ctx = true;
}

static void reload_tls(struct vp_http *http)
{
	const struct vp_http_cfg *cfg = &http->cfg;
	SSL_CTX *fresh;
	if (http->ssl == NULL) {
		return;
	}
	int64_t stamp = vp_tls_stamp(cfg->tls_cert, cfg->tls_key);
	if (stamp == 0 || stamp == http->tls_stamp) {
		return;
	}
	if (vp_tls_create(cfg->tls_cert, cfg->tls_key, &fresh) != 0) {
		return; /* half of a pair was replaced: the old one serves until both fit */
	}
	http->tls_stamp = stamp;
	SSL_CTX_free(http->ssl);
	http->ssl = fresh;
	http->listeners[1].accept.ssl_ctx = fresh;
}

static void on_sweep(void *arg)
{
	struct vp_http *http = arg;
	int64_t now_us = vp_mono_us();
	vp_defer_sweep(http, now_us);
	vp_ws_sweep(http, now_us);
	vp_conn_sweep(http, now_us);
	vp_linger_sweep(http, now_us);
	vp_listen_resume(http);
	reload_tls(http);
}

static int open_listeners(struct vp_http *http)
{
	const struct vp_http_cfg *cfg = &http->cfg;
	int err = 0;
	if (cfg->listen != NULL) {
		err = vp_listen_open(http, &http->listeners[0], cfg->listen, NULL);
	}
	if (err != 0 || cfg->listen_tls == NULL) {
		return err;
	}
	if (cfg->tls_cert == NULL || cfg->tls_key == NULL) {
		return EINVAL;
	}
	http->tls_stamp = vp_tls_stamp(cfg->tls_cert, cfg->tls_key);
	err = vp_tls_create(cfg->tls_cert, cfg->tls_key, &http->ssl);
	if (err != 0) {
		return err;
	}
	return vp_listen_open(http, &http->listeners[1], cfg->listen_tls, http->ssl);
}

int vp_http_create(struct vp_http **ret, const struct vp_http_cfg *cfg)
{
	struct vp_http *http = calloc(1, sizeof(*http));
	if (http == NULL) {
		return ENOMEM;
	}
	http->cfg = *cfg;
	h2o_linklist_init_anchor(&http->conns);
	h2o_linklist_init_anchor(&http->deferred);
	h2o_linklist_init_anchor(&http->sockets);
	h2o_linklist_init_anchor(&http->dirty);
	h2o_linklist_init_anchor(&http->lingers);
	int err = own_cfg(&http->cfg);
	if (err == 0) {
		err = vp_http_allow_connect(http, "");
	}
	if (err == 0 && !vp_nets_parse(&http->proxies, http->cfg.trusted_proxies)) {
		err = EINVAL;
	}
	if (err != 0) {
		goto out;
	}
	init_h2o(http);
	err = open_listeners(http);
	if (err != 0) {
		goto out;
	}
	err = vp_http_every(http, VP_HTTP_SWEEP_MS, on_sweep, http);
	if (err != 0) {
		goto out;
	}
	*ret = http;
	return 0;
out:
	vp_http_destroy(http);
	return err;
}

/* Ends every connection: what waits is answered 503, sockets are shut, h2o closes them. */
static void farewell(struct vp_http *http)
{
	vp_listen_close(http);
	vp_ws_close_all(http);
	vp_defer_fail_all(http);
	vp_loop_once(http, 0);
	for (unsigned i = 0; i < FAREWELL_ROUNDS && http->stats.conns != 0; i++) {
		vp_conn_kill_all(http);
		vp_loop_once(http, 20);
	}
	vp_linger_sweep(http, INT64_MAX);
}

struct vp_http *vp_http_destroy(struct vp_http *http)
{
	if (http == NULL) {
		return NULL;
	}
	http->stopping = true;
	if (http->has_ctx) {
		h2o_loop_t *loop = http->ctx.loop;
		vp_loop_unwatch_all(http);
		farewell(http);
		h2o_context_dispose(&http->ctx);
		h2o_config_dispose(&http->config);
		h2o_evloop_destroy(loop);
	}
	SSL_CTX_free(http->ssl);
	free_cfg(&http->cfg);
	free(http->csp);
	free(http);
	return NULL;
}

void vp_http_stop(struct vp_http *http, unsigned drain_s)
{
	if (http->stopping) {
		http->stop_at_us = vp_mono_us() + (int64_t)drain_s * 1000000;
		return;
	}
	http->stopping = true;
	http->stop_at_us = vp_mono_us() + (int64_t)drain_s * 1000000;
	vp_listen_close(http);
	/* not h2o_context_request_shutdown: it arms an HTTP/2 timer that nobody can take back */
	http->ctx.shutdown_requested = 1;
	vp_ws_close_all(http);
	vp_conn_close_idle(http);
}

static bool is_done(struct vp_http *http)
{
	if (!http->stopping) {
		return false;
	}
	vp_conn_close_idle(http);
	return http->stats.conns == 0 || vp_mono_us() >= http->stop_at_us;
}

int vp_http_run(struct vp_http *http)
{
	sigset_t pipe_signal;
	sigemptyset(&pipe_signal);
	sigaddset(
		&pipe_signal, SIGPIPE); /* a peer that left is an error of a write, not a signal */
	pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
	while (!is_done(http)) {
		int err = vp_loop_once(http, http->stopping ? 50 : VP_HTTP_SWEEP_MS);
		if (err != 0) {
			return err;
		}
	}
	farewell(http);
	return 0;
}

int vp_http_port(const struct vp_http *http, bool tls)
{
	return http->listeners[tls ? 1 : 0].port;
}

void vp_http_stats(const struct vp_http *http, struct vp_http_stats *ret_stats)
{
	*ret_stats = http->stats;
}
