/* The key file while keys come and go: rights, comments, a program that died half-way. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "libcommon/crypto/crypto.h"
#include "libcommon/crypto/keyfile.h"

#define KEY_A "a MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n"
#define KEY_B "b QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=\n"

static char dir[] = "/tmp/vp-keyfile-XXXXXX";
static char *path;

static void put(const char *name, const char *text, mode_t mode)
{
	VP_CLEANUP(vp_freep) char *file = vp_strf("%s/%s", dir, name);
	FILE *out = fopen(file, "we");

	cr_assert(out && fputs(text, out) >= 0 && fclose(out) == 0);
	cr_assert_eq(chmod(file, mode), 0);
}

static void start(void)
{
	cr_assert_eq(vp_crypto_init(), 0);
	cr_assert_not_null(mkdtemp(dir));
	path = vp_strf("%s/kek", dir);
}

static void stop(void)
{
	VP_CLEANUP(vp_freep) char *command = vp_strf("rm -rf %s", dir);

	cr_assert_eq(system(command), 0);
	free(path);
}

TestSuite(keyfile, .init = start, .fini = stop);

static char *content(void)
{
	char text[8192];
	FILE *in = fopen(path, "re");
	size_t n = in ? fread(text, 1, sizeof(text) - 1, in) : 0;

	cr_assert(in && fclose(in) == 0);
	text[n] = '\0';
	return strdup(text);
}

/* "a b c": in the order of the ring. */
static char *ids(void)
{
	struct vp_keyring *ring;
	char *text = strdup("");

	cr_assert_eq(vp_keyring_load(&ring, path), 0);
	for (size_t i = 0; i < vp_keyring_count(ring); i++) {
		char *more = vp_strf("%s%s%s", text, i ? " " : "", vp_keyring_id(ring, i));

		free(text);
		text = more;
	}
	vp_keyring_destroy(ring);
	return text;
}

Test(keyfile, a_new_active_key_stands_first_and_the_old_ones_still_open)
{
	char id[VP_KEY_ID_SIZE];

	put("kek", "# ours\n" KEY_A KEY_B, 0600);
	cr_assert_eq(vp_keyfile_add(path, true, id), 0);
	VP_CLEANUP(vp_freep) char *wanted = vp_strf("%s a b", id);
	VP_CLEANUP(vp_freep) char *got = ids();
	cr_assert_str_eq(got, wanted);
	VP_CLEANUP(vp_freep) char *text = content();
	cr_assert_not_null(strstr(text, "# ours\n" KEY_A KEY_B));
}

Test(keyfile, a_prepared_key_stands_last_also_after_a_line_without_an_end)
{
	char id[VP_KEY_ID_SIZE];
	char open_end[] = KEY_A;

	open_end[strlen(open_end) - 1] = '\0';
	put("kek", open_end, 0600);
	cr_assert_eq(vp_keyfile_add(path, false, id), 0);
	VP_CLEANUP(vp_freep) char *wanted = vp_strf("a %s", id);
	VP_CLEANUP(vp_freep) char *got = ids();
	cr_assert_str_eq(got, wanted);
}

Test(keyfile, rights_stay)
{
	char id[VP_KEY_ID_SIZE];
	struct stat before, after;

	put("kek", KEY_A, 0440);
	cr_assert(geteuid() != 0 || chown(path, 10001, 10002) == 0);
	cr_assert_eq(stat(path, &before), 0);
	cr_assert_eq(vp_keyfile_add(path, true, id), 0);
	cr_assert_eq(stat(path, &after), 0);
	cr_assert_eq(after.st_mode, before.st_mode);
	cr_assert_eq(after.st_uid, before.st_uid);
	cr_assert_eq(after.st_gid, before.st_gid);
	cr_assert_neq(after.st_ino, before.st_ino, "replaced in one step");
}

