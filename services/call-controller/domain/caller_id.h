/* What an outgoing INVITE says of the caller, and what an incoming one says of caller and callee.
 * Pure. */
#ifndef CC_CALLER_ID_H
#define CC_CALLER_ID_H
#include <stdbool.h>
#include <stddef.h>

/* Writes a display name as a quoted string (RFC 3261 section 25.1): quotes and backslashes escaped,
 * control characters left out. "" for an empty name. False when it does not fit. */
bool caller_quote(const char *name, char *buf, size_t size);

/* Writes text so that it may stand as the user part of a SIP URI: other characters become %XX. */
bool caller_user(const char *user, char *buf, size_t size);

/* Whether a user part of the far side may be kept: printable ASCII, as all numbers are. Escapes can
 * make any bytes, and neither a row nor JSON holds what is no text. */
bool caller_is_text(const char *user);

/* Whether the From user stands for a withheld number. */
bool caller_is_anonymous(const char *user);
#endif
