#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/metrics/metrics.h"
#include "services/bus/count.h"

static const char *const classes[] = {"ev", "rt", "hb", "cmd", "rpl", "other"};
static struct vp_metric *forwarded[VP_ARRAY_LEN(classes)];
static struct vp_metric *forbidden[COUNT_VERB_MAX];
static struct vp_metric *bad;

void count_init(void)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(classes); i++) {
		char *labels = vp_strf("class=\"%s\"", classes[i]);
		forwarded[i] = vp_counter(
			"voip_bus_forwarded_total", "Messages carried, by kind of topic.", labels);
		vp_freep(&labels);
	}
	static const char *const verbs[] = {"verb=\"publish\"", "verb=\"subscribe\""};
	for (int i = 0; i < COUNT_VERB_MAX; i++) {
		forbidden[i] = vp_counter("voip_bus_forbidden_total",
			"What a service tried and may not; see the log.", verbs[i]);
	}
	bad = vp_counter("voip_bus_bad_total", "Messages that are none.", NULL);
}

void count_forwarded(const char *topic)
{
	size_t i = 0, last = VP_ARRAY_LEN(classes) - 1;
	while (i < last) {
		size_t len = strlen(classes[i]);
		if (strncmp(topic, classes[i], len) == 0 && topic[len] == '.') {
			break;
		}
		i++;
	}
	vp_metric_add(forwarded[i], 1);
}

void count_forbidden(enum count_verb verb)
{
	vp_metric_add(forbidden[verb], 1);
}

void count_bad(void)
{
	vp_metric_add(bad, 1);
}
