/* Answers that several handlers give. */
#ifndef WEBHOOK_REPLY_H
#define WEBHOOK_REPLY_H

struct vp_http_req;

/* 503 with Retry-After: it is stored nowhere, send it again. Counted. */
void reply_unavailable(struct vp_http_req *req);
/* 200 text/xml; frees twiml. NULL (no memory) is 503. */
void reply_twiml(struct vp_http_req *req, char *twiml);
#endif
