/* To which carriers' hosts our pages may connect: those of every driver, and what the operator
 * names (VOIP_CARRIER_HOSTS). Not only of those that somebody has set up: a page keeps the policy
 * that it was loaded with, so one that is open when the first provider comes could not sign in to
 * it. */
#ifndef GATEWAY_CARRIER_HOSTS_H
#define GATEWAY_CARRIER_HOSTS_H
struct gateway;

/* EINVAL, which is logged: the operator's hosts are no sources of a Content-Security-Policy. */
int carrier_hosts_allow(struct gateway *gw);
#endif
