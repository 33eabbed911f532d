/* The vault on a real database: there and back, what must not open, keys that turn, who waits. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "alloc_fault.h"
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/crypto/keyfile.h"
#include "libcommon/vault/row.h"
#include "libcommon/vault/vault.h"
#include "tests/unit/libcommon/db/fixture.h"
#include "tests/unit/libcommon/vault/tables.h"

#define CONTEXT "trunks/secret/1"

static struct vp_db *db;
static struct vp_vault *vault;
static const char *url;
static char dir[] = "/tmp/vp-vault-XXXXXX";
static char *kek;
static const struct vp_uuid org = {{1, [15] = 1}}, other = {{1, [15] = 2}}, nobody = {{9}};

static struct vp_vault *new_vault(void)
{
	struct vp_vault *made;

	cr_assert_eq(vp_vault_create(&made, db, kek), 0);
	return made;
}

static void set_up(void)
{
	url = test_db_make();
	for (size_t i = 0; i < VP_ARRAY_LEN(vault_tables); i++) {
		test_db_sql(vault_tables[i]);
	}
	cr_assert_eq(vp_db_create(&db, &(struct vp_db_cfg){.url = url, .readers = 4}), 0);
	cr_assert_not_null(mkdtemp(dir));
	kek = vp_strf("%s/kek", dir);
	cr_assert_eq(vp_keyring_create_file(kek), 0);
	vault = new_vault();
}

static void tear_down(void)
{
	VP_CLEANUP(vp_freep) char *command = vp_strf("rm -rf %s", dir);

	vault = vp_vault_destroy(vault);
	db = vp_db_destroy(db);
	test_db_drop();
	cr_assert_eq(system(command), 0);
	free(kek);
}

TestSuite(vault, .init = set_up, .fini = tear_down, .timeout = 60);

struct answer {
	int calls, err;
	char text[512];
};

static void on_opened(int err, const char *plain, size_t len, void *arg)
{
	struct answer *answer = arg;

	answer->calls++;
	answer->err = err;
	if (!err) {
		cr_assert_eq(strlen(plain), len);
		vp_strcopy(answer->text, sizeof(answer->text), plain);
	} else {
		cr_assert_null(plain);
	}
}

static void on_sealed(int err, const char *sealed, void *arg)
{
	on_opened(err, sealed, sealed ? strlen(sealed) : 0, arg);
}

static bool has_answer(void *arg)
{
	return ((struct answer *)arg)->calls > 0;
}

static struct answer seal_by(struct vp_vault *by, struct vp_uuid whose, const char *plain)
{
	struct answer answer = {0};

	cr_assert_eq(
		vp_vault_seal(by, whose, CONTEXT, plain, strlen(plain), on_sealed, &answer, NULL),
		0);
	test_db_until(db, has_answer, &answer, "sealed");
	cr_assert_eq(answer.calls, 1);
	return answer;
}

static struct answer open_by(
	struct vp_vault *by, struct vp_uuid whose, const char *context, const char *sealed)
{
	struct answer answer = {0};

	cr_assert_eq(vp_vault_open(by, whose, context, sealed, on_opened, &answer, NULL), 0);
	test_db_until(db, has_answer, &answer, "opened");
	cr_assert_eq(answer.calls, 1);
	return answer;
}

static struct answer sealed(const char *plain)
{
	struct answer answer = seal_by(vault, org, plain);

	cr_assert_eq(answer.err, 0, "%s", strerror(answer.err));
	return answer;
}

Test(vault, what_was_sealed_opens_here_and_in_another_process)
{
	struct answer text = sealed("hunter2"), plain;
	struct vp_vault *second = new_vault();

	cr_assert_eq(strncmp(text.text, "v2.", 3), 0, "%s", text.text);
	cr_assert_null(strstr(text.text, "hunter2"));
	plain = open_by(vault, org, CONTEXT, text.text);
	cr_assert_str_eq(plain.text, "hunter2");
	plain = open_by(second, org, CONTEXT, text.text);
	cr_assert_str_eq(plain.text, "hunter2");
	vp_vault_destroy(second);
}

Test(vault, nothing_and_a_megabyte_can_be_sealed_and_no_more)
{
	char *big = calloc(1, VP_VAULT_PLAIN_MAX + 2);
	struct answer answer = {0};

	answer = open_by(vault, org, CONTEXT, sealed("").text);
	cr_assert(answer.err == 0 && answer.text[0] == '\0');
	cr_assert_eq(vp_vault_seal(vault, org, CONTEXT, big, VP_VAULT_PLAIN_MAX + 1, on_sealed,
			     &answer, NULL),
		EFBIG);
	free(big);
}

Test(vault, a_text_opens_only_where_it_belongs)
{
	struct answer text = sealed("hunter2");
	char bad[512];

	cr_assert_eq(seal_by(vault, other, "x").err, 0, "the other one has a key too");
	cr_assert_eq(open_by(vault, org, CONTEXT "2", text.text).err, EBADMSG);
	cr_assert_eq(open_by(vault, other, CONTEXT, text.text).err, ENOKEY);
	vp_strcopy(bad, sizeof(bad), text.text);
	bad[strlen(bad) - 5] ^= 1;
	cr_assert_eq(open_by(vault, org, CONTEXT, bad).err, EBADMSG);
}

Test(vault, junk_is_refused_in_words)
{
	static const char *const junk[] = {"", "v", "v1.", "v2.", "v2..", "v3.a.b", "hunter2",
		"v2.01890000-0000-7000-8000-000000000001",
		"v2.01890000-0000-7000-8000-00000000000x.QUJD",
		"v2.00000000-0000-0000-0000-000000000000.QUJD", "v1.a"};

	for (size_t i = 0; i < VP_ARRAY_LEN(junk); i++) {
		const int err = open_by(vault, org, CONTEXT, junk[i]).err;

		cr_assert(err == EBADMSG || err == ENOKEY, "'%s' gave %d", junk[i], err);
	}
	cr_assert_eq(
		open_by(vault, org, CONTEXT, "v2.01890000-0000-7000-8000-000000000001.QUJD").err,
		ENOKEY, "no such key");
	cr_assert_eq(seal_by(vault, nobody, "x").err, EINVAL, "no such organisation");
}

Test(vault, a_context_has_a_limit)
{
	char context[300];
	struct answer answer = {0};

	memset(context, 'x', sizeof(context) - 1);
	context[sizeof(context) - 1] = '\0';
	cr_assert_eq(
		vp_vault_open(vault, org, context, "v1.a.b", on_opened, &answer, NULL), EINVAL);
	cr_assert_eq(vp_vault_seal(vault, org, context, "x", 1, on_sealed, &answer, NULL), EINVAL);
	cr_assert_eq(answer.calls, 0);
}

Test(vault, texts_of_the_time_before_data_keys_open)
{
	struct vp_keyring *ring;
	VP_CLEANUP(vp_freep) char *text = NULL;
	struct answer answer = {0};

	cr_assert_eq(vp_keyring_load(&ring, kek), 0);
	cr_assert_eq(vp_seal(ring, CONTEXT, "old", 3, &text), 0);
	vp_keyring_destroy(ring);
	cr_assert_eq(vp_vault_open(vault, org, CONTEXT, text, on_opened, &answer, NULL), 0);
	cr_assert_eq(answer.calls, 1, "at once");
	cr_assert_str_eq(answer.text, "old");
}

/* Two vaults stand for two processes. */
Test(vault, two_that_make_the_first_key_at_once_end_with_one)
{
	struct vp_vault *vaults[8];
	struct answer answers[8] = {0};

	for (size_t i = 0; i < 8; i++) {
		vaults[i] = new_vault();
	}
	for (size_t i = 0; i < 8; i++) {
		cr_assert_eq(vp_vault_seal(
				     vaults[i], org, CONTEXT, "x", 1, on_sealed, &answers[i], NULL),
			0);
	}
	for (size_t i = 0; i < 8; i++) {
		test_db_until(db, has_answer, &answers[i], "sealed");
		cr_assert_eq(answers[i].err, 0);
		cr_assert_eq(strncmp(answers[i].text, answers[0].text, 3 + 36 + 1), 0);
		vp_vault_destroy(vaults[i]);
	}
	cr_assert_eq(test_db_sql("select count(*) from voip.crypto_keys"), 1);
}

