/* The way out of what a trunk's test found, in a sentence for the person who configures it. Pure.
 */
#ifndef CC_TRUNK_ADVICE_H
#define CC_TRUNK_ADVICE_H
#include <stdbool.h>

/* The registrar's status (0: it did not answer) and the word of ua_register. Never NULL. */
const char *trunk_register_advice(unsigned status, const char *reason);
/* The status of an OPTIONS; 0: no answer. over_udp: a silent drop looks like nobody there. */
const char *trunk_options_advice(unsigned status, bool over_udp);
/* Whether that status comes from a trunk that works: many say 404 or 405 to OPTIONS. */
bool trunk_options_alive(unsigned status);
#endif
