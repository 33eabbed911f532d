#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/audio.h"

enum { CHUNK = 65536 };

static void close_fd(const int *fd)
{
	if (*fd >= 0) {
		close(*fd);
	}
}

/* The file as a descriptor; -1 with errno. */
static int open_below(const char *folder, const char *path)
{
	const struct open_how how = {.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
	VP_CLEANUP(close_fd) int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int fd = dir < 0 ? -1 : (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));

	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

int audio_look(const char *folder, const char *path)
{
	VP_CLEANUP(close_fd) int fd = open_below(folder, path);

	return fd < 0 ? errno : 0;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0) {
			return errno;
		}
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int pour(int from, int to, EVP_MD_CTX *digest, struct audio *ret)
{
	uint8_t chunk[CHUNK];
	ssize_t n = 0;
	int err = 0;

	ret->bytes = 0;
	while (!err && (n = read(from, chunk, sizeof(chunk))) > 0) {
		err = EVP_DigestUpdate(digest, chunk, (size_t)n) == 1
			      ? write_all(to, chunk, (size_t)n)
			      : EIO;
		ret->bytes += n;
	}
	if (!err && n < 0) {
		err = errno;
	}
	return err || fsync(to) == 0 ? err : errno;
}

static int pour_hashed(int from, int to, struct audio *ret)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	int err = digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1 ? 0 : ENOMEM;

	err = err ? err : pour(from, to, digest, ret);
	if (!err && EVP_DigestFinal_ex(digest, ret->sha256, NULL) != 1) {
		err = EIO;
	}
	EVP_MD_CTX_free(digest);
	return err;
}

/* The folders of a path, below store. */
static int make_folders(char *path, size_t store_len)
{
	for (char *slash = strchr(path + store_len + 1, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		int err;

		*slash = '\0';
		err = mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : errno;
		*slash = '/';
		if (err) {
			return err;
		}
	}
	return 0;
}

int audio_copy(
	const char *folder, const char *path, const char *store, const char *key, struct audio *ret)
{
	VP_CLEANUP(vp_freep) char *to = vp_strf("%s/%s", store, key);
	VP_CLEANUP(vp_freep) char *part = vp_strf("%s/%s.part", store, key);
	VP_CLEANUP(close_fd) int in = open_below(folder, path);
	VP_CLEANUP(close_fd) int out = -1;
	int err = in < 0 ? errno : !to || !part ? ENOMEM : make_folders(to, strlen(store));

	if (err) {
		return err;
	}
	out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	err = out < 0 ? errno : pour_hashed(in, out, ret);
	if (!err && rename(part, to) != 0) {
		err = errno;
	}
	if (err && out >= 0) {
		unlink(part);
	}
	return err;
}
