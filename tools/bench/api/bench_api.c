/* bench-api DATABASE-URL PORT RESULT.json: lists and searches over 5 million calls, by the
 * gateway's statements, through a running gateway (PORT 0: not), and as OFFSET paging does it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tools/bench/api/cases.h"
#include "tools/bench/api/direct.h"
#include "tools/bench/api/http.h"
#include "tools/bench/api/measure.h"

enum { WARM_UP = 50, RUNS = 1000, PEER_RUNS = 25, PEER_BUDGET_US = 6000000 };

struct request {
	char user[40];
	char *path;
	bool all_calls;
};
struct bench {
	struct vp_db *db;
	const char *url;
	int port; /* of the gateway; 0: none */
	json_t *rows;
	const struct bench_case *now;
	struct request *requests;
	size_t n_requests;
	unsigned missed; /* figures above their goal */
};

static void take_requests(const struct vp_db_result *res, void *arg)
{
	struct bench *bench = arg;

	if (*vp_db_result_error(res)) {
		fprintf(stderr, "bench-api: %s: %s\n", bench->now->name, vp_db_result_error(res));
		exit(1);
	}
	bench->n_requests = vp_db_rows(res);
	bench->requests = calloc(bench->n_requests + 1, sizeof(*bench->requests));
	for (size_t i = 0; i < bench->n_requests; i++) {
		struct request *request = &bench->requests[i];

		vp_strcopy(request->user, sizeof(request->user), vp_db_text(res, i, 0));
		request->path = strdup(vp_db_text(res, i, 1));
		request->all_calls = vp_db_bool(res, i, 2);
	}
}

static void drop_requests(struct bench *bench)
{
	for (size_t i = 0; i < bench->n_requests; i++) {
		free(bench->requests[i].path);
	}
	free(VP_TAKE(bench->requests));
}

static void must(const struct bench *bench, bool fine, const char *how, const char *path)
{
	if (!fine) {
		fprintf(stderr, "bench-api: %s: %s did not answer %s\n", bench->now->name, how,
			path);
		exit(1);
	}
}

static void run_direct(struct bench *bench, struct series *ret)
{
	for (int i = -WARM_UP; i < RUNS; i++) {
		const struct request *r =
			&bench->requests[(size_t)(i + WARM_UP) % bench->n_requests];
		int64_t begin = vp_mono_us();
		int rows = direct_get(bench->db, r->user, r->path, r->all_calls);

		if (i >= 0) {
			series_add(ret, vp_mono_us() - begin);
		}
		must(bench, rows >= 0, "the statement", r->path);
	}
}

static void run_http(struct bench *bench, struct series *ret)
{
	/* a new one each time: the gateway closes what idles */
	int fd = http_connect(bench->port);

	for (int i = -WARM_UP; i < RUNS; i++) {
		const struct request *r =
			&bench->requests[(size_t)(i + WARM_UP) % bench->n_requests];
		char token[64];
		int64_t begin;

		snprintf(token, sizeof(token), "bench-%s", r->user);
		begin = vp_mono_us();
		int status = http_get(fd, r->path, token);
		if (i >= 0) {
			series_add(ret, vp_mono_us() - begin);
		}
		must(bench, status == 200, "the gateway", r->path);
	}
	close(fd);
}

static void run_peer(struct bench *bench, struct series *ret)
{
	const struct bench_case *now = bench->now;
	int64_t end = vp_mono_us() + PEER_BUDGET_US;

	for (int i = -1; i < PEER_RUNS && vp_mono_us() < end; i++) {
		const struct request *r = &bench->requests[(size_t)(i + 1) % bench->n_requests];
		VP_CLEANUP(vp_freep) char *search = direct_query(r->path, "search");
		const char *what = now->peer_page ? r->user : search;
		int64_t begin = vp_mono_us();
		int rows = 0;

		if (now->peer_count) {
			rows = direct_sql(bench->db, now->peer_count, VP_PARAMS(VP_P_TEXT(what)));
		}
		rows = rows < 0
			       ? rows
			       : direct_sql(bench->db, now->peer,
					 VP_PARAMS(VP_P_TEXT(what),
						 VP_P_INT(now->peer_page ? 25 * (now->peer_page - 1)
									 : 0)));
		if (i >= 0) {
			series_add(ret, vp_mono_us() - begin);
		}
		must(bench, rows >= 0, "the peer", now->peer);
	}
}

