/* The stage of a gateway test: a database with people, a forwarder, real gateways, and fakes of the
 * services that a gateway asks: call-controllers and token-issuer on real bus clients. */
#ifndef GATEWAY_TEST_SCENE_H
#define GATEWAY_TEST_SCENE_H
#include "libcommon/bus/bus.h"
#include "proto/call.pb-c.h"
#include "tests/integration/bus_kit.h"
#include "tests/integration/gateway/wire.h"

#define SCENE_GATEWAYS 2
#define SCENE_JWT_KEY "0123456789abcdef0123456789abcdef"
#define SCENE_PASSWORD "correct horse battery"

struct person {
	struct vp_uuid id;
	char id_text[VP_UUID_TEXT_SIZE];
	char token[64]; /* API token */
};

/* A request that a fake took, with its message as JSON-ish fields. */
struct taken {
	char type[32], node[16], user[40], call[40], session[64], text[128], to[64],
		entity_type[16], entity_id[40], region[4], key[160], name[64];
};

struct scene {
	struct kit_forwarder forwarder;
	char db_url[256], role_url[256], dir[128];
	struct vp_uuid org;
	char org_text[VP_UUID_TEXT_SIZE];
	struct person agent, admin, nobody; /* agent: no all_calls; nobody: no role */
	int ports[SCENE_GATEWAYS];
	pid_t gateways[SCENE_GATEWAYS];
	struct kit_peer peers[3]; /* controllers cc1, cc2; token-issuer */
	struct taken taken[256];
	size_t n_taken;
	/* what the fakes do */
	const char *refuse_error; /* NULL: accept */
	int refuse_status;
	const char *driver;                 /* of the tokens that the fake issues; NULL: sip */
	bool silent;                        /* does not answer at all */
	Ringmain__V1__CallChanged *live[4]; /* answers of call.list, by controller cc1 */
	size_t n_live;
};
extern struct scene scene;

void scene_begin(unsigned n_gateways);
void scene_end(void);
void scene_stop_gateway(unsigned i, int sig);

/* Runs SQL with printf arguments; the first number of the answer. */
int64_t scene_sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Waits until a fake took a request of this type, counting from the index *from, which moves on. */
const struct taken *scene_take(const char *type, size_t *from);

/* Headers of a signed-in request; valid until the next call. */
const char *bearer(const struct person *person);
/* Signs in; headers with cookie, CSRF token and origin, in fresh memory. */
char *sign_in(unsigned gateway, const char *email);

/* A call as a controller tells it; free with call_free. */
Ringmain__V1__CallChanged *make_call(const struct person *user, const char *node, unsigned version,
	Ringmain__V1__CallStatus status);
void call_free(Ringmain__V1__CallChanged *call);
/* Hint on rt.u.<user>, or durable event. */
void tell_live(const Ringmain__V1__CallChanged *call);
void tell_durable(const Ringmain__V1__CallChanged *call);
void tell(const char *user, const char *type, const ProtobufCMessage *message);
#endif
