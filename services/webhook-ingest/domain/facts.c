/* What both drivers share: the dedupe key, our own words in an address, and the event. */
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "proto/provider.pb-c.h"
#include "services/webhook-ingest/domain/facts.h"
#include "services/webhook-ingest/domain/facts_int.h"
#include "services/webhook-ingest/domain/form.h"

/* An event's data is at most 256 KiB; the rest is the envelope's. */
#define EVENT_MAX ((size_t)248 << 10)

void facts_word(char *dst, size_t size, const char *text)
{
	static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ._:-+@=/";
	if (text[strspn(text, allowed)] != '\0' || !vp_strcopy(dst, size, text)) {
		dst[0] = '\0';
	}
}

/* BLAKE2b, a fifth of SHA-256's price for so little. Parts are kept apart by their NUL, so that
 * none can pose as the end of another. */
struct vp_uuid facts_key(const struct hook *hook, const char *const parts[], size_t n)
{
	char text[16 + FACTS_KEY_PARTS * (HOOK_EXTERNAL_MAX + 1)];
	size_t len = 16;
	memcpy(text, hook->provider.b, 16);
	for (size_t i = 0; i < n; i++) {
		size_t part = strnlen(parts[i], HOOK_EXTERNAL_MAX);
		memcpy(text + len, parts[i], part);
		text[len + part] = '\0';
		len += part + 1;
	}
	struct vp_uuid key;
	crypto_generichash(key.b, sizeof(key.b), (const uint8_t *)text, len, NULL, 0);
	return key;
}

struct vp_uuid facts_key_of_body(const struct hook *hook, const char *kind, const char *token)
{
	uint8_t digest[VP_SHA256_SIZE];
	char hex[2 * VP_SHA256_SIZE + 1];
	vp_sha256(hook->body, hook->len, digest);
	vp_hex(digest, sizeof(digest), hex);
	return facts_key(hook, (const char *const[]){kind, "body", hex, token}, 4);
}

void facts_read_ours(struct facts *facts, const char *query)
{
	VP_CLEANUP(vp_twilio_form_clear) struct vp_twilio_form form = {0};
	struct vp_uuid call;
	if (vp_twilio_form_parse(&form, query, strlen(query)) != 0) {
		return;
	}
	form_clean_fields(&form);
	if (vp_uuid_parse(form_get(&form, "call"), &call)) {
		vp_uuid_text(call, facts->call_id);
	}
	facts_word(facts->leg, sizeof(facts->leg), form_get(&form, "leg"));
}

/* A GET says all in its query: what is in it is the carrier's, or what a browser had it pass on,
 * and names no call of ours. */
static bool is_said(const struct hook *hook, const char *query)
{
	return strlen(query) == hook->len && memcmp(query, hook->body, hook->len) == 0;
}

int facts_read(struct facts *ret, const struct hook *hook, const struct facts_hints *hints)
{
	*ret = (struct facts){0};
	const char *query = strchr(hook->target, '?');
	if (query && !is_said(hook, query + 1)) {
		facts_read_ours(ret, query + 1);
	}
	return hook->driver == HOOK_TWILIO ? facts_twilio(ret, hook, hints)
					   : facts_telnyx(ret, hook);
}

void facts_free(struct facts *facts)
{
	vp_twilio_form_clear(&facts->form);
}

static bool text_is(const char *text, size_t len, const char *want)
{
	return len == strlen(want) && memcmp(text, want, len) == 0;
}

/* "CallerCity", "FromZip" ...: where a number was registered. That is half of a form's fields, and
 * nobody decides by it: it stays in the inbox. */
static bool is_place(const struct vp_twilio_field *field)
{
	static const char *const whose[] = {"Called", "Caller", "From", "To"};
	static const char *const what[] = {"City", "State", "Zip", "Country"};
	const char *name = field->name;
	if (name[0] != 'C' && name[0] != 'F' && name[0] != 'T') {
		return false;
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(whose); i++) {
		size_t len = strlen(whose[i]);
		if (field->name_len <= len || memcmp(name, whose[i], len) != 0) {
			continue;
		}
		for (size_t k = 0; k < VP_ARRAY_LEN(what); k++) {
			if (text_is(name + len, field->name_len - len, what[k])) {
				return true;
			}
		}
	}
	return false;
}

static Ringmain__V1__ProviderField **fields_of(const struct vp_twilio_form *form, size_t *ret_n)
{
	struct slot {
		Ringmain__V1__ProviderField field;
	} * slots;
	Ringmain__V1__ProviderField **list =
		malloc((form->n + 1) * (sizeof(void *) + sizeof(*slots)));
	if (!list) {
		return NULL;
	}
	slots = (struct slot *)(list + form->n + 1);
	size_t n = 0;
	for (size_t i = 0; i < form->n; i++) {
		if (!is_place(&form->fields[i])) {
			ringmain__v1__provider_field__init(&slots[n].field);
			slots[n].field.name = (char *)form->fields[i].name;
			slots[n].field.value = (char *)form->fields[i].value;
			list[n] = &slots[n].field;
			n++;
		}
	}
	*ret_n = n;
	return list;
}

static int pack(Ringmain__V1__ProviderEvent *event, uint8_t **ret_data, size_t *ret_len)
{
	size_t size = ringmain__v1__provider_event__get_packed_size(event);
	if (size > EVENT_MAX) {
		event->n_fields = 0;
		event->body = (ProtobufCBinaryData){0};
		size = ringmain__v1__provider_event__get_packed_size(event);
	}
	uint8_t *data = malloc(size);
	if (!data) {
		return ENOMEM;
	}
	ringmain__v1__provider_event__pack(event, data);
	*ret_data = data;
	*ret_len = size;
	return 0;
}

int facts_event(
	const struct facts *facts, const struct hook *hook, uint8_t **ret_data, size_t *ret_len)
{
	Ringmain__V1__ProviderEvent event = RINGMAIN__V1__PROVIDER_EVENT__INIT;
	char inbox_id[VP_UUID_TEXT_SIZE], provider_id[VP_UUID_TEXT_SIZE];
	vp_uuid_text(hook->id, inbox_id);
	vp_uuid_text(hook->provider, provider_id);
	event.inbox_id = inbox_id;
	event.provider_id = provider_id;
	event.driver = (char *)hook_driver_name(hook->driver);
	event.kind = (char *)facts->kind;
	event.external_id = (char *)facts->external_id;
	event.parent_id = (char *)facts->parent_id;
	event.call_id = (char *)facts->call_id;
	event.leg = (char *)facts->leg;
	event.occurred_us = facts->occurred_us;
	if (hook->driver == HOOK_TELNYX) {
		event.body = (ProtobufCBinaryData){hook->len, (uint8_t *)hook->body};
	}
	size_t n;
	VP_CLEANUP(vp_freep) Ringmain__V1__ProviderField **fields = fields_of(&facts->form, &n);
	if (!fields) {
		return ENOMEM;
	}
	event.n_fields = n;
	event.fields = fields;
	return pack(&event, ret_data, ret_len);
}
