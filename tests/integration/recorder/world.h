/* A database with our schema, folders, and the real voip-recorder beside them; calls and spools are
 * made by hand. Everything is this test's own and is removed by world_end. */
#ifndef RECORDER_TEST_WORLD_H
#define RECORDER_TEST_WORLD_H
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "libcommon/base/uuid.h"

#define WORLD_WAIT_MS 60000

struct world {
	char dir[64], spool_dir[96], recording_dir[96];
	char *db_url;
	struct vp_uuid org, user;
	pid_t recorder;
};

void world_begin(struct world *world);
void world_end(struct world *world);

/* Starts voip-recorder; env is "KEY=value" lines added to the usual ones, or NULL. */
void world_start(struct world *world, const char *env);
/* With a kernel that lets no file grow beyond this: how a full disk looks. */
void world_start_limited(struct world *world, long max_bytes);
/* Ends it by this signal and waits; the exit status, or minus the signal. */
int world_stop(struct world *world, int sig);

/* A call row; answered and ended as told. Gives its id. */
struct vp_uuid world_call(struct world *world, bool answered, bool ended);
void world_end_call(struct world *world, struct vp_uuid call);
/* Path of the call's spool, valid until the next call of this. */
const char *world_spool(struct world *world, struct vp_uuid call);

/* One statement; the first value of the first row as text ("" when none), valid until the next. */
const char *world_sql(struct world *world, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* Waits until the statement gives this text. */
void world_until(struct world *world, const char *text, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool world_exists(const char *path);
void world_until_gone(const char *path);
/* Lines of the recorder's log that hold this text. */
unsigned world_logged(struct world *world, const char *text);
#endif