Test(keyfile, keeping_one_key_drops_the_others_and_no_comment)
{
	put("kek", "# ours\n" KEY_A "\n  # second\n" KEY_B, 0600);
	cr_assert_eq(vp_keyfile_keep(path, "b"), 0);
	VP_CLEANUP(vp_freep) char *text = content();
	cr_assert_str_eq(text, "# ours\n\n  # second\n" KEY_B);
	cr_assert_eq(vp_keyfile_keep(path, "a"), ENOKEY);
	VP_CLEANUP(vp_freep) char *after = content();
	cr_assert_str_eq(after, text);
}

Test(keyfile, a_prepared_key_becomes_the_active_one)
{
	put("kek", "# ours\n" KEY_A KEY_B, 0600);
	cr_assert_eq(vp_keyfile_activate(path, "b"), 0);
	VP_CLEANUP(vp_freep) char *text = content();
	cr_assert_str_eq(text, KEY_B "# ours\n" KEY_A);
	cr_assert_eq(vp_keyfile_activate(path, "c"), ENOKEY);
}

Test(keyfile, the_key_of_a_longer_name_is_another_one)
{
	put("kek", KEY_A "a" KEY_B, 0600);
	cr_assert_eq(vp_keyfile_keep(path, "a"), 0);
	VP_CLEANUP(vp_freep) char *text = content();
	cr_assert_str_eq(text, KEY_A, "'a' is kept, 'ab' goes");
}

Test(keyfile, what_a_dead_program_left_is_replaced)
{
	char id[VP_KEY_ID_SIZE];

	put("kek", KEY_A, 0600);
	put("kek.new", KEY_B, 0666);
	cr_assert_eq(vp_keyfile_add(path, true, id), 0);
	VP_CLEANUP(vp_freep) char *left = vp_strf("%s.new", path);
	cr_assert_neq(access(left, F_OK), 0);
}

Test(keyfile, a_link_stays_a_link_and_its_file_is_changed)
{
	char id[VP_KEY_ID_SIZE];
	VP_CLEANUP(vp_freep) char *link = vp_strf("%s/link", dir);
	struct stat st;

	put("kek", KEY_A, 0600);
	cr_assert_eq(symlink("kek", link), 0);
	cr_assert_eq(vp_keyfile_add(link, true, id), 0);
	cr_assert(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
	VP_CLEANUP(vp_freep) char *got = ids();
	cr_assert_str_eq(got + strlen(got) - 2, " a");
}

Test(keyfile, what_is_no_key_file_is_not_touched)
{
	char id[VP_KEY_ID_SIZE];

	cr_assert_eq(vp_keyfile_add(path, true, id), ENOENT);
	put("kek", "root:x:0:0\n", 0600);
	cr_assert_eq(vp_keyfile_add(path, true, id), EINVAL);
	cr_assert_eq(vp_keyfile_keep(path, "root"), EINVAL);
	VP_CLEANUP(vp_freep) char *text = content();
	cr_assert_str_eq(text, "root:x:0:0\n");
}

Test(keyfile, sixteen_keys_are_full)
{
	char id[VP_KEY_ID_SIZE];

	put("kek", KEY_A, 0600);
	for (int i = 1; i < 16; i++) {
		cr_assert_eq(vp_keyfile_add(path, i % 2, id), 0);
	}
	cr_assert_eq(vp_keyfile_add(path, true, id), EFBIG);
	VP_CLEANUP(vp_freep) char *got = ids();
	cr_assert_eq(strlen(got), 15 * 9 + 1, "%s", got);
}

Test(keyfile, one_at_a_time_holds_the_lock)
{
	int mine, other = -1;

	put("kek", KEY_A, 0600);
	cr_assert_eq(vp_keyfile_lock(path, &mine), 0);
	cr_assert_eq(vp_keyfile_lock(path, &other), EWOULDBLOCK);
	cr_assert_eq(other, -1);
	close(mine);
	cr_assert_eq(vp_keyfile_lock(path, &other), 0);
	close(other);
}
