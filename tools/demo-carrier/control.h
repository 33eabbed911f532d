/* The control port: HTTP and JSON beside the SIP loop. It has its own thread (libh2o's loop); each
 * request is carried out in libre's thread, so nothing else needs a lock. */
#ifndef DEMO_CARRIER_CONTROL_H
#define DEMO_CARRIER_CONTROL_H

struct carrier;
struct control;
struct options;

int control_start(struct control **ret, struct carrier *carrier, const struct options *opt);
/* From libre's thread. Requests that wait are answered 503. */
struct control *control_stop(struct control *control);
int control_port(const struct control *control);
#endif
