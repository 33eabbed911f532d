/* Every webhook comes this way, those of strangers too: one block of memory, and each byte is
 * looked at once. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/base/base.h"
#include "libcommon/provider/twilio/form.h"

#define FEW 48

/* What does not stand for itself, or not in text: NUL % & + = and all above ASCII. */
#define ONE(c) (UINT64_C(1) << (c))
#define SPECIAL (ONE('\0') | ONE('%') | ONE('&') | ONE('+') | ONE('='))

/* Where decoding is: it reads from at up to end, and writes to to, which has room. */
struct decoder {
	const char *at, *end;
	char *to;
	bool plain;
};

/* Letters, which most are, take one comparison. */
static bool is_special(unsigned char c)
{
	signed char s = (signed char)c;

	return s < 64 && (s < 0 || (SPECIAL >> s & 1));
}

/* The character at at, and its last byte; NULL: a broken escape. */
static const char *decode_special(struct decoder *d, const char *at, unsigned char *ret)
{
	unsigned char c = (unsigned char)*at;

	if (c == '%') {
		int high = d->end - at > 2 ? vp_hex_digit(at[1]) : -1;
		int low = high >= 0 ? vp_hex_digit(at[2]) : -1;

		if (low < 0) {
			return NULL;
		}
		c = (unsigned char)(high << 4 | low);
		at += 2;
	} else if (c == '+') {
		c = ' ';
	}
	d->plain = d->plain && c != '\0' && c < 0x80;
	*ret = c;
	return at;
}

/* Decodes up to '&' or stop, and adds a NUL; false: a broken escape. */
static bool decode(struct decoder *d, char stop, const char **ret_text, size_t *ret_len)
{
	const char *at = d->at, *end = d->end;
	char *to = d->to;

	*ret_text = to;
	for (; at < end; at++) {
		unsigned char c = (unsigned char)*at;

		if (is_special(c)) {
			if (c == '&' || c == (unsigned char)stop) {
				break;
			}
			at = decode_special(d, at, &c);
			if (!at) {
				return false;
			}
		}
		*to++ = (char)c;
	}
	*ret_len = (size_t)(to - d->to);
	*to++ = '\0';
	d->to = to;
	d->at = at;
	return true;
}

static bool split(struct vp_twilio_form *form, struct decoder *d)
{
	while (d->at < d->end) {
		struct vp_twilio_field *field = &form->fields[form->n];
		const char *begin = d->at;

		if (!decode(d, '=', &field->name, &field->name_len)) {
			return false;
		}
		d->at += d->at < d->end && *d->at == '=';
		if (!decode(d, '&', &field->value, &field->value_len)) {
			return false;
		}
		form->n += d->at > begin; /* "&&" has nothing between */
		d->at += d->at < d->end;
	}
	return true;
}

static size_t count(const char *text, size_t len)
{
	size_t n = 1;

	for (const char *end = text + len; (text = memchr(text, '&', (size_t)(end - text)));) {
		text++;
		n++;
	}
	return n;
}

int vp_twilio_form_parse(struct vp_twilio_form *ret, const void *body, size_t len)
{
	const char *text = body ? body : "";
	size_t n = count(text, len);
	struct vp_twilio_form form = {0};
	struct decoder d = {.at = text, .end = text + len, .plain = true};

	if (n > VP_TWILIO_FIELDS_MAX) {
		return EINVAL;
	}
	form.fields = malloc(n * (sizeof(*form.fields) + sizeof(void *)) + 2 * len + 2 * n);
	if (!form.fields) {
		return ENOMEM;
	}
	form.sorted = (const struct vp_twilio_field **)(form.fields + n);
	form.joined = (char *)(form.sorted + n);
	form.text = d.to = form.joined + len;
	if (!split(&form, &d)) {
		vp_twilio_form_clear(&form);
		return EINVAL;
	}
	form.plain = d.plain;
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

static int compare(const struct vp_twilio_field *a, const struct vp_twilio_field *b)
{
	int order = compare_text(a->name, a->name_len, b->name, b->name_len);

	return order ? order : compare_text(a->value, a->value_len, b->value, b->value_len);
}

static int compare_items(const void *left, const void *right)
{
	const struct vp_twilio_field *const *a = left, *const *b = right;

	return compare(*a, *b);
}

/* Puts one to its place among n sorted ones; false: its equal is there. */
static bool insert(
	const struct vp_twilio_field **sorted, size_t n, const struct vp_twilio_field *field)
{
	size_t k = n;
	int order = -1;

	while (k > 0 && (order = compare(sorted[k - 1], field)) > 0) {
		k--;
	}
	if (k > 0 && order == 0) {
		return false;
	}
	memmove(sorted + k + 1, sorted + k, (n - k) * sizeof(void *));
	sorted[k] = field;
	return true;
}

/* A form of Twilio's has some thirty fields, mostly sorted already: insertion beats qsort there. */
static void sort_few(struct vp_twilio_form *form)
{
	for (size_t i = 0; i < form->n; i++) {
		form->n_sorted += insert(form->sorted, form->n_sorted, &form->fields[i]);
	}
}

static void sort_many(struct vp_twilio_form *form)
{
	const struct vp_twilio_field **sorted = form->sorted;
	size_t n = 0;

	for (size_t i = 0; i < form->n; i++) {
		sorted[i] = &form->fields[i];
	}
	qsort(sorted, form->n, sizeof(void *), compare_items);
	for (size_t i = 0; i < form->n; i++) {
		if (n == 0 || compare(sorted[n - 1], sorted[i]) != 0) {
			sorted[n++] = sorted[i];
		}
	}
	form->n_sorted = n;
}

void vp_twilio_form_join(struct vp_twilio_form *form)
{
	char *at = form->joined;

	form->n_sorted = 0;
	if (form->n <= FEW) {
		sort_few(form);
	} else {
		sort_many(form);
	}
	for (size_t i = 0; i < form->n_sorted; i++) {
		const struct vp_twilio_field *field = form->sorted[i];

		memcpy(at, field->name, field->name_len);
		at += field->name_len;
		memcpy(at, field->value, field->value_len);
		at += field->value_len;
	}
	form->joined_len = (size_t)(at - form->joined);
}

void vp_twilio_form_clear(struct vp_twilio_form *form)
{
	free(form->fields);
	*form = (struct vp_twilio_form){0};
}
