/* Logs: one JSON object a line on stdout: {"ts","level","svc","node","event",...}.
 * Libraries return errors and do not log; a service logs once, where it decides.
 * Numbers go through VP_KV_NUMBER (masked), secrets never come here at all. */
#ifndef VP_LOG_H
#define VP_LOG_H
#include <stdbool.h>
#include <stdint.h>

enum vp_log_level { VP_LOG_ERROR, VP_LOG_WARN, VP_LOG_INFO, VP_LOG_DEBUG };

enum vp_kv_type { VP_KV_END, VP_KV_TYPE_STR, VP_KV_TYPE_INT, VP_KV_TYPE_BOOL, VP_KV_TYPE_NUMBER };
struct vp_kv {
	enum vp_kv_type type;
	const char *key;
	const char *str;
	int64_t num;
};
#define VP_KV_STR(k, v) ((struct vp_kv){.type = VP_KV_TYPE_STR, .key = (k), .str = (v)})
#define VP_KV_INT(k, v) ((struct vp_kv){.type = VP_KV_TYPE_INT, .key = (k), .num = (int64_t)(v)})
#define VP_KV_BOOL(k, v) ((struct vp_kv){.type = VP_KV_TYPE_BOOL, .key = (k), .num = (v)})
/* A phone number: the middle is masked. */
#define VP_KV_NUMBER(k, v) ((struct vp_kv){.type = VP_KV_TYPE_NUMBER, .key = (k), .str = (v)})
/* errno as a word: "err":"Connection refused". */
#define VP_KV_ERR(e) VP_KV_STR("err", vp_log_errno(e))

/* Names the service and node once, before any thread starts. */
void vp_log_init(const char *service, const char *node, enum vp_log_level level);
bool vp_log_level_parse(const char *text, enum vp_log_level *ret_level);
const char *vp_log_errno(int err);

/* vp_log(WARN, "dial.failed", VP_KV_STR("trunk", id), VP_KV_ERR(err)); any thread, one write */
#define vp_log(level, event, ...)                                                                  \
	vp_log_write(VP_LOG_##level, (event), (const struct vp_kv[]){__VA_ARGS__ __VA_OPT__(, ){0}})
void vp_log_write(enum vp_log_level level, const char *event, const struct vp_kv *kv);

/* Context that is added to each line of this thread ("call", id); NULL value clears it. */
void vp_log_context(const char *key, const char *value);

/* For failures that repeat: logs the first and then at most one line an interval with a count. */
struct vp_log_limit {
	int64_t next_us;
	uint64_t held_back;
};
bool vp_log_limit_pass(struct vp_log_limit *limit, int64_t interval_us, uint64_t *ret_held_back);
#endif