Test(vault, a_new_key_file_is_noticed)
{
	char id[VP_KEY_ID_SIZE];
	struct answer first = sealed("one"), second;

	cr_assert_eq(vp_keyfile_add(kek, true, id), 0);
	second = seal_by(vault, other, "two");
	cr_assert_eq(second.err, 0);
	VP_CLEANUP(vp_freep)
	char *sql = vp_strf("select count(*) from voip.crypto_keys where kek_id = '%s'", id);
	cr_assert_eq(test_db_sql(sql), 1, "the new organisation's key is wrapped by the new one");
	cr_assert_str_eq(open_by(vault, org, CONTEXT, first.text).text, "one");
}

/* What `voip keys rotate` does to a row and to the file, in the order that it does it. */
static void rotate(void)
{
	char id[VP_KEY_ID_SIZE], *wrapped = NULL, *sql;
	struct vp_keyring *ring;
	char row[512] = "", key_id[64] = "";
	struct vp_uuid key;
	struct answer text = sealed("probe");

	cr_assert_eq(vp_keyfile_add(kek, true, id), 0);
	cr_assert_eq(vp_keyring_load(&ring, kek), 0);
	snprintf(key_id, sizeof(key_id), "%.36s", text.text + 3);
	cr_assert(vp_uuid_parse(key_id, &key));
	sql = vp_strf("insert into voip.wrapping_keys values ('%s')", id);
	test_db_sql(sql);
	free(sql);
	FILE *psql = NULL;
	VP_CLEANUP(vp_freep)
	char *command = vp_strf(
		"psql -qtA '%s' -c \"select wrapped_dek from voip.crypto_keys where id = '%s'\"",
		url, key_id);
	psql = popen(command, "re");
	cr_assert(psql && fgets(row, sizeof(row), psql) && pclose(psql) == 0);
	row[strcspn(row, "\n")] = '\0';
	cr_assert_eq(vp_vault_row_rewrap(ring, 0, org, key, row, &wrapped), 0);
	sql = vp_strf(
		"update voip.crypto_keys set kek_id = '%s', wrapped_dek = '%s' where id = '%s'", id,
		wrapped, key_id);
	test_db_sql(sql);
	free(sql);
	free(wrapped);
	sql = vp_strf("update voip.wrapping_keys set retired = true where id <> '%s'", id);
	test_db_sql(sql);
	free(sql);
	cr_assert_eq(vp_keyfile_keep(kek, id), 0);
	vp_keyring_destroy(ring);
}

