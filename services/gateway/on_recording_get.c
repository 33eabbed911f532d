/* GET /api/voip/recordings/{id}: the audio, with Range; ?download=1 saves it. Who heard what is in
 * the audit log. */
#include <stdio.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/recording.h"
#include "libcommon/limiter/limiter.h"
#include "services/gateway/handlers.h"

static const struct vp_limit listening = {"listening", 1, 600};

/* Once a listening, not once a range of it; who leaves the first byte out is heard of, too. */
static bool begins_listening(struct gateway *gw, struct vp_http_req *req,
	const struct identity *who, const struct recording *rec)
{
	const char *range = vp_http_header(req, "range");
	char user[VP_UUID_TEXT_SIZE], id[VP_UUID_TEXT_SIZE], key[2 * VP_UUID_TEXT_SIZE];
	unsigned wait_s;
	vp_uuid_text(who->user, user);
	vp_uuid_text(rec->id, id);
	snprintf(key, sizeof(key), "%s/%s", user, id);
	bool fresh = vp_limiter_take(gw->limiter, &listening, key, vp_mono_us(), &wait_s);
	return fresh || range == NULL || strncmp(range, "bytes=0-", 8) == 0;
}

static void write_audit(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct recording *rec, bool download)
{
	char id[VP_UUID_TEXT_SIZE];
	struct vp_db_tx *tx = vp_db_tx_create();
	if (tx == NULL) {
		return;
	}
	vp_uuid_text(rec->id, id);
	int err = audit_add(
		tx, &(struct audit){.who = who,
			    .action = download ? "recording.downloaded" : "recording.played",
			    .object_type = "recording",
			    .object_id = id,
			    .ip = vp_http_remote(req)});
	if (err != 0 || vp_db_write(gw->db, tx, NULL, NULL) != 0) {
		vp_db_tx_destroy(tx);
	}
}

static void download_name(const struct recording *rec, char name[64])
{
	char when[VP_TIME_TEXT_SIZE];
	vp_time_text(rec->started_us, when);
	when[19] = '\0'; /* seconds are enough; ':' is no character of file names on Windows */
	for (char *c = when; *c != '\0'; c++) {
		*c = *c == ':' ? '-' : *c;
	}
	snprintf(name, 64, "call-%s.%s", when, rec->format);
}

static const char *media_type(const char *format)
{
	return strcmp(format, "ogg") == 0   ? "audio/ogg"
	       : strcmp(format, "mp3") == 0 ? "audio/mpeg" /* brought over from elsewhere */
					    : "audio/wav";
}

static void send_file(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct recording *rec)
{
	bool download = vp_http_query(req, "download") != NULL;
	char name[64];
	if (strcmp(rec->disk, "local") != 0 || gw->cfg->recording_dir == NULL) {
		vp_http_reply_error(req, 503, "unavailable",
			"This recording is kept elsewhere and cannot be read here.");
		return;
	}
	VP_CLEANUP(vp_freep)
	char *path = recording_key_ok(rec->key) ? vp_strf("%s/%s", gw->cfg->recording_dir, rec->key)
						: NULL;
	if (path == NULL) {
		vp_http_reply_error(req, 404, "not_found", "There is no such recording.");
		return;
	}
	if (begins_listening(gw, req, who, rec)) {
		write_audit(gw, req, who, rec, download);
	}
	download_name(rec, name);
	vp_http_reply_file(req, path, media_type(rec->format), download ? name : NULL);
}

void on_recording_get(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	if (vp_http_query(req, "download") != NULL &&
		!identity_may(who, "voip.recordings.download")) {
		vp_http_reply_error(
			req, 403, "forbidden", "Your role may play recordings, not download them.");
		return;
	}
	recording_find(gw, req, who, send_file);
}
