/* Small things everybody needs: cleanup attributes, assertions, time, buffers of text. */
#ifndef VP_BASE_H
#define VP_BASE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VP_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define VP_CLEANUP(fn) __attribute__((cleanup(fn)))
#define VP_PRINTF(a, b) __attribute__((format(printf, a, b)))

/* Hands over an owned pointer: the variable is NULL afterwards. */
#define VP_TAKE(p)                                                                                 \
	__extension__({                                                                            \
		__typeof__(p) vp_take_ = (p);                                                      \
		(p) = NULL;                                                                        \
		vp_take_;                                                                          \
	})

/* free() for VP_CLEANUP on any pointer variable. */
void vp_freep(void *p);

/* Aborts with a message when an invariant of ours is broken; never used on what a peer sent. */
#define vp_assert(cond) ((cond) ? (void)0 : vp_assert_failed(#cond, __FILE__, __LINE__))
_Noreturn void vp_assert_failed(const char *cond, const char *file, int line);

/* Microseconds: wall clock since 1970, and the monotonic clock that timers and durations use. */
int64_t vp_time_us(void);
int64_t vp_mono_us(void);

/* Writes "2026-11-23T06:08:00.123Z" (24 characters and NUL) for a wall-clock time. */
#define VP_TIME_TEXT_SIZE 25
void vp_time_text(int64_t time_us, char text[VP_TIME_TEXT_SIZE]);

/* printf into fresh memory; the caller frees. NULL when memory is out. */
char *vp_strf(const char *fmt, ...) VP_PRINTF(1, 2);

/* Copies src with its NUL; false (and an empty dst) when it does not fit. */
bool vp_strcopy(char *dst, size_t size, const char *src);

/* Value of a hexadecimal digit of either case; -1: it is none. */
int vp_hex_digit(char c);

/* Fills with random bytes of the kernel's generator; aborts when there are none. */
void vp_random(void *buf, size_t len);
#endif
