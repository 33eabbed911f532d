/* What a carrier's webhook says of a recording. Addresses that it names are not read: where the
 * audio is, the carrier's API tells. Pure. */
#ifndef RECORDER_RECORDING_NEWS_H
#define RECORDER_RECORDING_NEWS_H
#include <stdbool.h>
#include "proto/provider.pb-c.h"

enum recording_said {
	RECORDING_SAID_NOTHING, /* another kind of webhook, or nothing that matters */
	RECORDING_SAID_STRANGE, /* it is about a recording, and makes no sense */
	RECORDING_SAID_READY,
	RECORDING_SAID_NONE, /* there will be none; error says why */
};

struct recording_news {
	enum recording_said said;
	const char *leg;     /* agent, customer, "" */
	const char *leg_id;  /* of the event */
	const char *session; /* where it is listed, of the event */
	const char *id;      /* of the recording, of the event; "" it does not say */
	char error[160];
};

/* Texts point into event. */
void recording_news_read(const Ringmain__V1__ProviderEvent *event, struct recording_news *ret);
#endif
