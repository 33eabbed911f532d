/* See plain.h. */
#include <sys/wait.h>
#include <unistd.h>
#include "tests/unit/services/media/plain.h"
#include "tests/lib/child.h"

#define MAX_TESTS 128

static struct {
	const char *suite, *name;
	void (*run)(void);
	struct plain_suite *around;
} tests[MAX_TESTS];
static unsigned n_tests;

void plain_add(const char *suite, const char *name, void (*run)(void), struct plain_suite *around)
{
	if (n_tests < MAX_TESTS) {
		tests[n_tests].suite = suite;
		tests[n_tests].name = name;
		tests[n_tests].run = run;
		tests[n_tests].around = around;
		n_tests++;
	}
}

void plain_fail(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	_exit(1);
}

static void run(unsigned i)
{
	if (tests[i].around->init) {
		tests[i].around->init();
	}
	tests[i].run();
	if (tests[i].around->fini) {
		tests[i].around->fini();
	}
	exit(0); /* sanitizers report here */
}

int main(void)
{
	int failed = 0;
	printf("1..%u\n", n_tests);
	for (unsigned i = 0; i < n_tests; i++) {
		int status = 1;
		fflush(stdout);
		pid_t pid = child_fork();
		if (pid == 0) {
			run(i);
		}
		int ok = pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
		printf("%sok %u - %s: %s\n", ok ? "" : "not ", i + 1, tests[i].suite,
			tests[i].name);
		failed |= !ok;
	}
	return failed;
}
