#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/lex_int.h"

/* Stream, comments, and which kind of token begins. */
enum { FIRST_SIZE = 256, TAG_MAX = 64, COMMENT_LOOK = 40 };

void lex_init(struct lex *lex, FILE *file)
{
	*lex = (struct lex){.file = file, .line = 1, .keep = true};
}

void lex_free(struct lex *lex)
{
	if (lex->text) {
		explicit_bzero(lex->text, lex->size);
	}
	free(lex->text);
	lex->text = NULL;
}

void lex_fail(struct lex *lex, int err, size_t line, const char *sentence)
{
	if (!lex->err) {
		lex->err = err;
		lex->err_line = line;
		lex->sentence = sentence;
	}
	lex->kind = LEX_END;
}

int lexi_get(struct lex *lex)
{
	int c = lex->err ? EOF : getc_unlocked(lex->file);

	lex->line += c == '\n';
	if (c == EOF && !lex->err && ferror(lex->file)) {
		lex_fail(lex, EIO, lex->line, "the file cannot be read on");
	}
	return c;
}

void lexi_unget(struct lex *lex, int c)
{
	if (c != EOF) {
		lex->line -= c == '\n';
		ungetc(c, lex->file);
	}
}

int lexi_peek(struct lex *lex)
{
	int c = lexi_get(lex);

	lexi_unget(lex, c);
	return c;
}

static bool make_room(struct lex *lex)
{
	size_t size = lex->size ? lex->size * 2 : FIRST_SIZE;
	char *grown;

	if (lex->len >= LEX_BYTES_MAX) {
		lex_fail(lex, EINVAL, lex->line, "a value here is larger than 16 MiB");
		return false;
	}
	grown = realloc(lex->text, size);
	if (!grown) {
		lex_fail(lex, ENOMEM, lex->line, "memory is out");
		return false;
	}
	lex->text = grown;
	lex->size = size;
	return true;
}

void lexi_put(struct lex *lex, int c)
{
	if (lex->keep && (lex->len + 1 < lex->size || make_room(lex))) {
		lex->text[lex->len++] = (char)c;
	}
}

enum lex_kind lexi_finish(struct lex *lex, enum lex_kind kind)
{
	if (!lex->text && !make_room(lex)) {
		return LEX_END;
	}
	lex->text[lex->len] = '\0';
	lex->kind = lex->err ? LEX_END : kind;
	lex->started = true;
	return lex->kind;
}

bool lex_line(struct lex *lex)
{
	bool keep = lex->keep;
	int c = lexi_get(lex);

	lex->keep = true;
	lex->len = 0;
	if (c == EOF) {
		lex->keep = keep;
		return false;
	}
	while (c != EOF && c != '\n') {
		lexi_put(lex, c);
		c = lexi_get(lex);
	}
	lexi_finish(lex, LEX_TEXT);
	lex->keep = keep;
	return !lex->err;
}

/* The head's comment names the program that wrote the dump, the tail's says that it came to its
 * end. */
static void look_at_comment(struct lex *lex, const char *text)
{
	bool postgres = strstr(text, "PostgreSQL database dump") != NULL;

	if (strstr(text, "Dump completed") || strstr(text, "dump complete")) {
		lex->is_whole = true;
	} else if (!lex->started &&
		   (postgres || strstr(text, "MySQL dump") || strstr(text, "MariaDB dump"))) {
		lex->has_head = true;
		lex->dialect = postgres ? LEX_POSTGRES : LEX_MYSQL;
	}
}

static void skip_line_comment(struct lex *lex)
{
	char text[COMMENT_LOOK + 1];
	size_t len = 0;

	for (int c = lexi_get(lex); c != EOF && c != '\n'; c = lexi_get(lex)) {
		if (len < COMMENT_LOOK) {
			text[len++] = (char)(c ? c : ' ');
		}
	}
	text[len] = '\0';
	look_at_comment(lex, text);
}

