/* A test that starts a child and waits to be killed, for children.mjs. */
#include <stdio.h>
#include "tests/lib/child.h"

int main(void)
{
	pid_t pid = child_fork();

	if (pid == 0) {
		execlp("sleep", "sleep", "600", (char *)NULL);
		_exit(127);
	}
	printf("%d\n", (int)pid);
	fflush(stdout);
	pause();
}
