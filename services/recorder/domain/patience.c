#include <string.h>
#include <strings.h>
#include "services/recorder/domain/patience.h"

enum { FIRST_S = 5, ABSENT_FIRST_S = 10, ROUNDED_MS = 2000, PERCENT = 2 };

int64_t patience_wait_s(enum patience kind, unsigned attempts, unsigned asked_s)
{
	static const unsigned most[] = {[PATIENCE_PASSING] = PATIENCE_PASSING_MAX,
		[PATIENCE_STUBBORN] = PATIENCE_STUBBORN_MAX,
		[PATIENCE_ABSENT] = PATIENCE_ABSENT_MAX,
		[PATIENCE_FINAL] = 0};
	int64_t wait_s = kind == PATIENCE_ABSENT ? ABSENT_FIRST_S : FIRST_S;

	if (attempts >= most[kind]) {
		return -1;
	}
	for (unsigned i = 1; i < attempts && wait_s < PATIENCE_LONGEST_S; i++) {
		wait_s *= 2;
	}
	wait_s = wait_s < PATIENCE_LONGEST_S ? wait_s : PATIENCE_LONGEST_S;
	return wait_s > asked_s ? wait_s : asked_s;
}

void patience_length(int64_t said_ms, uint32_t *ret_min_ms, uint32_t *ret_max_ms)
{
	int64_t give = ROUNDED_MS + said_ms * PERCENT / 100;

	*ret_min_ms = said_ms > give ? (uint32_t)(said_ms - give) : 0;
	*ret_max_ms = said_ms < 0 || said_ms > UINT32_MAX - give ? 0 : (uint32_t)(said_ms + give);
}

bool patience_is_audio(const char *content_type)
{
	static const char *const bytes[] = {"application/octet-stream", "binary/octet-stream"};

	for (unsigned i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		if (strncasecmp(content_type, bytes[i], strlen(bytes[i])) == 0) {
			return true;
		}
	}
	return content_type[0] == '\0' || strncasecmp(content_type, "audio/", 6) == 0;
}
