/* Stands in while libcommon/http is not built yet: no admin port. */
#include <errno.h>
#include <stddef.h>

#include "libcommon/app/admin.h"

int admin_start(struct admin **ret, const char *listen, struct health *health)
{
	(void)ret;
	(void)listen;
	(void)health;
	return ENOSYS;
}

struct admin *admin_stop(struct admin *admin)
{
	(void)admin;
	return NULL;
}
