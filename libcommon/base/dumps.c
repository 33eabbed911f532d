#include <sys/prctl.h>
#include <sys/resource.h>
#include "libcommon/base/dumps.h"

/* RLIMIT_CORE alone is not enough: a core_pattern that is a program gets the core whatever it says.
 */
void vp_dumps_forbid(bool for_good)
{
	struct rlimit limit;

	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = 0;
	limit.rlim_max = for_good ? 0 : limit.rlim_max;
	setrlimit(RLIMIT_CORE, &limit);
	prctl(PR_SET_DUMPABLE, 0);
}

void vp_dumps_allow(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_CORE, &limit);
	prctl(PR_SET_DUMPABLE, 1);
}
