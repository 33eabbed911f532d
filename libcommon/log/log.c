/* One JSON object a line on stdout, one write(2) a line so that threads never mix. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "libcommon/base/e164.h"
#include "libcommon/log/line.h"
#include "libcommon/log/log.h"

#define CONTEXT_MAX 8
#define CONTEXT_KEY_SIZE 24
#define CONTEXT_VALUE_SIZE 72
#define NAME_SIZE 64

struct context {
	char key[CONTEXT_KEY_SIZE];
	char value[CONTEXT_VALUE_SIZE];
};

static const char *const level_names[] = {"error", "warn", "info", "debug"};

static char log_service[NAME_SIZE];
static char log_node[NAME_SIZE];
static enum vp_log_level log_level = VP_LOG_INFO;
static _Thread_local struct context contexts[CONTEXT_MAX];
static pthread_mutex_t limit_lock = PTHREAD_MUTEX_INITIALIZER;

void vp_log_init(const char *service, const char *node, enum vp_log_level level)
{
	vp_strcopy(log_service, sizeof(log_service), service);
	vp_strcopy(log_node, sizeof(log_node), node);
	log_level = level;
}

bool vp_log_level_parse(const char *text, enum vp_log_level *ret_level)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(level_names); i++) {
		if (strcasecmp(text, level_names[i]) == 0) {
			*ret_level = (enum vp_log_level)i;
			return true;
		}
	}
	return false;
}

const char *vp_log_errno(int err)
{
	const char *text = strerrordesc_np(err);

	return text ? text : "unknown error";
}

static void write_all(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return; /* nobody reads our log: calls matter more */
		}
		text += n;
		len -= (size_t)n;
	}
}

static void add_kv(struct log_line *line, const struct vp_kv *kv)
{
	char masked[VP_E164_SIZE + 8];

	switch (kv->type) {
	case VP_KV_TYPE_STR: log_line_str(line, kv->key, kv->str); break;
	case VP_KV_TYPE_INT: log_line_int(line, kv->key, kv->num); break;
	case VP_KV_TYPE_BOOL: log_line_bool(line, kv->key, kv->num != 0); break;
	case VP_KV_TYPE_NUMBER:
		vp_e164_mask(kv->str ? kv->str : "", masked, sizeof(masked));
		log_line_str(line, kv->key, masked);
		break;
	case VP_KV_END: break;
	}
}

void vp_log_write(enum vp_log_level level, const char *event, const struct vp_kv *kv)
{
	struct log_line line;
	char time[VP_TIME_TEXT_SIZE];
	int saved = errno;

	if (level > log_level) {
		return;
	}
	vp_time_text(vp_time_us(), time);
	log_line_start(&line);
	log_line_str(&line, "ts", time);
	log_line_str(&line, "level", level_names[level]);
	log_line_str(&line, "svc", log_service);
	log_line_str(&line, "node", log_node);
	log_line_str(&line, "event", event);
	for (; kv->type != VP_KV_END; kv++) {
		add_kv(&line, kv);
	}
	for (size_t i = 0; i < CONTEXT_MAX; i++) {
		if (contexts[i].key[0] != '\0') {
			log_line_str(&line, contexts[i].key, contexts[i].value);
		}
	}
	log_line_end(&line);
	write_all(line.text, line.len);
	errno = saved;
}

/* The slot that holds the key, else a free one, else NULL. */
static struct context *context_slot(const char *key)
{
	struct context *spare = NULL;

	for (size_t i = 0; i < CONTEXT_MAX; i++) {
		if (strcmp(contexts[i].key, key) == 0) {
			return &contexts[i];
		}
		if (contexts[i].key[0] == '\0' && !spare) {
			spare = &contexts[i];
		}
	}
	return spare;
}

void vp_log_context(const char *key, const char *value)
{
	struct context *slot = context_slot(key);

	if (!slot) {
		return;
	}
	slot->key[0] = '\0';
	if (value && vp_strcopy(slot->value, sizeof(slot->value), value)) {
		vp_strcopy(slot->key, sizeof(slot->key), key);
	}
}

bool vp_log_limit_pass(struct vp_log_limit *limit, int64_t interval_us, uint64_t *ret_held_back)
{
	int64_t now = vp_mono_us();
	bool pass;

	pthread_mutex_lock(&limit_lock);
	pass = now >= limit->next_us;
	if (pass) {
		*ret_held_back = limit->held_back;
		limit->held_back = 0;
		limit->next_us = now + interval_us;
	} else {
		limit->held_back++;
	}
	pthread_mutex_unlock(&limit_lock);
	return pass;
}
