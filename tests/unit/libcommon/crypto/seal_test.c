#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc_fault.h"
#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"

#define KEY_A "a MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"
#define KEY_B "b QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=\n"
#define CONTEXT "trunks/secret/1"

static struct vp_keyring *ring;

/* A keyring file with this content. */
static int load(const char *content, struct vp_keyring **ret)
{
	char path[] = "/tmp/vp-seal-test-XXXXXX";
	int fd = mkstemp(path), err;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
	err = vp_keyring_load(ret, path);
	unlink(path);
	return err;
}

static void start(void)
{
	cr_assert_eq(vp_crypto_init(), 0);
	cr_assert_eq(load(KEY_A KEY_B, &ring), 0);
}

static void stop(void)
{
	ring = vp_keyring_destroy(ring);
}

TestSuite(seal, .init = start, .fini = stop);

static char *sealed(const char *plain)
{
	char *text;

	cr_assert_eq(vp_seal(ring, CONTEXT, plain, strlen(plain), &text), 0);
	return text;
}

static int unseal(const struct vp_keyring *by, const char *context, const char *text)
{
	char *plain = NULL;
	size_t len = 0;
	int err = vp_unseal(by, context, text, &plain, &len);

	cr_assert_eq(plain == NULL, err != 0);
	vp_secret_free(plain, len);
	return err;
}

Test(seal, what_was_sealed_opens)
{
	VP_CLEANUP(vp_freep) char *text = sealed("hunter2");
	char *plain;
	size_t len;

	cr_assert_eq(strncmp(text, "v1.a.", 5), 0, "%s", text);
	cr_assert_null(strstr(text, "hunter2"));
	cr_assert_eq(vp_unseal(ring, CONTEXT, text, &plain, &len), 0);
	cr_assert_eq(len, 7);
	cr_assert_str_eq(plain, "hunter2");
	vp_secret_free(plain, len);
}

Test(seal, nothing_can_be_sealed_too)
{
	VP_CLEANUP(vp_freep) char *text = sealed("");

	cr_assert_eq(unseal(ring, CONTEXT, text), 0);
}

Test(seal, sealing_twice_gives_two_texts)
{
	VP_CLEANUP(vp_freep) char *a = sealed("x"), *b = sealed("x");

	cr_assert_str_neq(a, b);
}

Test(seal, another_context_does_not_open)
{
	VP_CLEANUP(vp_freep) char *text = sealed("x");

	cr_assert_eq(unseal(ring, "trunks/secret/2", text), EBADMSG);
	cr_assert_eq(unseal(ring, "", text), EBADMSG);
}

Test(seal, every_flipped_character_is_noticed)
{
	VP_CLEANUP(vp_freep) char *text = sealed("hunter2");

	for (size_t i = 0; text[i] != '\0'; i++) {
		char kept = text[i];

		text[i] = kept == 'A' ? 'B' : 'A';
		cr_assert_neq(unseal(ring, CONTEXT, text), 0, "at %zu of %s", i, text);
		text[i] = kept;
	}
	cr_assert_eq(unseal(ring, CONTEXT, text), 0);
}

Test(seal, every_cut_is_noticed)
{
	VP_CLEANUP(vp_freep) char *text = sealed("hunter2");

	for (size_t len = strlen(text); len-- > 0;) {
		text[len] = '\0';
		cr_assert_neq(unseal(ring, CONTEXT, text), 0, "%s", text);
	}
}

Test(seal, a_key_that_is_not_active_still_opens)
{
	VP_CLEANUP(vp_freep) char *text = sealed("x");
	struct vp_keyring *turned;

	cr_assert_eq(load("# turned over\n\n" KEY_B KEY_A, &turned), 0);
	cr_assert_eq(unseal(turned, CONTEXT, text), 0);
	vp_keyring_destroy(turned);
}

Test(seal, a_key_that_is_gone_is_named_as_the_reason)
{
	VP_CLEANUP(vp_freep) char *text = sealed("x");
	struct vp_keyring *other;

	cr_assert_eq(load(KEY_B, &other), 0);
	cr_assert_eq(unseal(other, CONTEXT, text), ENOKEY);
	vp_keyring_destroy(other);
}

Test(seal, the_id_of_another_key_does_not_open)
{
	VP_CLEANUP(vp_freep) char *text = sealed("x");

	text[3] = 'b';
	cr_assert_eq(unseal(ring, CONTEXT, text), EBADMSG);
}

Test(seal, text_of_no_known_form_is_a_bad_message)
{
	cr_assert_eq(unseal(ring, CONTEXT, ""), EBADMSG);
	cr_assert_eq(unseal(ring, CONTEXT, "v2.a.AAAA"), EBADMSG);
	cr_assert_eq(unseal(ring, CONTEXT, "v1.a"), EBADMSG);
	cr_assert_eq(unseal(ring, CONTEXT, "v1.a."), EBADMSG);
	cr_assert_eq(unseal(ring, CONTEXT, "v1.a.AAAA"), EBADMSG);
	cr_assert_eq(unseal(ring, CONTEXT, "v1..AAAA"), ENOKEY);
}

Test(seal, what_is_too_big_is_refused)
{
	char *text = NULL;

	cr_assert_eq(vp_seal(ring, CONTEXT, "", (size_t)1 << 30, &text), EFBIG);
	cr_assert_null(text);
}

Test(seal, damaged_keyrings_do_not_load)
{
	static const char *const bad[] = {"", "# nothing\n", "a\n", "a MDEy\n", "a !!!!\n",
		KEY_A KEY_A, "a.b MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n",
		"a MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE= x\n"};
	struct vp_keyring *none = NULL;
	char *longest = calloc(1, 1001);

	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_assert_eq(load(bad[i], &none), EINVAL, "%s", bad[i]);
	}
	memset(longest, 'x', 1000);
	cr_assert_eq(load(longest, &none), EINVAL);
	free(longest);
	cr_assert_eq(vp_keyring_load(&none, "/no/such/ring"), ENOENT);
	cr_assert_null(none);
}

Test(seal, more_keys_than_there_is_room_for_do_not_load)
{
	char text[2048] = "";
	struct vp_keyring *none = NULL;

	for (int i = 0; i < 17; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len,
			"k%d MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n", i);
	}
	cr_assert_eq(load(text, &none), EINVAL);
}

Test(seal, a_created_keyring_is_private_loads_and_is_never_overwritten)
{
	char dir[] = "/tmp/vp-ring-XXXXXX";
	cr_assert_not_null(mkdtemp(dir));
	VP_CLEANUP(vp_freep) char *path = vp_strf("%s/kek", dir);
	struct vp_keyring *made;
	struct stat st;

	cr_assert_eq(vp_keyring_create_file(path), 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	cr_assert_eq(vp_keyring_load(&made, path), 0);
	vp_keyring_destroy(made);
	cr_assert_eq(vp_keyring_create_file(path), EEXIST);
	unlink(path);
	rmdir(dir);
}

Test(seal, running_out_of_memory_at_any_point_is_reported_and_leaks_nothing)
{
	VP_CLEANUP(vp_freep) char *text = sealed("hunter2");
	bool failed;
	long n = 0;

	do {
		char *again = NULL, *plain = NULL;
		size_t len = 0;

		alloc_fault_at(n++);
		int err = vp_seal(ring, CONTEXT, "x", 1, &again);

		err = err ? err : vp_unseal(ring, CONTEXT, text, &plain, &len);
		failed = alloc_fault_end();
		cr_assert_eq(err, failed ? ENOMEM : 0);
		free(again);
		vp_secret_free(plain, len);
	} while (failed);
	cr_assert_geq(n, 6);
}
