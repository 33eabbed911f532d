/* Places of a spool folder that several processes share: "0", "1" ..., each locked by the process
 * that has it. A lock ends with its process, so what stands in a place without one belongs to
 * nobody. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "services/webhook-ingest/adapters/spill_int.h"

#define NAME_SIZE 8

/* -1: somebody has it, or it is not there (errno). */
static int lock_place(int root_fd, unsigned place, bool make)
{
	char name[NAME_SIZE];
	snprintf(name, sizeof(name), "%u", place);
	if (make && mkdirat(root_fd, name, 0700) != 0 && errno != EEXIST) {
		return -1;
	}
	int fd = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

int spill_place_take(struct spill *spill, const char *dir)
{
	mkdir(dir, 0700);
	spill->root_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (spill->root_fd < 0) {
		return errno;
	}
	int err = EWOULDBLOCK;
	for (unsigned i = 0; i < SPILL_PLACES && err == EWOULDBLOCK; i++) {
		spill->dir_fd = lock_place(spill->root_fd, i, true);
		spill->place = i;
		err = spill->dir_fd >= 0 ? 0 : errno;
	}
	return err;
}

int spill_adopt(struct spill *spill)
{
	int err = 0;
	for (unsigned i = 0; i < SPILL_PLACES && !err; i++) {
		int fd = i != spill->place ? lock_place(spill->root_fd, i, false) : -1;
		if (fd >= 0) {
			err = spill_files_adopt(spill, fd);
			close(fd);
		}
	}
	return err;
}
