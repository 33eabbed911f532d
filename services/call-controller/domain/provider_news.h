/* What a carrier's webhook says of one leg, in words that all carriers share. Pure. */
#ifndef CC_PROVIDER_NEWS_H
#define CC_PROVIDER_NEWS_H
#include <stdbool.h>
#include <stdint.h>
#include "proto/provider.pb-c.h"

#define PROVIDER_ID_SIZE 160

enum provider_who { PROVIDER_AGENT, PROVIDER_CUSTOMER, PROVIDER_LEGS, PROVIDER_NOBODY };

enum provider_said {
	PROVIDER_SAID_NOTHING, /* nothing that moves a leg */
	PROVIDER_SAID_STARTED,
	PROVIDER_SAID_RINGING,
	PROVIDER_SAID_ANSWERED, /* or it is in the room */
	PROVIDER_SAID_ENDED,
	PROVIDER_SAID_LEFT, /* the room; only of a leg that came by itself it is the end */
};

enum provider_end {
	PROVIDER_END_COMPLETED, /* it had been answered */
	PROVIDER_END_NORMAL,    /* hung up; whether it had been answered is not said */
	PROVIDER_END_BUSY,
	PROVIDER_END_NO_ANSWER,
	PROVIDER_END_FAILED,
	PROVIDER_END_CANCELED,
};

/* Who ended a leg, as its carrier says: the side that called on this leg, or the one called. */
enum provider_source {
	PROVIDER_SOURCE_UNSAID,
	PROVIDER_SOURCE_CALLER,
	PROVIDER_SOURCE_CALLEE,
	PROVIDER_SOURCE_NEITHER, /* the carrier itself */
};

struct provider_news {
	enum provider_who leg; /* PROVIDER_NOBODY: it does not say; external_id may tell */
	enum provider_said said;
	enum provider_end end;
	enum provider_source source; /* of an end */
	bool bridged;  /* the call fills it in: the other leg talks, and takes this one along */
	int64_t at_us; /* by the carrier's clock; 0: it does not say */
	int talk_s;    /* of an end: how long it was answered; -1: it does not say */
	unsigned sip_status; /* of an end; 0: none */
	char external_id[PROVIDER_ID_SIZE];
	char room[64]; /* the carrier's id of the room or session; "" unknown */
};

enum provider_who provider_who_parse(const char *leg);
const char *provider_who_name(enum provider_who leg); /* "agent", "customer"; "" nobody */

/* False: nothing of use for a call (another kind, or garbage). */
bool provider_news_read(const Ringmain__V1__ProviderEvent *event, struct provider_news *ret);

/* A leg that came by itself, as Telnyx tells of it; "" for what is not said or too long. */
struct provider_arrival {
	char direction[16]; /* incoming, outgoing */
	char from[80], to[80];
	char connection[64]; /* that it is on */
};
void provider_arrival_read(const Ringmain__V1__ProviderEvent *event, struct provider_arrival *ret);

/* Twilio's CallStatus, also as its API says it. */
bool provider_news_twilio_status(const char *status, struct provider_news *news);
#endif
