/* Lets the n-th allocation of the code under test fail. The test program is linked with --wrap for
 * the functions below, so only our own objects are hit, not the libraries. */
#ifndef VP_ALLOC_FAULT_H
#define VP_ALLOC_FAULT_H
#include <stdbool.h>

/* The allocation number n from now (0: the next) fails, all others work. */
void alloc_fault_at(long n);
/* Ends the fault; true when an allocation has failed since alloc_fault_at. */
bool alloc_fault_end(void);
#endif
