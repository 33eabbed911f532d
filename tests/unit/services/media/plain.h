/* Enough of Criterion's macros to run the same tests in a plain program: Criterion's own allocator
 * and ThreadSanitizer cannot live in one process. A fork a test, TAP on stdout. */
#ifndef MEDIA_PLAIN_H
#define MEDIA_PLAIN_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plain_suite {
	void (*init)(void);
	void (*fini)(void);
};
void plain_add(const char *suite, const char *name, void (*run)(void), struct plain_suite *around);
_Noreturn void plain_fail(const char *what, const char *file, int line);

#define TestSuite(suite, ...) static struct plain_suite plain_##suite = {__VA_ARGS__}
#define Test(suite, name)                                                                          \
	static void suite##_##name(void);                                                          \
	__attribute__((constructor)) static void plain_add_##suite##_##name(void)                  \
	{                                                                                          \
		plain_add(#suite, #name, suite##_##name, &plain_##suite);                          \
	}                                                                                          \
	static void suite##_##name(void)

#define cr_assert(cond, ...) ((cond) ? (void)0 : plain_fail(#cond, __FILE__, __LINE__))
#define cr_assert_not(cond, ...) cr_assert(!(cond))
#define cr_assert_null(p, ...) cr_assert((p) == NULL)
#define cr_assert_not_null(p, ...) cr_assert((p) != NULL)
#define cr_assert_eq(a, b, ...) cr_assert((a) == (b))
#define cr_assert_neq(a, b, ...) cr_assert((a) != (b))
#define cr_assert_gt(a, b, ...) cr_assert((a) > (b))
#define cr_assert_geq(a, b, ...) cr_assert((a) >= (b))
#define cr_assert_lt(a, b, ...) cr_assert((a) < (b))
#define cr_assert_leq(a, b, ...) cr_assert((a) <= (b))
#define cr_assert_str_eq(a, b, ...) cr_assert(strcmp(a, b) == 0)
#define cr_assert_str_neq(a, b, ...) cr_assert(strcmp(a, b) != 0)
#define cr_assert_fail(...) plain_fail(#__VA_ARGS__, __FILE__, __LINE__)
#endif
