#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/bus/metrics.h"
#include "libcommon/metrics/metrics.h"

static const char *const classes[] = {"ev", "rt", "hb", "cmd", "rpl", "other"};
static struct vp_metric *sent[VP_ARRAY_LEN(classes)], *received[VP_ARRAY_LEN(classes)];
static struct vp_metric *dropped[BUS_DROP_MAX];
static struct vp_metric *gaps, *replayed, *skipped;

static struct vp_metric *class_counter(const char *direction, const char *class)
{
	char *labels = vp_strf("class=\"%s\",direction=\"%s\"", class, direction);
	struct vp_metric *metric = vp_counter("voip_bus_messages_total",
		"Bus messages by kind: ev durable, rt live, hb presence, cmd and rpl requests.",
		labels);
	vp_freep(&labels);
	return metric;
}

void bus_metrics_init(void)
{
	static const char *const reasons[BUS_DROP_MAX] = {"reason=\"bad\"", "reason=\"late\"",
		"reason=\"repeat\"", "reason=\"unknown\"", "reason=\"full\""};
	if (gaps) {
		return;
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(classes); i++) {
		sent[i] = class_counter("out", classes[i]);
		received[i] = class_counter("in", classes[i]);
	}
	for (int i = 0; i < BUS_DROP_MAX; i++) {
		dropped[i] = vp_counter("voip_bus_dropped_total",
			"Bus messages not used; repeat and unknown are normal.", reasons[i]);
	}
	gaps = vp_counter("voip_bus_gaps_total", "Holes seen in event streams.", NULL);
	replayed = vp_counter("voip_bus_replayed_total", "Events read from event_log.", NULL);
	skipped = vp_counter(
		"voip_bus_skipped_total", "Events that event_log did not have either.", NULL);
}

static size_t class_of(const char *topic)
{
	size_t last = VP_ARRAY_LEN(classes) - 1;
	for (size_t i = 0; i < last; i++) {
		size_t len = strlen(classes[i]);
		if (strncmp(topic, classes[i], len) == 0 && topic[len] == '.') {
			return i;
		}
	}
	return last;
}

void bus_count_sent(const char *topic)
{
	vp_metric_add(sent[class_of(topic)], 1);
}

void bus_count_received(const char *topic)
{
	if (topic) {
		vp_metric_add(received[class_of(topic)], 1);
	} else {
		bus_count_drop(BUS_DROP_BAD);
	}
}

void bus_count_drop(enum bus_drop why)
{
	vp_metric_add(dropped[why], 1);
}

void bus_count_gap(void)
{
	vp_metric_add(gaps, 1);
}

void bus_count_replayed(uint64_t n)
{
	vp_metric_add(replayed, (int64_t)n);
}

void bus_count_skipped(uint64_t n)
{
	vp_metric_add(skipped, (int64_t)n);
}
