/* Words of SQL as mysqldump, mariadb-dump, pg_dump and SQLite's .dump write them, from a stream: a
 * dump may be larger than memory. Comments never come out, conditional ones of MySQL neither.
 * Whatever the bytes are, each call ends, and after a fault only LEX_END comes. */
#ifndef VOIP_IMPORT_LEX_H
#define VOIP_IMPORT_LEX_H
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum lex_dialect { LEX_MYSQL, LEX_POSTGRES, LEX_SQLITE };

enum lex_kind {
	LEX_END,
	LEX_WORD,   /* bare: a keyword, a name, NULL */
	LEX_NAME,   /* `quoted`, or "quoted" */
	LEX_TEXT,   /* 'text' with its escapes read, or hexadecimal: any bytes */
	LEX_NUMBER, /* as it stands, without a sign */
	LEX_SIGN,   /* one character */
};

/* Bytes of one text, name or number; and of one row of a table that is wanted. */
#define LEX_BYTES_MAX (16u << 20)

struct lex {
	FILE *file;
	enum lex_dialect dialect;
	size_t line;
	bool keep;     /* else text is passed over and not stored */
	bool has_head; /* a comment says which program wrote it: such a dump has a tail */
	bool is_whole; /* the tail came */
	bool started;  /* a word came: the head that names the dialect is over */
	enum lex_kind kind;
	char *text; /* of the token, then a NUL that is not counted */
	size_t len, size;
	int err; /* 0; EINVAL with sentence; ENOMEM; EIO */
	size_t err_line;
	const char *sentence;
};

void lex_init(struct lex *lex, FILE *file);
void lex_free(struct lex *lex);
enum lex_kind lex_next(struct lex *lex);
/* The first fault counts. */
void lex_fail(struct lex *lex, int err, size_t line, const char *sentence);

bool lex_is_sign(const struct lex *lex, char sign);
/* A bare word, in whatever case. */
bool lex_is_word(const struct lex *lex, const char *word);
/* The rest of the line, without its end. False at the end of the file. */
bool lex_line(struct lex *lex);
/* To the end of the statement: behind the next ';' that is in no text. */
void lex_skip_statement(struct lex *lex);
#endif
