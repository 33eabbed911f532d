/* A received SIP message as an index into its own bytes: one strict pass, nothing allocated,
 * nothing copied. What it finds wrong it notes, so that the sender can be told (400), as long as
 * enough is there to answer. Folded lines are unfolded in place. */
#ifndef UA_MSG_H
#define UA_MSG_H
#include <re.h>
#include "services/call-controller/ua/grammar.h"

/* Limits of one message; a trunk's INVITE has about 1.5 kB and 20 headers. */
#define UA_MSG_HEADERS_MAX 128
#define UA_MSG_HEAD_MAX 16384
#define UA_MSG_BODY_MAX 32768

enum ua_hdr {
	UA_HDR_OTHER,
	UA_HDR_ACCEPT,
	UA_HDR_ALLOW,
	UA_HDR_CALL_ID,
	UA_HDR_CONTACT,
	UA_HDR_CONTENT_ENCODING,
	UA_HDR_CONTENT_LENGTH,
	UA_HDR_CONTENT_TYPE,
	UA_HDR_CSEQ,
	UA_HDR_EXPIRES,
	UA_HDR_FROM,
	UA_HDR_MAX_FORWARDS,
	UA_HDR_MIN_EXPIRES,
	UA_HDR_MIN_SE,
	UA_HDR_P_ASSERTED_IDENTITY,
	UA_HDR_P_CALLED_PARTY_ID,
	UA_HDR_PRIVACY,
	UA_HDR_PROXY_AUTHENTICATE,
	UA_HDR_PROXY_REQUIRE,
	UA_HDR_RECORD_ROUTE,
	UA_HDR_REMOTE_PARTY_ID,
	UA_HDR_REQUIRE,
	UA_HDR_RETRY_AFTER,
	UA_HDR_ROUTE,
	UA_HDR_SESSION_EXPIRES,
	UA_HDR_SUPPORTED,
	UA_HDR_TO,
	UA_HDR_VIA,
	UA_HDR_WWW_AUTHENTICATE,
};

enum ua_tp { UA_TP_UDP, UA_TP_TCP, UA_TP_TLS };

/* Where a message came from or goes to. */
struct ua_flow {
	enum ua_tp tp;
	struct sa peer;
	uint64_t conn; /* of TCP and TLS: the connection, while it lives; 0: any to the peer */
	unsigned tls;  /* whose certificate a new TLS connection expects: ua_wire_tls_add */
};

struct ua_header {
	enum ua_hdr id;
	struct pl name;
	struct pl val;
};

struct ua_msg {
	bool request;
	struct pl method; /* of a request */
	struct pl ruri;
	struct pl version;
	unsigned status; /* of a response */
	struct pl reason;

	struct ua_header headers[UA_MSG_HEADERS_MAX];
	size_t n_headers;
	struct pl body;

	/* The first of each, decoded; a slice is empty when there is none. */
	struct ua_via via;
	struct ua_addr from, to;
	struct ua_cseq cseq;
	struct pl call_id;
	struct ua_uri uri; /* of a request */

	const char *fault; /* NULL: well formed; else a reason phrase for 400 */
	struct ua_flow flow;
};

enum ua_scan {
	UA_SCAN_OK,   /* a whole message; fault may be set */
	UA_SCAN_MORE, /* a stream that has not brought all of it */
	UA_SCAN_JUNK, /* nothing that could be answered; a stream is lost */
};

/* Reads one message from the start of data (which it may change). stream: Content-Length says where
 * it ends. On UA_SCAN_OK *ret_used is its length. */
enum ua_scan ua_msg_scan(struct ua_msg *msg, char *data, size_t len, bool stream, size_t *ret_used);

/* The first header of this kind; NULL when there is none. */
const struct pl *ua_msg_header(const struct ua_msg *msg, enum ua_hdr id);
const struct pl *ua_msg_header_named(const struct ua_msg *msg, const char *name);
/* Walks all headers of a kind: start with *at = 0. */
const struct pl *ua_msg_next(const struct ua_msg *msg, enum ua_hdr id, size_t *at);
/* Whether any header of this kind (a comma list) holds the token. */
bool ua_msg_lists(const struct ua_msg *msg, enum ua_hdr id, const char *token);
bool ua_msg_is(const struct ua_msg *msg, const char *method);
/* The number in a header; -1 when it is missing or none. */
int64_t ua_msg_number(const struct ua_msg *msg, enum ua_hdr id, int64_t max);
#endif
