/* The recorder on the bus: it hears at once that a call has ended, and everybody hears that the
 * recording is there. A plain program on the kit of the bus tests, with CURVE and the recorder's
 * own database role. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "libcommon/spool/spool.h"
#include "proto/call.pb-c.h"
#include "proto/recording.pb-c.h"
#include "tests/integration/bus_kit.h"
#include "tests/lib/child.h"

enum { CALL_CONTROLLER, GATEWAY, PEERS, SECONDS = 3, PRESENT_MS = 15000, STORED_MS = 6000 };

static struct kit_forwarder forwarder = {.curve = true};
static struct kit_peer peers[PEERS];
static pid_t recorder;
static struct vp_uuid org, user, call;
static char call_text[VP_UUID_TEXT_SIZE], user_text[VP_UUID_TEXT_SIZE];

static struct {
	unsigned count;
	char call[VP_UUID_TEXT_SIZE], user[VP_UUID_TEXT_SIZE], format[8];
	uint32_t duration_ms;
	bool org_fits;
} heard;

static void on_stored(const struct vp_bus_msg *msg, void *arg)
{
	Ringmain__V1__RecordingStored *stored =
		ringmain__v1__recording_stored__unpack(NULL, msg->len, msg->data);
	(void)arg;
	KIT_CHECK(stored != NULL, "the event cannot be read");
	heard.count++;
	vp_strcopy(heard.call, sizeof(heard.call), stored->call_id);
	vp_strcopy(heard.user, sizeof(heard.user), stored->user_id);
	vp_strcopy(heard.format, sizeof(heard.format), stored->format);
	heard.duration_ms = stored->duration_ms;
	heard.org_fits = vp_uuid_equal(msg->org, org);
	ringmain__v1__recording_stored__free_unpacked(stored, NULL);
}

static void run(char *sql)
{
	kit_db_number(sql);
	free(sql);
}

static void seed(void)
{
	char org_text[VP_UUID_TEXT_SIZE];
	org = vp_uuid_new();
	user = vp_uuid_new();
	call = vp_uuid_new();
	vp_uuid_text(org, org_text);
	vp_uuid_text(user, user_text);
	vp_uuid_text(call, call_text);
	run(vp_strf("select ensure_partitions(current_date)"));
	run(vp_strf("insert into orgs (id, name) values ('%s', 'test')", org_text));
	run(vp_strf("insert into calls (org_id, id, direction, status, user_id, started_at, "
		    "answered_at)"
		    " values ('%s', '%s', 'inbound', 'in-progress', '%s', now(), now())",
		org_text, call_text, user_text));
}

static void write_spool(void)
{
	struct vp_spool_writer *writer;
	uint8_t payload[160];
	char *path = vp_strf("%s/%s.spool", kit_dir(), call_text);
	KIT_CHECK(vp_spool_create(&writer, path, call) == 0);
	for (unsigned i = 0; i < SECONDS * 100; i++) {
		memset(payload, 0x20 + (int)(i % 64), sizeof(payload));
		struct vp_spool_frame frame = {.channel = i % 2,
			.len = sizeof(payload),
			.rtp_ts = i / 2 * 160,
			.mono_us = (int64_t)(i / 2) * 20000,
			.payload = payload};
		KIT_CHECK(vp_spool_put(writer, &frame) == 0);
	}
	KIT_CHECK(vp_spool_finish(writer) == 0);
	free(path);
}

static void start_recorder(const char *db_url)
{
	recorder = child_fork();
	if (recorder != 0) {
		return;
	}
	char *log = vp_strf("%s/recorder.log", kit_dir());
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	setenv("VOIP_DB_URL", vp_strf("%s?user=voip_recorder", db_url), 1);
	setenv("VOIP_BUS", kit_endpoints(&forwarder, 1), 1);
	setenv("VOIP_BUS_CERT", vp_strf("%s/private/recorder.key", kit_keys()), 1);
	setenv("VOIP_BUS_SERVER_KEY", vp_strf("%s/server.pub", kit_keys()), 1);
	setenv("VOIP_SPOOL_DIR", kit_dir(), 1);
	setenv("VOIP_RECORDING_DIR", vp_strf("%s/recordings", kit_dir()), 1);
	setenv("VOIP_ENV_FILE", "/dev/null", 1);
	char *argv[] = {"voip-recorder", NULL};
	execv(getenv("RECORDER_EXE"), argv);
	_exit(127);
}

static void on_node(const char *node, unsigned load, unsigned capacity, void *arg)
{
	(void)node;
	(void)load;
	(void)capacity;
	*(bool *)arg = true;
}

static bool recorder_is_present(void *arg)
{
	bool present = false;
	(void)arg;
	vp_bus_nodes(peers[GATEWAY].bus, "recorder", on_node, &present);
	return present;
}

static bool is_stored(void *arg)
{
	(void)arg;
	return heard.count > 0;
}

/* Row and event in one unit, as call-controller does it. driver: of a call at a carrier. */
static void end_call(const char *driver)
{
	Ringmain__V1__CallChanged changed = RINGMAIN__V1__CALL_CHANGED__INIT;
	struct vp_db_tx *tx = vp_db_tx_create();
	uint8_t data[512];
	changed.call_id = call_text;
	changed.user_id = user_text;
	changed.driver = (char *)(uintptr_t)driver;
	changed.status = RINGMAIN__V1__CALL_STATUS__COMPLETED;
	size_t len = ringmain__v1__call_changed__pack(&changed, data);
	struct vp_event event = {
		.type = "call.changed", .org = org, .subject = call_text, .data = data, .len = len};
	KIT_CHECK(vp_db_tx_add(tx,
			  "update calls set status = 'completed', ended_at = now() where id = $1",
			  VP_PARAMS(VP_P_UUID(call))) == 0);
	KIT_CHECK(vp_bus_emit(peers[CALL_CONTROLLER].bus, tx, &event) == 0);
	KIT_CHECK(vp_db_write(peers[CALL_CONTROLLER].db, tx, NULL, NULL) == 0);
}

