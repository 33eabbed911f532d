/* Where audio may be fetched from: the hosts of a carrier, and the one that the operator pointed it
 * at. A URL comes out of an answer of the carrier's API, which may be anybody's once it is broken
 * into. Pure. */
#ifndef RECORDER_PLACE_H
#define RECORDER_PLACE_H
#include <stdbool.h>
#include <stddef.h>

#define PLACE_URL_MAX 4096
#define PLACE_HOST_SIZE 256

/* The host's name in small letters ("" for a URL that is none, holds a user, or is longer). */
void place_host(const char *url, char ret_host[PLACE_HOST_SIZE]);
/* hosts: names by spaces (NULL: none). One that begins with a dot stands for all that end so, "*"
 * for any one label, and what follows a slash is how the path must begin. Only https. */
bool place_is_listed(const char *url, const char *hosts);
/* The URL is at the same scheme, host and port as base, which the operator set; NULL: he did not.
 */
bool place_is_under(const char *url, const char *base);
#endif
