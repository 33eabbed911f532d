/* The organisation, its first administrator, and the carrier. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/crypto/crypto.h"
#include "tools/voip/ask.h"
#include "tools/voip/cli.h"
#include "tools/voip/model.h"
#include "tools/voip/organisation.h"
#include "tools/voip/setup.h"

enum { PASSWORD_CHARS = 16, PASSWORD_MIN = 8 };

static bool is_email(const char *text)
{
	const char *at = strchr(text, '@');

	return at && at != text && at[1] && !strchr(at + 1, '@') && !strpbrk(text, " \t,;<>\"");
}

static bool is_region(const char *text)
{
	char code[8];

	return strlen(text) == 2 && vp_e164_calling_code(text, code, sizeof(code));
}

static bool is_name(const char *text)
{
	return text[strspn(text, " \t")] != '\0';
}

/* A line until it is good; "" is def when there is one. False: the input is over. */
static bool ask_text(const char *question, const char *def, bool (*is_good)(const char *text),
	const char *sentence, char *buf, size_t size)
{
	for (;;) {
		VP_CLEANUP(vp_freep) char *line = ask_line(question);

		if (!line) {
			return false;
		}
		if (vp_strcopy(buf, size, *line || !def ? line : def) && is_good(buf)) {
			return true;
		}
		printf("  %s\n", sentence);
	}
}

static bool ask_password(struct setup_place *place)
{
	for (;;) {
		VP_CLEANUP(cli_wipe)
		char *first = ask_secret(
			"\nPassword, at least 8 characters\n  [a random one, shown at the end] > ");
		VP_CLEANUP(cli_wipe) char *again = NULL;

		if (!first) {
			return false;
		}
		if (!*first) {
			vp_random_text(place->password, PASSWORD_CHARS + 1);
			place->shows_password = true;
			return true;
		}
		if (strlen(first) < PASSWORD_MIN ||
			!vp_strcopy(place->password, SETUP_TEXT_SIZE, first)) {
			puts("  It has at least 8 characters, and at most 255.");
			continue;
		}
		again = ask_secret("Once more > ");
		if (!again) {
			return false;
		}
		if (strcmp(first, again) == 0) {
			return true;
		}
		puts("  The two differ.");
	}
}

static void upper(char *text)
{
	for (; *text; text++) {
		*text = (char)(*text >= 'a' && *text <= 'z' ? *text - 32 : *text);
	}
}

static bool ask_new_place(const char *name, struct setup_place *place)
{
	char region[SETUP_TEXT_SIZE];

	place->is_new = true;
	place->org = vp_uuid_new();
	puts("Nobody is here yet: first your organisation, and you as its administrator.");
	if (name) {
		vp_strcopy(place->name, sizeof(place->name), name);
	} else if (!ask_text("\nName of the organisation\n> ", NULL, is_name, "It wants a name.",
			   place->name, sizeof(place->name))) {
		return false;
	}
	do {
		if (!ask_text("\nCountry, two letters: numbers without country code are read as "
			      "its own\n  [US] > ",
			    "US", is_name, "", region, sizeof(region))) {
			return false;
		}
		upper(region);
		if (!is_region(region)) {
			puts("  Two letters like US, GB or DE.");
		}
	} while (!is_region(region));
	vp_strcopy(place->region, sizeof(place->region), region);
	return ask_text("\nYour e-mail address, to sign in with\n> ", NULL, is_email,
		       "It is like ann@example.com.", place->email, sizeof(place->email)) &&
	       ask_password(place);
}

bool setup_ask_place(struct tool_db *db, const char *org_name, struct setup_place *ret)
{
	long count = organisation_count(db);

	*ret = (struct setup_place){0};
	if (count < 0) {
		cli_fail("the database has no tables yet, or this role may not read them",
			"`voip migrate` makes them.");
		return false;
	}
	if (count == 0) {
		return ask_new_place(org_name, ret);
	}
	return organisation_find(db, org_name, &ret->org, ret->region) == 0;
}

const struct vp_provider_driver *setup_ask_driver(void)
{
	puts("\nWhose lines carry your calls?");
	for (size_t i = 0; i < vp_provider_count(); i++) {
		printf("  %zu  %s\n", i + 1, vp_provider_at(i)->label);
	}
	for (;;) {
		VP_CLEANUP(vp_freep) char *line = ask_line("> ");
		const struct vp_provider_driver *driver;

		if (!line) {
			return NULL;
		}
		driver = vp_provider_find(line);
		if (!driver && line[0] >= '1' && line[0] <= '9' && line[1] == '\0') {
			driver = vp_provider_at((size_t)(line[0] - '1'));
		}
		if (driver) {
			return driver;
		}
		puts("  Type its number.");
	}
}

int setup_store_place(struct tool_db *db, const struct setup_place *place)
{
	const struct model_org org = {
		.id = place->org, .name = place->name, .region = place->region, .timezone = "UTC"};
	const struct model_user user = {.id = vp_uuid_new(),
		.email = place->email,
		.role = "admin",
		.password = place->password};
	struct vp_db_tx *tx = vp_db_tx_create();
	int err = tx ? model_add_org(tx, &org) : ENOMEM;

	err = err ? err : model_add_user(tx, org.id, &user);
	if (err) {
		vp_db_tx_destroy(tx);
		cli_fail(strerror(err), NULL);
		return err;
	}
	return tool_db_write(db, tx);
}
