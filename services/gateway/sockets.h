/* The open WebSockets, by user; what the bus says about a user's calls goes to them in order. */
#ifndef GATEWAY_SOCKETS_H
#define GATEWAY_SOCKETS_H
#include "services/gateway/gateway.h"

#define SOCKETS_PER_USER 20

struct sockets;

int sockets_create(struct sockets **ret, struct gateway *gw);
struct sockets *sockets_destroy(struct sockets *sockets);
/* Registers with the bus; before its first drain. */
int sockets_listen(struct sockets *sockets);
/* Each second. */
void sockets_tick(struct sockets *sockets);
/* "bye": connect again, elsewhere. */
void sockets_drain(struct sockets *sockets);

/* Makes the request a WebSocket of this user, or answers why not. */
void sockets_accept(struct sockets *sockets, struct vp_http_req *req, const struct identity *who);

/* Ends the sockets of a session here and on the other gateways. */
void sockets_announce_logout(struct sockets *sockets, struct vp_uuid org, struct vp_uuid user,
	const uint8_t key[IDENTITY_KEY_SIZE]);
/* Tells every socket of the organisation, on all gateways, of a new contact: "person", its id */
void sockets_announce_contact(
	struct sockets *sockets, struct vp_uuid org, const char *type, struct vp_uuid id);
#endif
