/* Keys that come as SIP INFO: application/dtmf-relay ("Signal=5 Duration=160") and application/dtmf
 * ("5"). */
#ifndef UA_DTMF_INFO_H
#define UA_DTMF_INFO_H
#include <re.h>

/* Gives '0'..'9', '*', '#', 'A'..'D', or 0 when the body is none. */
char ua_dtmf_info(const struct pl *type, const struct pl *body);
#endif
