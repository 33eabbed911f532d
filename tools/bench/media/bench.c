/* bench-media RESULT.json MEDIA-PROGRAM [rounds [seconds]]: what a relayed packet costs, beside
 * rtpengine and a bare relay in the same run. The load's own CPU is not counted. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/resource.h>
#include "libcommon/base/base.h"
#include "tools/bench/media/relay.h"

#define MAX_ROUNDS 9

struct row {
	const char *name;
	enum relay_kind kind;
	unsigned calls;
	bool tap;
	const char *srtp; /* what browsers offer; NULL: GCM first, as they do */
	double goal_us;   /* 0: none */
	/* results of the rounds */
	unsigned n;
	double us[MAX_ROUNDS], share[MAX_ROUNDS], loss[MAX_ROUNDS], p50[MAX_ROUNDS],
		p99[MAX_ROUNDS], kib[MAX_ROUNDS], setup_us[MAX_ROUNDS];
};

#define SHA1 "SRTP_AES128_CM_SHA1_80"
static struct row rows[] = {
	{.name = "floor", .kind = RELAY_FLOOR, .calls = 200},
	{.name = "ringmain", .kind = RELAY_OURS, .calls = 200, .goal_us = 7},
	{.name = "rtpengine", .kind = RELAY_RTPENGINE, .calls = 200},
	{.name = "ringmain sha1_80", .kind = RELAY_OURS, .calls = 200, .srtp = SHA1, .goal_us = 7},
	{.name = "ringmain tap", .kind = RELAY_OURS, .calls = 200, .tap = true, .goal_us = 7},
	{.name = "floor", .kind = RELAY_FLOOR, .calls = 1000},
	{.name = "ringmain", .kind = RELAY_OURS, .calls = 1000},
};

static bool have_rtpengine(void)
{
	return system("command -v rtpengine >/dev/null") == 0;
}

