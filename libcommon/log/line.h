/* Builds one JSON object in a fixed buffer without allocating. What does not fit is cut so that the
 * line stays valid JSON; bytes that are no UTF-8 become U+FFFD. */
#ifndef VP_LOG_LINE_H
#define VP_LOG_LINE_H
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_SIZE 8192
#define LOG_VALUE_MAX 1024 /* bytes of one value as written */

struct log_line {
	size_t len;
	char text[LOG_LINE_SIZE];
};

void log_line_start(struct log_line *line);
void log_line_str(struct log_line *line, const char *key, const char *value);
void log_line_int(struct log_line *line, const char *key, int64_t value);
void log_line_bool(struct log_line *line, const char *key, int value);
/* Adds the closing brace and a newline. */
void log_line_end(struct log_line *line);
#endif
