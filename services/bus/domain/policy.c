#include <string.h>
#include "libcommon/bus/owners.h"
#include "services/bus/domain/policy.h"

#define LIST_MAX 5

/* Who owns which event types stands in libcommon/bus/owners.c. The list ends at NULL. */
struct rule {
	const char *service;
	const char *asks[LIST_MAX]; /* services that it sends requests to */
	const char *only[LIST_MAX]; /* types of request that it may ask; none: any */
	bool answers;               /* it serves requests: publishes rpl. */
	bool tells_live;            /* publishes rt. */
	bool tells_config;          /* publishes rt.config, also without the rest of rt. */
	bool hears_live;            /* subscribes rt. */
	bool hears_config;          /* subscribes rt.config, also without the rest of rt. */
	bool hears_events;          /* subscribes ev. */
};

static const struct rule rules[] = {
	{.service = "gateway",
		.asks = {"call-controller", "router", "recorder", "token-issuer"},
		.tells_live = true,
		.hears_live = true,
		.hears_events = true},
	{.service = "call-controller",
		.asks = {"router", "recorder", "token-issuer"},
		.answers = true,
		.tells_live = true,
		.hears_live = true,
		.hears_events = true},
	{.service = "router",
		.asks = {"call-controller"},
		.answers = true,
		.tells_live = true,
		.hears_live = true,
		.hears_events = true},
	{.service = "recorder", .answers = true, .tells_live = true, .hears_events = true},
	{.service = "token-issuer", .answers = true, .hears_config = true, .hears_events = true},
	/* faces the internet: tells what providers said, asks router what a caller hears, and hears
	 * nothing but that somebody configured something */
	{.service = "webhook-ingest",
		.asks = {"router"},
		.only = {"route.voice"},
		.hears_config = true},
	/* the CLI: sees who is there, says what it configured, has a trunk tried; its key lies
	 * where people work, so it cannot dial, listen or hang up with it */
	{.service = "voip",
		.asks = {"call-controller"},
		.only = {"trunk.test"},
		.tells_config = true},
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

const char *policy_service(size_t i)
{
	return i < RULES ? rules[i].service : NULL;
}

static const struct rule *rule_of(const char *service)
{
	for (size_t i = 0; i < RULES; i++) {
		if (strcmp(rules[i].service, service) == 0) {
			return &rules[i];
		}
	}
	return NULL;
}

static bool starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Is text "<name>.<anything>"? */
static bool addressed_to(const char *text, const char *name)
{
	return starts(text, name) && text[strlen(name)] == '.';
}

/* "<service>.<org>.<type>": its own name, and a type that it owns. */
static bool owns_event(const struct rule *rule, const char *rest)
{
	if (!addressed_to(rest, rule->service)) {
		return false;
	}
	const char *org = rest + strlen(rule->service) + 1;
	const char *type = strchr(org, '.');
	if (!type || type == org) {
		return false;
	}
	type++;
	if (strcmp(type, "bus.void") == 0) { /* fills a number that was given and not used */
		return bus_owns_events(rule->service);
	}
	const char *owner = bus_owner_of(type);
	return owner && strcmp(owner, rule->service) == 0;
}

static bool asks(const struct rule *rule, const char *rest)
{
	for (size_t i = 0; i < LIST_MAX && rule->asks[i]; i++) {
		if (addressed_to(rest, rule->asks[i])) {
			return true;
		}
	}
	return false;
}

bool policy_knows(const char *service)
{
	return rule_of(service) != NULL;
}

bool policy_may_publish(const char *service, const char *topic)
{
	const struct rule *rule = rule_of(service);
	if (!rule) {
		return false;
	}
	if (starts(topic, "ev.")) {
		return owns_event(rule, topic + 3);
	}
	if (starts(topic, "rt.")) {
		return (rule->tells_live && topic[3] != '\0') ||
		       (rule->tells_config && strcmp(topic, "rt.config") == 0);
	}
	if (starts(topic, "hb.")) {
		return addressed_to(topic + 3, rule->service);
	}
	if (starts(topic, "cmd.")) {
		return asks(rule, topic + 4);
	}
	return starts(topic, "rpl.") && rule->answers && topic[4] != '\0';
}

bool policy_limits_asking(const char *service)
{
	const struct rule *rule = rule_of(service);
	return !rule || rule->only[0];
}

bool policy_may_ask(const char *service, const char *type)
{
	const struct rule *rule = rule_of(service);
	if (!rule || !rule->only[0]) {
		return rule != NULL;
	}
	for (size_t i = 0; i < LIST_MAX && rule->only[i]; i++) {
		if (strcmp(rule->only[i], type) == 0) {
			return true;
		}
	}
	return false;
}

bool policy_may_subscribe(const char *service, const char *topic)
{
	const struct rule *rule = rule_of(service);
	if (!rule) {
		return false;
	}
	if (starts(topic, "hb.")) {
		return true;
	}
	if (starts(topic, "ev.")) {
		return rule->hears_events;
	}
	if (starts(topic, "rt.")) {
		return rule->hears_live || (rule->hears_config && strcmp(topic, "rt.config") == 0);
	}
	if (starts(topic, "cmd.")) {
		return addressed_to(topic + 4, rule->service);
	}
	/* replies go to nodes, which no certificate names: at least not to all of them */
	return starts(topic, "rpl.") && topic[4] != '\0';
}
