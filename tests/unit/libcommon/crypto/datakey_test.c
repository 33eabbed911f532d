/* Data keys: wrapped and unwrapped, sealing and opening, and what must not open. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/crypto/datakey.h"

#define KEY_A "a MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"
#define KEY_B "b QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=\n"
#define CONTEXT "org/trunks/secret/1"

static struct vp_keyring *ring;
static uint8_t *key;

static struct vp_keyring *load(const char *content)
{
	char path[] = "/tmp/vp-datakey-test-XXXXXX";
	struct vp_keyring *loaded;
	int fd = mkstemp(path);

	cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	close(fd);
	cr_assert_eq(vp_keyring_load(&loaded, path), 0);
	unlink(path);
	return loaded;
}

static void start(void)
{
	ring = load(KEY_A KEY_B);
	key = vp_locked_alloc(VP_DATA_KEY_SIZE);
	cr_assert_not_null(key);
	memset(key, 7, VP_DATA_KEY_SIZE);
}

static void stop(void)
{
	key = vp_locked_free(key);
	ring = vp_keyring_destroy(ring);
}

TestSuite(datakey, .init = start, .fini = stop);

Test(datakey, a_wrapped_key_comes_back_under_any_key_of_the_ring)
{
	for (size_t i = 0; i < 2; i++) {
		VP_CLEANUP(vp_freep) char *text = NULL;
		uint8_t back[VP_DATA_KEY_SIZE] = {0};

		cr_assert_eq(vp_data_key_wrap(ring, i, CONTEXT, key, &text), 0);
		cr_assert_eq(strncmp(text, i ? "v1.b." : "v1.a.", 5), 0, "%s", text);
		cr_assert_eq(vp_data_key_unwrap(ring, CONTEXT, text, back), 0);
		cr_assert_eq(memcmp(back, key, sizeof(back)), 0);
	}
}

Test(datakey, a_wrapped_key_does_not_open_elsewhere)
{
	VP_CLEANUP(vp_freep) char *text = NULL;
	VP_CLEANUP(vp_freep) char *secret = NULL;
	struct vp_keyring *other = load(KEY_B);
	uint8_t back[VP_DATA_KEY_SIZE];

	cr_assert_eq(vp_data_key_wrap(ring, 0, CONTEXT, key, &text), 0);
	cr_assert_eq(vp_data_key_unwrap(ring, CONTEXT "2", text, back), EBADMSG);
	cr_assert_eq(vp_data_key_unwrap(other, CONTEXT, text, back), ENOKEY);
	cr_assert_eq(vp_seal(ring, CONTEXT, "short", 5, &secret), 0);
	cr_assert_eq(vp_data_key_unwrap(ring, CONTEXT, secret, back), EBADMSG, "not 32 bytes");
	vp_keyring_destroy(other);
}

Test(datakey, what_it_sealed_opens_again)
{
	VP_CLEANUP(vp_freep) char *text = NULL;
	char *plain = NULL;
	size_t len = 0;

	cr_assert_eq(vp_data_seal(key, "k1", CONTEXT, "hunter2", 7, &text), 0);
	cr_assert_eq(strncmp(text, "v2.k1.", 6), 0, "%s", text);
	cr_assert_eq(vp_data_unseal(key, "k1", CONTEXT, text, &plain, &len), 0);
	cr_assert(len == 7 && strcmp(plain, "hunter2") == 0);
	vp_secret_free(plain, len);
}

Test(datakey, a_moved_changed_or_foreign_text_stays_shut)
{
	VP_CLEANUP(vp_freep) char *text = NULL;
	uint8_t other[VP_DATA_KEY_SIZE] = {0};
	char *plain = NULL;
	size_t len = 0;

	cr_assert_eq(vp_data_seal(key, "k1", CONTEXT, "hunter2", 7, &text), 0);
	cr_assert_eq(vp_data_unseal(key, "k1", CONTEXT "2", text, &plain, &len), EBADMSG);
	cr_assert_eq(vp_data_unseal(other, "k1", CONTEXT, text, &plain, &len), EBADMSG);
	cr_assert_eq(vp_data_unseal(key, "k2", CONTEXT, text, &plain, &len), EBADMSG);
	for (size_t i = 0; i < strlen(text); i++) {
		VP_CLEANUP(vp_freep) char *bad = strdup(text);

		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		cr_assert_eq(vp_data_unseal(key, "k1", CONTEXT, bad, &plain, &len), EBADMSG,
			"changed at %zu", i);
	}
	text[1] = '1';
	cr_assert_eq(vp_data_unseal(key, "k1", CONTEXT, text, &plain, &len), EBADMSG);
	cr_assert_null(plain);
}

/* /proc says it of the mapping: "lo" locked, "dd" no dump. */
static bool mapping_says(const void *at, const char *flag)
{
	FILE *maps = fopen("/proc/self/smaps", "re");
	char line[512];
	unsigned long from, to;
	bool inside = false, yes = false;

	cr_assert_not_null(maps);
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
			inside = (unsigned long)at >= from && (unsigned long)at < to;
		} else if (inside && strncmp(line, "VmFlags:", 8) == 0) {
			yes = strstr(line, flag) != NULL;
		}
	}
	fclose(maps);
	return yes;
}

/* ASan takes mlock away, since it could not work with its own memory locked. */
#ifdef __SANITIZE_ADDRESS__
#define LOCKED ""
#else
#define LOCKED " lo"
#endif

Test(datakey, locked_memory_is_neither_swapped_nor_dumped)
{
	cr_assert(mapping_says(key, LOCKED), "locked");
	cr_assert(mapping_says(key, " dd"), "no dump");
	cr_assert(mapping_says(vp_keyring_id(ring, 0), LOCKED), "the key file's keys too");
	cr_assert(mapping_says(vp_keyring_id(ring, 0), " dd"), "and not dumped");
	cr_assert_null(vp_locked_free(NULL));
}

Test(datakey, locked_memory_begins_as_zeroes)
{
	uint8_t *mem = vp_locked_alloc(100);

	for (size_t i = 0; i < 100; i++) {
		cr_assert_eq(mem[i], 0);
	}
	vp_locked_free(mem);
}
