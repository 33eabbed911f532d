/* Request targets: escapes and UTF-8, checked before anybody reads a path or a query. */
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/http/http_int.h"

size_t vp_target_decode(const char *src, size_t len, bool form, char *dst)
{
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		if (src[i] == '%' && i + 2 < len && vp_hex_digit(src[i + 1]) >= 0 &&
			vp_hex_digit(src[i + 2]) >= 0) {
			dst[n++] = (char)(vp_hex_digit(src[i + 1]) << 4 | vp_hex_digit(src[i + 2]));
			i += 2;
		} else {
			dst[n++] = form && src[i] == '+' ? ' ' : src[i];
		}
	}
	dst[n] = '\0';
	return n;
}

/* Length of the sequence that starts with c, its first byte's payload and the least code point. */
static size_t utf8_lead(uint8_t c, uint32_t *ret_code, uint32_t *ret_least)
{
	if (c < 0x80) {
		*ret_code = c;
		*ret_least = 0;
		return 1;
	}
	if (c >= 0xC2 && c < 0xE0) {
		*ret_code = c & 0x1Fu;
		*ret_least = 0x80;
		return 2;
	}
	if (c >= 0xE0 && c < 0xF0) {
		*ret_code = c & 0x0Fu;
		*ret_least = 0x800;
		return 3;
	}
	if (c >= 0xF0 && c < 0xF5) {
		*ret_code = c & 0x07u;
		*ret_least = 0x10000;
		return 4;
	}
	return 0;
}

bool vp_utf8_valid(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint32_t code, least;
		size_t n = utf8_lead((uint8_t)text[i], &code, &least);
		if (n == 0 || n > len - i) {
			return false;
		}
		for (size_t k = 1; k < n; k++) {
			uint8_t c = (uint8_t)text[i + k];
			if ((c & 0xC0) != 0x80) {
				return false;
			}
			code = code << 6 | (c & 0x3Fu);
		}
		if (code < least || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
			return false;
		}
		i += n;
	}
	return true;
}

bool vp_target_valid(const char *target, size_t len)
{
	if (len == 0 || len > VP_HTTP_MAX_TARGET || target[0] != '/') {
		return false;
	}
	char decoded[VP_HTTP_MAX_TARGET + 1];
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)target[i];
		if (c <= ' ' || c >= 0x7F || c == '\\') {
			return false;
		}
		if (c == '%' && (i + 2 >= len || vp_hex_digit(target[i + 1]) < 0 ||
					vp_hex_digit(target[i + 2]) < 0)) {
			return false;
		}
	}
	size_t n = vp_target_decode(target, len, false, decoded);
	return memchr(decoded, '\0', n) == NULL && vp_utf8_valid(decoded, n);
}
