/* A provider's settings on a real database: read and opened, what stays shut and why, who leaves.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "alloc_fault.h"
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/provider/provider.h"
#include "libcommon/settings/settings.h"
#include "libcommon/vault/vault.h"
#include "tests/unit/libcommon/db/fixture.h"
#include "tests/unit/libcommon/vault/tables.h"

#define ID "02000000-0000-0000-0000-000000000007"

static struct vp_db *db;
static struct vp_vault *vault;
static char dir[] = "/tmp/vp-settings-XXXXXX";
static const struct vp_uuid org = {{1, [15] = 1}}, other = {{1, [15] = 2}};
static const struct vp_uuid provider = {{2, [15] = 7}}, nobody = {{9}};

static void set_up(void)
{
	const char *url = test_db_make();
	VP_CLEANUP(vp_freep) char *kek = NULL;

	for (size_t i = 0; i < VP_ARRAY_LEN(vault_tables); i++) {
		test_db_sql(vault_tables[i]);
	}
	test_db_sql("create table voip.providers (org_id uuid, id uuid, version bigint not null "
		    "default 1, config text not null, primary key (org_id, id))");
	cr_assert_eq(vp_db_create(&db, &(struct vp_db_cfg){.url = url, .readers = 2}), 0);
	cr_assert_not_null(mkdtemp(dir));
	kek = vp_strf("%s/kek", dir);
	cr_assert_eq(vp_keyring_create_file(kek), 0);
	cr_assert_eq(vp_vault_create(&vault, db, kek), 0);
}

static void tear_down(void)
{
	VP_CLEANUP(vp_freep) char *command = vp_strf("rm -rf %s", dir);

	vault = vp_vault_destroy(vault);
	db = vp_db_destroy(db);
	test_db_drop();
	cr_assert_eq(system(command), 0);
}

TestSuite(settings, .init = set_up, .fini = tear_down, .timeout = 60);

struct heard {
	int calls, err;
	enum vp_settings_state state;
	int64_t version;
	char token[64], *sealed;
	struct vp_settings_op *op;
};

static bool was_told(void *arg)
{
	return ((struct heard *)arg)->calls > 0;
}

static void on_sealed(int err, const char *sealed, void *arg)
{
	struct heard *heard = arg;

	cr_assert_eq(err, 0);
	heard->calls++;
	heard->sealed = strdup(sealed);
}

/* The caller frees. */
static char *seal(const char *plain, const char *context)
{
	struct heard heard = {0};

	cr_assert_eq(
		vp_vault_seal(vault, org, context, plain, strlen(plain), on_sealed, &heard, NULL),
		0);
	test_db_until(db, was_told, &heard, "sealed");
	return heard.sealed;
}

/* A row with the text; version 1. */
static void store(const char *plain, const char *context)
{
	VP_CLEANUP(vp_freep) char *sealed = seal(plain, context);
	VP_CLEANUP(vp_freep)
	char *sql = vp_strf("insert into voip.providers (org_id, id, config) values "
			    "('01000000-0000-0000-0000-000000000001', '" ID "', '%s')",
		sealed);

	test_db_sql(sql);
}

static void on_settings(const struct vp_settings *settings, void *arg)
{
	struct heard *heard = arg;
	const char *token;

	heard->calls++;
	heard->op = NULL;
	heard->state = settings->state;
	heard->err = settings->err;
	heard->version = settings->version;
	cr_assert_eq(settings->config != NULL, settings->state == VP_SETTINGS_OPEN);
	token = settings->config ? vp_provider_get(settings->config, NULL, "auth_token") : NULL;
	vp_strcopy(heard->token, sizeof(heard->token), token ? token : "");
	vp_provider_config_destroy(settings->config);
}

static struct vp_settings_of of(struct vp_uuid whose, struct vp_uuid which)
{
	return (struct vp_settings_of){.db = db, .vault = vault, .org = whose, .provider = which};
}

static struct heard read_of(struct vp_settings_of asked)
{
	struct heard heard = {0};

	vp_settings_read(&asked, on_settings, &heard, &heard.op);
	test_db_until(db, was_told, &heard, "read");
	cr_assert_eq(heard.calls, 1);
	return heard;
}

Test(settings, a_stored_provider_opens)
{
	struct heard heard;

	store("{\"auth_token\": \"hunter2\"}", "providers/config/" ID);
	heard = read_of(of(org, provider));
	cr_assert_eq(heard.state, VP_SETTINGS_OPEN);
	cr_assert_str_eq(heard.token, "hunter2");
	cr_assert_eq(heard.version, 1);
	cr_assert_null(vp_settings_sentence(heard.state));
}

