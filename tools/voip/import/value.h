/* Cells of the dump as values. Pure. */
#ifndef VOIP_IMPORT_VALUE_H
#define VOIP_IMPORT_VALUE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "libcommon/base/uuid.h"

/* Copies text as valid UTF-8: foreign bytes become U+FFFD, control characters blanks (line ends and
 * tabs stay). to may be NULL. The length without the NUL; *ret_changed is set when text was none.
 */
size_t value_clean(const char *text, size_t len, char *to, bool *ret_changed);

/* A row's id; -1: it is none. NULL is none. */
int64_t value_id(const char *text);
/* A whole number within bounds; def when it is none, or NULL. */
long value_int(const char *text, long min, long max, long def);
/* 1, t, true, yes. */
bool value_is_true(const char *text);
/* "2025-11-24 09:30:00", with or without a fraction and "+00", read in the time zone of the process
 * (TZ). False: NULL, MySQL's 0000-00-00, or no time between 1990 and 2100. */
bool value_time(const char *text, int64_t *ret_us);

/* The id that a row has here: the same in each run, since it is computed from where the row comes
 * from; a UUIDv7 of its time, so that calls lie in the partition of their month. */
struct vp_uuid value_uuid(struct vp_uuid org, const char *kind, int64_t id, int64_t time_us);
#endif