static void print_pair(struct series *series)
{
	if (series->count) {
		printf(" %8.2f %8.2f", series_ms(series, 0.5), series_ms(series, 0.99));
	} else {
		printf(" %8s %8s", "-", "-");
	}
}

static void set_pair(json_t *row, const char *prefix, struct series *series)
{
	char key[32];

	if (series->count == 0) {
		return;
	}
	snprintf(key, sizeof(key), "%sp50", prefix);
	json_object_set_new(row, key, json_real(series_ms(series, 0.5)));
	snprintf(key, sizeof(key), "%sp99", prefix);
	json_object_set_new(row, key, json_real(series_ms(series, 0.99)));
}

static void report(
	struct bench *bench, struct series *direct, struct series *http, struct series *peer)
{
	const struct bench_case *now = bench->now;
	struct series *judged = http->count ? http : direct;
	json_t *row = json_pack("{s:s, s:s, s:f}", "name", now->name, "unit", "ms", "value",
		series_ms(judged, 0.99));

	printf("%-34s", now->name);
	print_pair(direct);
	print_pair(http);
	print_pair(peer);
	set_pair(row, "statement_", direct);
	set_pair(row, "http_", http);
	set_pair(row, "peer_", peer);
	if (peer->count) {
		json_object_set_new(
			row, "ratio", json_real(series_ms(judged, 0.5) / series_ms(peer, 0.5)));
	}
	if (now->goal_ms > 0) {
		bool met = series_ms(judged, 0.99) < now->goal_ms;

		json_object_set_new(row, "goal", json_real(now->goal_ms));
		json_object_set_new(row, "met", json_boolean(met));
		printf(" %6.0f %s", now->goal_ms, met ? "" : "MISSED");
		bench->missed += !met;
	}
	putchar('\n');
	fflush(stdout);
	json_array_append_new(bench->rows, row);
}

static void run_case(struct bench *bench, const struct bench_case *now)
{
	struct series direct = {0}, http = {0}, peer = {0};

	bench->now = now;
	if (vp_db_exec_now(bench->url, now->sql, NULL, 0, take_requests, bench) != 0) {
		exit(1);
	}
	must(bench, bench->n_requests > 0, "the list of requests", now->sql);
	run_direct(bench, &direct);
	if (bench->port) {
		run_http(bench, &http);
	}
	if (now->peer) {
		run_peer(bench, &peer);
	}
	report(bench, &direct, &http, &peer);
	series_free(&direct);
	series_free(&http);
	series_free(&peer);
	drop_requests(bench);
}

static int write_result(struct bench *bench, const char *path)
{
	json_t *result = json_pack("{s:s, s:O}", "part", "api", "rows", bench->rows);
	int failed = json_dump_file(result, path, JSON_INDENT(1) | JSON_REAL_PRECISION(4));

	json_decref(result);
	json_decref(bench->rows);
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fputs("usage: bench-api DATABASE-URL PORT RESULT.json [PART OF A CASE'S NAME]\n",
			stderr);
		return 2;
	}
	struct bench bench = {
		.url = argv[1], .port = (int)strtol(argv[2], NULL, 10), .rows = json_array()};
	struct vp_db_cfg cfg = {.url = argv[1],
		.app_name = "bench-api",
		.readers = 1,
		.timeout_ms = 60000,
		.no_writer = true};

	if (vp_db_create(&bench.db, &cfg) != 0) {
		return 1;
	}
	printf("%-34s %17s %17s %17s %6s\n%-34s %8s %8s %8s %8s %8s %8s\n", "api: ms", "statement",
		"through gateway", "OFFSET / LIKE", "goal", "", "p50", "p99", "p50", "p99", "p50",
		"p99");
	for (size_t i = 0; i < bench_n_cases; i++) {
		if (argc < 5 || strstr(bench_cases[i].name, argv[4])) {
			run_case(&bench, &bench_cases[i]);
		}
	}
	vp_db_destroy(bench.db);
	printf("%u figures above their goal\n", bench.missed);
	return write_result(&bench, argv[3]);
}
