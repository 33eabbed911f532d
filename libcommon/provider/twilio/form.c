#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/form.h"

/* Decodes into at, which has room for len bytes; the end, or NULL at a broken escape. */
static char *decode(char *at, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '%') {
			int high = i + 2 < len ? vp_hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? vp_hex_digit(text[i + 2]) : -1;

			if (low < 0) {
				return NULL;
			}
			*at++ = (char)(high << 4 | low);
			i += 2;
		} else {
			*at++ = text[i] == '+' ? ' ' : text[i];
		}
	}
	return at;
}

static bool add(struct vp_twilio_form *form, char **at, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals ? (size_t)(equals - text) : len;
	struct vp_twilio_field *field = &form->fields[form->n++];
	char *end = decode(*at, text, name_len);

	field->name = *at;
	field->value = end;
	if (!end) {
		return false;
	}
	field->name_len = (size_t)(end - *at);
	if (equals) {
		end = decode(end, equals + 1, len - name_len - 1);
	}
	if (!end) {
		return false;
	}
	field->value_len = (size_t)(end - field->value);
	*at = end;
	return true;
}

static size_t count(const char *text, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++) {
		n += text[i] == '&';
	}
	return n;
}

int vp_twilio_form_parse(struct vp_twilio_form *ret, const void *body, size_t len)
{
	const char *text = body ? body : "", *end = text + len;
	size_t n = count(text, len);
	struct vp_twilio_form form = {0};
	char *at;

	if (n > VP_TWILIO_FIELDS_MAX) {
		return EINVAL;
	}
	form.fields = malloc(n * sizeof(*form.fields) + len + 1);
	if (!form.fields) {
		return ENOMEM;
	}
	at = form.text = (char *)(form.fields + n);
	while (text < end) {
		const char *amp = memchr(text, '&', (size_t)(end - text));
		const char *stop = amp ? amp : end;

		if (stop > text && !add(&form, &at, text, (size_t)(stop - text))) {
			vp_twilio_form_clear(&form);
			return EINVAL;
		}
		text = stop + 1;
	}
	*ret = form;
	return 0;
}

/* UTF-8 sorts as UTF-16 does, but for this: U+E000..U+FFFF (lead bytes EE, EF) come after what
 * UTF-16 writes with surrogates (lead bytes F0..F4). */
static int rank(unsigned char c)
{
	return c == 0xEE || c == 0xEF ? c + 0x10 : c;
}

static int compare_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t len = a_len < b_len ? a_len : b_len;

	for (size_t i = 0; i < len; i++) {
		if (a[i] != b[i]) {
			return rank((unsigned char)a[i]) - rank((unsigned char)b[i]);
		}
	}
	return (a_len > b_len) - (a_len < b_len);
}

static int compare(const void *left, const void *right)
{
	const struct vp_twilio_field *a = left, *b = right;
	int order = compare_text(a->name, a->name_len, b->name, b->name_len);

	return order ? order : compare_text(a->value, a->value_len, b->value, b->value_len);
}

/* A form of Twilio's has some thirty fields, mostly sorted already: insertion beats qsort there. */
static void insertion_sort(struct vp_twilio_field *fields, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct vp_twilio_field field = fields[i];
		size_t k = i;

		for (; k > 0 && compare(&fields[k - 1], &field) > 0; k--) {
			fields[k] = fields[k - 1];
		}
		fields[k] = field;
	}
}

void vp_twilio_form_sort(struct vp_twilio_form *form)
{
	size_t n = 0;

	if (form->n <= 48) {
		insertion_sort(form->fields, form->n);
	} else {
		qsort(form->fields, form->n, sizeof(*form->fields), compare);
	}
	for (size_t i = 0; i < form->n; i++) {
		if (n == 0 || compare(&form->fields[n - 1], &form->fields[i]) != 0) {
			form->fields[n++] = form->fields[i];
		}
	}
	form->n = n;
}

void vp_twilio_form_clear(struct vp_twilio_form *form)
{
	free(form->fields);
	*form = (struct vp_twilio_form){0};
}
