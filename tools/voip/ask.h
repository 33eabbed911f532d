/* Questions to a person, on the terminal or from a pipe. */
#ifndef VOIP_ASK_H
#define VOIP_ASK_H
#include <stdbool.h>

enum { ASK_LINE_MAX = 4096 };

/* Standard input is a terminal. */
bool ask_is_terminal(void);
/* Prints the question and reads a line without its end; NULL: the input is over, or Ctrl+C. The
 * caller frees. */
char *ask_line(const char *question);
/* The same without echo; free it with cli_wipe. */
char *ask_secret(const char *question);
/* "y" or "n"; Enter is def. False when the input is over. */
bool ask_yes(const char *question, bool def);
/* The last question was ended by Ctrl+C, or the input was over. */
bool ask_is_over(void);
#endif