Test(vault, a_rotated_key_opens_for_those_who_know_it_and_those_who_do_not)
{
	struct answer text = sealed("hunter2");
	struct vp_vault *fresh = new_vault(), *late; /* fresh read the old file and no key */

	rotate();
	cr_assert_str_eq(open_by(vault, org, CONTEXT, text.text).text, "hunter2");
	cr_assert_str_eq(open_by(fresh, org, CONTEXT, text.text).text, "hunter2");
	late = new_vault();
	cr_assert_str_eq(open_by(late, org, CONTEXT, text.text).text, "hunter2");
	vp_vault_destroy(fresh);
	vp_vault_destroy(late);
}

Test(vault, the_old_key_file_opens_nothing_and_makes_no_key_afterwards)
{
	struct answer text = sealed("hunter2");
	VP_CLEANUP(vp_freep) char *old = vp_strf("%s/old", dir);
	VP_CLEANUP(vp_freep) char *copy = vp_strf("cp %s %s", kek, old);
	struct vp_vault *thief;

	cr_assert_eq(system(copy), 0);
	rotate();
	cr_assert_eq(vp_vault_create(&thief, db, old), 0);
	cr_assert_eq(open_by(thief, org, CONTEXT, text.text).err, ENOKEY);
	cr_assert_eq(seal_by(thief, other, "x").err, EINVAL);
	cr_assert_eq(test_db_sql("select count(*) from voip.crypto_keys"), 1);
	vp_vault_destroy(thief);
}

/* Another host may get the new file late: the second key of its file still counts. */
Test(vault, a_file_whose_first_key_was_retired_uses_the_next)
{
	char id[VP_KEY_ID_SIZE];

	cr_assert_eq(sealed("x").err, 0);
	cr_assert_eq(vp_keyfile_add(kek, true, id), 0);
	VP_CLEANUP(vp_freep)
	char *sql = vp_strf("insert into voip.wrapping_keys values ('%s', true)", id);
	test_db_sql(sql);
	cr_assert_eq(seal_by(vault, other, "x").err, 0);
	cr_assert_eq(test_db_sql("select count(distinct kek_id) from voip.crypto_keys"), 1);
}

Test(vault, a_key_file_that_is_of_no_use_for_a_moment_leaves_the_keys)
{
	struct answer text = sealed("hunter2");
	VP_CLEANUP(vp_freep) char *away = vp_strf("mv %s %s.away && echo junk > %s", kek, kek, kek);

	cr_assert_eq(system(away), 0);
	cr_assert_str_eq(open_by(vault, org, CONTEXT, text.text).text, "hunter2");
	cr_assert_eq(seal_by(vault, other, "x").err, 0);
}

Test(vault, a_file_that_is_no_key_file_makes_no_vault)
{
	struct vp_vault *none = NULL;

	cr_assert_eq(vp_vault_create(&none, db, "/no/such/file"), ENOENT);
	cr_assert_eq(vp_vault_create(&none, db, "/etc/passwd"), EINVAL);
	cr_assert_null(none);
}

/* --- who waits --- */

static void cancel_other(int err, const char *plain, size_t len, void *arg)
{
	struct vp_vault_op **op = arg;

	cr_assert(err == 0 && plain && len == 7);
	vp_vault_cancel(*op);
	*op = NULL;
}

static bool is_null(void *arg)
{
	return *(void **)arg == NULL;
}

