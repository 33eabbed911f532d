/* A message being written: appends into a fixed buffer and remembers an overflow, so that callers
 * test once at the end. */
#ifndef UA_TEXT_H
#define UA_TEXT_H
#include <re.h>
#include "libcommon/base/base.h"

#define UA_TEXT_MAX 16384

struct ua_text {
	size_t len;
	bool full; /* something did not fit: the text is useless */
	char buf[UA_TEXT_MAX];
};

void ua_text_reset(struct ua_text *text);
void ua_text_add(struct ua_text *text, const char *str);
void ua_text_mem(struct ua_text *text, const char *p, size_t len);
void ua_text_pl(struct ua_text *text, const struct pl *pl);
void ua_text_num(struct ua_text *text, uint64_t num);
/* Knows %s, %u and %.*s, and costs a quarter of vsnprintf. */
void ua_text_fmt(struct ua_text *text, const char *fmt, ...) VP_PRINTF(2, 3);
/* A quoted-string (RFC 3261 section 25.1): what ends it is escaped, control characters are left out
 */
void ua_text_quoted(struct ua_text *text, const char *str);
/* "name: value" and the line end. */
void ua_text_header(struct ua_text *text, const char *name, const struct pl *val);
/* Ends the headers: Content-Type when there is a body, Content-Length, blank line, body. */
void ua_text_body(struct ua_text *text, const char *type, const char *body, size_t len);
#endif
