#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/base/base.h"
#include "libcommon/log/log.h"

static int log_fd = -1;

/* The process's stdout goes to a file of its own: Criterion reports on stderr's side of the fork */
static void start(void)
{
	char path[] = "/tmp/vp-log-test-XXXXXX";

	log_fd = mkstemp(path);
	cr_assert_geq(log_fd, 0);
	unlink(path);
	cr_assert_geq(dup2(log_fd, STDOUT_FILENO), 0);
	vp_log_init("router", "n1", VP_LOG_INFO);
}

static char *written(void)
{
	off_t size = lseek(log_fd, 0, SEEK_END);
	char *text = calloc(1, (size_t)size + 1);

	cr_assert_eq(pread(log_fd, text, (size_t)size, 0), size);
	return text;
}

/* The only line, parsed. */
static json_t *line(void)
{
	VP_CLEANUP(vp_freep) char *text = written();
	json_error_t error;
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	cr_assert_not_null(json, "%s in: %s", error.text, text);
	cr_assert_eq(text[strlen(text) - 1], '\n');
	cr_assert_eq(strchr(text, '\n'), text + strlen(text) - 1, "one line: %s", text);
	return json;
}

static const char *str(json_t *json, const char *key)
{
	return json_string_value(json_object_get(json, key));
}

TestSuite(log, .init = start);

Test(log, a_line_is_one_json_object_with_the_fixed_fields)
{
	vp_log(WARN, "dial.failed", VP_KV_STR("trunk", "t1"), VP_KV_INT("tries", -3),
		VP_KV_BOOL("again", true), VP_KV_ERR(ECONNREFUSED));
	json_t *json = line();

	cr_assert_eq(strlen(str(json, "ts")), 24);
	cr_assert_str_eq(str(json, "level"), "warn");
	cr_assert_str_eq(str(json, "svc"), "router");
	cr_assert_str_eq(str(json, "node"), "n1");
	cr_assert_str_eq(str(json, "event"), "dial.failed");
	cr_assert_str_eq(str(json, "trunk"), "t1");
	cr_assert_eq(json_integer_value(json_object_get(json, "tries")), -3);
	cr_assert(json_is_true(json_object_get(json, "again")));
	cr_assert_str_eq(str(json, "err"), "Connection refused");
	json_decref(json);
}

Test(log, a_line_needs_no_fields_of_its_own)
{
	vp_log(INFO, "service.ready");
	json_decref(line());
}

Test(log, numbers_are_masked)
{
	VP_CLEANUP(vp_freep) char *text = NULL;

	vp_log(INFO, "call", VP_KV_NUMBER("to", "+14155551234"), VP_KV_NUMBER("none", NULL));
	text = written();
	cr_assert_null(strstr(text, "4155551234"));
	json_t *json = line();

	cr_assert_str_eq(str(json, "to"), "+1415***1234");
	json_decref(json);
}

Test(log, below_the_level_nothing_is_written)
{
	VP_CLEANUP(vp_freep) char *text = NULL;

	vp_log(DEBUG, "noise");
	text = written();
	cr_assert_str_eq(text, "");
}

Test(log, hostile_text_stays_inside_its_string)
{
	static const char evil[] =
		"\"}\n{\"level\":\"x\\\x01\x7f\xff\xc3(\xe2\x82\xed\xa0\x80 \xf0\x9f\x98\x80";

	vp_log(ERROR, "evil", VP_KV_STR("text", evil), VP_KV_STR("null", NULL));
	json_t *json = line();

	cr_assert_str_eq(str(json, "level"), "error");
	cr_assert_not_null(strstr(str(json, "text"), "\xf0\x9f\x98\x80"));
	cr_assert_not_null(strstr(str(json, "text"), "\xef\xbf\xbd"), "replacement character");
	cr_assert(json_is_null(json_object_get(json, "null")));
	json_decref(json);
}

