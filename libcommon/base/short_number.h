/* Numbers that are short on purpose: emergency calls and service codes. A softphone knows no
 * place, so an emergency call from it would reach the wrong people: it is refused with words. */
#ifndef VP_SHORT_NUMBER_H
#define VP_SHORT_NUMBER_H

enum vp_short_kind { VP_SHORT_NONE, VP_SHORT_EMERGENCY, VP_SHORT_SERVICE };

#define VP_SHORT_EMERGENCY_SENTENCE                                                                \
	"Emergency numbers cannot be called from here. Use a mobile or a landline telephone now."

/* Looks at what was typed. VP_SHORT_SERVICE is only a guess for four to six digits: it counts when
 * the text turns out to be no number of the caller's region. */
enum vp_short_kind vp_short_kind(const char *typed);
#endif
