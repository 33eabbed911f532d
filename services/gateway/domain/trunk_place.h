/* Where a trunk may be, as far as its text tells; a name's addresses are call-controller's to see.
 */
#ifndef GATEWAY_TRUNK_PLACE_H
#define GATEWAY_TRUNK_PLACE_H
#include <jansson.h>

struct vp_nets;

/* row: columns of a trunk, those that are sent. Adds to faults. */
void trunk_place_check(const struct vp_nets *nets, const json_t *row, json_t *faults);
#endif
