/* ICE-lite (RFC 8445 section 2.5): we answer the browser's checks and follow its nomination. Remote
 * candidates are never looked at: what counts is who can sign with our password. */
#ifndef MD_ICE_H
#define MD_ICE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "services/call-controller/media/addr.h"
#include "services/call-controller/media/sdp.h"

struct mbuf;

#define MD_ICE_UFRAG_SIZE 9
#define MD_ICE_PWD_SIZE 33
#define MD_ICE_MAX_VALID 8 /* addresses that proved themselves */

struct md_ice_creds {
	char ufrag[MD_ICE_UFRAG_SIZE], pwd[MD_ICE_PWD_SIZE]; /* ours; ufrag "": none */
	char remote_ufrag[MD_ICE_TEXT_SIZE];
};

struct md_ice {
	struct md_ice_creds now;
	/* Before an ICE restart: Chromium's new sockets often still use these (6 of 15 tries), so
	 * they stay good until the new ones are nominated. */
	struct md_ice_creds before;
	bool nominated; /* under `now` */
	struct md_addr valid[MD_ICE_MAX_VALID];
	unsigned n_valid, next_valid;
	struct md_addr selected; /* len 0: none yet */
};

enum md_ice_result {
	MD_ICE_DROP,     /* not for us: no answer, which would tell strangers that we are here */
	MD_ICE_ANSWER,   /* reply holds the answer */
	MD_ICE_SELECTED, /* the same, and `selected` has changed */
};

/* First offer, or (restart) new credentials for an offer with another ufrag. */
void md_ice_start(struct md_ice *ice, const char *remote_ufrag);
/* A STUN packet: msg from 0 to its end. reply is rewound and filled. */
enum md_ice_result md_ice_input(
	struct md_ice *ice, struct mbuf *msg, const struct md_addr *src, struct mbuf *reply);
bool md_ice_is_valid(const struct md_ice *ice, const struct md_addr *src);
#endif
