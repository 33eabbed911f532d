/* A program with secrets, as services are: VOIP_DB_URL, VOIP_KEK_FILE. Every trunk's password is to
 * be its name, so that a wrong plain text is seen too.
 *   fill v1|v2   seals the names of all trunks that have no password
 *   open         opens all once; prints opened and failed
 *   loop         opens all again and again, each round with a vault that knows nothing yet, and
 *                seals the next that has no password; until SIGTERM, then prints as open does
 *   seal ORG CONTEXT   seals what comes on standard input and prints the text */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/db/db.h"
#include "libcommon/vault/vault.h"

enum { ROWS_MAX = 2000, WAIT_US = 20000000 };

/* a trunk that wants a password and has none */
#define BARE "coalesce(secret, '') = '' and auth_method = 'username_password'"

struct row {
	struct vp_uuid org, id;
	char context[64];
	char *name, *secret;
};

struct peer {
	struct vp_db *db;
	struct vp_vault *vault;
	struct row rows[ROWS_MAX];
	size_t n;
	unsigned waiting; /* answers under way */
	unsigned rounds, opened, failed, sealed;
};

/* An operation, and whose it is. */
struct job {
	struct peer *peer;
	struct row *row;
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
	(void)number;
	stopped = 1;
}

static void settle(struct peer *peer)
{
	const int64_t until = vp_mono_us() + WAIT_US;

	while (peer->waiting > 0 && vp_mono_us() < until) {
		struct pollfd fd = {.fd = vp_db_fd(peer->db), .events = POLLIN};

		poll(&fd, 1, 100);
		vp_db_drain(peer->db);
	}
	if (peer->waiting > 0) {
		fprintf(stderr, "%u answers never came\n", peer->waiting);
		exit(1);
	}
}

static void complain(struct peer *peer, const char *what, const struct row *row, int err)
{
	peer->failed++;
	fprintf(stderr, "%s %s: %s\n", what, row->context, err ? strerror(err) : "another text");
}

static char *copy(const char *text)
{
	char *copied = strdup(text);

	vp_assert(copied);
	return copied;
}

static void on_rows(int err, const struct vp_db_result *res, void *arg)
{
	struct peer *peer = arg;

	peer->waiting--;
	if (err) {
		peer->failed++;
		fprintf(stderr, "rows: %s\n", vp_db_result_error(res));
		return;
	}
	for (size_t i = 0; i < vp_db_rows(res); i++) {
		struct row *row = &peer->rows[peer->n++];
		char id[VP_UUID_TEXT_SIZE];

		row->org = vp_db_uuid(res, i, 0);
		row->id = vp_db_uuid(res, i, 1);
		vp_uuid_text(row->id, id);
		(void)snprintf(row->context, sizeof(row->context), "trunks/secret/%s", id);
		row->name = copy(vp_db_text(res, i, 2));
		row->secret = copy(vp_db_text(res, i, 3));
	}
}

static void read_rows(struct peer *peer, const char *where)
{
	VP_CLEANUP(vp_freep)
	char *sql = vp_strf("select org_id, id, name, secret from voip.trunks where %s order by id "
			    "limit %d",
		where, ROWS_MAX);

	for (size_t i = 0; i < peer->n; i++) {
		free(peer->rows[i].name);
		free(peer->rows[i].secret);
	}
	peer->n = 0;
	peer->waiting++;
	vp_assert(vp_db_query(peer->db, sql, NULL, 0, on_rows, peer, NULL) == 0);
	settle(peer);
}

static void new_vault(struct peer *peer)
{
	int err;

	vp_vault_destroy(peer->vault);
	err = vp_vault_create(&peer->vault, peer->db, getenv("VOIP_KEK_FILE"));
	if (err) {
		fprintf(stderr, "key file: %s\n", strerror(err));
		exit(1);
	}
}

/* --- open --- */

static void on_opened(int err, const char *plain, size_t len, void *arg)
{
	struct job *job = arg;

	job->peer->waiting--;
	if (err || len != strlen(job->row->name) || strcmp(plain, job->row->name) != 0) {
		complain(job->peer, "open", job->row, err);
	} else {
		job->peer->opened++;
	}
	free(job);
}

static struct job *job_of(struct peer *peer, struct row *row)
{
	struct job *job = calloc(1, sizeof(*job));

	vp_assert(job);
	job->peer = peer;
	job->row = row;
	peer->waiting++;
	return job;
}

