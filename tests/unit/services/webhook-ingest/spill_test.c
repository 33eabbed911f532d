/* The spool: order, limits, crashes at any byte, damage, places of several processes */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "services/webhook-ingest/adapters/spill.h"

#define MIB ((uint64_t)1 << 20)
#define FIRST "0/0000000000000001.hooks"

static char dir[64];

static int drop(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static void set_up(void)
{
	cr_assert(vp_strcopy(dir, sizeof(dir), "/tmp/spill-test-XXXXXX"));
	cr_assert(mkdtemp(dir));
}

static void tear_down(void)
{
	nftw(dir, drop, 16, FTW_DEPTH | FTW_PHYS);
}

TestSuite(spill, .init = set_up, .fini = tear_down, .timeout = 60);

static struct spill *open_spill(void)
{
	struct spill *spill;
	cr_assert_eq(spill_create(&spill, dir, 64 * MIB), 0);
	return spill;
}

static int add(struct spill *spill, int n, size_t size)
{
	char *body = calloc(1, size + 1);
	memset(body, 'x', size);
	const struct hook hook = {.id = {{(uint8_t)n, (uint8_t)(n >> 8)}},
		.kind = "status",
		.external_id = "",
		.target = "/x",
		.headers = "",
		.body = body,
		.len = size};
	int err = spill_add(spill, &hook);
	free(body);
	return err;
}

static int next(struct spill *spill)
{
	struct hook *hook;
	int err = spill_next(spill, &hook), n = -1;
	if (err == 0) {
		n = hook->id.b[0] | hook->id.b[1] << 8;
		free(hook);
	} else {
		cr_assert_eq(err, ENODATA);
	}
	return n;
}

static char *path_of(const char *name)
{
	char *path = vp_strf("%s/%s", dir, name);
	cr_assert(path);
	return path;
}

static long size_of(const char *name)
{
	char *path = path_of(name);
	struct stat st;
	long size = stat(path, &st) == 0 ? (long)st.st_size : -1;
	free(path);
	return size;
}

Test(spill, gives_back_in_order_what_was_synced)
{
	struct spill *spill = open_spill();
	cr_assert(spill_is_empty(spill));
	cr_assert_eq(next(spill), -1);
	for (int n = 0; n < 10; n++) {
		cr_assert_eq(add(spill, n, 100), 0);
		cr_assert_eq(next(spill), -1);
	}
	cr_assert_eq(spill_sync(spill), 0);
	cr_assert(!spill_is_empty(spill));
	for (int n = 0; n < 5; n++) {
		cr_assert_eq(next(spill), n);
	}
	spill_done(spill);
	cr_assert_eq(next(spill), 5);
	spill_rewind(spill);
	for (int n = 5; n < 10; n++) {
		cr_assert_eq(next(spill), n);
	}
	cr_assert_eq(next(spill), -1);
	/* it grows while it is read */
	cr_assert_eq(add(spill, 10, 100), 0);
	cr_assert_eq(spill_sync(spill), 0);
	spill_done(spill);
	cr_assert_eq(next(spill), 10);
	cr_assert_eq(next(spill), -1);
	spill_done(spill);
	cr_assert(spill_is_empty(spill));
	cr_assert_eq(spill_bytes(spill), 0);
	cr_assert_eq(size_of(FIRST), -1);
	spill_destroy(spill);
}

Test(spill, another_process_goes_on_where_the_last_one_was)
{
	struct spill *spill = open_spill();
	for (int n = 0; n < 300; n++) {
		cr_assert_eq(add(spill, n, 100000), 0);
		cr_assert_eq(spill_sync(spill), 0);
	}
	cr_assert_eq(next(spill), 0);
	spill_destroy(spill);
	spill = open_spill();
	for (int n = 0; n < 300; n++) {
		cr_assert_eq(next(spill), n);
		if (n == 200) {
			spill_done(spill);
			cr_assert_eq(size_of(FIRST), -1, "files that are through go at once");
		}
	}
	cr_assert_eq(next(spill), -1);
	spill_done(spill);
	cr_assert(spill_is_empty(spill));
	spill_destroy(spill);
}

Test(spill, a_crash_at_any_byte_loses_only_what_was_not_synced)
{
	struct spill *spill = open_spill();
	cr_assert_eq(add(spill, 1, 10), 0);
	cr_assert_eq(spill_sync(spill), 0);
	long synced = size_of(FIRST);
	cr_assert_eq(add(spill, 2, 10), 0);
	cr_assert_eq(spill_sync(spill), 0);
	long all = size_of(FIRST);
	spill_destroy(spill);
	char *path = path_of(FIRST);
	for (long cut = all - 1; cut >= 0; cut--) {
		cr_assert_eq(truncate(path, cut), 0);
		spill = open_spill();
		cr_assert_eq(next(spill), cut >= synced ? 1 : -1, "cut at %ld", cut);
		cr_assert_eq(next(spill), -1);
		spill_destroy(spill);
	}
	free(path);
}

Test(spill, a_damaged_file_is_kept_for_a_person)
{
	struct spill *spill = open_spill();
	for (int n = 1; n <= 3; n++) {
		cr_assert_eq(add(spill, n, 10), 0);
	}
	cr_assert_eq(spill_sync(spill), 0);
	spill_destroy(spill);
	char *path = path_of(FIRST);
	long record = (size_of(FIRST) - 8) / 3;
	int fd = open(path, O_WRONLY);
	cr_assert_eq(pwrite(fd, "!", 1, 8 + record + 20), 1);
	close(fd);
	spill = open_spill();
	cr_assert_eq(next(spill), 1);
	cr_assert_eq(next(spill), -1);
	spill_done(spill);
	cr_assert(spill_is_empty(spill));
	cr_assert_eq(size_of(FIRST), -1);
	cr_assert_gt(size_of("0/0000000000000001.damaged"), 0);
	spill_destroy(spill);
	free(path);
}

Test(spill, nonsense_in_the_folder_is_left_alone)
{
	static const char *const names[] = {"0/x.hooks", "0/0000000000000009.hooks", "0/readme"};
	struct spill *spill = open_spill();
	spill_destroy(spill);
	for (size_t i = 0; i < VP_ARRAY_LEN(names); i++) {
		char *path = path_of(names[i]);
		FILE *file = fopen(path, "w");
		fputs("this is no spool file, it is only long enough", file);
		fclose(file);
		free(path);
	}
	spill = open_spill();
	cr_assert_eq(add(spill, 1, 10), 0);
	cr_assert_eq(spill_sync(spill), 0);
	cr_assert_eq(next(spill), 1);
	cr_assert_eq(next(spill), -1);
	spill_done(spill);
	cr_assert_gt(size_of("0/x.hooks"), 0);
	cr_assert_gt(size_of("0/0000000000000009.damaged"), 0);
	spill_destroy(spill);
}

Test(spill, is_full_at_its_limit_and_goes_on_when_it_has_room)
{
	struct spill *spill;
	cr_assert_eq(spill_create(&spill, dir, MIB), 0);
	int n = 0;
	while (add(spill, n, 100000) == 0) {
		cr_assert_eq(spill_sync(spill), 0);
		n++;
	}
	cr_assert_eq(n, 10);
	cr_assert_eq(add(spill, n, 100000), ENOSPC);
	cr_assert_leq(spill_bytes(spill), MIB);
	while (next(spill) >= 0) {
	}
	spill_done(spill);
	cr_assert_eq(add(spill, n, 100000), 0);
	cr_assert_eq(spill_sync(spill), 0);
	cr_assert_eq(next(spill), 10);
	spill_destroy(spill);
}

Test(spill, processes_share_a_folder_and_take_over_from_the_dead)
{
	struct spill *a = open_spill(), *b = open_spill();
	cr_assert_eq(add(b, 7, 10), 0);
	cr_assert_eq(add(b, 8, 10), 0);
	cr_assert_eq(spill_sync(b), 0);
	cr_assert_eq(add(a, 1, 10), 0);
	cr_assert_eq(spill_sync(a), 0);
	cr_assert_eq(spill_adopt(a), 0);
	cr_assert_eq(next(a), 1);
	cr_assert_eq(next(a), -1, "of one that lives nothing is taken");
	spill_destroy(b);
	cr_assert_eq(spill_adopt(a), 0);
	cr_assert_eq(next(a), 7);
	cr_assert_eq(add(a, 2, 10), 0);
	cr_assert_eq(spill_sync(a), 0);
	cr_assert_eq(next(a), 8);
	cr_assert_eq(next(a), 2);
	cr_assert_eq(next(a), -1);
	spill_done(a);
	cr_assert(spill_is_empty(a));
	spill_destroy(a);
}

Test(spill, the_places_of_a_folder_have_an_end)
{
	struct spill *spills[SPILL_PLACES], *none;
	for (size_t i = 0; i < SPILL_PLACES; i++) {
		spills[i] = open_spill();
	}
	cr_assert_eq(spill_create(&none, dir, MIB), EWOULDBLOCK);
	for (size_t i = 0; i < SPILL_PLACES; i++) {
		spill_destroy(spills[i]);
	}
	cr_assert_neq(spill_create(&none, "/proc/nowhere", MIB), 0);
}
