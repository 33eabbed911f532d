/* Loaded before a service (LD_PRELOAD): its wall clock stands at VOIP_TEST_CLOCK, in seconds, so
 * that what was signed long ago can be judged at the second that a case names. Other clocks go on.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	static int (*real)(clockid_t clock, struct timespec * ts);
	static time_t at;

	if (!real) {
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
		at = strtol(getenv("VOIP_TEST_CLOCK"), NULL, 10);
	}
	if (clock != CLOCK_REALTIME) {
		return real(clock, ts);
	}
	*ts = (struct timespec){.tv_sec = at};
	return 0;
}
