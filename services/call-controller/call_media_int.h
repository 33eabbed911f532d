/* Between call_media.c and call_media_audio.c. */
#ifndef CC_CALL_MEDIA_INT_H
#define CC_CALL_MEDIA_INT_H
#include "services/call-controller/controller.h"

/* A request about this leg, its operation still to be set. */
Ringmain__V1__MediaRequest call_media_request(struct call *call, unsigned leg);
/* As media_ask; when nobody is there to answer, the call hears that media failed. */
void call_media_ask(struct call *call, Ringmain__V1__MediaRequest *req, media_reply_h *h,
	struct media_op **slot);
/* Whose word the SDP of a leg is, for the life of text. */
#define CALL_MEDIA_PEER_SIZE 64
void call_media_say_peer(const struct call *call, unsigned leg, Ringmain__V1__RemoteSdp *remote,
	char text[CALL_MEDIA_PEER_SIZE]);
/* Whether that is no success: logged, and the call has been told. */
bool call_media_failed(struct call *call, const Ringmain__V1__MediaReply *reply, const char *what);
#endif
