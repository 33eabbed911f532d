#include <stdlib.h>
#include "services/webhook-ingest/domain/answers.h"
#include "services/webhook-ingest/domain/recent.h"

struct entry {
	struct vp_uuid key;
	char *text;
};

struct answers {
	size_t at;
	struct recent *keys; /* key -> entry; it holds more keys than there are entries */
	struct entry entries[ANSWERS_MAX];
};

struct answers *answers_create(void)
{
	struct answers *answers = calloc(1, sizeof(*answers));
	struct recent *keys = recent_create();
	if (!answers || !keys) {
		free(answers);
		recent_destroy(keys);
		return NULL;
	}
	answers->keys = keys;
	return answers;
}

struct answers *answers_destroy(struct answers *answers)
{
	if (answers) {
		for (size_t i = 0; i < ANSWERS_MAX; i++) {
			free(answers->entries[i].text);
		}
		recent_destroy(answers->keys);
		free(answers);
	}
	return NULL;
}

const char *answers_find(const struct answers *answers, struct vp_uuid key)
{
	void *entry;
	return recent_find(answers->keys, key, &entry) ? ((struct entry *)entry)->text : NULL;
}

void answers_keep(struct answers *answers, struct vp_uuid key, char *text)
{
	struct entry *entry = &answers->entries[answers->at];
	if (!text) {
		return;
	}
	answers->at = (answers->at + 1) % ANSWERS_MAX;
	if (entry->text) {
		recent_forget(answers->keys, entry->key);
		free(entry->text);
	}
	*entry = (struct entry){.key = key, .text = text};
	recent_add(answers->keys, key, entry);
}
