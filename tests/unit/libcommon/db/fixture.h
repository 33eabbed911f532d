/* A database of this test's own on the server that VOIP_TEST_DB_URL names, and a loop that waits
 * for something with a deadline. */
#ifndef TEST_DB_FIXTURE_H
#define TEST_DB_FIXTURE_H
#include "libcommon/db/db.h"

#define TEST_WAIT_MS 20000

/* Makes a database; the URL lives until test_db_drop. Fails the test when there is no server. */
const char *test_db_make(void);
void test_db_drop(void);
/* One statement, blocking, which must succeed; returns the first value as a number, 0 if none. */
int64_t test_db_sql(const char *sql);
/* Terminates the connections of the test's database; how many there were. */
int64_t test_db_cut(void);

/* Drains until done(arg) holds; fails the test with what after TEST_WAIT_MS. */
void test_db_until(struct vp_db *db, bool (*done)(void *arg), void *arg, const char *what);
#endif
