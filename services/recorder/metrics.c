#include "libcommon/metrics/metrics.h"
#include "services/recorder/recorder.h"

enum { ENCODE_BOUNDS = 8 };

static void make_carrier_metrics(struct recorder_metrics *m)
{
	m->carrier_stored = vp_counter("voip_carrier_recordings_stored_total",
		"Recordings that were fetched from carriers and stored.", NULL);
	m->carrier_retried = vp_counter("voip_carrier_recordings_retried_total",
		"Steps on them that failed and are tried again.", NULL);
	m->carrier_failed = vp_counter("voip_carrier_recordings_failed_total",
		"Recordings of carriers that were given up.", NULL);
	m->carrier_found = vp_counter("voip_carrier_recordings_found_total",
		"Recordings that were found by asking the carrier.", NULL);
	m->carrier_deleted = vp_counter("voip_carrier_recordings_deleted_total",
		"Recordings that were deleted at the carrier once they were stored.", NULL);
	m->carrier_bytes = vp_counter("voip_carrier_recordings_bytes_total",
		"Bytes of sound files that came from carriers.", NULL);
	m->carrier_strange = vp_counter("voip_carrier_recordings_strange_total",
		"Webhooks of recordings that make no sense or name no call of ours.", NULL);
}

void recorder_make_metrics(struct recorder_metrics *m)
{
	static const double bounds[ENCODE_BOUNDS] = {0.1, 0.3, 1, 3, 10, 30, 100, 300};

	m->stored =
		vp_counter("voip_recordings_stored_total", "Recordings that were stored.", NULL);
	m->seconds = vp_counter(
		"voip_recordings_seconds_total", "Seconds of sound that were stored.", NULL);
	m->retried = vp_counter(
		"voip_recordings_retried_total", "Steps that failed and are tried again.", NULL);
	m->set_aside = vp_counter("voip_recordings_set_aside_total",
		"Spool files that cannot become a recording.", NULL);
	m->without_audio = vp_counter("voip_recordings_without_audio_total",
		"Spool files of calls in which nobody was heard.", NULL);
	m->packets = vp_counter(
		"voip_recordings_packets_total", "Audio packets read from spools.", NULL);
	m->packets_unusable = vp_counter("voip_recordings_packets_unusable_total",
		"Audio packets that were corrupt or too late.", NULL);
	m->spools = vp_gauge(
		"voip_recordings_spools", "Files in the spool folder, live calls included.", NULL);
	m->storage_full = vp_gauge("voip_recordings_storage_full",
		"1 while the disk of the recordings is full.", NULL);
	m->encode_seconds = vp_histogram("voip_recordings_encode_seconds",
		"From queue to finished file.", NULL, bounds, ENCODE_BOUNDS);
	make_carrier_metrics(m);
}
