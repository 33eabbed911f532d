#include "libcommon/provider/vectors/vectors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/provider/vectors/vectors_int.h"

/* The end of a text that was cut: half a character is no UTF-8. */
static void drop_last_character(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && ((unsigned char)text[len - 1] & 0xC0) == 0x80) {
		len--;
	}
	text[len > 0 ? len - 1 : 0] = '\0';
}

bool vector_fail(char why[VP_VECTOR_WHY_SIZE], const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(why, VP_VECTOR_WHY_SIZE, fmt, ap);
	va_end(ap);
	if (len >= VP_VECTOR_WHY_SIZE) {
		drop_last_character(why);
	}
	return false;
}

const char *vector_text(const json_t *c, const char *name)
{
	return json_string_value(json_object_get(c, name));
}

bool vector_compare(const json_t *c, bool valid, const char *word, char why[VP_VECTOR_WHY_SIZE])
{
	const json_t *expected = json_object_get(c, "expected_valid");

	if (!json_is_boolean(expected)) {
		return vector_fail(why, "the case has no expected_valid");
	}
	return valid == json_is_true(expected)
		       ? true
		       : vector_fail(why, "expected %s, we say %s",
				 json_is_true(expected) ? "valid" : "invalid", word);
}

static bool run_case(const json_t *c, char why[VP_VECTOR_WHY_SIZE])
{
	if (vector_text(c, "public_key_base64")) {
		return vector_telnyx_signature(c, why);
	}
	if (vector_text(c, "auth_token")) {
		return vector_twilio_signature(c, why);
	}
	if (vector_text(c, "type")) {
		return vector_twilio_token(c, why);
	}
	return vector_fail(why, "not a case of a kind that this version knows");
}

void vp_vectors_run(
	const json_t *cases, void (*h)(const struct vp_vector_result *result, void *arg), void *arg)
{
	json_t *c;
	size_t i;

	json_array_foreach(cases, i, c)
	{
		struct vp_vector_result result = {.id = vector_text(c, "id"),
			.description = vector_text(c, "description"),
			.optional = json_is_true(json_object_get(c, "optional"))};
		char number[32];

		if (!result.id) {
			snprintf(number, sizeof(number), "case %zu", i);
			result.id = number;
		}
		result.passed = run_case(c, result.why);
		h(&result, arg);
	}
}
