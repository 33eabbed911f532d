#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "libcommon/base/uuid.h"

#define A_TIME_US 1795500480123000

/* The clock as uuid.c sees it; 0: the real one. */
static int64_t fake_us;
int64_t __real_vp_time_us(void);
int64_t __wrap_vp_time_us(void);

int64_t __wrap_vp_time_us(void)
{
	return fake_us ? fake_us : __real_vp_time_us();
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct vp_uuid));
}

Test(uuid, a_new_id_has_version_variant_and_the_time)
{
	fake_us = A_TIME_US + 789;
	struct vp_uuid id = vp_uuid_new();

	cr_assert_eq(id.b[6] >> 4, 7);
	cr_assert_eq(id.b[8] >> 6, 2);
	cr_assert_eq(vp_uuid_time_us(id), A_TIME_US);
}

Test(uuid, ids_grow_within_a_millisecond)
{
	struct vp_uuid last = vp_uuid_new();

	fake_us = __real_vp_time_us();
	for (int i = 0; i < 100000; i++) {
		struct vp_uuid id = vp_uuid_new();

		cr_assert_lt(compare(&last, &id), 0);
		last = id;
	}
}

Test(uuid, ids_grow_when_the_clock_steps_back)
{
	fake_us = A_TIME_US;
	struct vp_uuid before = vp_uuid_new();

	fake_us = A_TIME_US - 3600 * INT64_C(1000000);
	struct vp_uuid after = vp_uuid_new();

	cr_assert_lt(compare(&before, &after), 0);
}

#define THREADS 4
#define IDS_EACH 20000

static void *make_ids(void *arg)
{
	struct vp_uuid *ids = arg;

	for (int i = 0; i < IDS_EACH; i++) {
		ids[i] = vp_uuid_new();
	}
	return NULL;
}

Test(uuid, threads_never_share_an_id_and_each_sees_its_own_grow)
{
	struct vp_uuid *ids = calloc(THREADS * IDS_EACH, sizeof(*ids));
	pthread_t threads[THREADS];

	for (int t = 0; t < THREADS; t++) {
		pthread_create(&threads[t], NULL, make_ids, ids + t * IDS_EACH);
	}
	for (int t = 0; t < THREADS; t++) {
		pthread_join(threads[t], NULL);
		for (int i = 1; i < IDS_EACH; i++) {
			struct vp_uuid *at = ids + t * IDS_EACH + i;

			cr_assert_lt(compare(at - 1, at), 0);
		}
	}
	qsort(ids, THREADS * IDS_EACH, sizeof(*ids), compare);
	for (int i = 1; i < THREADS * IDS_EACH; i++) {
		cr_assert_neq(compare(ids + i - 1, ids + i), 0);
	}
	free(ids);
}

Test(uuid, a_forked_child_makes_other_ids)
{
	struct vp_uuid mine, theirs;
	int pipes[2], status;
	pid_t pid;

	fake_us = A_TIME_US;
	vp_uuid_new();
	cr_assert_eq(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		struct vp_uuid id = vp_uuid_new();

		_exit(write(pipes[1], &id, sizeof(id)) == sizeof(id) ? 0 : 1);
	}
	mine = vp_uuid_new();
	cr_assert_eq(read(pipes[0], &theirs, sizeof(theirs)), (ssize_t)sizeof(theirs));
	waitpid(pid, &status, 0);
	cr_assert_not(vp_uuid_equal(mine, theirs));
}

Test(uuid, the_floor_is_below_every_id_of_its_moment)
{
	fake_us = A_TIME_US;
	struct vp_uuid floor = vp_uuid_floor(A_TIME_US);
	struct vp_uuid id = vp_uuid_new();
	struct vp_uuid next = vp_uuid_floor(A_TIME_US + 1000);

	cr_assert_leq(compare(&floor, &id), 0);
	cr_assert_gt(compare(&next, &id), 0);
	cr_assert_eq(vp_uuid_time_us(floor), A_TIME_US);
}

Test(uuid, the_floor_of_absurd_times_is_still_a_version_7)
{
	cr_assert_eq(vp_uuid_time_us(vp_uuid_floor(-5)), 0);
	cr_assert_eq(vp_uuid_floor(INT64_MAX).b[6], 0x70);
}

Test(uuid, text_and_back)
{
	struct vp_uuid id = vp_uuid_new(), back;
	char text[VP_UUID_TEXT_SIZE];

	vp_uuid_text(id, text);
	cr_assert_eq(strlen(text), 36);
	cr_assert(vp_uuid_parse(text, &back));
	cr_assert(vp_uuid_equal(id, back));
}

Test(uuid, text_form_is_that_of_the_rfc)
{
	/* RFC 9562, appendix A.6 */
	static const char example[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
	char text[VP_UUID_TEXT_SIZE];
	struct vp_uuid id;

	cr_assert(vp_uuid_parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F", &id));
	vp_uuid_text(id, text);
	cr_assert_str_eq(text, example);
	cr_assert_eq(vp_uuid_time_us(id), INT64_C(1645557742000000));
}

Test(uuid, parse_refuses_everything_else)
{
	static const char *const bad[] = {"", "017f22e2", "017f22e279b07cc398c4dc0c0c07398f",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2 79b0-7cc3-98c4-dc0c0c07398f",
		"{17f22e2-79b0-7cc3-98c4-dc0c0c07398}"};
	struct vp_uuid id = {{42}};

	for (size_t i = 0; i < VP_ARRAY_LEN(bad); i++) {
		cr_assert_not(vp_uuid_parse(bad[i], &id), "%s", bad[i]);
	}
	cr_assert_not(vp_uuid_parse(NULL, &id));
	cr_assert_eq(id.b[0], 42);
}

Test(uuid, nil_is_nil)
{
	cr_assert(vp_uuid_is_nil((struct vp_uuid){0}));
	cr_assert_not(vp_uuid_is_nil(vp_uuid_new()));
}
