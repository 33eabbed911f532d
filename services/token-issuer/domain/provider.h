/* Whether a token can be issued for an organisation's active provider, and why not. */
#ifndef TOKEN_ISSUER_PROVIDER_H
#define TOKEN_ISSUER_PROVIDER_H
#include <stdbool.h>

enum token_verdict {
	TOKEN_OK,
	TOKEN_BAD_REQUEST,
	TOKEN_ORG_INACTIVE,
	TOKEN_USER_INACTIVE,
	TOKEN_NO_PROVIDER,
	TOKEN_PROVIDER_GONE, /* the one that was named */
	TOKEN_INCOMPLETE,    /* the provider lacks what browser calls need */
	TOKEN_REFUSED,       /* the carrier said no */
	TOKEN_AWAY,          /* the carrier does not answer */
	TOKEN_NO_KEY_FILE,
	TOKEN_SEALED, /* the key file does not open the provider's settings */
	TOKEN_UNAVAILABLE,
	TOKEN_FAILED,
	TOKEN_VERDICT_MAX
};

/* What the database says of the organisation and the user. */
struct token_account {
	bool org_active;
	bool user_active;
	bool named;      /* a token of a certain provider was asked for */
	char driver[16]; /* of that one, or of the active one; "" none */
};

struct token_refusal {
	int status;
	const char *word;
	const char *message; /* where nobody knows better */
};

enum token_verdict token_check(const struct token_account *account);
const struct token_refusal *token_refusal(enum token_verdict verdict);
#endif
