#include <stdbool.h>
#include <string.h>
#include "libcommon/base/short_number.h"

#define SHORT_MAX 6

/* Police, fire, ambulance and crisis lines of the world. No country has ordinary numbers of three
 * digits. */
static const char emergency[] =
	"000 061 066 088 100 101 102 103 104 105 106 107 108 110 111 112 113 114 115 116 117 118 "
	"119 "
	"120 122 123 125 128 129 130 131 132 133 140 144 150 155 158 160 180 190 191 192 193 194 "
	"195 "
	"196 197 198 199 911 912 913 988 990 991 992 993 994 995 996 997 998 999";

static bool is_emergency(const char *digits)
{
	for (const char *p = emergency;; p += 4) {
		if (strncmp(p, digits, 3) == 0) {
			return true;
		}
		if (p[3] == '\0') {
			return false;
		}
	}
}

enum vp_short_kind vp_short_kind(const char *typed)
{
	char digits[SHORT_MAX + 1] = "";
	size_t len = 0;

	for (const char *p = typed; *p; p++) {
		if (*p < '0' || *p > '9') {
			if (*p == '+') {
				return VP_SHORT_NONE;
			}
			continue;
		}
		if (len == SHORT_MAX) {
			return VP_SHORT_NONE;
		}
		digits[len++] = *p;
	}
	if (len == 3 && is_emergency(digits)) {
		return VP_SHORT_EMERGENCY;
	}
	/* people used to an office telephone dial 0 or 9 for a line */
	if (len == 4 && (digits[0] == '0' || digits[0] == '9') && is_emergency(digits + 1)) {
		return VP_SHORT_EMERGENCY;
	}
	return len > 0 ? VP_SHORT_SERVICE : VP_SHORT_NONE;
}
