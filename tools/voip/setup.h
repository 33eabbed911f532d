/* Inside of `voip setup`: what it asks for, before anything is written. */
#ifndef VOIP_SETUP_H
#define VOIP_SETUP_H
#include <stdbool.h>
#include "libcommon/provider/provider.h"
#include "tools/voip/db.h"

#define SETUP_TEXT_SIZE 256

/* The organisation, and the first administrator when there is none. */
struct setup_place {
	struct vp_uuid org;
	bool is_new; /* it and its administrator are made with the provider */
	char name[SETUP_TEXT_SIZE], region[3];
	char email[SETUP_TEXT_SIZE], password[SETUP_TEXT_SIZE];
	bool shows_password; /* a random one was made */
};

/* All of them: false when the input is over (Ctrl+C, end of the pipe), or after a message. */
bool setup_ask_place(struct tool_db *db, const char *org_name, struct setup_place *ret);
/* NULL after Ctrl+C. */
const struct vp_provider_driver *setup_ask_driver(void);
/* Every field of the driver's table, again on a fault, until the whole is good. */
bool setup_ask_fields(const struct vp_provider_driver *driver, const char *region,
	struct vp_provider_config *config);
void setup_show(const struct vp_provider_driver *driver, const struct vp_provider_config *config);
/* The organisation with its administrator. 0, or errno after a message. */
int setup_store_place(struct tool_db *db, const struct setup_place *place);
#endif
