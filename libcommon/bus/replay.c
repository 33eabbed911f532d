/* Reading event_log: where each stream stands (at start, then every half minute, in case that no
 * heartbeat told), and the rows of the streams that have a gap, one query at a time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "libcommon/bus/bus_int.h"
#include "libcommon/bus/metrics.h"

#define OWNERS_SIZE (BUS_OWNERS_MAX * (BUS_NAME_MAX + 1) + 3)

/* $1 consumer, $2 oldest stream, $3 streams closed before this are of no interest (polls), $4
 * services (NULL: all). */
static const char sql_streams[] =
	"select s.stream, c.seq, "
	"coalesce((select max(e.seq) from event_log e where e.stream = s.stream), 0), "
	"exists (select from consumer_cursors k where k.consumer = $1) "
	"from streams s left join consumer_cursors c on c.consumer = $1 and c.stream = s.stream "
	"where s.stream >= $2 and (s.closed_at is null or s.closed_at >= $3) "
	"and ($4::text[] is null or s.service = any($4))";
static const char sql_rows[] =
	"select seq, data from event_log where stream = $1 and seq >= $2 order by seq limit $3";

/* Where does a consumer start in a stream that it sees for the first time? */
static uint64_t first_seq(
	const struct vp_bus *bus, const struct vp_db_result *res, size_t row, struct vp_uuid stream)
{
	uint64_t max = (uint64_t)vp_db_int(res, row, 2);
	if (!bus->consumer_name) {
		return max + 1; /* from now on */
	}
	if (!vp_db_is_null(res, row, 1)) {
		return (uint64_t)vp_db_int(res, row, 1) + 1;
	}
	bool consumer_is_new = !vp_db_bool(res, row, 3);
	bool stream_is_old = vp_uuid_time_us(stream) < vp_time_us() - BUS_NEWCOMER_US;
	return consumer_is_new && stream_is_old ? max + 1 : 1;
}

static void on_row(struct vp_bus *bus, const struct vp_db_result *res, size_t row)
{
	struct vp_uuid id = vp_db_uuid(res, row, 0);
	uint64_t max = (uint64_t)vp_db_int(res, row, 2);
	struct bus_stream *stream = bus_consume_stream(bus, id);
	if (!stream) {
		return;
	}
	if (stream->next == 0) {
		stream->next = first_seq(bus, res, row, id);
		stream->saved = vp_db_is_null(res, row, 1) ? 0 : (uint64_t)vp_db_int(res, row, 1);
		bus->consumer.unsaved += stream->next - 1 != stream->saved;
	}
	if (max >= stream->next && max > stream->seen_max) {
		stream->seen_max = max;
	}
}

static void start_unlisted(struct bus_map_node *node, void *arg)
{
	struct bus_stream *stream = BUS_OF(node, struct bus_stream, node);
	(void)arg;
	if (stream->next == 0) {
		stream->next = 1;
	}
}

static void forget_old(struct bus_map_node *node, void *arg)
{
	struct vp_bus *bus = arg;
	struct bus_stream *stream = BUS_OF(node, struct bus_stream, node);
	int64_t oldest = vp_time_us() - BUS_STREAM_KEEP_US - BUS_NEWCOMER_US;
	if (vp_uuid_time_us(stream->id) < oldest && stream != bus->consumer.replaying) {
		bus_map_remove(&bus->consumer.streams, node);
		free(stream);
	}
}

static void on_streams(int err, const struct vp_db_result *res, void *arg)
{
	struct vp_bus *bus = arg;
	struct bus_consumer *consumer = &bus->consumer;
	consumer->load_op = NULL;
	if (err) {
		consumer->load_us = vp_mono_us() + BUS_SEC;
		bus_due(bus, consumer->load_us);
		return;
	}
	for (size_t row = 0; row < vp_db_rows(res); row++) {
		on_row(bus, res, row);
	}
	if (consumer->stage == BUS_CONSUMER_LOADING) {
		bus_map_each(&consumer->streams, start_unlisted, NULL);
		consumer->stage = BUS_CONSUMER_ON;
	}
	bus_map_each(&consumer->streams, forget_old, bus);
	bus_replay_next(bus);
}

/* "{gateway,recorder}" */
static void list_owners(const struct bus_consumer *consumer, char list[OWNERS_SIZE])
{
	size_t used = 1;
	list[0] = '{';
	for (unsigned i = 0; i < consumer->n_owners; i++) {
		used += (size_t)snprintf(
			list + used, OWNERS_SIZE - used, "%s%s", i ? "," : "", consumer->owners[i]);
	}
	list[used] = '}';
	list[used + 1] = '\0';
}

