/* The forms of one URL that Twilio may have signed. */
#ifndef VP_TWILIO_URL_H
#define VP_TWILIO_URL_H
#include <stdbool.h>
#include <stddef.h>

#define VP_TWILIO_URL_MAX 8192

struct vp_twilio_url {
	const char *text;
	size_t len;
	size_t host_end;           /* offset behind the host */
	size_t port_end;           /* offset behind ":port"; host_end: it has none */
	size_t query;              /* offset behind '?'; 0: none */
	const char *standard_port; /* ":443" for https, ":80" for everything else */
};
/* False: it is no absolute URL, or longer than VP_TWILIO_URL_MAX. */
bool vp_twilio_url_parse(struct vp_twilio_url *ret, const char *text);
/* bodySHA256 of the query, 64 lower-case hexadecimal digits; NULL: it has none such. */
const char *vp_twilio_url_body_hash(const struct vp_twilio_url *url);
/* The query as Twilio's library writes it after decoding ("'" and "/" escaped or not); buf has room
 * for 3 * VP_TWILIO_URL_MAX. apostrophe: only "'" becomes "%27", nothing is decoded. The length; 0:
 * that changes nothing. */
size_t vp_twilio_url_rewrite(const struct vp_twilio_url *url, bool apostrophe, char *buf);
#endif
