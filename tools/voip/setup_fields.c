/* The questions of a driver's table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "tools/voip/ask.h"
#include "tools/voip/cli.h"
#include "tools/voip/setup.h"

/* Of the SIP driver's many settings, those that carriers tell; the others have good defaults. */
static const char *const sip_first[] = {"sip_server", "transport", "sip_port", "auth_method",
	"username", "password", "register", "caller_id", "from_display_name"};

struct fault_of {
	const char *key;
	const char *sentence;
};

static void on_fault(const char *key, const char *sentence, void *arg)
{
	struct fault_of *fault = arg;

	if (!fault->sentence && (!fault->key || strcmp(fault->key, key) == 0)) {
		fault->key = key;
		fault->sentence = sentence;
	}
}

/* The first fault of this key; of any when key is NULL. */
static struct fault_of find_fault(const struct vp_provider_driver *driver,
	const struct vp_provider_config *config, const char *key)
{
	struct fault_of fault = {.key = key};

	vp_provider_check(driver, config, on_fault, &fault);
	return fault;
}

static bool is_first(const struct vp_provider_driver *driver, const struct vp_provider_field *field)
{
	if (strcmp(driver->name, "sip") != 0) {
		return true;
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(sip_first); i++) {
		if (strcmp(sip_first[i], field->key) == 0) {
			return true;
		}
	}
	return false;
}

/* A carrier that knows us by our address has no password. */
static bool is_of_use(const struct vp_provider_field *field,
	const struct vp_provider_driver *driver, const struct vp_provider_config *config)
{
	const char *method = vp_provider_get(config, driver, "auth_method");
	bool by_address = method && strcmp(method, "ip_auth") == 0;

	return !field->operator_only && field->kind != VP_FIELD_LINES &&
	       !(by_address && (strcmp(field->key, "username") == 0 ||
				       strcmp(field->key, "password") == 0 ||
				       strcmp(field->key, "auth_username") == 0 ||
				       strcmp(field->key, "register") == 0));
}

static char *question_of(const struct vp_provider_field *field, const char *now)
{
	const char *shown = field->secret && now ? "keeps what you typed" : now;

	return vp_strf("\n%s%s%s%s\n  %s\n%s%s%s> ", field->label,
		field->kind == VP_FIELD_CHOICE ? " (" : "",
		field->kind == VP_FIELD_CHOICE ? field->choices : "",
		field->kind == VP_FIELD_CHOICE ? ")" : "", field->help, shown ? "  [" : "",
		shown ? shown : "",
		shown             ? "] "
		: field->required ? ""
				  : "  [none] ");
}

/* "y" is as good as "true", a number is read by the organisation's region. In place. */
static void settle(const struct vp_provider_field *field, const char *region, char **text)
{
	char e164[VP_E164_SIZE];
	const char *better = NULL;

	if (field->kind == VP_FIELD_BOOL &&
		(strcasecmp(*text, "y") == 0 || strcasecmp(*text, "yes") == 0)) {
		better = "true";
	} else if (field->kind == VP_FIELD_BOOL &&
		   (strcasecmp(*text, "n") == 0 || strcasecmp(*text, "no") == 0)) {
		better = "false";
	} else if (field->kind == VP_FIELD_PHONE &&
		   vp_e164_normalize(*text, region, e164) == VP_E164_OK) {
		better = e164;
	}
	if (better) {
		free(*text);
		*text = strdup(better);
	}
}

/* Blanks around what was pasted. */
static void trim(char *text)
{
	size_t skip = strspn(text, " \t"), len;

	memmove(text, text + skip, strlen(text + skip) + 1);
	len = strlen(text);
	while (len > 0 && strchr(" \t", text[len - 1])) {
		text[--len] = '\0';
	}
}

/* One field until it is good. False: the input is over. */
static bool ask_field(const struct vp_provider_driver *driver,
	const struct vp_provider_field *field, const char *region,
	struct vp_provider_config *config)
{
	for (;;) {
		VP_CLEANUP(vp_freep)
		char *question = question_of(field, vp_provider_get(config, driver, field->key));
		VP_CLEANUP(cli_wipe)
		char *text = !question       ? NULL
			     : field->secret ? ask_secret(question)
					     : ask_line(question);
		struct fault_of fault;

		if (!text) {
			return false;
		}
		trim(text);
		settle(field, region, &text);
		if (text && *text && vp_provider_set(config, field->key, text) != 0) {
			puts("  This is too long.");
			continue;
		}
		fault = find_fault(driver, config, field->key);
		if (!fault.sentence) {
			return true;
		}
		printf("  %s\n", fault.sentence);
		vp_provider_set(config, field->key, NULL);
	}
}

static bool ask_some(const struct vp_provider_driver *driver, const char *region,
	struct vp_provider_config *config, bool first)
{
	for (size_t i = 0; i < driver->n_fields; i++) {
		const struct vp_provider_field *field = &driver->fields[i];

		if (is_first(driver, field) == first && is_of_use(field, driver, config) &&
			!ask_field(driver, field, region, config)) {
			return false;
		}
	}
	return true;
}

static bool has_more(const struct vp_provider_driver *driver)
{
	for (size_t i = 0; i < driver->n_fields; i++) {
		if (!is_first(driver, &driver->fields[i])) {
			return true;
		}
	}
	return false;
}

/* What only the whole shows: each faulty field is asked for again. */
static bool ask_faulty(const struct vp_provider_driver *driver, const char *region,
	struct vp_provider_config *config)
{
	for (;;) {
		struct fault_of fault = find_fault(driver, config, NULL);
		const struct vp_provider_field *field =
			fault.sentence ? vp_provider_field(driver, fault.key) : NULL;

		if (!field) {
			return true;
		}
		printf("\n  %s\n", fault.sentence);
		if (!ask_field(driver, field, region, config)) {
			return false;
		}
	}
}

bool setup_ask_fields(const struct vp_provider_driver *driver, const char *region,
	struct vp_provider_config *config)
{
	printf("\n%s: Enter takes what stands in [brackets].\n", driver->label);
	if (!ask_some(driver, region, config, true)) {
		return false;
	}
	if (has_more(driver) &&
		ask_yes("\nThere are more settings; their defaults suit most carriers. See them? "
			"[y/N] ",
			false) &&
		!ask_some(driver, region, config, false)) {
		return false;
	}
	return !ask_is_over() && ask_faulty(driver, region, config);
}

void setup_show(const struct vp_provider_driver *driver, const struct vp_provider_config *config)
{
	puts("");
	for (size_t i = 0; i < driver->n_fields; i++) {
		const struct vp_provider_field *field = &driver->fields[i];
		const char *value = vp_provider_get(config, NULL, field->key);

		if (value) {
			printf("  %-26s %s\n", field->label, field->secret ? "(set)" : value);
		}
	}
}
