/* Where the admin port is, for those who could not choose it: port 0 is known only when bound. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/app/admin_file.h"
#include "libcommon/base/base.h"

static int write_line(const char *path, const char *listen, int port)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int host_len = (int)(strrchr(listen, ':') - listen);
	int err = 0;

	if (fd < 0) {
		return errno;
	}
	if (dprintf(fd, "%.*s:%d\n", host_len, listen, port) < 0) {
		err = errno;
	}
	close(fd);
	return err;
}

int admin_file_write(const char *path, const char *listen, int port)
{
	VP_CLEANUP(vp_freep) char *temp = vp_strf("%s.%d", path, (int)getpid());
	int err;

	if (!temp) {
		return ENOMEM;
	}
	err = write_line(temp, listen, port);
	/* in one step: a reader sees the old address or the new one, never half of one */
	if (!err && rename(temp, path) != 0) {
		err = errno;
	}
	if (err) {
		unlink(temp);
	}
	return err;
}
