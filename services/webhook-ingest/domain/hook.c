/* In the spool, little endian: id, organisation, provider, dedupe key (16 each) | time, Unix us
 * (i64) | driver (u8) | lengths of kind, external id, target, headers (u16 each) and body (u32) |
 * these. */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "services/webhook-ingest/domain/hook.h"

#define TEXTS 4
#define FIXED (4 * 16 + 8 + 1 + TEXTS * 2 + 4)

static const char *const names[HOOK_DRIVER_MAX] = {"twilio", "telnyx"};
static const size_t text_max[TEXTS] = {
	HOOK_KIND_MAX, HOOK_EXTERNAL_MAX, HOOK_TARGET_MAX, HOOK_HEADERS_MAX};

const char *hook_driver_name(enum hook_driver driver)
{
	return names[driver];
}

enum hook_driver hook_driver_find(const char *name)
{
	enum hook_driver driver = 0;
	while (driver < HOOK_DRIVER_MAX && strcmp(names[driver], name) != 0) {
		driver++;
	}
	return driver;
}

static char *put(char **at, const void *data, size_t len)
{
	char *start = *at;
	memcpy(start, data, len);
	start[len] = '\0';
	*at += len + 1;
	return start;
}

struct hook *hook_copy(const struct hook *from)
{
	size_t kind = strlen(from->kind), external = strlen(from->external_id),
	       target = strlen(from->target), headers = strlen(from->headers);
	struct hook *hook =
		malloc(sizeof(*hook) + kind + external + target + headers + from->len + TEXTS + 1);
	if (!hook) {
		return NULL;
	}
	char *at = (char *)(hook + 1);
	*hook = *from;
	hook->kind = put(&at, from->kind, kind);
	hook->external_id = put(&at, from->external_id, external);
	hook->target = put(&at, from->target, target);
	hook->headers = put(&at, from->headers, headers);
	hook->body = put(&at, from->body, from->len);
	return hook;
}

static void add(uint8_t **at, const void *data, size_t len)
{
	memcpy(*at, data, len);
	*at += len;
}

static void take(const uint8_t **at, void *data, size_t len)
{
	memcpy(data, *at, len);
	*at += len;
}

int hook_pack(const struct hook *hook, uint8_t **ret_data, size_t *ret_len)
{
	const char *const texts[TEXTS] = {
		hook->kind, hook->external_id, hook->target, hook->headers};
	uint16_t lens[TEXTS];
	size_t size = FIXED + hook->len;
	for (size_t i = 0; i < TEXTS; i++) {
		size_t len = strlen(texts[i]);
		if (len > text_max[i]) {
			return EMSGSIZE;
		}
		lens[i] = htole16((uint16_t)len);
		size += len;
	}
	uint8_t *data = malloc(size), *at = data;
	if (!data) {
		return ENOMEM;
	}
	uint64_t time = htole64((uint64_t)hook->received_us);
	uint32_t body = htole32((uint32_t)hook->len);
	add(&at, hook->id.b, 16);
	add(&at, hook->org.b, 16);
	add(&at, hook->provider.b, 16);
	add(&at, hook->dedupe.b, 16);
	add(&at, &time, sizeof(time));
	*at++ = (uint8_t)hook->driver;
	add(&at, lens, sizeof(lens));
	add(&at, &body, sizeof(body));
	for (size_t i = 0; i < TEXTS; i++) {
		add(&at, texts[i], strlen(texts[i]));
	}
	add(&at, hook->body, hook->len);
	*ret_data = data;
	*ret_len = size;
	return 0;
}

/* Texts behind each other, each with its NUL, in one block. */
static int unpack_texts(
	struct hook *hook, const uint8_t *at, const uint16_t lens[TEXTS], struct hook **ret)
{
	char *texts = malloc(
		HOOK_KIND_MAX + HOOK_EXTERNAL_MAX + HOOK_TARGET_MAX + HOOK_HEADERS_MAX + TEXTS);
	if (!texts) {
		return ENOMEM;
	}
	const char **const fields[TEXTS] = {
		&hook->kind, &hook->external_id, &hook->target, &hook->headers};
	char *to = texts;
	for (size_t i = 0; i < TEXTS; i++) {
		*fields[i] = put(&to, at, lens[i]);
		at += lens[i];
	}
	hook->body = (const char *)at;
	*ret = hook_copy(hook);
	free(texts);
	return *ret ? 0 : ENOMEM;
}

int hook_unpack(const uint8_t *data, size_t len, struct hook **ret)
{
	struct hook hook = {0};
	uint64_t time;
	uint32_t body;
	uint16_t lens[TEXTS];
	const uint8_t *at = data;
	if (len < FIXED) {
		return EBADMSG;
	}
	take(&at, hook.id.b, 16);
	take(&at, hook.org.b, 16);
	take(&at, hook.provider.b, 16);
	take(&at, hook.dedupe.b, 16);
	take(&at, &time, sizeof(time));
	hook.driver = (enum hook_driver) * at++;
	take(&at, lens, sizeof(lens));
	take(&at, &body, sizeof(body));
	hook.received_us = (int64_t)le64toh(time);
	hook.len = le32toh(body);
	size_t size = FIXED + hook.len;
	for (size_t i = 0; i < TEXTS; i++) {
		lens[i] = le16toh(lens[i]);
		if (lens[i] > text_max[i]) {
			return EBADMSG;
		}
		size += lens[i];
	}
	if (hook.driver >= HOOK_DRIVER_MAX || hook.len > HOOK_BODY_MAX || size != len) {
		return EBADMSG;
	}
	return unpack_texts(&hook, at, lens, ret);
}
