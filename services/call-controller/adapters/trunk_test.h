/* Does a trunk work? Asks step by step, as an operator would: is it loaded, where is it (DNS), does
 * a connection come about (TCP, TLS and its certificate), does it answer OPTIONS, does the
 * registrar take us. The registration that is asked for is the trunk's own, because a second one
 * would drive it out at many registrars. At most UA's waits long; every step says what it found. */
#ifndef CC_TRUNK_TEST_H
#define CC_TRUNK_TEST_H
#include "services/call-controller/adapters/trunks.h"

#define TRUNK_TEST_STEPS_MAX 8
#define TRUNK_TEST_TEXT_MAX 240

struct trunk_test;

struct trunk_test_step {
	const char *name; /* config, dns, connect, options, register */
	bool ok;
	char message[TRUNK_TEST_TEXT_MAX];
	const char *hint; /* "" when it is ok */
};

/* Once, unless cancelled; maybe from inside trunk_test_start. The test is gone afterwards. */
typedef void trunk_test_h(const struct trunk_test_step *steps, size_t n, void *arg);

struct trunk_test_cfg {
	struct trunks *trunks;
	const struct trunk_links *links;
	struct vp_uuid org, id;
	int64_t version; /* of the row; an older one that is known is read again first */
	trunk_test_h *h;
	void *arg;
};
int trunk_test_start(struct trunk_test **ret, const struct trunk_test_cfg *cfg);
void trunk_test_cancel(struct trunk_test *test); /* NULL is no-op */
#endif
