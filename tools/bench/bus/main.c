/* bench-bus RESULT.json: what the bus carries and what a durable unit costs. Everything runs on one
 * machine, so senders, forwarder and receivers share its cores: read CPU and ratios. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tests/integration/bus_kit.h"
#include "tools/bench/bus/bench_bus.h"

static json_t *rows;
static const char *result_path;

void row(const char *name, double value, const char *unit)
{
	printf("%-62s %10.*f %s\n", name, value < 100 ? 1 : 0, value, unit);
	fflush(stdout);
	json_array_append_new(
		rows, json_pack("{s:s,s:f,s:s}", "name", name, "value", value, "unit", unit));
}

double cpu_self_us(void)
{
	struct rusage use;
	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec);
}

double cpu_of_us(pid_t pid)
{
	char *path = vp_strf("/proc/%d/stat", (int)pid), line[512];
	FILE *file = fopen(path, "r");
	KIT_CHECK(file && fgets(line, sizeof(line), file));
	fclose(file);
	free(path);
	char *at = strrchr(line, ')'); /* then: state, and ten numbers before utime and stime */
	for (int i = 0; at && i < 12; i++) {
		at = strchr(at + 1, ' ');
	}
	KIT_CHECK(at);
	double user = strtod(at, &at);
	return (user + strtod(at, NULL)) * 1e6 / (double)sysconf(_SC_CLK_TCK);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

double percentile(double *values, size_t n, double share)
{
	qsort(values, n, sizeof(*values), compare);
	size_t i = (size_t)(share * (double)n);
	return n ? values[i < n ? i : n - 1] : 0;
}

void *shared(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	KIT_CHECK(mem != MAP_FAILED);
	return mem;
}

static void run(void)
{
	struct kit_forwarder forwarder = {.curve = true};
	kit_forwarder_start(&forwarder);
	const char *endpoints = kit_endpoints(&forwarder, 1);
	bench_carry("voip-bus", forwarder.pid, endpoints);
	struct kit_forwarder bare = {.pub_port = kit_free_port(), .sub_port = kit_free_port()};
	bare.pid = start_bare_proxy(bare.pub_port, bare.sub_port);
	bench_carry("zmq_proxy, no rules", bare.pid, kit_endpoints(&bare, 1));
	kit_forwarder_kill(&bare);
	endpoints = kit_endpoints(&forwarder, 1);
	bench_ask(endpoints);
	bench_store(endpoints, kit_db_make(NULL));
	kit_db_drop();
	kit_forwarder_kill(&forwarder);
	json_t *all = json_pack("{s:s,s:o}", "part", "bus", "rows", rows);
	KIT_CHECK(json_dump_file(all, result_path, JSON_INDENT(1)) == 0);
	json_decref(all);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: bench-bus RESULT.json\n", stderr);
		return EXIT_FAILURE;
	}
	result_path = argv[1];
	rows = json_array();
	return kit_once(run, 600);
}
