/* Shared by sdp_parse.c (lines, streams) and sdp_attr.c (attributes). */
#ifndef MD_SDP_INT_H
#define MD_SDP_INT_H
#include "services/call-controller/media/sdp.h"

#define SDP_MAX_PT 128
#define SDP_MAX_LISTED (MD_SDP_MAX_CODECS * 4)

enum { SDP_MAP_NONE = -1, SDP_MAP_EVENT = -2 };

struct md_sdp_reader {
	struct md_sdp *sdp;
	struct md_sdp_media session; /* session level: what media lines inherit */
	struct md_addr addr;         /* c= of the session */
	struct md_sdp_media *media;  /* where attributes go now */
	bool in_media;
	bool mapped[MD_SDP_MAX_MEDIA][SDP_MAX_PT];
	uint8_t order[MD_SDP_MAX_MEDIA][SDP_MAX_LISTED]; /* payload types as listed */
	unsigned n_order[MD_SDP_MAX_MEDIA];
	struct {           /* rtpmap of each payload type */
		int codec; /* enum md_codec, -1 none, -2 telephone-event */
		uint32_t rate;
	} map[MD_SDP_MAX_MEDIA][SDP_MAX_PT];
};

/* The next word, cut off in place; NULL when there is none. */
char *md_sdp_word(char **text);
/* Digits only, at most max. */
bool md_sdp_number(const char *text, unsigned long max, unsigned long *ret);
/* Letters, digits and the extra ones; at least one. */
bool md_sdp_is_token(const char *text, const char *extra);
/* "IN IP4 192.0.2.1" into address with port; names get no address (we ask no DNS for a peer). */
bool md_sdp_connection(char *value, uint16_t port, struct md_addr *ret);
/* What follows "a=". False: it makes no sense. Unknown ones are passed over. */
bool md_sdp_on_attribute(struct md_sdp_reader *r, char *value);
#endif
