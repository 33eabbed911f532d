/* To which carriers' hosts our pages may connect: those of every driver, and what the operator
 * names (VOIP_CARRIER_HOSTS). Not only of those that somebody has set up: a page keeps the policy
 * that it was loaded with, so one that is open when the first provider comes could not sign in to
 * it. */
#ifndef GATEWAY_CARRIER_HOSTS_H
#define GATEWAY_CARRIER_HOSTS_H
struct gateway;

int carrier_hosts_allow(struct gateway *gw);
#endif