Test(settings, a_known_version_is_not_opened_again)
{
	struct vp_settings_of asked = of(org, provider);

	store("{\"auth_token\": \"hunter2\"}", "providers/config/" ID);
	asked.known = 1;
	cr_assert_eq(read_of(asked).state, VP_SETTINGS_SAME);
	test_db_sql("update voip.providers set version = 2");
	cr_assert_eq(read_of(asked).state, VP_SETTINGS_OPEN);
	cr_assert_eq(read_of(asked).version, 2);
}

Test(settings, a_provider_is_its_organisations_alone)
{
	store("{}", "providers/config/" ID);
	cr_assert_eq(read_of(of(org, nobody)).state, VP_SETTINGS_GONE);
	cr_assert_eq(read_of(of(other, provider)).state, VP_SETTINGS_GONE);
}

Test(settings, without_a_key_file_they_stay_shut)
{
	struct vp_settings_of asked = of(org, provider);

	store("{}", "providers/config/" ID);
	asked.vault = NULL;
	cr_assert_eq(read_of(asked).state, VP_SETTINGS_NO_KEY_FILE);
}

Test(settings, what_was_sealed_for_another_place_or_is_no_object_stays_shut)
{
	store("{\"auth_token\": \"hunter2\"}", "trunks/secret/" ID);
	cr_assert_eq(read_of(of(org, provider)).state, VP_SETTINGS_SHUT);
	cr_assert_eq(read_of(of(org, provider)).err, EBADMSG);
	test_db_sql("delete from voip.providers");
	store("[1]", "providers/config/" ID);
	cr_assert_eq(read_of(of(org, provider)).state, VP_SETTINGS_SHUT);
	test_db_sql("update voip.providers set config = ''");
	cr_assert_eq(read_of(of(org, provider)).state, VP_SETTINGS_SHUT);
	test_db_sql("update voip.providers set config = 'v9.x'");
	cr_assert_eq(read_of(of(org, provider)).state, VP_SETTINGS_SHUT);
}

Test(settings, a_text_that_is_there_needs_no_row)
{
	VP_CLEANUP(vp_freep)
	char *sealed = seal("{\"auth_token\": \"hunter2\"}", "providers/config/" ID);
	struct vp_settings_of asked = of(org, provider);
	struct heard heard = {0};

	asked.db = NULL;
	vp_settings_open(&asked, sealed, on_settings, &heard, &heard.op);
	test_db_until(db, was_told, &heard, "opened");
	cr_assert_str_eq(heard.token, "hunter2");
	asked.org = other; /* the key is another organisation's */
	heard = (struct heard){0};
	vp_settings_open(&asked, sealed, on_settings, &heard, &heard.op);
	test_db_until(db, was_told, &heard, "refused");
	cr_assert_eq(heard.state, VP_SETTINGS_SHUT);
}

Test(settings, a_database_that_refuses_is_away)
{
	test_db_sql("drop table voip.providers");
	cr_assert_eq(read_of(of(org, provider)).state, VP_SETTINGS_AWAY);
	cr_assert_neq(read_of(of(org, provider)).err, 0);
}

Test(settings, who_cancels_is_not_told)
{
	struct heard left = {0};
	const struct vp_settings_of asked = of(org, provider);

	store("{}", "providers/config/" ID);
	vp_settings_read(&asked, on_settings, &left, &left.op);
	cr_assert_not_null(left.op);
	vp_settings_cancel(left.op);
	cr_assert_eq(read_of(asked).state, VP_SETTINGS_OPEN);
	cr_assert_eq(left.calls, 0);
	vp_settings_cancel(NULL);
}

Test(settings, no_memory_is_told_too)
{
	const struct vp_settings_of asked = of(org, provider);
	bool failed = true;

	store("{\"auth_token\": \"hunter2\"}", "providers/config/" ID);
	for (long n = 0; failed; n++) {
		struct heard heard = {0};

		alloc_fault_at(n);
		vp_settings_read(&asked, on_settings, &heard, &heard.op);
		test_db_until(db, was_told, &heard, "told");
		failed = alloc_fault_end();
		cr_assert_eq(heard.calls, 1);
		cr_assert(heard.state == VP_SETTINGS_OPEN ||
				  (failed && heard.state == VP_SETTINGS_AWAY),
			"%d %s", heard.state, strerror(heard.err));
	}
}

Test(settings, each_state_has_its_sentence)
{
	for (int state = VP_SETTINGS_GONE; state <= VP_SETTINGS_AWAY; state++) {
		cr_assert_not_null(vp_settings_sentence(state));
	}
	cr_assert_null(vp_settings_sentence(VP_SETTINGS_SAME));
}
