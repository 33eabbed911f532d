/* The same fields that libcommon/provider/twilio finds for the signature, but as C strings and in
 * one pass: this runs for every webhook. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/form.h"
#include "services/webhook-ingest/domain/form.h"

/* Length of the UTF-8 character at the start of text (RFC 3629); 0: there is none. */
static size_t utf8_len(const unsigned char *text, size_t len)
{
	unsigned char c = text[0];
	size_t want = c < 0x80                ? 1
		      : c >= 0xC2 && c < 0xE0 ? 2
		      : c >= 0xE0 && c < 0xF0 ? 3
		      : c >= 0xF0 && c < 0xF5 ? 4
					      : 0;
	if (want == 0 || want > len) {
		return 0;
	}
	for (size_t i = 1; i < want; i++) {
		if ((text[i] & 0xC0) != 0x80) {
			return 0;
		}
	}
	bool wrong = (c == 0xE0 && text[1] < 0xA0) || (c == 0xED && text[1] > 0x9F) ||
		     (c == 0xF0 && text[1] < 0x90) || (c == 0xF4 && text[1] > 0x8F);
	return wrong ? 0 : want;
}

void form_clean(char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len((const unsigned char *)text + i, len - i);
		if (n == 0 || text[i] == '\0') {
			text[i] = '?';
			n = 1;
		}
		i += n;
	}
}

/* Decodes up to a delimiter; false: a broken escape. */
static bool decode(char **to, const char **at, const char *end, char stop)
{
	char *start = *to, *dst = start;
	const char *src = *at;
	bool plain = true;
	for (; src < end && *src != '&' && *src != stop; src++) {
		if (*src == '%') {
			int high = end - src > 2 ? vp_hex_digit(src[1]) : -1;
			int low = high >= 0 ? vp_hex_digit(src[2]) : -1;
			if (low < 0) {
				return false;
			}
			*dst = (char)(high << 4 | low);
			src += 2;
		} else {
			*dst = *src == '+' ? ' ' : *src;
		}
		plain = plain && (unsigned char)(*dst - 1) < 0x7F;
		dst++;
	}
	if (!plain) {
		form_clean(start, (size_t)(dst - start));
	}
	*dst = '\0';
	*to = dst + 1;
	*at = src;
	return true;
}

static bool split(struct form *form, const char *at, const char *end)
{
	char *to = form->text;
	while (at < end) {
		struct form_field *field = &form->fields[form->n];
		const char *begin = at;
		field->name = to;
		if (!decode(&to, &at, end, '=')) {
			return false;
		}
		at += at < end && *at == '=';
		field->value = to;
		if (!decode(&to, &at, end, '&')) {
			return false;
		}
		form->n += at > begin; /* "&&" has nothing between */
		at += at < end;
	}
	return true;
}

int form_parse(struct form *ret, const char *text, size_t len)
{
	size_t most = 1;
	for (size_t i = 0; i < len; i++) {
		most += text[i] == '&';
	}
	if (most > VP_TWILIO_FIELDS_MAX) {
		return EINVAL;
	}
	struct form form = {
		.fields = malloc(most * sizeof(*form.fields)), .text = malloc(len + 2 * most)};
	int err = !form.fields || !form.text ? ENOMEM : split(&form, text, text + len) ? 0 : EINVAL;
	if (err) {
		form_free(&form);
		return err;
	}
	*ret = form;
	return 0;
}

void form_free(struct form *form)
{
	free(form->fields);
	free(form->text);
	*form = (struct form){0};
}

const char *form_get(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++) {
		const char *have = form->fields[i].name;
		if (have[0] == name[0] && strcmp(have, name) == 0) {
			return form->fields[i].value;
		}
	}
	return "";
}
