#include "tools/bench/webhooks/measure.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PIDS_MAX 8192
#define STAT_SIZE 512
#define CUTIME 13 /* fields between the name and cutime; cstime follows */

/* What stands behind the name: state, parent, ... (proc_pid_stat(5)); "" for a process that is
 * gone. */
static const char *read_stat(pid_t pid, char line[STAT_SIZE])
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "r");
	char *ok = file ? fgets(line, STAT_SIZE, file) : NULL;
	if (file) {
		fclose(file);
	}
	const char *at = ok ? strrchr(line, ')') : NULL;
	return at ? at + 1 : "";
}

pid_t measure_parent(pid_t pid)
{
	char line[STAT_SIZE];
	const char *at = read_stat(pid, line);
	return *at ? (pid_t)strtol(at + 3, NULL, 10) : 0;
}

/* Of children that have ended: a backend or an autovacuum that goes takes nothing out of the sum.
 */
static double ended_us(pid_t pid)
{
	char line[STAT_SIZE];
	const char *at = read_stat(pid, line);
	for (int i = 0; i < CUTIME && *at; i++) {
		at += strspn(at, " ");
		at += strcspn(at, " ");
	}
	char *next = line;
	long ticks = *at ? strtol(at, &next, 10) : 0;
	ticks += *at ? strtol(next, NULL, 10) : 0;
	return (double)ticks * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static double used_us(pid_t pid)
{
	struct timespec t;
	clockid_t clock;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) {
		return 0;
	}
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

double measure_tree_us(pid_t top)
{
	static struct {
		pid_t pid, parent;
		int in;
	} all[PIDS_MAX];
	size_t n = 0;
	DIR *dir = opendir("/proc");
	if (!dir) {
		return 0;
	}
	for (const struct dirent *e; n < PIDS_MAX && (e = readdir(dir));) {
		pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
		if (pid > 0) {
			all[n].pid = pid;
			all[n].in = pid == top;
			all[n++].parent = measure_parent(pid);
		}
	}
	closedir(dir);
	double sum = ended_us(top);
	for (int grown = 1; grown;) {
		grown = 0;
		for (size_t i = 0; i < n; i++) {
			for (size_t k = 0; k < n && !all[i].in; k++) {
				if (all[k].in && all[k].pid == all[i].parent) {
					all[i].in = grown = 1;
				}
			}
		}
	}
	for (size_t i = 0; i < n; i++) {
		sum += all[i].in ? used_us(all[i].pid) : 0;
	}
	return sum;
}