void bus_replay_load(struct vp_bus *bus, int64_t now)
{
	char owners[OWNERS_SIZE];
	struct bus_consumer *consumer = &bus->consumer;
	uint32_t jitter;
	vp_random(&jitter, sizeof(jitter));
	consumer->load_us = now + BUS_POLL_US + jitter % (2 * BUS_SEC);
	if (consumer->load_op) {
		return;
	}
	list_owners(consumer, owners);
	int64_t wall = vp_time_us();
	bool first = consumer->stage == BUS_CONSUMER_LOADING;
	struct vp_uuid oldest = vp_uuid_floor(wall - BUS_STREAM_KEEP_US);
	int64_t closed_after = wall - (first ? BUS_STREAM_KEEP_US : BUS_NEWCOMER_US);
	if (vp_db_query(bus->db, sql_streams,
		    VP_PARAMS(VP_P_TEXT(bus->consumer_name ? bus->consumer_name : ""),
			    VP_P_UUID(oldest), VP_P_TIME(closed_after),
			    VP_P_TEXT(consumer->of_all ? NULL : owners)),
		    on_streams, bus, &consumer->load_op) != 0) {
		consumer->load_us = now + BUS_SEC;
	}
}

static void apply_row(
	struct vp_bus *bus, struct bus_stream *stream, const struct vp_db_result *res, size_t row)
{
	size_t len = 0;
	uint8_t *data = vp_db_bytes(res, row, 1, &len);
	struct bus_in in = {.mark = {stream->id, stream->next}};
	if (data && bus_wire_envelope(&bus->arena, (struct bus_slice){data, len}, &in)) {
		bus_consume_apply(bus, stream, &in);
	} else {
		bus_count_drop(BUS_DROP_BAD);
		stream->next++;
	}
	free(data);
}

/* The row for the next number is missing. It may be on its way (numbers are given before the
 * commit), and after some time it is not. */
static void on_hole(struct bus_stream *stream, uint64_t first_after, int64_t now)
{
	if (stream->hole_us == 0) {
		stream->hole_us = now;
	}
	if (now - stream->hole_us >= BUS_HOLE_US) {
		bus_count_skipped(first_after - stream->next);
		stream->next = first_after;
		stream->hole_us = 0;
	} else {
		stream->retry_us = now + BUS_REPLAY_RETRY_US;
	}
}

static void take_rows(struct vp_bus *bus, struct bus_stream *stream, const struct vp_db_result *res)
{
	uint64_t before = stream->next;
	size_t n = vp_db_rows(res), row = 0;
	uint64_t first_after = stream->seen_max + 1;
	for (; row < n; row++) {
		uint64_t seq = (uint64_t)vp_db_int(res, row, 0);
		if (seq > stream->next) {
			first_after = seq;
			break;
		}
		if (seq == stream->next) {
			apply_row(bus, stream, res, row);
		}
	}
	bus_count_replayed(stream->next - before);
	bool hole = row < n || (n < BUS_REPLAY_ROWS && stream->seen_max >= stream->next);
	if (hole && first_after > stream->next) {
		on_hole(stream, first_after, vp_mono_us());
	}
}

static void on_rows(int err, const struct vp_db_result *res, void *arg)
{
	struct vp_bus *bus = arg;
	struct bus_stream *stream = VP_TAKE(bus->consumer.replaying);
	bus->consumer.replay_op = NULL;
	if (err) {
		stream->retry_us = vp_mono_us() + BUS_SEC;
	} else {
		take_rows(bus, stream, res);
	}
	bus_replay_next(bus);
}

struct search {
	int64_t now, soonest_us;
	struct bus_stream *found;
	bool behind;
};

static void look_at(struct bus_map_node *node, void *arg)
{
	struct search *search = arg;
	struct bus_stream *stream = BUS_OF(node, struct bus_stream, node);
	if (!stream->next || stream->seen_max < stream->next) {
		return;
	}
	search->behind = true;
	if (stream->retry_us <= search->now) {
		search->found = stream;
	} else if (stream->retry_us < search->soonest_us) {
		search->soonest_us = stream->retry_us;
	}
}

static void note_progress(struct bus_consumer *consumer, const struct search *search)
{
	if (!search->behind) {
		consumer->behind_us = 0;
		consumer->caught_up = true;
	} else if (!consumer->behind_us) {
		consumer->behind_us = search->now;
	}
}

void bus_replay_next(struct vp_bus *bus)
{
	struct bus_consumer *consumer = &bus->consumer;
	if (consumer->stage != BUS_CONSUMER_ON || consumer->replay_op) {
		return;
	}
	struct search search = {.now = vp_mono_us(), .soonest_us = INT64_MAX};
	bus_map_each(&consumer->streams, look_at, &search);
	note_progress(consumer, &search);
	if (search.found) {
		int err = vp_db_query(bus->db, sql_rows,
			VP_PARAMS(VP_P_UUID(search.found->id),
				VP_P_INT((int64_t)search.found->next), VP_P_INT(BUS_REPLAY_ROWS)),
			on_rows, bus, &consumer->replay_op);
		if (!err) {
			consumer->replaying = search.found;
			return;
		}
		search.soonest_us = search.now + BUS_REPLAY_RETRY_US;
	}
	if (search.soonest_us != INT64_MAX) {
		bus_due(bus, search.soonest_us);
	}
}
