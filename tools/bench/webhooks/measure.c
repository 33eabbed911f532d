#include "tools/bench/webhooks/measure.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PIDS_MAX 8192

pid_t measure_parent(pid_t pid)
{
	char path[64], line[512];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "r");
	char *ok = file ? fgets(line, sizeof(line), file) : NULL;
	if (file) {
		fclose(file);
	}
	const char *at = ok ? strrchr(line, ')') : NULL;
	return at ? (pid_t)strtol(at + 4, NULL, 10) : 0;
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
	double sum = 0;
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
