/* The small grammars inside SIP header values (RFC 3261 section 25): URIs, addresses, parameters,
 * Via. All results are slices of the input; nothing is copied or unescaped. Every function says
 * EBADMSG for what the grammar does not allow. */
#ifndef UA_GRAMMAR_H
#define UA_GRAMMAR_H
#include <re.h>

enum ua_scheme { UA_SCHEME_SIP, UA_SCHEME_SIPS, UA_SCHEME_TEL, UA_SCHEME_OTHER };

struct ua_uri {
	struct pl raw;
	enum ua_scheme scheme;
	struct pl user;    /* of tel: the number */
	struct pl host;    /* of IPv6 without brackets */
	uint16_t port;     /* 0: none given */
	struct pl params;  /* ";transport=tcp;lr" */
	struct pl headers; /* "?Route=..." */
};

struct ua_addr {
	struct pl display; /* without quotes, escapes kept */
	struct pl uri;
	struct ua_uri parsed;
	struct pl params;
	struct pl tag; /* empty: none */
};

struct ua_via {
	struct pl transport; /* "UDP" */
	struct pl host;
	uint16_t port; /* 0: none given */
	struct pl params;
	struct pl branch; /* empty: RFC 2543 */
	bool rport;       /* the parameter is there, with or without a value */
	bool rfc3261;     /* the branch has the magic cookie and something after it */
};

struct ua_cseq {
	uint32_t num;
	struct pl method;
};

int ua_uri_decode(struct ua_uri *uri, const struct pl *text);
/* name-addr or addr-spec with header parameters. */
int ua_addr_decode(struct ua_addr *addr, const struct pl *text);
/* The first of the comma-separated values of one Via header; rest is what follows it. When only its
 * parameters are broken the rest of via is set, so that the sender can be told. */
int ua_via_decode(struct ua_via *via, const struct pl *text, struct pl *ret_rest);
int ua_cseq_decode(struct ua_cseq *cseq, const struct pl *text);

/* Steps over one ";name[=value]" from p on; gives where the next one starts, NULL at the end or at
 * what is none. */
const char *ua_param_next(const char *p, const char *end, struct pl *name, struct pl *val);
/* Finds ";name" or ";name=value" (name in any case); val is without quotes. */
bool ua_param(const struct pl *params, const char *name, struct pl *ret_val);
/* Whether the whole text is *(;name[=value]). */
bool ua_params_valid(const struct pl *params);

/* Splits off the next comma-separated item, with respect to quotes and angle brackets. */
bool ua_list_next(struct pl *list, struct pl *ret_item);
/* Whether a comma-separated list of tokens holds the token, in any case. */
bool ua_list_has(const struct pl *list, const char *token);

/* Decimal digits only, at most max: -1 otherwise. */
int64_t ua_number(const struct pl *text, int64_t max);
bool ua_is_token(const struct pl *text);
void ua_trim(struct pl *text);
/* Writes the user part with its %XX undone; false when it does not fit or holds a NUL. */
bool ua_unescape(const struct pl *text, char *buf, size_t size);
#endif
