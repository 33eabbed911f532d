/* Who is registered here: the trunk that authenticates by REGISTER. One contact, the newest. */
#ifndef DEMO_CARRIER_REGISTRAR_H
#define DEMO_CARRIER_REGISTRAR_H
#include <jansson.h>
#include "tools/demo-carrier/auth.h"

#define CONTACT_SIZE 256

struct registrar {
	struct auth auth;
	unsigned longest_s;
	char contact[CONTACT_SIZE]; /* URI; empty: nobody */
	int64_t until_us;
	uint64_t count;
};

/* user NULL: registrations are refused (403). */
void registrar_init(
	struct registrar *registrar, const char *user, const char *password, unsigned longest_s);
void registrar_take(struct registrar *registrar, struct sip *sip, const struct sip_msg *msg);
/* The contact URI, or NULL. */
const char *registrar_contact(const struct registrar *registrar);
json_t *registrar_report(const struct registrar *registrar);
#endif
