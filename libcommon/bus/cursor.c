/* Where this consumer got to, saved each second or 500 events. The unit goes the way of all durable
 * units, so what handlers wrote before it is committed before it: an effect by the same database
 * client is never lost, at worst repeated. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "libcommon/bus/bus_int.h"

static const char sql_save[] =
	"insert into consumer_cursors (consumer, stream, seq, updated_at) "
	"select $1, stream, seq, $4 from unnest($2::uuid[], $3::bigint[]) as t (stream, seq) "
	"on conflict (consumer, stream) do update set "
	"seq = greatest(consumer_cursors.seq, excluded.seq), updated_at = excluded.updated_at";

struct lists {
	FILE *streams, *seqs;
	unsigned n;
};

static void add_stream(struct bus_map_node *node, void *arg)
{
	struct lists *lists = arg;
	struct bus_stream *stream = BUS_OF(node, struct bus_stream, node);
	if (!stream->next || stream->next - 1 == stream->saved) {
		return;
	}
	char text[VP_UUID_TEXT_SIZE];
	vp_uuid_text(stream->id, text);
	fprintf(lists->streams, "%s%s", lists->n ? "," : "{", text);
	fprintf(lists->seqs, "%s%" PRIu64, lists->n ? "," : "{", stream->next - 1);
	stream->saved = stream->next - 1;
	lists->n++;
}

static void forget_saved(struct bus_map_node *node, void *arg)
{
	(void)arg;
	BUS_OF(node, struct bus_stream, node)->saved = 0;
}

/* Hangs on the unit, since that is freed in any case, also with the database client. */
struct saving {
	struct bus_link *link;
	bool committed;
};

static void on_commit(void *arg)
{
	((struct saving *)arg)->committed = true;
}

static void on_free(void *arg)
{
	struct saving *saving = arg;
	struct vp_bus *bus = saving->link->bus;
	if (bus) {
		bus->consumer.saving = false;
		if (!saving->committed) {
			bus_map_each(&bus->consumer.streams, forget_saved, NULL);
			bus->consumer.unsaved++;
		}
	}
	bus_link_deref(saving->link);
	free(saving);
}

static int hang_on(struct vp_bus *bus, struct vp_db_tx *tx)
{
	struct saving *saving = calloc(1, sizeof(*saving));
	if (!saving) {
		return ENOMEM;
	}
	saving->link = bus_link_ref(bus->link);
	int err = vp_db_tx_on_commit(tx, on_commit, on_free, saving);
	if (err) {
		bus_link_deref(saving->link);
		free(saving);
	}
	return err;
}

static int write_cursors(struct vp_bus *bus, const char *streams, const char *seqs)
{
	struct vp_db_tx *tx = vp_db_tx_create();
	if (!tx) {
		return ENOMEM;
	}
	int err = vp_db_tx_add(tx, sql_save,
		VP_PARAMS(VP_P_TEXT(bus->consumer_name), VP_P_TEXT(streams), VP_P_TEXT(seqs),
			VP_P_TIME(vp_time_us())));
	if (!err) {
		err = hang_on(bus, tx);
	}
	if (!err) {
		err = vp_db_write(bus->db, tx, NULL, NULL);
	}
	if (err) {
		vp_db_tx_destroy(tx);
	}
	return err;
}

static void save(struct vp_bus *bus)
{
	struct bus_consumer *consumer = &bus->consumer;
	char *streams = NULL, *seqs = NULL;
	size_t len;
	struct lists lists = {
		.streams = open_memstream(&streams, &len), .seqs = open_memstream(&seqs, &len)};
	if (lists.streams && lists.seqs) {
		bus_map_each(&consumer->streams, add_stream, &lists);
		fputc('}', lists.streams);
		fputc('}', lists.seqs);
	}
	bool ok = lists.streams && fclose(lists.streams) == 0;
	ok = lists.seqs && fclose(lists.seqs) == 0 && ok;
	consumer->unsaved = 0;
	if (lists.n > 0) {
		consumer->saving = true;
		if (!ok || write_cursors(bus, streams, seqs) != 0) {
			consumer->saving = false;
			bus_map_each(&consumer->streams, forget_saved, NULL);
			consumer->unsaved = 1;
		}
	}
	free(streams);
	free(seqs);
}

void bus_cursor_tick(struct vp_bus *bus, int64_t now)
{
	struct bus_consumer *consumer = &bus->consumer;
	if (!bus->consumer_name || !consumer->unsaved || consumer->saving) {
		return;
	}
	if (now >= consumer->save_us || consumer->unsaved >= BUS_CURSOR_EVENTS) {
		save(bus);
		consumer->save_us = now + BUS_CURSOR_US;
	}
}
