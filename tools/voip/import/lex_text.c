/* Texts, words and numbers with their spellings. */
#include <ctype.h>
#include <string.h>
#include <errno.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/lex_int.h"

/* MySQL manual 9.1.1: "\%" and "\_" keep their backslash. */
static void put_escaped(struct lex *lex, int c)
{
	static const char from[] = "0nrtbZ", to[] = "\0\n\r\t\b\x1a";
	const char *at = c == EOF ? NULL : memchr(from, c, sizeof(from) - 1);

	if (c == EOF) {
		return;
	}
	if (c == '%' || c == '_') {
		lexi_put(lex, '\\');
	}
	lexi_put(lex, at ? to[at - from] : c);
}

enum lex_kind lexi_quoted(struct lex *lex, int quote, bool backslash, enum lex_kind kind)
{
	const size_t line = lex->line;
	int c = lexi_get(lex);

	for (; c != EOF; c = lexi_get(lex)) {
		if (c == '\\' && backslash) {
			put_escaped(lex, lexi_get(lex));
		} else if (c != quote) {
			lexi_put(lex, c);
		} else if (lexi_peek(lex) == quote) {
			lexi_put(lex, lexi_get(lex));
		} else {
			return lexi_finish(lex, kind);
		}
	}
	lex_fail(lex, EINVAL, line, "a text that begins here does not end");
	return LEX_END;
}

bool lexi_is_word(int c)
{
	return c != EOF && (isalnum(c) || c == '_' || c == '$' || c >= 0x80);
}

static enum lex_kind hex_fault(struct lex *lex)
{
	lex_fail(lex, EINVAL, lex->line, "hexadecimal text here is broken");
	return LEX_END;
}

/* Pairs of digits up to what is none; an odd first one stands alone (0xABC is 0A BC). */
static enum lex_kind unhex(struct lex *lex)
{
	size_t n = lex->len, out = 0, i = 0;

	if (!lex->keep) {
		return lexi_finish(lex, LEX_TEXT);
	}
	if (n % 2) {
		int low = vp_hex_digit(lex->text[i++]);

		if (low < 0) {
			return hex_fault(lex);
		}
		lex->text[out++] = (char)low;
	}
	for (; i < n; i += 2) {
		int high = vp_hex_digit(lex->text[i]), low = vp_hex_digit(lex->text[i + 1]);

		if (high < 0 || low < 0) {
			return hex_fault(lex);
		}
		lex->text[out++] = (char)(high << 4 | low);
	}
	lex->len = out;
	return lexi_finish(lex, LEX_TEXT);
}

/* b'1010': a number of at most 64 bits, as bytes without leading zero bytes. */
static enum lex_kind unbit(struct lex *lex)
{
	unsigned long value = 0;

	for (size_t i = 0; i < lex->len; i++) {
		if ((lex->text[i] != '0' && lex->text[i] != '1') || i == 64) {
			lex_fail(lex, EINVAL, lex->line, "a bit value here is broken");
			return LEX_END;
		}
		value = value << 1 | (unsigned long)(lex->text[i] == '1');
	}
	lex->len = 0;
	for (int shift = 56; shift >= 0; shift -= 8) {
		if (value >> shift || shift == 0) {
			lexi_put(lex, (int)(value >> shift & 0xff));
		}
	}
	return lexi_finish(lex, LEX_TEXT);
}

/* x'..', b'..', E'..', N'..', _utf8mb4'..': the word was only an introducer. */
static enum lex_kind introduced(struct lex *lex, int first)
{
	enum lex_kind kind;

	lex->len = 0;
	lexi_get(lex);
	kind = lexi_quoted(lex, '\'', first == 'e' || lex->dialect == LEX_MYSQL, LEX_TEXT);
	if (kind == LEX_END) {
		return kind;
	}
	return first == 'x' ? unhex(lex) : first == 'b' ? unbit(lex) : kind;
}

static bool introduces(const struct lex *lex)
{
	return lex->text[0] == '_' || (lex->len == 1 && strchr("xXbBeEnN", lex->text[0]));
}

static void skip_blanks_before_text(struct lex *lex)
{
	int c = lexi_get(lex);

	while (c == ' ') {
		c = lexi_get(lex);
	}
	lexi_unget(lex, c);
}

enum lex_kind lexi_word(struct lex *lex, int c)
{
	const bool keep = lex->keep;
	enum lex_kind kind;

	lex->keep = true; /* whether it introduces a text must be known */
	for (; lexi_is_word(c); c = lexi_get(lex)) {
		lexi_put(lex, c);
	}
	lexi_unget(lex, c);
	kind = lexi_finish(lex, LEX_WORD);
	lex->keep = keep;
	if (kind != LEX_WORD || !introduces(lex)) {
		return kind;
	}
	if (lex->text[0] == '_') { /* _binary 'x' */
		skip_blanks_before_text(lex);
	}
	return lexi_peek(lex) == '\'' ? introduced(lex, tolower((unsigned char)lex->text[0]))
				      : kind;
}

enum lex_kind lexi_number(struct lex *lex, int c)
{
	int first = c;

	lexi_put(lex, c);
	c = lexi_get(lex);
	if (first == '0' && (c == 'x' || c == 'X')) {
		lex->len = 0;
		for (c = lexi_get(lex); c != EOF && isxdigit(c); c = lexi_get(lex)) {
			lexi_put(lex, c);
		}
		lexi_unget(lex, c);
		return unhex(lex);
	}
	for (; c != EOF && (isalnum(c) || c == '.' ||
				   ((c == '-' || c == '+') && (first == 'e' || first == 'E')));
		c = lexi_get(lex)) {
		first = c;
		lexi_put(lex, c);
	}
	lexi_unget(lex, c);
	return lexi_finish(lex, LEX_NUMBER);
}
