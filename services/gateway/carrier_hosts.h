/* To which carriers' hosts our pages may connect: those of the drivers that somebody has set up,
 * read again each few seconds, and what the operator names (VOIP_CARRIER_HOSTS). */
#ifndef GATEWAY_CARRIER_HOSTS_H
#define GATEWAY_CARRIER_HOSTS_H
struct carrier_hosts;
struct gateway;

/* EINVAL: the operator's hosts are no sources of a Content-Security-Policy. */
int carrier_hosts_create(struct carrier_hosts **ret, struct gateway *gw);
struct carrier_hosts *carrier_hosts_destroy(struct carrier_hosts *hosts); /* NULL is fine */
void carrier_hosts_tick(struct carrier_hosts *hosts);                     /* each second */
#endif
