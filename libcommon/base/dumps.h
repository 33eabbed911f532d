/* Keeps what a process knows out of core files and from debuggers of the same user. */
#ifndef VP_DUMPS_H
#define VP_DUMPS_H
#include <stdbool.h>

/* No core file, and the process belongs to root in /proc. for_good: vp_dumps_allow, and children,
 * cannot take it back. */
void vp_dumps_forbid(bool for_good);
void vp_dumps_allow(void);
#endif
