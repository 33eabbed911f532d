#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/api.h"

#define SID_DIGITS 32

bool vp_twilio_is_sid(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	if (!text || strncmp(text, prefix, len) != 0) {
		return false;
	}
	text += len;
	for (size_t i = 0; i < SID_DIGITS; i++) {
		if (vp_hex_digit(text[i]) < 0) {
			return false;
		}
	}
	return text[SID_DIGITS] == '\0';
}
