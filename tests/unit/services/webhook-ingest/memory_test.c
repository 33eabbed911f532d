/* What is remembered: keys of webhooks, answers, and the bytes of the spool */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/webhook-ingest/domain/answers.h"
#include "services/webhook-ingest/domain/hook.h"
#include "services/webhook-ingest/domain/recent.h"

static struct vp_uuid key(uint32_t n)
{
	struct vp_uuid key = {0};
	memcpy(key.b, &n, sizeof(n)); /* neighbours share chains */
	key.b[15] = (uint8_t)(n >> 3);
	return key;
}

Test(recent, pending_then_settled_then_forgotten)
{
	struct recent *recent = recent_create();
	int thing;
	void *pending;
	cr_assert(!recent_find(recent, key(1), &pending));
	recent_add(recent, key(1), &thing);
	cr_assert(recent_find(recent, key(1), &pending) && pending == &thing);
	recent_settle(recent, key(1), &pending);
	cr_assert(recent_find(recent, key(1), &pending) && pending == &thing, "it is another's");
	recent_settle(recent, key(1), &thing);
	cr_assert(recent_find(recent, key(1), &pending) && pending == NULL);
	recent_forget(recent, key(1));
	cr_assert(!recent_find(recent, key(1), &pending));
	recent_settle(recent, key(1), &thing);
	cr_assert(recent_find(recent, key(1), &pending) && pending == NULL);
	recent_forget(recent, key(1));
	recent_forget(recent, key(1));
	recent_destroy(recent);
	recent_destroy(NULL);
}

Test(recent, the_oldest_goes_first)
{
	struct recent *recent = recent_create();
	void *pending;
	for (uint32_t n = 0; n < 3 * RECENT_MAX; n++) {
		recent_add(recent, key(n), NULL);
		if (n % 7 == 0) {
			recent_forget(recent, key(n));
		}
	}
	for (uint32_t n = 0; n < 3 * RECENT_MAX; n++) {
		bool wanted = n >= 2 * RECENT_MAX && n % 7 != 0;
		cr_assert_eq(recent_find(recent, key(n), &pending), wanted, "%u", n);
	}
	recent_destroy(recent);
}

Test(answers, the_same_question_has_the_same_answer_for_a_while)
{
	struct answers *answers = answers_create();
	char text[16];
	answers_keep(answers, key(0), NULL);
	cr_assert_null(answers_find(answers, key(0)));
	for (uint32_t n = 0; n < 2 * ANSWERS_MAX + 5; n++) {
		snprintf(text, sizeof(text), "%u", n);
		answers_keep(answers, key(n), strdup(text));
	}
	cr_assert_null(answers_find(answers, key(ANSWERS_MAX + 4)));
	cr_assert_str_eq(answers_find(answers, key(ANSWERS_MAX + 5)), "4101");
	cr_assert_str_eq(answers_find(answers, key(2 * ANSWERS_MAX + 4)), "8196");
	answers_destroy(answers);
}

static const struct hook whole = {.id = {{1}},
	.org = {{2}},
	.provider = {{3}},
	.dedupe = {{4}},
	.driver = HOOK_TELNYX,
	.received_us = 5,
	.kind = "call.hangup",
	.external_id = "v3:x",
	.target = "/a?b",
	.headers = "h: 1\n",
	.body = "bo\0dy",
	.len = 5};

Test(hook, comes_back_from_its_bytes)
{
	uint8_t *data;
	size_t len;
	struct hook *hook;
	cr_assert_eq(hook_pack(&whole, &data, &len), 0);
	cr_assert_eq(hook_unpack(data, len, &hook), 0);
	cr_assert(vp_uuid_equal(hook->id, whole.id) && vp_uuid_equal(hook->org, whole.org) &&
		  vp_uuid_equal(hook->provider, whole.provider) &&
		  vp_uuid_equal(hook->dedupe, whole.dedupe));
	cr_assert_eq(hook->received_us, 5);
	cr_assert_eq(hook->driver, HOOK_TELNYX);
	cr_assert_str_eq(hook->kind, whole.kind);
	cr_assert_str_eq(hook->external_id, whole.external_id);
	cr_assert_str_eq(hook->target, whole.target);
	cr_assert_str_eq(hook->headers, whole.headers);
	cr_assert(hook->len == 5 && memcmp(hook->body, whole.body, 5) == 0);
	free(hook);
	free(data);
}

Test(hook, cut_or_changed_bytes_are_refused)
{
	uint8_t *data;
	size_t len;
	struct hook *hook = NULL;
	cr_assert_eq(hook_pack(&whole, &data, &len), 0);
	for (size_t cut = 0; cut < len; cut++) {
		uint8_t *part = malloc(cut + 1);
		memcpy(part, data, cut);
		cr_assert_eq(hook_unpack(part, cut, &hook), EBADMSG);
		free(part);
	}
	for (size_t i = 72; i < 85; i++) { /* driver and lengths */
		uint8_t was = data[i];
		data[i] = 0xFF;
		cr_assert_eq(hook_unpack(data, len, &hook), EBADMSG, "byte %zu", i);
		data[i] = was;
	}
	free(data);
}

Test(hook, what_is_too_long_does_not_go_in)
{
	char kind[HOOK_KIND_MAX + 2];
	uint8_t *data;
	size_t len;
	struct hook hook = whole;
	memset(kind, 'k', sizeof(kind) - 1);
	kind[sizeof(kind) - 1] = '\0';
	hook.kind = kind;
	cr_assert_eq(hook_pack(&hook, &data, &len), EMSGSIZE);
}
