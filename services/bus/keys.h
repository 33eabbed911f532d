/* Makes the CURVE keys: DIR/private/<service>.key (0600), DIR/public/<service>.pub for the
 * forwarders' directory, DIR/private/server.key and DIR/server.pub for the forwarders themselves.
 * What is there already stays. */
#ifndef BUS_KEYS_H
#define BUS_KEYS_H

/* No services given: all that the rules know. Exit status. */
int keys_make(const char *dir, int n_services, char **services);
#endif
