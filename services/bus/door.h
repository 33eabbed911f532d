/* Who comes in: ZeroMQ's authentication protocol (ZAP, RFC 27) answered from a directory of public
 * keys, one file <service>.pub each. It is read again when it changed, so keys rotate while
 * everything runs: add the new one as <service>.2.pub, restart the service with it, remove the old
 * one. */
#ifndef BUS_DOOR_H
#define BUS_DOOR_H

struct door;
int door_create(struct door **ret, void *zmq, const char *keys_dir);
struct door *door_destroy(struct door *door);
void *door_socket(struct door *door); /* to poll for reading */
void door_serve(struct door *door);   /* answers one peer */
/* Lets nobody of this service in for a while. */
void door_shut(struct door *door, const char *service);
#endif