/* A call of a carrier, whose leg was dialled with a recording, or without. */
static void seed_carrier_call(const char *leg, bool record)
{
	char org_text[VP_UUID_TEXT_SIZE], provider[VP_UUID_TEXT_SIZE], command[VP_UUID_TEXT_SIZE];
	call = vp_uuid_new();
	vp_uuid_text(call, call_text);
	vp_uuid_text(org, org_text);
	vp_uuid_text(vp_uuid_new(), provider);
	vp_uuid_text(vp_uuid_new(), command);
	run(vp_strf("insert into providers (org_id, id, name, driver) values ('%s', '%s', 'p', "
		    "'twilio')",
		org_text, provider));
	run(vp_strf("insert into calls (org_id, id, direction, status, user_id, started_at, "
		    "answered_at)"
		    " values ('%s', '%s', 'outbound', 'in-progress', '%s', now(), now())",
		org_text, call_text, user_text));
	run(vp_strf("insert into provider_commands (org_id, id, provider_id, call_id, leg, kind, "
		    "record, created_at, updated_at) values ('%s', '%s', '%s', '%s', 'customer', "
		    "'dial', %s, now(), now())",
		org_text, command, provider, call_text, record ? "true" : "false"));
	run(vp_strf("insert into call_external_ids (org_id, provider_id, external_id, call_id, leg)"
		    " values ('%s', '%s', '%s', '%s', 'customer')",
		org_text, provider, leg, call_text));
}

static bool is_expected(void *arg)
{
	(void)arg;
	return kit_db_number("select count(*) from recordings where state = 'open' and due_at > "
			     "now() and carrier_call = 'CA2' and carrier_leg = 'customer'") == 1;
}

/* What comes first is heard first: when the second call has its row, the first got none. */
static void a_carrier_is_asked_for_what_was_recorded_only(void)
{
	seed_carrier_call("CA1", false);
	end_call("twilio");
	seed_carrier_call("CA2", true);
	end_call("twilio");
	kit_pump(peers, PEERS, is_expected, NULL, STORED_MS, "a row that waits for the carrier");
	KIT_CHECK(kit_db_number("select count(*) from recordings where carrier_call = 'CA1'") == 0);
}

static void stop_recorder(void)
{
	int status = -1;
	kill(recorder, SIGTERM);
	waitpid(recorder, &status, 0);
	KIT_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %#x", (unsigned)status);
}

static void a_call_that_ends_is_stored_at_once_and_announced(void)
{
	const char *url = kit_db_make(NULL);
	kit_forwarder_start(&forwarder);
	kit_keys();
	seed();
	write_spool();
	const char *endpoints = kit_endpoints(&forwarder, 1);
	kit_peer_open(&peers[CALL_CONTROLLER], endpoints, url, "call-controller", "cc", NULL);
	kit_peer_open(&peers[GATEWAY], endpoints, url, "gateway", "gw", NULL);
	KIT_CHECK(vp_bus_on_event(peers[GATEWAY].bus, "recording.stored", on_stored, NULL) == 0);
	kit_pump_ready(peers, PEERS);
	start_recorder(url);
	kit_pump(peers, PEERS, recorder_is_present, NULL, PRESENT_MS, "the recorder is on the bus");
	kit_pump_for(peers, PEERS, 1000); /* it has looked at the spool and found the call alive */
	KIT_CHECK(kit_db_number("select count(*) from recordings") == 0);

	end_call("");
	kit_pump(peers, PEERS, is_stored, NULL, STORED_MS, "recording.stored");
	KIT_CHECK(strcmp(heard.call, call_text) == 0, "%s", heard.call);
	KIT_CHECK(strcmp(heard.user, user_text) == 0, "%s", heard.user);
	KIT_CHECK(strcmp(heard.format, "ogg") == 0 && heard.org_fits);
	KIT_CHECK(heard.duration_ms == SECONDS * 1000, "%u ms", heard.duration_ms);
	KIT_CHECK(kit_db_number("select count(*) from recordings where state = 'stored'") == 1);
	kit_pump_for(peers, PEERS, 1500);
	KIT_CHECK(heard.count == 1, "announced %u times", heard.count);
	a_carrier_is_asked_for_what_was_recorded_only();
	stop_recorder();
	for (size_t i = 0; i < PEERS; i++) {
		kit_peer_close(&peers[i]);
	}
	kit_forwarder_kill(&forwarder);
	kit_db_drop();
}

int main(void)
{
	static const struct kit_test tests[] = {
		{"a call that ends is stored at once and announced",
			a_call_that_ends_is_stored_at_once_and_announced},
	};
	return kit_main(tests, VP_ARRAY_LEN(tests));
}