Test(vault, a_cancelled_one_is_not_called_also_from_a_handler_of_its_key)
{
	struct answer text = sealed("hunter2"), never = {0}, third = {0};
	struct vp_vault *second = new_vault();
	struct vp_vault_op *op, *gone;

	cr_assert_eq(vp_vault_open(second, org, CONTEXT, text.text, on_opened, &never, &gone), 0);
	cr_assert_eq(vp_vault_open(second, org, CONTEXT, text.text, cancel_other, &op, NULL), 0);
	cr_assert_eq(vp_vault_open(second, org, CONTEXT, text.text, on_opened, &never, &op), 0);
	cr_assert_eq(vp_vault_open(second, org, CONTEXT, text.text, on_opened, &third, NULL), 0);
	cr_assert_not_null(op);
	vp_vault_cancel(gone);
	vp_vault_cancel(NULL);
	test_db_until(db, is_null, &op, "the handler that cancels");
	test_db_until(db, has_answer, &third, "the one behind");
	cr_assert_eq(never.calls, 0);
	vp_vault_destroy(second);
}

Test(vault, who_waits_when_it_is_destroyed_is_not_called)
{
	struct answer text = sealed("hunter2"), never = {0}, after = {0};
	struct vp_vault *second = new_vault();

	cr_assert_eq(vp_vault_open(second, org, CONTEXT, text.text, on_opened, &never, NULL), 0);
	cr_assert_eq(vp_vault_seal(second, other, CONTEXT, "x", 1, on_sealed, &never, NULL), 0);
	vp_vault_destroy(second);
	after = seal_by(vault, org, "x");
	cr_assert(after.calls == 1 && never.calls == 0);
}

Test(vault, four_thousand_wait_for_one_query_and_one_more_is_refused)
{
	struct answer text = sealed("hunter2"), last = {0};
	struct vp_vault *second = new_vault();
	struct answer *answers = calloc(4096, sizeof(*answers));

	for (size_t i = 0; i < 4096; i++) {
		cr_assert_eq(vp_vault_open(
				     second, org, CONTEXT, text.text, on_opened, &answers[i], NULL),
			0);
	}
	cr_assert_eq(
		vp_vault_open(second, org, CONTEXT, text.text, on_opened, &last, NULL), EAGAIN);
	test_db_until(db, has_answer, &answers[4095], "all of them");
	for (size_t i = 0; i < 4096; i++) {
		cr_assert(answers[i].calls == 1 && answers[i].err == 0, "%zu", i);
	}
	cr_assert_eq(last.calls, 0);
	cr_assert_eq(vp_vault_open(second, org, CONTEXT, text.text, on_opened, &last, NULL), 0);
	cr_assert_eq(last.calls, 1, "known now: at once");
	free(answers);
	vp_vault_destroy(second);
}

Test(vault, a_database_that_is_away_is_said_and_the_next_try_works)
{
	struct answer text = sealed("hunter2"), answer = {0};
	struct vp_vault *second = new_vault();
	int tries = 0;

	test_db_cut();
	do {
		answer = open_by(second, org, CONTEXT, text.text);
		cr_assert(answer.err == 0 || answer.err == ENOTCONN || answer.err == ETIMEDOUT,
			"%d", answer.err);
	} while (answer.err && ++tries < 10);
	cr_assert_str_eq(answer.text, "hunter2");
	vp_vault_destroy(second);
}

/* --- without memory --- */

static bool said_no_memory(int err, const struct answer *answer)
{
	return err == ENOMEM ? answer->calls == 0 : answer->calls == 1 && answer->err == ENOMEM;
}

Test(vault, running_out_of_memory_at_any_point_is_reported_and_leaks_nothing)
{
	struct answer text = sealed("hunter2"), answer;
	struct vp_vault *second = new_vault();
	struct vp_vault_op *op;
	bool failed;
	long n = 0;
	int err;

	do { /* a key that is known */
		answer = (struct answer){0};
		alloc_fault_at(n++);
		err = vp_vault_open(vault, org, CONTEXT, text.text, on_opened, &answer, NULL);
		failed = alloc_fault_end();
		cr_assert(failed ? said_no_memory(err, &answer)
				 : !err && answer.calls && !answer.err);
	} while (failed);
	cr_assert_geq(n, 4);
	n = 0;
	do { /* one that must be asked for */
		alloc_fault_at(n++);
		err = vp_vault_open(second, org, CONTEXT, text.text, on_opened, &answer, &op);
		failed = alloc_fault_end();
		cr_assert_eq(err, failed ? ENOMEM : 0);
		cr_assert_eq(op == NULL, failed);
	} while (failed);
	vp_vault_cancel(op);
	n = 0;
	do {
		alloc_fault_at(n++);
		err = vp_vault_seal(second, other, CONTEXT, "x", 1, on_sealed, &answer, &op);
		failed = alloc_fault_end();
		cr_assert_eq(err, failed ? ENOMEM : 0);
	} while (failed);
	vp_vault_cancel(op);
	vp_vault_destroy(second);
}
