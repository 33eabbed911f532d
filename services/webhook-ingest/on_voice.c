/* A call waits to hear what happens to it: router is asked (route.voice), its answer becomes TwiML,
 * and is given once the webhook is safe as well. Nobody answers in time: an apology, never an
 * error. The same question gets the same answer, also while the first is being asked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/http/http.h"
#include "services/webhook-ingest/adapters/inbox.h"
#include "services/webhook-ingest/ask_route.h"
#include "services/webhook-ingest/domain/answers.h"
#include "services/webhook-ingest/ingest.h"
#include "services/webhook-ingest/reply.h"

struct question;

/* One request that waits: for its commit, and for the answer. */
struct voice {
	LIST_ENTRY(voice) link;
	struct ingest *ingest;
	struct question *question; /* NULL: the answer is known */
	struct vp_uuid key;
	struct vp_http_ref *ref;
	bool stored;
	int64_t since_us;
};
LIST_HEAD(voice_list, voice);

/* Asked once, however many wait for it. */
struct question {
	LIST_ENTRY(question) link;
	struct ingest *ingest;
	struct vp_uuid key;
	struct ask_route *ask;
	struct voice_list waiting;
};

struct voices {
	LIST_HEAD(, question) questions;
};

/* The same call at the same address is the same question, at the fallback address too. */
static struct vp_uuid key_of(const struct arrival *arrival)
{
	const struct hook *hook = &arrival->hook;
	const char *query = strchr(hook->target, '?');
	uint8_t digest[VP_SHA256_SIZE];
	char text[sizeof(hook->provider.b) + HOOK_EXTERNAL_MAX + HOOK_TARGET_MAX + 2];
	struct vp_uuid key;
	if (hook->external_id[0] == '\0') {
		return hook->dedupe;
	}
	memcpy(text, hook->provider.b, sizeof(hook->provider.b));
	int len = snprintf(text + sizeof(hook->provider.b), sizeof(text) - sizeof(hook->provider.b),
		"%s %s", hook->external_id, query ? query : "");
	vp_sha256(text, sizeof(hook->provider.b) + (size_t)len, digest);
	memcpy(key.b, digest, sizeof(key.b));
	return key;
}

static void finish(struct voice *voice, bool ok)
{
	struct vp_http_req *req = vp_http_ref_req(voice->ref);
	const char *answer = answers_find(voice->ingest->answers, voice->key);
	if (req && ok && answer) {
		count_voice(vp_mono_us() - voice->since_us);
		reply_twiml(req, strdup(answer));
	} else if (req) {
		reply_unavailable(req);
	}
	if (voice->question) {
		LIST_REMOVE(voice, link);
	}
	vp_http_ref_drop(voice->ref);
	free(voice);
}

static void on_stored(bool stored, void *arg)
{
	struct voice *voice = arg;
	voice->stored = true;
	if (!stored || !voice->question) {
		finish(voice, stored);
	}
}

static void on_answer(char *twiml, void *arg)
{
	struct question *question = arg;
	struct voice *voice, *next;
	LIST_REMOVE(question, link);
	answers_keep(question->ingest->answers, question->key, twiml);
	for (voice = LIST_FIRST(&question->waiting); voice; voice = next) {
		next = LIST_NEXT(voice, link);
		LIST_REMOVE(voice, link);
		voice->question = NULL;
		if (voice->stored) {
			finish(voice, true);
		}
	}
	free(question);
}

static struct question *find(struct voices *voices, struct vp_uuid key)
{
	struct question *question;
	LIST_FOREACH(question, &voices->questions, link)
	{
		if (vp_uuid_equal(question->key, key)) {
			return question;
		}
	}
	return NULL;
}

static struct question *ask(const struct arrival *arrival, struct vp_uuid key)
{
	struct ingest *ingest = arrival->ingest;
	struct question *question = calloc(1, sizeof(*question));
	if (!question) {
		return NULL;
	}
	question->ingest = ingest;
	question->key = key;
	LIST_INIT(&question->waiting);
	if (ask_route(&question->ask, arrival, key, on_answer, question) != 0) {
		free(question);
		return NULL;
	}
	LIST_INSERT_HEAD(&ingest->voices->questions, question, link);
	return question;
}

void on_voice(struct arrival *arrival)
{
	struct ingest *ingest = arrival->ingest;
	struct vp_uuid key = key_of(arrival);
	struct voice *voice = calloc(1, sizeof(*voice));
	struct question *question = NULL;
	if (voice && !answers_find(ingest->answers, key)) {
		question = find(ingest->voices, key);
		question = question ? question : ask(arrival, key);
		if (!question) {
			free(VP_TAKE(voice));
		}
	}
	if (!voice) {
		reply_unavailable(arrival->req);
		return;
	}
	*voice = (struct voice){.ingest = ingest,
		.question = question,
		.key = key,
		.ref = vp_http_defer(arrival->req),
		.since_us = vp_mono_us()};
	if (question) {
		LIST_INSERT_HEAD(&question->waiting, voice, link);
	}
	inbox_put(ingest->inbox, &arrival->hook, &arrival->facts, on_stored, voice);
}

int voices_create(struct voices **ret)
{
	struct voices *voices = calloc(1, sizeof(*voices));
	if (!voices) {
		return ENOMEM;
	}
	LIST_INIT(&voices->questions);
	*ret = voices;
	return 0;
}

struct voices *voices_destroy(struct voices *voices)
{
	struct question *question;
	while (voices && (question = LIST_FIRST(&voices->questions))) {
		struct voice *voice;
		LIST_REMOVE(question, link);
		ask_route_cancel(question->ask);
		while ((voice = LIST_FIRST(&question->waiting))) {
			LIST_REMOVE(voice, link);
			voice->question = NULL;
			if (voice->stored) {
				finish(voice, false);
			}
		}
		free(question);
	}
	free(voices);
	return NULL;
}
