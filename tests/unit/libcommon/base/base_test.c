#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc_fault.h"
#include "libcommon/base/base.h"

static void time_is(int64_t us, const char *want)
{
	char text[VP_TIME_TEXT_SIZE];

	vp_time_text(us, text);
	cr_assert_str_eq(text, want);
}

Test(base, time_text_has_milliseconds_and_z)
{
	time_is(0, "1970-01-01T00:00:00.000Z");
	time_is(1795500480123456, "2026-11-24T06:08:00.123Z");
	time_is(951782400000000, "2000-02-29T00:00:00.000Z");
}

Test(base, time_text_before_1970_rounds_down)
{
	time_is(-1, "1969-12-31T23:59:59.999Z");
	time_is(-1000000, "1969-12-31T23:59:59.000Z");
}

Test(base, time_text_of_absurd_times_stays_in_its_buffer)
{
	time_is(INT64_MAX, "9999-12-31T23:59:59.775Z");
	char text[VP_TIME_TEXT_SIZE + 1];

	text[VP_TIME_TEXT_SIZE] = 'x';
	vp_time_text(INT64_MIN, text);
	cr_assert_eq(strlen(text), VP_TIME_TEXT_SIZE - 1);
	cr_assert_eq(text[VP_TIME_TEXT_SIZE], 'x');
}

Test(base, monotonic_time_never_goes_back)
{
	int64_t last = vp_mono_us();

	for (int i = 0; i < 1000; i++) {
		int64_t now = vp_mono_us();

		cr_assert_geq(now, last);
		last = now;
	}
}

Test(base, strcopy_refuses_what_does_not_fit)
{
	char buf[4] = "old";

	cr_assert(vp_strcopy(buf, sizeof(buf), "abc"));
	cr_assert_str_eq(buf, "abc");
	cr_assert_not(vp_strcopy(buf, sizeof(buf), "abcd"));
	cr_assert_str_eq(buf, "");
	cr_assert_not(vp_strcopy(buf, 0, ""));
}

Test(base, strf_formats_into_fresh_memory)
{
	VP_CLEANUP(vp_freep) char *text = vp_strf("%s-%d", "a", 7);

	cr_assert_str_eq(text, "a-7");
}

Test(base, strf_says_when_memory_is_out)
{
	alloc_fault_at(0);
	cr_assert_null(vp_strf("%d", 1));
	cr_assert(alloc_fault_end());
}

Test(base, take_leaves_null_behind)
{
	char *p = strdup("x");
	VP_CLEANUP(vp_freep) char *q = VP_TAKE(p);

	cr_assert_null(p);
	cr_assert_str_eq(q, "x");
}

Test(base, hexadecimal_digits_of_both_cases_and_nothing_else)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	for (int c = -128; c < 128; c++) {
		const char *at = c ? strchr(digits, (char)c) : NULL;
		int place = at ? (int)(at - digits) : -1;

		cr_assert_eq(vp_hex_digit((char)c), place > 15 ? place - 6 : place, "%d", c);
	}
}

Test(base, random_bytes_differ_and_fill_the_buffer)
{
	uint8_t a[512] = {0}, b[512] = {0};
	size_t zeros = 0;

	vp_random(a, sizeof(a));
	vp_random(b, sizeof(b));
	cr_assert_neq(memcmp(a, b, sizeof(a)), 0);
	for (size_t i = 0; i < sizeof(a); i++) {
		zeros += a[i] == 0;
	}
	cr_assert_lt(zeros, 32); /* two are expected; 32 has a chance below 1e-25 */
	vp_random(a, 0);
}

Test(base, short_random_bytes_never_come_twice)
{
	uint64_t seen[2000];

	for (size_t i = 0; i < VP_ARRAY_LEN(seen); i++) {
		vp_random(&seen[i], sizeof(seen[i]));
		for (size_t k = 0; k < i; k++) {
			cr_assert_neq(seen[i], seen[k], "%zu and %zu", i, k);
		}
	}
}

Test(base, a_child_draws_other_bytes_than_its_parent)
{
	uint64_t mine, childs = 0;
	int ends[2], status;

	vp_random(&mine, sizeof(mine)); /* now there is a pool to share */
	cr_assert_eq(pipe(ends), 0);
	pid_t pid = fork();
	vp_random(&mine, sizeof(mine));
	if (pid == 0) {
		_exit(write(ends[1], &mine, sizeof(mine)) == sizeof(mine) ? 0 : 1);
	}
	cr_assert_eq(read(ends[0], &childs, sizeof(childs)), sizeof(childs));
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert_neq(mine, childs);
}

Test(base, a_broken_invariant_aborts, .signal = SIGABRT)
{
	vp_assert(1 + 1 == 3);
}
