/* Numbers that are short on purpose: emergency calls and service codes. A softphone knows no
 * place, so an emergency call from it would reach the wrong people: it is refused with words. */
#ifndef ROUTER_EMERGENCY_H
#define ROUTER_EMERGENCY_H

enum short_kind { SHORT_NONE, SHORT_EMERGENCY, SHORT_SERVICE };

/* Looks at what was typed. SHORT_SERVICE is only a guess for four to six digits: it counts when the
 * text turns out to be no number of the caller's region. */
enum short_kind short_number_kind(const char *typed);
#endif