Test(log, huge_values_are_cut_and_the_line_stays_json)
{
	char *huge = calloc(1, 100001);

	memset(huge, '"', 100000);
	vp_log(INFO, "huge", VP_KV_STR("a", huge), VP_KV_STR("b", huge), VP_KV_STR("c", huge),
		VP_KV_STR("d", huge), VP_KV_STR("e", huge), VP_KV_STR("f", huge),
		VP_KV_STR("g", huge), VP_KV_STR("h", huge), VP_KV_INT("i", 1),
		VP_KV_STR(huge, "key"));
	json_t *json = line();

	cr_assert_gt(strlen(str(json, "a")), 400);
	json_decref(json);
	free(huge);
}

Test(log, context_is_added_until_it_is_cleared)
{
	json_t *json;

	vp_log_context("call", "c1");
	vp_log_context("call", "c2");
	vp_log(INFO, "one");
	json = line();
	cr_assert_str_eq(str(json, "call"), "c2");
	json_decref(json);
	cr_assert_eq(ftruncate(log_fd, 0), 0);
	lseek(STDOUT_FILENO, 0, SEEK_SET);
	vp_log_context("call", NULL);
	vp_log(INFO, "two");
	json = line();
	cr_assert_null(str(json, "call"));
	json_decref(json);
}

Test(log, more_context_than_there_is_room_for_is_left_out)
{
	char key[8];

	for (int i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "k%d", i);
		vp_log_context(key, "v");
	}
	vp_log_context("a-key-that-is-far-too-long-for-a-slot", "v");
	vp_log(INFO, "full");
	json_decref(line());
}

#define THREADS 4
#define LINES_EACH 500

static void *write_lines(void *arg)
{
	vp_log_context("thread", arg);
	for (int i = 0; i < LINES_EACH; i++) {
		vp_log(INFO, "tick", VP_KV_INT("i", i));
	}
	return NULL;
}

Test(log, threads_do_not_mix_their_lines_or_their_context)
{
	static char *const names[THREADS] = {"a", "b", "c", "d"};
	VP_CLEANUP(vp_freep) char *text = NULL;
	pthread_t threads[THREADS];
	int lines = 0, of_a = 0;
	char *rest, *next;

	cr_assert_eq(fcntl(STDOUT_FILENO, F_SETFL, O_APPEND), 0);
	for (int t = 0; t < THREADS; t++) {
		pthread_create(&threads[t], NULL, write_lines, names[t]);
	}
	for (int t = 0; t < THREADS; t++) {
		pthread_join(threads[t], NULL);
	}
	text = written();
	for (rest = text; (next = strsep(&rest, "\n")) && *next;) {
		json_t *json = json_loads(next, 0, NULL);

		cr_assert_not_null(json, "%s", next);
		of_a += strcmp(str(json, "thread"), "a") == 0;
		lines++;
		json_decref(json);
	}
	cr_assert_eq(lines, THREADS * LINES_EACH);
	cr_assert_eq(of_a, LINES_EACH);
}

Test(log, a_closed_stdout_harms_nobody)
{
	close(STDOUT_FILENO);
	errno = EAGAIN;
	vp_log(INFO, "lost");
	cr_assert_eq(errno, EAGAIN);
}

Test(log, level_words_are_read_without_case)
{
	enum vp_log_level level = VP_LOG_ERROR;

	cr_assert(vp_log_level_parse("Debug", &level));
	cr_assert_eq(level, VP_LOG_DEBUG);
	cr_assert_not(vp_log_level_parse("loud", &level));
	cr_assert_eq(level, VP_LOG_DEBUG);
}

Test(log, unknown_errnos_have_a_word_too)
{
	cr_assert_str_eq(vp_log_errno(123456), "unknown error");
}

Test(log, a_repeating_failure_passes_once_an_interval_and_is_counted)
{
	struct vp_log_limit limit = {0};
	uint64_t held_back = 99;

	cr_assert(vp_log_limit_pass(&limit, 3600 * INT64_C(1000000), &held_back));
	cr_assert_eq(held_back, 0);
	cr_assert_not(vp_log_limit_pass(&limit, 3600 * INT64_C(1000000), &held_back));
	cr_assert_not(vp_log_limit_pass(&limit, 3600 * INT64_C(1000000), &held_back));
	limit.next_us = vp_mono_us();
	cr_assert(vp_log_limit_pass(&limit, 3600 * INT64_C(1000000), &held_back));
	cr_assert_eq(held_back, 2);
}
