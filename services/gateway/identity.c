#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/identity.h"

/* list is "|a|b|c|" */
static bool listed(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *at = strstr(list, word); at != NULL; at = strstr(at + 1, word)) {
		if (at != list && at[-1] == '|' && at[len] == '|') {
			return true;
		}
	}
	return false;
}

bool identity_may(const struct identity *who, const char *permission)
{
	static const char *const older[][2] = {{"voip.all_calls", "voip.calls.all_calls"}};
	if (listed(who->permissions, permission)) {
		return true;
	}
	for (size_t i = 0; i < VP_ARRAY_LEN(older); i++) {
		if (strcmp(permission, older[i][0]) == 0) {
			return listed(who->permissions, older[i][1]);
		}
	}
	return false;
}
