/* Inside of lex: characters of the stream, and the tokens of lex_text.c. */
#ifndef VOIP_IMPORT_LEX_INT_H
#define VOIP_IMPORT_LEX_INT_H
#include "tools/voip/import/lex.h"

int lexi_get(struct lex *lex);
void lexi_unget(struct lex *lex, int c);
int lexi_peek(struct lex *lex);
void lexi_put(struct lex *lex, int c);
enum lex_kind lexi_finish(struct lex *lex, enum lex_kind kind);

bool lexi_is_word(int c); /* may stand in a bare word */
/* Behind the opening quote, which is doubled inside. */
enum lex_kind lexi_quoted(struct lex *lex, int quote, bool backslash, enum lex_kind kind);
/* From their first character, which is c. */
enum lex_kind lexi_word(struct lex *lex, int c);
enum lex_kind lexi_number(struct lex *lex, int c);
#endif
