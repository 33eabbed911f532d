/* A real voip-webhook-ingest on a real forwarder and database, with a fake router and a consumer of
 * its events on the real bus, and a carrier that signs. */
#ifndef WEBHOOK_WORLD_H
#define WEBHOOK_WORLD_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "proto/provider.pb-c.h"
#include "tests/integration/bus_kit.h"
#include "tests/integration/gateway/wire.h"

#define WORLD_URL "https://crm.example.com"
#define WORLD_SID "AC0123456789abcdef0123456789abcdef"
#define WORLD_TOKEN "12345678901234567890123456789012"
#define WORLD_SID_2 "ACfedcba9876543210fedcba9876543210"
#define WORLD_TOKEN_2 "abcdefabcdefabcdefabcdefabcdefab"

enum world_router { WORLD_ROUTER_AWAY, WORLD_ROUTER_SILENT, WORLD_ROUTER_ANSWERS };

struct world {
	char org[VP_UUID_TEXT_SIZE];
	char twilio[VP_UUID_TEXT_SIZE], twilio_2[VP_UUID_TEXT_SIZE], telnyx[VP_UUID_TEXT_SIZE];
	uint8_t telnyx_seed[32];
	struct kit_forwarder forwarder;
	struct kit_peer peers[2]; /* router, and a consumer of events */
	pid_t ingest;
	int port, admin;
	const char *db_url;
	char spool[128];
	/* the fake router */
	enum world_router router;
	unsigned asked;
	Ringmain__V1__RouteVoiceReply reply;
	char asked_kind[32], asked_from[64], asked_call[64];
	/* the consumer */
	bool no_consumer; /* set before world_make: it is opened by world_consume */
	unsigned events;
	char last_kind[64], last_call[64], last_leg[32], last_external[256];
	int64_t last_occurred_us;
};
extern struct world world;

/* server: a PostgreSQL; NULL: that of VOIP_TEST_DB_URL. Ends with a service that is ready. */
void world_make(const char *server, enum world_router router);
void world_end(void);
void world_consume(void); /* opens the consumer, which begins with the first event */
void world_start_ingest(void);
void world_fork_ingest(void);    /* does not wait for it */
void world_stop_ingest(int sig); /* SIGKILL, or SIGTERM: must end with 0 */
int64_t world_sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void world_turn(int ms);
/* Until so many events came. */
void world_await_events(unsigned n);
void world_await_number(const char *sql, int64_t wanted);
/* How many lines of the service's log have both. */
unsigned world_logged(const char *event, const char *text);
/* A counter or gauge of /metrics; 0 when it is not there. */
long world_metric(const char *name);

/* Adds a provider, not active; its id. */
void world_add_provider(const char *driver, const char *config, char ret_id[VP_UUID_TEXT_SIZE]);

/* The same of another organisation, under an id of our choice. */
void world_add_provider_of(const char *org, const char *id, const char *driver, const char *config);

/* A signed webhook of Twilio with these form fields behind AccountSid. */
struct answer world_twilio(
	const char *token, const char *sid, const char *target, const char *fields);
struct answer world_telnyx(const char *target, const char *body, int64_t time_s);
#endif