static int run_row(struct row *row, const char *dir, const char *media, unsigned seconds)
{
	struct relay relay;
	struct relay_cfg cfg = {.kind = row->kind,
		.calls = row->calls,
		.tap = row->tap,
		.dir = dir,
		.media = media};
	peer_browser_profiles(row->srtp);
	int err = relay_start(&relay, &cfg);
	if (err) {
		fprintf(stderr, "%s, %u calls: %s\n", row->name, row->calls, strerror(err));
		return err;
	}
	struct load_result res;
	struct load_cfg load = {.legs = relay.legs,
		.n_legs = relay.n_legs,
		.pid = relay.pid,
		.warm_ms = 1500,
		.measure_ms = seconds * 1000,
		.idle = relay_idle,
		.arg = &relay};
	err = load_run(&load, &res);
	int64_t rss = load_rss(relay.pid);
	relay_stop(&relay);
	if (err) {
		return err;
	}
	unsigned i = row->n++;
	row->us[i] = res.cpu_us_per_packet;
	row->share[i] = res.cpu_share * 100;
	row->loss[i] = res.loss_percent;
	row->p50[i] = res.p50_us;
	row->p99[i] = res.p99_us;
	row->kib[i] = (double)(rss - relay.base_rss) / 1024 / row->calls;
	row->setup_us[i] = (double)relay.setup_cpu_us / row->calls;
	if (res.bad) {
		fprintf(stderr, "%s: %llu packets did not open\n", row->name,
			(unsigned long long)res.bad);
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(const double *values, unsigned n)
{
	double sorted[MAX_ROUNDS];
	memcpy(sorted, values, n * sizeof(*values));
	qsort(sorted, n, sizeof(*sorted), by_value);
	return n ? sorted[n / 2] : 0;
}

static double worst(const double *values, unsigned n)
{
	double max = 0;
	for (unsigned i = 0; i < n; i++) {
		max = values[i] > max ? values[i] : max;
	}
	return max;
}

static void print_table(void)
{
	printf("\n%-18s %6s %10s %8s %8s %9s %9s %10s %10s\n", "media", "calls", "CPU us/pkt",
		"% core", "loss %", "p50 us", "p99 us", "KiB/call", "setup us");
	for (size_t i = 0; i < VP_ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];
		if (r->n) {
			printf("%-18s %6u %10.2f %8.1f %8.3f %9.0f %9.0f %10.1f %10.0f\n", r->name,
				r->calls, median(r->us, r->n), median(r->share, r->n),
				worst(r->loss, r->n), median(r->p50, r->n), median(r->p99, r->n),
				median(r->kib, r->n), median(r->setup_us, r->n));
		}
	}
}

static const struct row *find(enum relay_kind kind, unsigned calls, const char *name)
{
	for (size_t i = 0; i < VP_ARRAY_LEN(rows); i++) {
		if (rows[i].kind == kind && rows[i].calls == calls && rows[i].n &&
			(!name || strcmp(rows[i].name, name) == 0)) {
			return &rows[i];
		}
	}
	return NULL;
}

static void put_value(FILE *f, const char *name, double value, const char *unit, double goal)
{
	fprintf(f, ",\n{\"name\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"goal\":%.3f}", name, value,
		unit, goal);
	printf("%-52s %10.2f %s (goal %.2f)\n", name, value, unit, goal);
}

/* What the goals are about: ratios of one run, since a machine's mood changes. */
static void put_ratios(FILE *f)
{
	const struct row *ours = find(RELAY_OURS, 200, "ringmain"),
			 *big = find(RELAY_OURS, 1000, NULL),
			 *peer = find(RELAY_RTPENGINE, 200, NULL),
			 *low = find(RELAY_FLOOR, 200, NULL);
	if (!ours) {
		return;
	}
	put_value(f, "memory of a live call", median(ours->kib, ours->n), "KiB", 32);
	put_value(f, "setting up a call, DTLS included", median(ours->setup_us, ours->n), "us CPU",
		2000);
	if (low) {
		put_value(f, "cost against the floor",
			median(ours->us, ours->n) / median(low->us, low->n), "x", 1.35);
	}
	if (peer) {
		put_value(f, "cost against rtpengine",
			median(ours->us, ours->n) / median(peer->us, peer->n), "x", 0.52);
		put_value(f, "p99 delay against rtpengine",
			median(ours->p99, ours->n) / median(peer->p99, peer->n), "x", 1);
	}
	if (big) {
		put_value(f, "cost at 1000 calls against 200",
			median(big->us, big->n) / median(ours->us, ours->n), "x", 1.15);
	}
}

static void put_row(FILE *f, const struct row *r)
{
	fprintf(f, "{\"name\":\"%s, %u calls\",\"value\":%.2f,\"unit\":\"us CPU a packet\",",
		r->name, r->calls, median(r->us, r->n));
	if (r->goal_us > 0) {
		fprintf(f, "\"goal\":%.1f,", r->goal_us);
	}
	fprintf(f,
		"\"percent_of_core\":%.1f,\"loss_percent\":%.3f,\"p50_us\":%.0f,\"p99_us\":%.0f,"
		"\"kib_per_call\":%.1f,\"setup_us_per_call\":%.0f,\"runs\":[",
		median(r->share, r->n), worst(r->loss, r->n), median(r->p50, r->n),
		median(r->p99, r->n), median(r->kib, r->n), median(r->setup_us, r->n));
	for (unsigned k = 0; k < r->n; k++) {
		fprintf(f, "%s%.2f", k ? "," : "", r->us[k]);
	}
	fprintf(f, "]}");
}

static int write_json(const char *path)
{
	FILE *f = fopen(path, "w");
	const char *comma = "";
	if (!f) {
		return errno;
	}
	fprintf(f, "{\"part\":\"media\",\"rows\":[");
	for (size_t i = 0; i < VP_ARRAY_LEN(rows); i++) {
		if (rows[i].n) {
			fprintf(f, "%s\n", comma);
			put_row(f, &rows[i]);
			comma = ",";
		}
	}
	put_ratios(f);
	fprintf(f, "\n]}\n");
	return fclose(f) == 0 ? 0 : errno;
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: %s RESULT.json VOIP-MEDIA [rounds [seconds]]\n", argv[0]);
		return 2;
	}
	unsigned rounds = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 3;
	unsigned seconds = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 5;
	const char *only = getenv("BENCH_ROW");
	char dir[] = "/tmp/bench-media.XXXXXX";
	struct rlimit files;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	if (!mkdtemp(dir)) {
		return 1;
	}
	bool peer = have_rtpengine();
	if (!peer) {
		printf("rtpengine is not installed: its row is left out\n");
	}
	int failed = 0;
	for (unsigned k = 0; k < rounds && k < MAX_ROUNDS; k++) {
		for (size_t i = 0; i < VP_ARRAY_LEN(rows); i++) {
			bool skip = (rows[i].kind == RELAY_RTPENGINE && !peer) ||
				    (only && !strstr(rows[i].name, only));
			if (!skip && run_row(&rows[i], dir, argv[2], seconds)) {
				failed = 1;
			}
		}
	}
	print_table();
	return write_json(argv[1]) || failed;
}
