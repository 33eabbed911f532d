/* What the forwarder counts. */
#ifndef BUS_COUNT_H
#define BUS_COUNT_H

enum count_verb { COUNT_PUBLISH, COUNT_SUBSCRIBE, COUNT_VERB_MAX };

void count_init(void);
void count_forwarded(const char *topic);
void count_forbidden(enum count_verb verb);
void count_bad(void);
#endif
