/* Rights of people who have a socket open: read again each quarter of a minute, a few users a
 * second, so that a role that was given or taken counts without signing in again. */
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "services/gateway/adapters/session_store.h"
#include "services/gateway/sockets_int.h"

#define REFRESH_TICKS 15

struct refresh {
	struct sockets *sockets;
	struct vp_uuid org, user;
};

static void take_over(struct identity *to, const struct identity *from)
{
	char *permissions = strdup(from->permissions);
	if (permissions != NULL) {
		free(to->permissions);
		to->permissions = permissions;
	}
	vp_strcopy(to->name, sizeof(to->name), from->name);
	vp_strcopy(to->default_region, sizeof(to->default_region), from->default_region);
}

static void on_found(int err, const struct identity *who, void *arg)
{
	struct refresh *refresh = arg;
	struct channel *channel = channel_find(refresh->sockets, refresh->org, refresh->user);
	/* that somebody is not there any more is the recheck's business */
	if (err == 0 && who != NULL && channel != NULL) {
		for (struct socket *socket = channel->first; socket != NULL;
			socket = socket->next) {
			take_over(socket->who, who);
			if (!identity_may(socket->who, "voip")) {
				socket_bye(socket, "signed_out", CLOSE_SIGNED_OUT);
			}
		}
	}
	free(refresh);
}

static void ask(struct channel *channel)
{
	struct refresh *refresh = malloc(sizeof(*refresh));
	if (refresh == NULL) {
		return;
	}
	*refresh = (struct refresh){channel->sockets, channel->org, channel->user};
	if (session_store_load_user(channel->sockets->gw->sessions, channel->org, channel->user,
		    on_found, refresh) != 0) {
		free(refresh);
	}
}

void sockets_refresh(struct sockets *sockets)
{
	for (size_t i = sockets->ticks % REFRESH_TICKS; i < CHANNEL_BUCKETS; i += REFRESH_TICKS) {
		for (struct channel *c = sockets->channels[i]; c != NULL; c = c->next) {
			ask(c);
		}
	}
}
