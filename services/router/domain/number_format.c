#include <stdio.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "services/router/domain/number_format.h"

#define SENT_MAX 64

enum number_format number_format_parse(const char *word)
{
	static const char *const words[] = {"e164", "e164_no_plus", "00", "national"};

	for (size_t i = 0; i < VP_ARRAY_LEN(words); i++) {
		if (strcmp(words[i], word) == 0) {
			return (enum number_format)i;
		}
	}
	return NUMBER_E164;
}

bool number_format_out(enum number_format format, const char *e164, const char *region,
	const char *tech_prefix, char *buf, size_t size)
{
	char number[2 * VP_E164_SIZE];
	const char *text = e164 + 1;
	int len;

	if (format == NUMBER_E164 && tech_prefix[0] == '\0') {
		text = e164;
	} else if (format == NUMBER_00) {
		snprintf(number, sizeof(number), "00%s", e164 + 1);
		text = number;
	} else if (format == NUMBER_NATIONAL &&
		   (vp_e164_national(e164, region, number, sizeof(number)) ||
			   vp_e164_abroad(e164, region, number, sizeof(number)))) {
		text = number;
	}
	len = snprintf(buf, size, "%s%s", tech_prefix, text);
	return len > 0 && (size_t)len < size;
}

enum vp_e164_verdict number_format_in(enum number_format format, const char *sent,
	const char *region, char ret_e164[VP_E164_SIZE])
{
	char plus[SENT_MAX + 2];

	if (strlen(sent) > SENT_MAX) {
		return VP_E164_TOO_LONG;
	}
	if (format == NUMBER_NATIONAL || format == NUMBER_00 || sent[0] == '+') {
		return vp_e164_normalize(sent, region, ret_e164);
	}
	snprintf(plus, sizeof(plus), "+%s", sent);
	return vp_e164_normalize(plus, NULL, ret_e164);
}
