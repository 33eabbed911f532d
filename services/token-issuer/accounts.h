/* Accounts that got a token a moment ago, so that a page that asks again costs no read. Only good
 * ones are remembered, without a secret, and only for as long as nobody says that something was
 * configured: at most ACCOUNTS_FRESH_MS, which is how late a change may be noticed that nobody
 * tells of. */
#ifndef TOKEN_ISSUER_ACCOUNTS_H
#define TOKEN_ISSUER_ACCOUNTS_H
#include <stdbool.h>
#include <stdint.h>

#define ACCOUNTS_FRESH_MS 1000

struct accounts;
struct token_request;

struct accounts *accounts_create(void); /* NULL: no memory */
struct accounts *accounts_destroy(struct accounts *accounts);

/* Notes what accounts_keep needs: an answer that was on its way when something changed is not
 * remembered. Then fills driver, provider and settings in; false: not known, read it. */
bool accounts_find(const struct accounts *accounts, struct token_request *request, int64_t now_us);
/* What was read for a request that accounts_find has seen. */
void accounts_keep(struct accounts *accounts, const struct token_request *request);
/* Something was configured: all is read again. */
void accounts_forget(struct accounts *accounts);
#endif
