/* GET /api/voip/recordings/{id}/peaks: the waveform, a list of numbers from 0 to 1 a channel */
#include "services/gateway/adapters/recording.h"
#include "services/gateway/handlers.h"

static void send_peaks(struct gateway *gw, struct vp_http_req *req, const struct identity *who,
	const struct recording *rec)
{
	char id[VP_UUID_TEXT_SIZE];
	(void)gw;
	(void)who;
	vp_uuid_text(rec->id, id);
	json_t *channels = json_array();
	for (unsigned c = 0; c < rec->channels; c++) {
		json_t *values = json_array();
		for (size_t i = c; i < rec->n_peaks; i += rec->channels) {
			int thousandths = rec->peaks[i] * 1000 / 255; /* more than a screen shows */
			json_array_append_new(values, json_real(thousandths / 1000.0));
		}
		json_array_append_new(channels, values);
	}
	vp_http_add_header(req, "cache-control", "private, max-age=3600");
	answer_json(req, 200,
		json_pack("{s:b, s:{s:s, s:I, s:i, s:o}}", "success", 1, "data", "id", id,
			"duration_ms", (json_int_t)rec->duration_ms, "channels", (int)rec->channels,
			"peaks", channels));
}

void on_recording_peaks(struct gateway *gw, struct vp_http_req *req, const struct identity *who)
{
	recording_find(gw, req, who, send_peaks);
}
