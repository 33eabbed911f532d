#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tools/voip/ask.h"
#include "tools/voip/cli.h"

/* Ctrl+C while a question stands: the terminal gets its echo back before the program ends. */
static volatile sig_atomic_t interrupted;
static bool over;

static void on_interrupt(int sig)
{
	interrupted = sig;
}

bool ask_is_terminal(void)
{
	return isatty(STDIN_FILENO);
}

bool ask_is_over(void)
{
	return over || interrupted;
}

/* A byte at a time: stdio would read ahead of what a password prompt may leave to the next program.
 */
static char *read_line(void)
{
	VP_CLEANUP(cli_wipe) char *line = calloc(1, ASK_LINE_MAX + 1);
	size_t len = 0;
	ssize_t n = 0;
	char c = 0;

	while (line && !interrupted && (n = read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') {
		if (len == ASK_LINE_MAX) {
			continue; /* nobody types as much; what is over is dropped and found wrong
				   */
		}
		line[len++] = c;
	}
	if (!line || interrupted || n < 0 || (n == 0 && len == 0)) {
		over = true;
		return NULL;
	}
	line[strcspn(line, "\r")] = '\0';
	return VP_TAKE(line);
}

struct guard {
	struct sigaction on_int, on_term;
	struct termios terminal;
	bool is_silent;
};

/* Before the question: Ctrl+C must find the handler, and what is typed at once must not show. */
static void guard_begin(struct guard *guard, bool silent)
{
	const struct sigaction mine = {.sa_handler = on_interrupt};

	sigaction(SIGINT, &mine, &guard->on_int);
	sigaction(SIGTERM, &mine, &guard->on_term);
	guard->is_silent = silent && tcgetattr(STDIN_FILENO, &guard->terminal) == 0;
	if (guard->is_silent) {
		struct termios quiet = guard->terminal;

		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
	}
}

static void guard_end(const struct guard *guard)
{
	if (guard->is_silent) {
		tcsetattr(STDIN_FILENO, TCSANOW, &guard->terminal);
	}
	sigaction(SIGINT, &guard->on_int, NULL);
	sigaction(SIGTERM, &guard->on_term, NULL);
}

static char *ask(const char *question, bool silent)
{
	struct guard guard;
	char *line;

	guard_begin(&guard, silent);
	fputs(question, stdout);
	fflush(stdout);
	line = read_line();
	guard_end(&guard);
	if (silent || !line || !ask_is_terminal()) {
		putchar('\n'); /* what the terminal would have shown */
	}
	return line;
}

char *ask_line(const char *question)
{
	return ask(question, false);
}

char *ask_secret(const char *question)
{
	return ask(question, true);
}

bool ask_yes(const char *question, bool def)
{
	for (;;) {
		VP_CLEANUP(vp_freep) char *line = ask_line(question);

		if (!line) {
			return false;
		}
		if (line[0] == '\0') {
			return def;
		}
		if (line[1] == '\0' && strchr("yYnN", line[0])) {
			return strchr("yY", line[0]) != NULL;
		}
		puts("  y or n, please.");
	}
}
