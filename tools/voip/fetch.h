/* One HTTP request, waited for: to our own services' admin ports. */
#ifndef VOIP_FETCH_H
#define VOIP_FETCH_H

struct fetch_reply {
	int status; /* 0: nobody answered; reason says why */
	char *body; /* NUL at end; never NULL */
	char reason[128];
};

/* body NULL: GET, otherwise POST of JSON. The reply is released with fetch_free. */
void fetch(const char *url, const char *body, struct fetch_reply *ret);
void fetch_free(struct fetch_reply *reply);
#endif
