/* The audio, streamed into a file beside the store. Where it leads is checked before anything is
 * sent: a carrier's own hosts, what the operator has added, or the one that he pointed the provider
 * at. A login goes to the first of them only. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/httpclient/httpclient.h"
#include "libcommon/log/log.h"
#include "libcommon/provider/provider.h"
#include "services/recorder/domain/place.h"
#include "services/recorder/fetch.h"
#include "services/recorder/recorder.h"
#include "services/recorder/storage.h"
#include "services/recorder/store.h"

enum { HOPS_MAX = 3, STALL_S = 30, WHY_SIZE = 256 };
#define MIB ((size_t)1 << 20)

static bool may_go(const struct fetch *f, const char *url)
{
	return place_is_listed(url, f->carrier->hosts) ||
	       place_is_listed(url, f->recorder->cfg->carrier_hosts) ||
	       place_is_under(url, vp_provider_get(f->config, NULL, "api_base"));
}

static void refuse_place(struct fetch *f, const char *url)
{
	char host[PLACE_HOST_SIZE], why[WHY_SIZE + PLACE_HOST_SIZE];

	place_host(url, host);
	snprintf(why, sizeof(why),
		"%s sends us to '%s' for it, which is not one of its hosts. If it is right, add it "
		"to "
		"VOIP_RECORDING_CARRIER_HOSTS.",
		f->carrier->label, host);
	vp_api_request_clear(&f->request);
	fetch_failed(f, PATIENCE_STUBBORN, 0, why);
}

static void send(struct fetch *f);

/* False: it leads nowhere where we go. */
static bool follow(struct fetch *f, const char *location)
{
	struct vp_api_request next;

	if (!may_go(f, location) || carrier_plain_get(&next, f->config, location)) {
		return false;
	}
	f->hops++;
	vp_api_request_clear(&f->request);
	f->request = next;
	send(f);
	return true;
}

/* The first errors of ours, then what the carrier says. */
static void take_fault(struct fetch *f, const struct vp_httpc_reply *reply)
{
	struct vp_api_result result;
	char why[WHY_SIZE];

	if (reply->err == EFBIG) {
		snprintf(why, sizeof(why),
			"It is larger than %lld MiB. VOIP_RECORDING_CARRIER_MAX_MIB allows more.",
			(long long)f->recorder->cfg->carrier_max_mib);
		fetch_failed(f, PATIENCE_FINAL, 0, why);
		return;
	}
	if (storage_is_full_error(reply->err)) {
		storage_set_full(f->recorder, true);
		fetch_failed(f, PATIENCE_PASSING, 0, storage_explain(reply->err));
		return;
	}
	f->carrier->answer(&f->request, reply, &result);
	fetch_refused(f, &result);
}

static void on_audio(const struct vp_httpc_reply *reply, void *arg)
{
	struct fetch *f = arg;
	char why[WHY_SIZE];

	f->sending = NULL;
	if (!reply->err && reply->status >= 300 && reply->status < 400 && reply->location[0]) {
		if (f->hops >= HOPS_MAX) {
			fetch_failed(f, PATIENCE_STUBBORN, 0,
				"The carrier sends us from one address to the next.");
		} else if (!follow(f, reply->location)) {
			refuse_place(f, reply->location);
		}
		return;
	}
	if (reply->err || reply->status < 200 || reply->status >= 300) {
		take_fault(f, reply);
	} else if (!patience_is_audio(reply->content_type)) {
		snprintf(why, sizeof(why), "What came is no audio but %.60s.", reply->content_type);
		fetch_failed(f, PATIENCE_STUBBORN, 0, why);
	} else {
		f->bytes = reply->written;
		fetch_store(f);
	}
	vp_api_request_clear(&f->request);
}

static void send(struct fetch *f)
{
	const struct recorder_cfg *cfg = f->recorder->cfg;
	struct vp_httpc_req http;

	vp_api_request_http(&f->request, &http);
	http.body_fd = &f->fd;
	http.max_body = (size_t)cfg->carrier_max_mib * MIB;
	http.timeout_ms = (unsigned)cfg->carrier_timeout_s * 1000;
	http.stall_s = STALL_S;
	f->request.timeout_ms = http.timeout_ms; /* for the sentence */
	if (vp_httpc_send(f->recorder->http, &http, on_audio, f, &f->sending)) {
		fetch_failed(f, PATIENCE_PASSING, 0, "Too many requests to carriers wait already.");
	}
}

static int open_part(struct fetch *f)
{
	struct store *store = f->recorder->store;
	int err;

	fetch_name_parts(f);
	err = store->ops->begin(store, f->part_name, f->part);
	if (err) {
		f->part[0] = '\0';
		return err;
	}
	f->fd = open(f->part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return f->fd < 0 ? errno : 0;
}

void fetch_download(struct fetch *f)
{
	int err;

	if (!may_go(f, f->request.url)) {
		refuse_place(f, f->request.url);
		return;
	}
	err = open_part(f);
	if (err) {
		storage_set_full(f->recorder, storage_is_full_error(err));
		fetch_failed(f, PATIENCE_PASSING, 0, storage_explain(err));
		return;
	}
	send(f);
}
