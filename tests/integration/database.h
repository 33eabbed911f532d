/* A database with our tables for one test, in the cluster that the tests are given. */
#ifndef TEST_DATABASE_H
#define TEST_DATABASE_H
#include <stdint.h>

/* A migrated copy (tests/lib/make-database); server NULL: VOIP_TEST_DB_URL. Its URL, which the
 * caller frees; NULL: what failed was printed. */
char *database_make(const char *server);
/* Also ends who is connected. */
void database_drop(const char *url);

/* One statement; the first value of its first row as text, "" when there is none, valid until the
 * next. NULL: what failed was printed. */
const char *database_text(const char *url, const char *sql);
#endif
