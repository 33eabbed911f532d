/* A child of a test that dies with it, however it dies: a service that it left running would hold
 * ports, databases and the machine. */
#ifndef TESTS_LIB_CHILD_H
#define TESTS_LIB_CHILD_H
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* In a child, also again after it took another user: that takes the leash off. */
static inline void child_leash(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) {
		_exit(1); /* it was gone before */
	}
}

/* fork() for what shall not outlive the thread that calls. */
static inline pid_t child_fork(void)
{
	const pid_t parent = getpid();
	pid_t pid = fork();

	if (pid == 0) {
		child_leash(parent);
	}
	return pid;
}
#endif
