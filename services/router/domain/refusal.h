/* Why a call is not routed: status, word and sentence of the reply. */
#ifndef ROUTER_REFUSAL_H
#define ROUTER_REFUSAL_H

enum refusal {
	REFUSAL_NONE,
	REFUSAL_BAD_REQUEST,
	REFUSAL_INVALID_NUMBER,
	REFUSAL_EMERGENCY,
	REFUSAL_SHORT_NUMBER,
	REFUSAL_FORBIDDEN,
	REFUSAL_PREMIUM,
	REFUSAL_ORG_INACTIVE,
	REFUSAL_NO_PROVIDER,
	REFUSAL_NOT_SUPPORTED,
	REFUSAL_NO_TRUNK,
	REFUSAL_NO_CALLER_ID,
	REFUSAL_TRUNK_DOWN,
	REFUSAL_RATE_USER,
	REFUSAL_RATE_ORG,
	REFUSAL_RATE_USER_DAY,
	REFUSAL_RATE_ORG_DAY,
	REFUSAL_NO_ROUTE,
	REFUSAL_NO_USER,
	REFUSAL_NO_LOGIN,
	REFUSAL_NO_PERMISSION,
	REFUSAL_UNAVAILABLE,
	REFUSAL_MAX
};

struct refusal_text {
	int status;
	const char *word;    /* stable, for programs and metrics */
	const char *message; /* for a person: what is wrong and the way out */
};

const struct refusal_text *refusal_text(enum refusal refusal);
#endif
