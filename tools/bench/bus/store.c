/* Durable units, as one state change of a call makes them: a row written, a row changed, an event.
 * The floor is bare libpq, blocking, one statement and commit after the other. */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tests/integration/bus_kit.h"
#include "tools/bench/bus/bench_bus.h"

#define UNITS_MAX 20000
#define PACED 900
#define FLOOR 2000

static struct kit_peer peer;
static double delays[UNITS_MAX];
static int64_t written_us[UNITS_MAX];
static int n_written, n_done;
static bool with_event;

static const char sql_insert[] = "insert into bench_calls (id, status, note) values ($1, $2, $3) "
				 "on conflict do nothing";
static const char sql_update[] = "update bench_calls set status = $2, changed = $3 where id = $1";
static const char note[] = "0123456789012345678901234567890123456789012345678901234567890123456789";

static void on_done(int err, void *arg)
{
	intptr_t i = (intptr_t)arg;
	KIT_CHECK(err == 0, "%s", strerror(err));
	delays[i] = (double)(vp_mono_us() - written_us[i]);
	n_done++;
}

static void write_unit(void)
{
	intptr_t i = n_written++;
	struct vp_uuid id = vp_uuid_new();
	struct vp_db_tx *tx = vp_db_tx_create();
	written_us[i] = vp_mono_us();
	vp_db_tx_add(
		tx, sql_insert, VP_PARAMS(VP_P_UUID(id), VP_P_TEXT("ringing"), VP_P_TEXT(note)));
	vp_db_tx_add(tx, sql_update,
		VP_PARAMS(VP_P_UUID(id), VP_P_TEXT("in-progress"), VP_P_TIME(vp_time_us())));
	if (with_event) {
		const struct vp_event event = {.type = "call.changed",
			.org = id,
			.subject = "call",
			.data = note,
			.len = sizeof(note)};
		KIT_CHECK(vp_bus_emit(peer.bus, tx, &event) == 0);
	}
	KIT_CHECK(vp_db_write(peer.db, tx, on_done, (void *)i) == 0);
}

/* Sleeps until the next unit is due, as a service does between two calls. */
static void write_paced(int total, int per_second)
{
	int64_t start = vp_mono_us();
	while (n_done < total) {
		int64_t next_us = start + n_written * 1000000LL / per_second;
		int64_t wait_us = next_us - vp_mono_us();
		if (n_written < total && wait_us <= 0) {
			write_unit();
		} else {
			kit_pump_once(
				&peer, 1, n_written < total ? (int)((wait_us + 999) / 1000) : 1000);
		}
	}
}

static void write_flat_out(int total, int outstanding)
{
	while (n_done < total) {
		while (n_written < total && n_written < n_done + outstanding) {
			write_unit();
		}
		kit_pump_once(&peer, 1, 1000);
	}
}

static void write_all(int total, int per_second, int outstanding)
{
	n_written = n_done = 0;
	if (per_second) {
		write_paced(total, per_second);
	} else {
		write_flat_out(total, outstanding);
	}
}

static void measure(int total, int per_second, int outstanding)
{
	double cpu = cpu_self_us();
	int64_t start = vp_mono_us();
	write_all(total, per_second, outstanding);
	double took = (double)(vp_mono_us() - start);
	cpu = cpu_self_us() - cpu;
	char how[64];
	snprintf(how, sizeof(how), per_second ? "unit%s, %d/s" : "unit%s, %d outstanding",
		with_event ? " with event" : "", per_second ? per_second : outstanding);
	const struct {
		const char *name;
		double value;
		const char *unit;
	} figures[] = {
		{"units", total / took * 1e6, "1/s"},
		{"commit p50", percentile(delays, (size_t)total, 0.5), "us"},
		{"commit p99", percentile(delays, (size_t)total, 0.99), "us"},
		{"own CPU", cpu / total, "us/unit"},
	};
	for (size_t i = 0; i < VP_ARRAY_LEN(figures); i++) {
		char *name = vp_strf("%s: %s", how, figures[i].name);
		row(name, figures[i].value, figures[i].unit);
		free(name);
	}
}

static void measure_floor(const char *url)
{
	PGconn *pg = PQconnectdb(url);
	KIT_CHECK(PQstatus(pg) == CONNECTION_OK);
	double cpu = cpu_self_us();
	int64_t start = vp_mono_us();
	for (int i = 0; i < FLOOR; i++) {
		char id[VP_UUID_TEXT_SIZE];
		vp_uuid_text(vp_uuid_new(), id);
		const char *const values[] = {id, "ringing", note};
		PGresult *res = PQexecParams(pg, sql_insert, 3, NULL, values, NULL, NULL, 0);
		KIT_CHECK(PQresultStatus(res) == PGRES_COMMAND_OK);
		PQclear(res);
	}
	row("floor, bare libpq, one insert a commit: inserts",
		FLOOR / (double)(vp_mono_us() - start) * 1e6, "1/s");
	row("floor, bare libpq, one insert a commit: own CPU", (cpu_self_us() - cpu) / FLOOR,
		"us/insert");
	PQfinish(pg);
}

void bench_store(const char *endpoints, const char *url)
{
	KIT_CHECK(vp_db_exec_now(url,
			  "create table bench_calls (id uuid primary key, status text, note "
			  "text, changed timestamptz)",
			  NULL, 0, NULL, NULL) == 0);
	kit_peer_open(&peer, endpoints, url, "call-controller", "c", NULL);
	kit_pump_ready(&peer, 1);
	for (int events = 0; events < 2; events++) {
		with_event = events == 1;
		write_all(200, 0, 1); /* warm */
		measure(PACED, 100, 0);
		measure(PACED, 300, 0);
		measure(UNITS_MAX, 0, 200);
	}
	kit_peer_close(&peer);
	measure_floor(url);
}