static void open_all(struct peer *peer)
{
	new_vault(peer);
	read_rows(peer, "secret <> ''");
	for (size_t i = 0; i < peer->n; i++) {
		struct row *row = &peer->rows[i];
		int err = vp_vault_open(peer->vault, row->org, row->context, row->secret, on_opened,
			job_of(peer, row), NULL);

		vp_assert(err == 0);
	}
	settle(peer);
	peer->rounds++;
}

/* --- seal --- */

static void on_sealed(int err, const char *sealed, void *arg)
{
	struct job *job = arg;

	job->peer->waiting--;
	if (err) {
		complain(job->peer, "seal", job->row, err);
	} else {
		free(job->row->secret);
		job->row->secret = copy(sealed);
		job->peer->sealed++;
	}
	free(job);
}

static void seal(struct peer *peer, struct row *row)
{
	int err = vp_vault_seal(peer->vault, row->org, row->context, row->name, strlen(row->name),
		on_sealed, job_of(peer, row), NULL);

	vp_assert(err == 0);
	settle(peer);
}

static void seal_old(struct row *row)
{
	struct vp_keyring *ring;

	vp_assert(vp_keyring_load(&ring, getenv("VOIP_KEK_FILE")) == 0);
	free(row->secret);
	vp_assert(vp_seal(ring, row->context, row->name, strlen(row->name), &row->secret) == 0);
	vp_keyring_destroy(ring);
}

static void on_stored(int err, const struct vp_db_result *res, void *arg)
{
	struct peer *peer = arg;

	peer->waiting--;
	if (err) {
		peer->failed++;
		fprintf(stderr, "store: %s\n", vp_db_result_error(res));
	}
}

static void store(struct peer *peer, struct row *row)
{
	peer->waiting++;
	vp_assert(
		vp_db_query(peer->db,
			"update voip.trunks set secret = $1 where org_id = $2 and id = $3",
			VP_PARAMS(VP_P_TEXT(row->secret), VP_P_UUID(row->org), VP_P_UUID(row->id)),
			on_stored, peer, NULL) == 0);
	settle(peer);
}

static void fill(struct peer *peer, bool old)
{
	new_vault(peer);
	read_rows(peer, BARE);
	for (size_t i = 0; i < peer->n; i++) {
		if (old) {
			seal_old(&peer->rows[i]);
		} else {
			seal(peer, &peer->rows[i]);
		}
		store(peer, &peer->rows[i]);
	}
}

/* The next one; all later rounds open it. A new organisation's data key is made by it. */
static void fill_one(struct peer *peer)
{
	read_rows(peer, "id = (select id from voip.trunks where " BARE " order by id limit 1)");
	if (peer->n == 1) {
		seal(peer, &peer->rows[0]);
		store(peer, &peer->rows[0]);
	}
}

/* By hand, for a column that no command fills yet. */
static void seal_input(struct peer *peer, const char *org, const char *context)
{
	static char plain[4096];
	struct row row = {.name = plain};

	plain[fread(plain, 1, sizeof(plain) - 1, stdin)] = '\0';
	vp_assert(vp_uuid_parse(org, &row.org));
	vp_assert(vp_strcopy(row.context, sizeof(row.context), context));
	new_vault(peer);
	seal(peer, &row);
	if (row.secret) {
		puts(row.secret);
	}
	free(row.secret);
}

int main(int argc, char **argv)
{
	static struct peer peer;
	const struct vp_db_cfg cfg = {
		.url = getenv("VOIP_DB_URL"), .app_name = "secrets-peer", .no_writer = true};
	const char *verb = argc > 1 ? argv[1] : "";

	signal(SIGTERM, on_signal);
	if (vp_crypto_init() != 0 || vp_db_create(&peer.db, &cfg) != 0) {
		return 1;
	}
	if (strcmp(verb, "fill") == 0) {
		fill(&peer, argc > 2 && strcmp(argv[2], "v1") == 0);
	} else if (strcmp(verb, "seal") == 0 && argc == 4) {
		seal_input(&peer, argv[2], argv[3]);
	} else if (strcmp(verb, "open") == 0) {
		open_all(&peer);
	} else {
		puts("started");
		fflush(stdout);
		while (!stopped) {
			open_all(&peer);
			fill_one(&peer);
		}
	}
	printf("{\"rounds\":%u,\"opened\":%u,\"failed\":%u,\"sealed\":%u}\n", peer.rounds,
		peer.opened, peer.failed, peer.sealed);
	vp_vault_destroy(peer.vault);
	vp_db_destroy(peer.db);
	return peer.failed > 0;
}