static void skip_block_comment(struct lex *lex)
{
	const size_t line = lex->line;
	int before = 0, c = lexi_get(lex);

	while (c != EOF && !(before == '*' && c == '/')) {
		before = c;
		c = lexi_get(lex);
	}
	if (c == EOF) {
		lex_fail(lex, EINVAL, line, "a comment that begins here does not end");
	}
}

/* True: a comment stood here. */
static bool skip_comment(struct lex *lex, int c)
{
	int after;

	if (c == '#' && lex->dialect == LEX_MYSQL) {
		skip_line_comment(lex);
		return true;
	}
	if (c != '-' && c != '/') {
		return false;
	}
	after = lexi_get(lex);
	if (c == '/' && after == '*') {
		skip_block_comment(lex);
		return true;
	}
	if (c == '-' && after == '-') {
		int third = lexi_peek(lex);

		/* MySQL wants a blank behind the dashes: 1--1 is no comment */
		if (lex->dialect != LEX_MYSQL || third == EOF || isspace(third)) {
			skip_line_comment(lex);
			return true;
		}
	}
	lexi_unget(lex, after);
	return false;
}

/* $$ ... $$ and $tag$ ... $tag$: a function's body, of no interest. False: only a '$'. */
static bool skip_dollars(struct lex *lex)
{
	char tag[TAG_MAX];
	size_t n = 0, seen = 0;
	int c = lexi_get(lex);

	tag[n++] = '$';
	for (; c != EOF && (isalnum(c) || c == '_') && n < TAG_MAX - 2; c = lexi_get(lex)) {
		tag[n++] = (char)c;
	}
	if (c != '$') {
		lexi_unget(lex, c);
		return false;
	}
	tag[n++] = '$';
	while (seen < n && (c = lexi_get(lex)) != EOF) {
		seen = c == tag[seen] ? seen + 1 : (size_t)(c == '$');
	}
	if (seen < n) {
		lex_fail(lex, EINVAL, lex->line, "a $$ text does not end");
	}
	return true;
}

static enum lex_kind token(struct lex *lex, int c)
{
	const bool mysql = lex->dialect == LEX_MYSQL;

	if (c == '\'') {
		return lexi_quoted(lex, c, mysql, LEX_TEXT);
	}
	if (c == '`' || c == '"') {
		return lexi_quoted(lex, c, mysql && c == '"', LEX_NAME);
	}
	if (isdigit(c) || (c == '.' && isdigit(lexi_peek(lex)))) {
		return lexi_number(lex, c);
	}
	if (lexi_is_word(c) && c != '$') {
		return lexi_word(lex, c);
	}
	if (c == '\0') {
		lex_fail(lex, EINVAL, lex->line, "this is no text: the file is no SQL dump");
		return LEX_END;
	}
	lex->len = 0;
	if (!lex->text && !make_room(lex)) {
		return LEX_END;
	}
	lex->text[lex->len++] = (char)c;
	return lexi_finish(lex, LEX_SIGN);
}

enum lex_kind lex_next(struct lex *lex)
{
	int c;

	lex->len = 0;
	lex->kind = LEX_END;
	do {
		c = lexi_get(lex);
	} while (c != EOF &&
		 (isspace(c) || skip_comment(lex, c) ||
			 (c == '$' && lex->dialect == LEX_POSTGRES && skip_dollars(lex))));
	return c == EOF || lex->err ? LEX_END : token(lex, c);
}

bool lex_is_sign(const struct lex *lex, char sign)
{
	return lex->kind == LEX_SIGN && lex->text[0] == sign;
}

bool lex_is_word(const struct lex *lex, const char *name)
{
	return lex->kind == LEX_WORD && strcasecmp(lex->text, name) == 0;
}

void lex_skip_statement(struct lex *lex)
{
	const bool keep = lex->keep;

	lex->keep = false;
	while (lex->kind != LEX_END && !lex_is_sign(lex, ';')) {
		lex_next(lex);
	}
	lex->keep = keep;
}
