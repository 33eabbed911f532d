#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "services/call-controller/ua/dtmf_info.h"
#include "services/call-controller/ua/grammar.h"

static char key_of(const struct pl *text)
{
	static const char keys[] = "0123456789*#ABCD";
	const int64_t num = ua_number(text, 15);

	if (text->l == 1) {
		const char key = (char)toupper((unsigned char)text->p[0]);

		return strchr(keys, key) ? key : 0;
	}
	return num >= 10 ? keys[num] : 0; /* some send events by number: 10 is '*' */
}

static bool line_value(const struct pl *line, const char *name, struct pl *val)
{
	const size_t len = strlen(name);
	const char *eq = memchr(line->p, '=', line->l);
	struct pl left;

	if (!eq) {
		return false;
	}
	left = (struct pl){.p = line->p, .l = (size_t)(eq - line->p)};
	ua_trim(&left);
	if (left.l != len || strncasecmp(left.p, name, len) != 0) {
		return false;
	}
	*val = (struct pl){.p = eq + 1, .l = line->l - (size_t)(eq - line->p) - 1};
	ua_trim(val);
	return true;
}

char ua_dtmf_info(const struct pl *type, const struct pl *body)
{
	struct pl rest = *body, line, val;

	if (type && !pl_strcasecmp(type, "application/dtmf")) {
		ua_trim(&rest);
		return rest.l > 0 ? key_of(&rest) : 0;
	}
	if (!type || pl_strcasecmp(type, "application/dtmf-relay")) {
		return 0;
	}
	while (rest.l > 0) {
		const char *lf = memchr(rest.p, '\n', rest.l);
		const size_t len = lf ? (size_t)(lf - rest.p) : rest.l;

		line = (struct pl){.p = rest.p, .l = len};
		if (line_value(&line, "Signal", &val)) {
			return val.l > 0 ? key_of(&val) : 0;
		}
		pl_advance(&rest, (ssize_t)(lf ? len + 1 : len));
	}
	return 0;
}
