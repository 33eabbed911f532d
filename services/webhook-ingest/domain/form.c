#include "services/webhook-ingest/domain/form.h"
#include <string.h>
#include "libcommon/provider/twilio/form.h"

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

void form_clean_fields(struct vp_twilio_form *form)
{
	for (size_t i = 0; i < form->n && !form->plain; i++) {
		const struct vp_twilio_field *field = &form->fields[i];
		form_clean(form->text + (field->name - form->text), field->name_len);
		form_clean(form->text + (field->value - form->text), field->value_len);
	}
}

const char *form_get(const struct vp_twilio_form *form, const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; i < form->n; i++) {
		const struct vp_twilio_field *field = &form->fields[i];
		if (field->name_len == len && memcmp(field->name, name, len) == 0) {
			return field->value;
		}
	}
	return "";
}
