/* What `voip doctor` looks at. A check says what it found; a fault also says what to do. */
#ifndef VOIP_DOCTOR_H
#define VOIP_DOCTOR_H
#include "tools/voip/db.h"

enum verdict { DOCTOR_OK, DOCTOR_HINT, DOCTOR_FAULT };

struct doctor {
	struct tool_db *db; /* NULL: the database does not answer */
	enum verdict verdict;
	char found[256];
	char advice[320];
};

/* Set the verdict of the check that runs. */
void doctor_ok(struct doctor *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void doctor_hint(struct doctor *d, const char *advice, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void doctor_fault(struct doctor *d, const char *advice, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* A secret that others on this machine can read is none: false, after a fault. */
bool doctor_private(struct doctor *d, const char *path);

/* Checks of the database's content; the database answers when they run. */
void doctor_schema(struct doctor *d);
void doctor_partitions(struct doctor *d);
void doctor_users(struct doctor *d);
void doctor_provider(struct doctor *d);
void doctor_secrets(struct doctor *d);
#endif
