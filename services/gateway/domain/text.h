/* Text that people send. Pure. */
#ifndef GATEWAY_TEXT_H
#define GATEWAY_TEXT_H
#include <stdbool.h>
#include <stddef.h>

/* Valid UTF-8 (RFC 3629: no surrogates, no overlong forms) without control characters; what the
 * database refuses is refused here. */
bool text_is_clean(const char *text);
/* Characters, not bytes. */
size_t text_length(const char *text);
/* Would a spreadsheet run it? (= + - @ at the start; OWASP "CSV injection") */
bool text_is_formula(const char *text);
/* "2026-11-23", a day that exists. */
bool text_is_day(const char *text);
/* A zone that this machine knows: "Europe/Berlin". */
bool text_is_zone(const char *text);
/* Something@something without blanks; the mail server knows the rest. */
bool text_is_email(const char *text);
#endif
